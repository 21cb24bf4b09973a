"""Writes our content as what Meta's /messages takes: a kind, and the part that is named after it."""

import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from bot.channel import Limits, SendRefused
from bot.content import Content, Media, MediaKind, Place, SharedContact, Template
from bot.update import Reason
from handlers.channels.whatsapp_format import formatted, units

LIMITS: Final = Limits(
    text=4096,
    caption=1024,
    buttons=3,
    button_title=20,
    text_with_buttons=1024,
    album=1,
    captionless=frozenset({MediaKind.AUDIO, MediaKind.VOICE, MediaKind.STICKER}),
    edits=False,
    window_hours=24,
)

Form = Literal["image", "video", "audio", "document", "sticker"]
Part = dict[str, Any]

MEGABYTE: Final = 1024 * 1024

MOST_BYTES: Final[Mapping[Form, int]] = {
    "image": 5 * MEGABYTE,
    "video": 16 * MEGABYTE,
    "audio": 16 * MEGABYTE,
    "document": 100 * MEGABYTE,
    "sticker": MEGABYTE // 2,
}

FORMS: Final[Mapping[str, Form]] = {
    "image/jpeg": "image",
    "image/png": "image",
    "image/webp": "sticker",
    "video/mp4": "video",
    "video/3gpp": "video",
    "audio/aac": "audio",
    "audio/amr": "audio",
    "audio/mp4": "audio",
    "audio/mpeg": "audio",
    "audio/ogg": "audio",
    "audio/opus": "audio",
}
"""All else, and what is too large for its form, goes as a document."""

LETTERS: Final = re.compile("[❤✍☃🕊](?!\ufe0f)")

MOVING: Final = ("application/x-tgsticker", "video/webm")

USUAL_MIMES: Final[Mapping[MediaKind, str]] = {
    MediaKind.PICTURE: "image/jpeg",
    MediaKind.VIDEO: "video/mp4",
    MediaKind.ROUND_VIDEO: "video/mp4",
    MediaKind.ANIMATION: "video/mp4",
    MediaKind.VOICE: "audio/ogg",
    MediaKind.AUDIO: "audio/mpeg",
    MediaKind.STICKER: "image/webp",
}

BEGINNINGS: Final[tuple[tuple[int, bytes, str], ...]] = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG", "image/png"),
    (8, b"WEBP", "image/webp"),
    (4, b"ftyp", "video/mp4"),
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"%PDF", "application/pdf"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
)


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file that Meta has already, and as what it is sent."""

    id: str
    form: Form
    mime: str


def check_sendable(content: Content) -> None:
    """Raises SendRefused for what the caller should have split or left out."""
    captionless = any(media.kind in LIMITS.captionless for media in content.media)
    mute = captionless or content.place is not None or bool(content.shared)
    faults = (
        (len(content.media) > LIMITS.album, "one file a message"),
        (bool(content.unreadable), f"cannot be sent on: {content.unreadable}"),
        (mute and bool(content.text or content.buttons), "no text beside this"),
        (len(content.buttons) > LIMITS.buttons, f"at most {LIMITS.buttons} buttons"),
        (bool(content.buttons) and content.wordless, "buttons need a text"),
        (not (content.media or content.place or content.shared) and content.wordless, "nothing to send"),
    )
    for wrong, sentence in faults:
        if wrong:
            raise SendRefused(Reason.MALFORMED, sentence)
    if units(content.text) > _most_text(content):
        raise SendRefused(Reason.TOO_LONG, f"{units(content.text)} characters")


def _most_text(content: Content) -> int:
    if content.buttons:
        return LIMITS.text_with_buttons
    return LIMITS.caption if content.media else LIMITS.text


def as_whatsapp_takes(content: Content) -> Content:
    """It knows no moving stickers of Telegram's kinds: the emoji that such a one stands for says the same."""
    if len(content.media) != 1:
        return content
    media = content.media[0]
    moves = media.kind == MediaKind.STICKER and bare(media.mime) in MOVING
    return Content(text=media.name) if moves and media.name else content


def written(content: Content, uploaded: Uploaded | None = None) -> tuple[str, Part | list[Part]]:
    """The message's type and part. `uploaded` is the content's file."""
    if content.template:
        return "template", _template(content.template)
    text = formatted(content.text, content.entities, _most_text(content))
    if content.place:
        return "location", _location(content.place)
    if content.shared:
        return "contacts", [_card(card) for card in content.shared]
    file = _file(content.media[0], uploaded) if uploaded else None
    if content.buttons:
        return "interactive", _interactive(content, text, uploaded, file)
    if uploaded and file is not None:
        return uploaded.form, file | ({"caption": text} if text else {})
    return "text", {"body": text, "preview_url": False}


def _template(template: Template) -> Part:
    named: Part = {"name": template.name, "language": {"code": template.language}}
    values = [{"type": "text", "text": value} for value in template.parameters]
    return named | ({"components": [{"type": "body", "parameters": values}]} if values else {})


def message(
    recipient: Mapping[str, str], kind: str, part: Part | list[Part], *, reply_to: str = "", tracker: str = ""
) -> Part:
    """The whole body; `tracker` comes back with every status."""
    body: Part = {"messaging_product": "whatsapp", "recipient_type": "individual", "type": kind}
    body.update(recipient)
    if reply_to:
        body["context"] = {"message_id": reply_to}
    if tracker:
        body["biz_opaque_callback_data"] = tracker
    body[kind] = part
    return body


def coloured(emoji: str) -> str:
    """Some signs are letters unless they ask for colour, and Telegram leaves that away."""
    return LETTERS.sub("\\g<0>\ufe0f", emoji)


def typing(remote_id: str) -> Part:
    """Shows that an answer is coming, and marks the message as read."""
    shown = {"messaging_product": "whatsapp", "status": "read", "message_id": remote_id}
    return shown | {"typing_indicator": {"type": "text"}}


def _file(media: Media, uploaded: Uploaded) -> Part:
    file: Part = {"id": uploaded.id}
    if uploaded.form == "document":
        file["filename"] = media.name or f"file{_ending(uploaded.mime)}"
    if media.kind == MediaKind.VOICE and bare(uploaded.mime) == "audio/ogg":
        file["voice"] = True
    return file


def _interactive(content: Content, text: str, uploaded: Uploaded | None, file: Part | None) -> Part:
    buttons = [
        {"type": "reply", "reply": {"id": button.id, "title": button.title}} for button in content.buttons
    ]
    header = {"header": {"type": uploaded.form, uploaded.form: file}} if uploaded else {}
    return {"type": "button", **header, "body": {"text": text}, "action": {"buttons": buttons}}


def _location(place: Place) -> Part:
    named = {"name": place.name, "address": place.address}
    where = {"latitude": place.latitude, "longitude": place.longitude}
    return where | {key: value for key, value in named.items() if value}


def _card(card: SharedContact) -> Part:
    name = card.name or next(iter(card.phones), "?")
    phones = [{"phone": phone, "type": "CELL"} for phone in card.phones]
    return {"name": {"formatted_name": name, "first_name": name}} | ({"phones": phones} if phones else {})


def mime_of(media: Media, file: bytes) -> str:
    """What the platform said it is; else what it looks like, how its name ends, what its kind is usually."""
    if media.mime and media.mime != "application/octet-stream":
        return media.mime
    looks = next((mime for place, begin, mime in BEGINNINGS if file.startswith(begin, place)), "")
    named = mimetypes.guess_type(media.name)[0]
    return looks or named or USUAL_MIMES.get(media.kind) or "application/octet-stream"


def form_of(kind: MediaKind, mime: str, size: int) -> Form:
    """As what a file goes out: as what it is where Meta takes that, else as a document."""
    form = FORMS.get(bare(mime), "document")
    as_it_is = kind != MediaKind.DOCUMENT and (form != "sticker" or kind == MediaKind.STICKER)
    return form if as_it_is and size <= MOST_BYTES[form] else "document"


def most_bytes(mime: str) -> int:
    """How large a file of this type may be, as whatever it is sent."""
    return MOST_BYTES[FORMS.get(bare(mime), "document")]


def bare(mime: str) -> str:
    return mime.partition(";")[0].strip().lower()


def upload_name(mime: str) -> str:
    """A file's own name may be anybody's words; Meta needs only the ending."""
    return f"file{_ending(mime)}"


def _ending(mime: str) -> str:
    return mimetypes.guess_extension(bare(mime)) or ""
