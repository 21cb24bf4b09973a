"""Reads one item of a Meta webhook in our words.

pywa's own parsers are not used here: they lose whatever lacks a field that we do not need."""

import math
import re
from collections.abc import Callable, Sequence

from bot.content import Content, Media, MediaKind, Place, SharedContact
from bot.update import (
    Edited,
    Inbound,
    Pressed,
    Progress,
    Progressed,
    Reacted,
    Renamed,
    Said,
    Sender,
    Unknown,
    Unreadable,
    What,
    Withdrawn,
)
from handlers.channels.whatsapp_errors import described, reason_of
from handlers.channels.whatsapp_items import Item, Node, id_of, items_of, list_of, node_of, text_of

NAME = "whatsapp"
PHONE = re.compile(r"[1-9][0-9]{4,19}")
MEDIA_ID = re.compile(r"[A-Za-z0-9_-]{1,200}")
SECONDS = re.compile(r"[0-9]{1,11}")
MOST_OF_A_KIND = 64

PROGRESS: dict[str, Progress] = {
    "sent": Progress.SENT,
    "delivered": Progress.DELIVERED,
    "read": Progress.READ,
    "played": Progress.READ,
    "failed": Progress.FAILED,
}

MEDIA: dict[str, MediaKind] = {
    "image": MediaKind.PICTURE,
    "video": MediaKind.VIDEO,
    "audio": MediaKind.AUDIO,
    "voice": MediaKind.VOICE,
    "document": MediaKind.DOCUMENT,
    "sticker": MediaKind.STICKER,
}


def read(raw: bytes, account: str) -> Sequence[Inbound | Unreadable]:
    """All that a post carries. Raises ValueError when it is no object with entries."""
    return [item if isinstance(item, Unreadable) else _understood(item, account) for item in items_of(raw)]


def _understood(item: Item, account: str) -> Inbound | Unreadable:
    if item.kind == "change":
        return _inbound(item, Unknown(_kind_of_change(item)))
    if not item.account:
        return Unreadable(item.key, item.raw, "no phone number id")
    if item.account != account:
        return _inbound(item, Unknown("other_account"))
    if item.kind == "status":
        return _status(item)
    if item.node.get("group_id"):
        return _inbound(item, Unknown("group_message"))
    return _message(item)


def _inbound(item: Item, what: What, sender: Sender | None = None, room: str = "") -> Inbound:
    at = _milliseconds(item.node.get("timestamp"))
    return Inbound(NAME, item.account, item.key, item.raw, what, room=room, at=at, sender=sender)


def _kind_of_change(item: Item) -> str:
    return "errors" if item.field == "messages" and item.node.get("errors") else item.field


def _status(item: Item) -> Inbound:
    word = text_of(item.node.get("status"))
    if word not in PROGRESS or item.node.get("recipient_type") == "group":
        return _inbound(item, Unknown(f"status:{word}"))
    reason, detail = None, ""
    if word == "failed":
        error = node_of(next(iter(list_of(item.node.get("errors"))), None))
        code = error.get("code")
        reason = reason_of(code) if isinstance(code, int) else None
        detail = described(code, node_of(error.get("error_data")).get("details") or error.get("title"))
    tracker = text_of(item.node.get("biz_opaque_callback_data"))
    progressed = Progressed(id_of(item.node.get("id")), PROGRESS[word], tracker, reason, detail)
    room = id_of(item.node.get("recipient_id")) or id_of(item.node.get("recipient_user_id"))
    return _inbound(item, progressed, room=room)


def _message(item: Item) -> Inbound | Unreadable:
    kind = text_of(item.node.get("type"))
    sender = _sender(item.node, item.contact)
    what = EVENTS.get(kind, _said)(item.node)
    if what is None:
        return Unreadable(item.key, item.raw, f"a {kind} without what makes it one")
    if sender is None and isinstance(what, Renamed):
        sender = Sender(what.old)
    if sender is None and not isinstance(what, Unknown):
        return Unreadable(item.key, item.raw, "no sender")
    return _inbound(item, what, sender, sender.id if sender else "")


def _sender(node: Node, contact: Node) -> Sender | None:
    """The phone number comes first where we are told it: older contacts are stored under nothing else."""
    profile = node_of(contact.get("profile"))
    given = (
        node.get("from"),
        contact.get("wa_id"),
        node.get("from_user_id"),
        contact.get("user_id"),
        node.get("from_parent_user_id"),
        contact.get("parent_user_id"),
        node_of(node.get("system")).get("previous_user_id"),
    )
    words = dict.fromkeys([value for value in given if isinstance(value, str)])
    ids = [word for word in words if id_of(word)]
    if not ids:
        return None
    return Sender(
        id=ids[0],
        name=text_of(profile.get("name")),
        username=text_of(profile.get("username")),
        phone=next(filter(PHONE.fullmatch, ids), ""),
        aliases=tuple(ids[1:]),
    )


def _said(node: Node) -> What | None:
    reply_to = id_of(node_of(node.get("context")).get("id"))
    return Said(id_of(node.get("id")), _content(node), reply_to=reply_to)


def _content(node: Node) -> Content:
    kind = text_of(node.get("type"))
    reader = CONTENTS.get(kind)
    content = reader(node) if reader else None
    return content or _unreadable(kind)


def _unreadable(kind: object) -> Content:
    return Content(unreadable=text_of(kind)[:MOST_OF_A_KIND] or "unknown")


def _text(node: Node) -> Content | None:
    body = text_of(node_of(node.get("text")).get("body"))
    return Content(text=body) if body else None


def _media(node: Node) -> Content | None:
    kind = text_of(node.get("type"))
    part = node_of(node.get(kind))
    ref = text_of(part.get("id"))
    if not MEDIA_ID.fullmatch(ref):
        return None
    size = part.get("file_size")
    media = Media(
        kind=MediaKind.VOICE if part.get("voice") is True else MEDIA[kind],
        ref=ref,
        channel=NAME,
        name=text_of(part.get("filename")).replace("\\", "/").rpartition("/")[2],
        mime=text_of(part.get("mime_type")),
        size=size if type(size) is int and 0 < size < 2**40 else 0,
    )
    return Content(text=text_of(part.get("caption")), media=(media,))


def _place(node: Node) -> Content | None:
    part = node_of(node.get("location"))
    latitude, longitude = _degrees(part.get("latitude"), 90), _degrees(part.get("longitude"), 180)
    if latitude is None or longitude is None:
        return None
    return Content(place=Place(latitude, longitude, text_of(part.get("name")), text_of(part.get("address"))))


def _degrees(value: object, most: int) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value) if -most <= value <= most else None


def _shared(node: Node) -> Content | None:
    cards = [_card(card) for card in list_of(node.get("contacts")) if isinstance(card, dict)]
    return Content(shared=tuple(cards)) if cards else None


def _card(card: Node) -> SharedContact:
    name = node_of(card.get("name"))
    phones = [text_of(node_of(phone).get("phone")) for phone in list_of(card.get("phones"))]
    return SharedContact(
        name=text_of(name.get("formatted_name")) or text_of(name.get("first_name")),
        phones=tuple(phone for phone in phones if phone),
    )


def _unsupported(node: Node) -> Content | None:
    return _unreadable(node_of(node.get("unsupported")).get("type") or "unsupported")


def _edited(node: Node) -> What | None:
    edit = node_of(node.get("edit"))
    original = id_of(edit.get("original_message_id"))
    return Edited(original, _content(node_of(edit.get("message")))) if original else None


def _withdrawn(node: Node) -> What | None:
    original = id_of(node_of(node.get("revoke")).get("original_message_id"))
    return Withdrawn(original) if original else None


def _reacted(node: Node) -> What | None:
    reaction = node_of(node.get("reaction"))
    target = id_of(reaction.get("message_id"))
    return Reacted(target, text_of(reaction.get("emoji"))) if target else None


def _interactive(node: Node) -> What | None:
    part = node_of(node.get("interactive"))
    kind = text_of(part.get("type"))
    reply = node_of(part.get(kind)) if kind in ("button_reply", "list_reply") else {}
    if isinstance(reply.get("id"), str):
        return _pressed(node, reply["id"], text_of(reply.get("title")))
    return Said(id_of(node.get("id")), _unreadable(kind or "interactive"))


def _template_button(node: Node) -> What | None:
    button = node_of(node.get("button"))
    title = text_of(button.get("text"))
    return _pressed(node, text_of(button.get("payload")) or title, title)


def _pressed(node: Node, button: str, title: str) -> What:
    """A tap is a message of its own here: the customer sees the title among their words."""
    asked_in, own = id_of(node_of(node.get("context")).get("id")), id_of(node.get("id"))
    said = Said(own, Content(text=title), reply_to=asked_in) if title else None
    return Pressed(text_of(button), asked_in or own, said=said)


def _system(node: Node) -> What | None:
    """A new number or user id. Whoever has the old one next is another person: nothing is merged here."""
    system = node_of(node.get("system"))
    old = (system.get("customer") or node.get("from"), system.get("previous_user_id"))
    new = (system.get("wa_id") or system.get("new_wa_id"), system.get("user_id"))
    kind = text_of(system.get("type"))
    if kind in RENAMINGS:
        for before, after in zip(map(id_of, old), map(id_of, new), strict=True):
            if before and after and before != after:
                return Renamed(before, after)
    return Unknown(f"system:{kind[:MOST_OF_A_KIND]}")


def _asked_to_be_welcomed(node: Node) -> What | None:
    return Unknown(text_of(node.get("type")))


def _milliseconds(timestamp: object) -> int:
    """0 for what is no moment; Meta writes seconds as a text."""
    text = str(timestamp) if type(timestamp) is int and abs(timestamp) < 2**63 else text_of(timestamp)
    return int(text) * 1000 if SECONDS.fullmatch(text) else 0


RENAMINGS = ("user_changed_number", "user_changed_user_id", "customer_changed_number")

CONTENTS: dict[str, Callable[[Node], Content | None]] = {
    "text": _text,
    "location": _place,
    "contacts": _shared,
    "unsupported": _unsupported,
    **dict.fromkeys(MEDIA, _media),
}

EVENTS: dict[str, Callable[[Node], What | None]] = {
    "edit": _edited,
    "revoke": _withdrawn,
    "reaction": _reacted,
    "interactive": _interactive,
    "button": _template_button,
    "system": _system,
    "request_welcome": _asked_to_be_welcomed,
}
