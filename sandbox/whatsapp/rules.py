"""What Meta takes in a message and what it refuses: lengths, counts, forms, keys, kinds of file."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.whatsapp.errors import Refused

Body = Mapping[str, Any]

PHONE = re.compile(r"[0-9]{5,15}")
USER_ID = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}")

TEXT_MAX, CAPTION_MAX, TRACKER_MAX = 4096, 1024, 512
MEGABYTE = 1024 * 1024

MEDIA_BYTES = {
    "image": 5 * MEGABYTE,
    "audio": 16 * MEGABYTE,
    "video": 16 * MEGABYTE,
    "document": 100 * MEGABYTE,
    "sticker": MEGABYTE // 2,
}
MEDIA_TYPES = {
    "image": ("image/jpeg", "image/png"),
    "audio": ("audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg", "audio/opus"),
    "video": ("video/mp4", "video/3gpp"),
    "sticker": ("image/webp",),
    "document": (
        "text/plain",
        "application/pdf",
        "application/vnd.ms-powerpoint",
        "application/msword",
        "application/vnd.ms-excel",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
}
ENVELOPE_KEYS = frozenset(
    (
        "messaging_product",
        "recipient_type",
        "to",
        "recipient",
        "type",
        "context",
        "biz_opaque_callback_data",
        "recipient_identity_key_hash",
    )
)
READ_KEYS = frozenset(("messaging_product", "status", "message_id", "typing_indicator"))
PART_KEYS: dict[str, frozenset[str]] = {
    "text": frozenset(("body", "preview_url")),
    "image": frozenset(("id", "link", "caption")),
    "video": frozenset(("id", "link", "caption")),
    "audio": frozenset(("id", "link", "voice")),
    "document": frozenset(("id", "link", "caption", "filename")),
    "sticker": frozenset(("id", "link")),
    "location": frozenset(("latitude", "longitude", "name", "address")),
    "reaction": frozenset(("message_id", "emoji")),
    "interactive": frozenset(("type", "header", "body", "footer", "action")),
    "template": frozenset(("name", "language", "components", "namespace")),
}


def length(text: str) -> int:
    """In UTF-16 units, the strictest reading of Meta's "characters"."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def mime_kind(mime: str) -> str:
    """The kind of media a file can be sent as; empty where Meta does not take it at all."""
    bare = mime.split(";")[0].strip().lower()
    return next((kind for kind, types in MEDIA_TYPES.items() if bare in types), "")


def check_upload(mime: str, size: int) -> None:
    kind = mime_kind(mime)
    if not kind:
        known = ", ".join(name for types in MEDIA_TYPES.values() for name in types)
        raise Refused(100, title=f"Param file must be a file with one of the following types: {known}.")
    if not size:
        raise Refused(131053, "Media file is empty.")
    if size > MEDIA_BYTES[kind]:
        raise Refused(
            131053, f"Media file size too big. Max file size we currently support: {MEDIA_BYTES[kind]}."
        )


def check_envelope(body: Body) -> str:
    """Look at all that is the same for every message; return its type."""
    if body.get("messaging_product") != "whatsapp":
        raise Refused(100, title="The parameter messaging_product is required.")
    kind = body.get("type", "text")
    if kind not in PARTS:
        raise Refused(100, f"Param type must be one of {{{', '.join(PARTS).upper()}}} - got {kind!r}.")
    for key in body:
        if key not in ENVELOPE_KEYS and key != kind:
            raise Refused(100, title=f'Unexpected key "{key}" on param "{kind}".')
    if body.get("recipient_type", "individual") != "individual":
        raise Refused(131009, "Param recipient_type is not valid: this number has no groups.")
    tracker = body.get("biz_opaque_callback_data", "")
    if not isinstance(tracker, str) or length(tracker) > TRACKER_MAX:
        raise Refused(100, f"Param biz_opaque_callback_data must be at most {TRACKER_MAX} characters long.")
    _check_recipient(body)
    return str(kind)


def _check_recipient(body: Body) -> None:
    to, recipient = body.get("to"), body.get("recipient")
    if to is None and recipient is None:
        raise Refused(100, title="The parameter to is required.")
    if to is not None and not (isinstance(to, str) and PHONE.fullmatch(to)):
        raise Refused(131009, "Param to is not a phone number with its country code, in digits only.")
    if recipient is not None and not (isinstance(recipient, str) and USER_ID.fullmatch(recipient)):
        raise Refused(131009, "Param recipient is not a business-scoped user id.")


def check_part(kind: str, body: Body) -> None:
    """Look at the part of the message that its type names."""
    part = body.get(kind)
    wanted = list if kind == "contacts" else dict
    if not isinstance(part, wanted) or not part:
        raise Refused(100, title=f"The parameter {kind} is required.")
    for key in part:
        if kind in PART_KEYS and key not in PART_KEYS[kind]:
            raise Refused(100, title=f'Unexpected key "{key}" on param "{kind}".')
    PARTS[kind](kind, part)


def check_read(body: Body) -> str:
    """Look at a "read" mark; return the id of the message it marks."""
    for key in body:
        if key not in READ_KEYS:
            raise Refused(100, title=f'Unexpected key "{key}".')
    if body.get("messaging_product") != "whatsapp":
        raise Refused(100, title="The parameter messaging_product is required.")
    if body.get("status") != "read":
        raise Refused(100, "Param status must be one of {READ}.")
    typing = body.get("typing_indicator")
    if typing is not None and typing != {"type": "text"}:
        raise Refused(131009, "Param typing_indicator['type'] must be one of {TEXT}.")
    return _needed(body, "message_id", "message_id")


def _needed(part: Body, key: str, name: str, most: int = 0) -> str:
    value = part.get(key)
    if not isinstance(value, str) or not value.strip():
        raise Refused(100, title=f"The parameter {name} is required.")
    _at_most(value, name, most)
    return value


def _at_most(value: object, name: str, most: int) -> None:
    if value is not None and not isinstance(value, str):
        raise Refused(100, title=f"Param {name} must be a string.")
    if value and most and length(str(value)) > most:
        raise Refused(100, title=f"Param {name} must be at most {most} characters long.")


def _text(kind: str, part: Body) -> None:
    _needed(part, "body", "text['body']", TEXT_MAX)
    if not isinstance(part.get("preview_url", False), bool):
        raise Refused(100, title="Param text['preview_url'] must be a boolean.")


def _media(kind: str, part: Body) -> None:
    if bool(part.get("id")) == bool(part.get("link")):
        raise Refused(100, f"Param {kind} must have either an 'id' or a 'link'.")
    if part.get("link"):
        link = _needed(part, "link", f"{kind}['link']")
        if not link.startswith(("http://", "https://")):
            raise Refused(131009, f"Param {kind}['link'] is not a valid URI.")
    _at_most(part.get("caption"), f"{kind}['caption']", CAPTION_MAX)
    _at_most(part.get("filename"), f"{kind}['filename']", 240)


def _location(kind: str, part: Body) -> None:
    for key, most in (("latitude", 90), ("longitude", 180)):
        try:
            fits = abs(float(part[key])) <= most
        except (KeyError, TypeError, ValueError):
            fits = False
        if not fits:
            raise Refused(131009, f"Param location['{key}'] is not valid.")


def _contacts(kind: str, part: Any) -> None:
    for card in part:
        name = card.get("name") if isinstance(card, dict) else None
        if not isinstance(name, dict):
            raise Refused(131008, "Param contacts[0]['name'] is required.")
        _needed(name, "formatted_name", "contacts['name']['formatted_name']")
        if not any(name.get(key) for key in ("first_name", "last_name", "middle_name", "suffix", "prefix")):
            raise Refused(131009, "A contact's name needs one part beside formatted_name.")


def _reaction(kind: str, part: Body) -> None:
    _needed(part, "message_id", "reaction['message_id']")
    emoji = part.get("emoji")
    if not isinstance(emoji, str) or len(emoji) > 12 or (emoji and emoji.isascii()):
        raise Refused(131009, "Param reaction['emoji'] must be one emoji.")


def _template(kind: str, part: Body) -> None:
    _needed(part, "name", "template['name']", 512)
    language = part.get("language")
    if not isinstance(language, dict):
        raise Refused(131008, "The parameter template['language'] is required.")
    _needed(language, "code", "template['language']['code']")


def _interactive(kind: str, part: Body) -> None:
    sort = part.get("type")
    if sort not in INTERACTIVE:
        raise Refused(131009, f"Param interactive['type'] must be one of {{{', '.join(INTERACTIVE)}}}.")
    check, body_max = INTERACTIVE[str(sort)]
    for key, most, needed in (("body", body_max, True), ("footer", 60, False)):
        if needed or key in part:
            _needed(part.get(key) or {}, "text", f"interactive['{key}']['text']", most)
    _header(part.get("header"))
    action = part.get("action")
    if not isinstance(action, dict):
        raise Refused(131008, "The parameter interactive['action'] is required.")
    check(action)


def _header(header: Body | None) -> None:
    if header is None:
        return
    kind = header.get("type")
    if kind == "text":
        _needed(header, "text", "interactive['header']['text']", 60)
    elif kind in ("image", "video", "document"):
        _media(str(kind), header.get(str(kind)) or {})
    else:
        raise Refused(
            131009, "Param interactive['header']['type'] must be one of {TEXT, IMAGE, VIDEO, DOCUMENT}."
        )


def _buttons(action: Body) -> None:
    buttons = action.get("buttons")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= 3:
        raise Refused(131009, "Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: 3")
    replies = [button.get("reply") or {} for button in buttons if button.get("type") == "reply"]
    if len(replies) != len(buttons):
        raise Refused(131009, "Param interactive['action']['buttons']['type'] must be one of {REPLY}.")
    _choices(replies, "interactive['action']['buttons']['reply']", 20, 256)


def _choices(choices: list[Any], name: str, title_max: int, id_max: int) -> None:
    for choice in choices:
        _needed(choice, "title", f"{name}['title']", title_max)
        token = _needed(choice, "id", f"{name}['id']", id_max)
        if token != token.strip():
            raise Refused(131009, f"Param {name}['id'] must not begin or end with a space.")
    for key in ("id", "title") if id_max == 256 else ("id",):
        if len({choice[key] for choice in choices}) < len(choices):
            raise Refused(131009, f"Duplicate {name}['{key}']: each must be unique within the message.")


def _list(action: Body) -> None:
    _needed(action, "button", "interactive['action']['button']", 20)
    sections = action.get("sections")
    if not isinstance(sections, list) or not 1 <= len(sections) <= 10:
        raise Refused(131009, "Invalid sections count. Min allowed sections: 1, Max allowed sections: 10")
    for section in sections:
        if len(sections) > 1:
            _needed(section, "title", "interactive['action']['sections']['title']")
        _at_most(section.get("title"), "interactive['action']['sections']['title']", 24)
    rows = [row for section in sections for row in section.get("rows") or ()]
    if not 1 <= len(rows) <= 10 or not all(section.get("rows") for section in sections):
        raise Refused(131009, "Total row count exceed max allowed count: 10, or a section has none.")
    for row in rows:
        _at_most(row.get("description"), "interactive['action']['sections']['rows']['description']", 72)
    _choices(rows, "interactive['action']['sections']['rows']", 24, 200)


def _link(action: Body) -> None:
    parameters = action.get("parameters") or {}
    _needed(parameters, "display_text", "interactive['action']['parameters']['display_text']", 20)
    url = _needed(parameters, "url", "interactive['action']['parameters']['url']")
    if not url.startswith(("http://", "https://")):
        raise Refused(131009, "Param interactive['action']['parameters']['url'] is not a valid URI.")


def _where(action: Body) -> None:
    if action.get("name") != "send_location":
        raise Refused(131009, "Param interactive['action']['name'] must be one of {SEND_LOCATION}.")


INTERACTIVE: dict[str, tuple[Callable[[Body], None], int]] = {
    "button": (_buttons, 1024),
    "list": (_list, 4096),
    "cta_url": (_link, 1024),
    "location_request_message": (_where, 1024),
}
PARTS: dict[str, Callable[[str, Any], None]] = {
    "text": _text,
    "image": _media,
    "video": _media,
    "audio": _media,
    "document": _media,
    "sticker": _media,
    "location": _location,
    "contacts": _contacts,
    "interactive": _interactive,
    "reaction": _reaction,
    "template": _template,
}
