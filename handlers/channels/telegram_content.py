"""What a Telegram message carries, in our words; what has no words of ours keeps Telegram's."""

import math
from collections.abc import Iterable, Mapping
from typing import Any, Final

from bot.content import Content, Entity, Media, MediaKind, Place, SharedContact, Style
from handlers.channels.telegram_fields import ABOUT

Fields = Mapping[str, Any]
"""A part of an update as Telegram sent it; reading from it what is not as documented raises."""

STYLES: Final = {
    "bold": Style.BOLD,
    "italic": Style.ITALIC,
    "underline": Style.UNDERLINE,
    "strikethrough": Style.STRIKETHROUGH,
    "spoiler": Style.SPOILER,
    "code": Style.CODE,
    "pre": Style.PRE,
    "blockquote": Style.QUOTE,
    "expandable_blockquote": Style.QUOTE,
    "text_link": Style.LINK,
}

UNSUPPORTED: Final = "unsupported"
"""A message in which Telegram shows a bot nothing at all."""

RICH: Final = "rich_message"
MOST_OF_A_KIND: Final = 64

FILES: Final = (
    ("photo", MediaKind.PICTURE, "image/jpeg"),
    ("animation", MediaKind.ANIMATION, "video/mp4"),
    ("live_photo", MediaKind.VIDEO, "video/mp4"),
    ("video", MediaKind.VIDEO, "video/mp4"),
    ("video_note", MediaKind.ROUND_VIDEO, "video/mp4"),
    ("voice", MediaKind.VOICE, "audio/ogg"),
    ("audio", MediaKind.AUDIO, "audio/mpeg"),
    ("document", MediaKind.DOCUMENT, "application/octet-stream"),
    ("sticker", MediaKind.STICKER, "image/webp"),
)
"""The first that is there counts: an animation also comes as a document, a live photo as a photo."""

BESIDE_TEXT: Final = frozenset(
    {RICH, "contact", "dice", "location", "poll", "venue", *(field for field, _, _ in FILES)}
)
"""What a message can carry beside or instead of a text."""


def content_of(message: Fields) -> Content:
    """Raises one of `MALFORMED` on nonsense."""
    text = message.get("text")
    if text is not None and BESIDE_TEXT.isdisjoint(message):
        return _worded(word(text), message.get("entities"))
    if RICH in message:
        return _rich(message[RICH])
    return _carried(message)


def kind_of(message: Iterable[str]) -> str:
    """Telegram's word for what a message carries beside its words."""
    kind = next((field for field in message if field not in ABOUT), UNSUPPORTED)
    return word(kind)[:MOST_OF_A_KIND] or UNSUPPORTED


def word(value: object) -> str:
    """A text as it came; NUL, which PostgreSQL cannot keep, becomes the sign for a lost letter."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TypeError(f"a text was expected, not {type(value).__name__}")
    return value.replace("\0", "\ufffd")


def whole(value: object) -> int:
    if type(value) is not int:
        raise TypeError(f"a whole number was expected, not {type(value).__name__}")
    return value


def _worded(text: str, marks: Iterable[Fields] | None) -> Content:
    return Content(text, _entities(marks, text)) if marks else Content(text)


def _carried(message: Fields) -> Content:
    worded = _words(message)
    media, place, shared = _media(message), _place(message), _shared(message.get("contact"))
    telling = any(message.get(field) is not None for field in ("text", "dice", "poll"))
    return Content(
        text=worded.text,
        entities=worded.entities,
        media=media,
        place=place,
        shared=shared,
        unreadable="" if telling or media or place or shared else kind_of(message),
    )


def _words(message: Fields) -> Content:
    if (dice := message.get("dice")) is not None:
        return Content(f"{word(dice['emoji'])} {whole(dice['value'])}")
    if (poll := message.get("poll")) is not None:
        return Content(_poll(poll))
    if (text := message.get("text")) is not None:
        return _worded(word(text), message.get("entities"))
    return _worded(word(message.get("caption")), message.get("caption_entities"))


def _rich(rich: Any) -> Content:
    """The words of a text in blocks."""
    try:
        blocks = [_plain(block) for block in rich["blocks"]]
    except (LookupError, TypeError):
        return Content(unreadable=RICH)
    text = "\n".join(filter(None, blocks))
    return Content(text, unreadable="" if blocks and all(blocks) else RICH)


def _plain(node: Any) -> str:
    """Of a block, a styled piece, a list of both, or a word."""
    if isinstance(node, list):
        return "".join(map(_plain, node))
    return _plain(node.get("text")) if isinstance(node, dict) else word(node)


def _poll(poll: Fields) -> str:
    options = (f"– {word(option['text'])}" for option in poll["options"])
    return "\n".join([f"📊 {word(poll['question'])}", *options])


def _media(message: Fields) -> tuple[Media, ...]:
    for field, kind, mime in FILES:
        if found := message.get(field):
            return (_file(max(found, key=_area) if field == "photo" else found, kind, mime),)
    return ()


def _area(size: Fields) -> int:
    return whole(size["width"]) * whole(size["height"])


def _file(found: Fields, kind: MediaKind, mime: str) -> Media:
    is_sticker = kind == MediaKind.STICKER
    usual = _sticker_mime(found) if is_sticker else mime
    return Media(
        kind=kind,
        ref=_required(word(found["file_id"])),
        channel="telegram",
        name=word(found.get("emoji" if is_sticker else "file_name")),
        mime=word(found.get("mime_type")) or usual,
        size=_size(found.get("file_size")),
    )


def _required(ref: str) -> str:
    if not ref:
        raise TypeError("a file without an id")
    return ref


def _sticker_mime(sticker: Fields) -> str:
    if sticker["is_animated"]:
        return "application/x-tgsticker"
    return "video/webm" if sticker["is_video"] else "image/webp"


def _size(value: object) -> int:
    return value if type(value) is int and value > 0 else 0


def _place(message: Fields) -> Place | None:
    if (venue := message.get("venue")) is not None:
        return Place(*_spot(venue["location"]), word(venue["title"]), word(venue["address"]))
    location = message.get("location")
    return Place(*_spot(location)) if location is not None else None


def _spot(location: Fields) -> tuple[float, float]:
    return _degrees(location["latitude"]), _degrees(location["longitude"])


def _degrees(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TypeError(f"degrees were expected, not {type(value).__name__}")
    return float(value)


def _shared(contact: Fields | None) -> tuple[SharedContact, ...]:
    if contact is None:
        return ()
    name = f"{word(contact['first_name'])} {word(contact.get('last_name'))}".strip()
    return (SharedContact(name, (word(contact["phone_number"]),)),)


def _entities(marks: Iterable[Fields], text: str) -> tuple[Entity, ...]:
    found = [
        Entity(STYLES[mark["type"]], whole(mark["offset"]), whole(mark["length"]), word(mark.get("url")))
        for mark in marks
        if mark["type"] in STYLES
    ]
    if not found:
        return ()
    end = len(text.encode("utf-16-le")) // 2
    return tuple(one for one in found if one.offset >= 0 < one.length <= end - one.offset)
