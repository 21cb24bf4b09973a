"""What a Telegram message carries, in our words; what has no words of ours keeps Telegram's."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from telegram import Contact, Location, Message, MessageEntity, Poll

from bot.content import Content, Entity, Media, MediaKind, Place, SharedContact, Style
from handlers.channels.telegram_fields import ABOUT

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


def content_of(message: Message, fields: Mapping[str, Any]) -> Content:
    """`fields` are the message as it came, with what the library does not know. Raises TypeError on nonsense."""
    if RICH in fields:
        return _rich(fields[RICH])
    text, marks = _words(message)
    media = _media(message)
    place, shared = _place(message), _shared(message.contact)
    readable = bool(media or place or shared or message.text is not None or message.dice or message.poll)
    return Content(
        text=text,
        entities=_entities(marks, text),
        media=media,
        place=place,
        shared=shared,
        unreadable="" if readable else kind_of(fields),
    )


def kind_of(fields: Iterable[str]) -> str:
    """Telegram's word for what a message carries beside its words."""
    kind = next((field for field in fields if field not in ABOUT), UNSUPPORTED)
    return word(kind)[:MOST_OF_A_KIND] or UNSUPPORTED


def word(value: object) -> str:
    """A text as it came; NUL, which PostgreSQL cannot keep, becomes the sign for a lost letter."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TypeError(f"a text was expected, not {type(value).__name__}")
    return value.replace("\0", "\ufffd")


def whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"a whole number was expected, not {type(value).__name__}")
    return value


def _words(message: Message) -> tuple[str, Iterable[MessageEntity]]:
    if message.dice is not None:
        return f"{word(message.dice.emoji)} {whole(message.dice.value)}", ()
    if message.poll is not None:
        return _poll(message.poll), ()
    if message.text is not None:
        return word(message.text), message.entities
    return word(message.caption), message.caption_entities


def _rich(rich: Any) -> Content:
    """The words of a text in blocks, which this version of the library does not know yet."""
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


def _poll(poll: Poll) -> str:
    return "\n".join([f"📊 {word(poll.question)}", *(f"– {word(option.text)}" for option in poll.options)])


def _media(message: Message) -> tuple[Media, ...]:
    for field, kind, mime in FILES:
        found = getattr(message, field)
        if found:
            return (_file(max(found, key=_area) if field == "photo" else found, kind, mime),)
    return ()


def _area(size: Any) -> int:
    return whole(size.width) * whole(size.height)


def _file(found: Any, kind: MediaKind, mime: str) -> Media:
    usual = _sticker_mime(found) if kind == MediaKind.STICKER else mime
    return Media(
        kind=kind,
        ref=_required(word(found.file_id)),
        channel="telegram",
        name=word(getattr(found, "file_name", None)),
        mime=word(getattr(found, "mime_type", None)) or usual,
        size=_size(found.file_size),
    )


def _required(ref: str) -> str:
    if not ref:
        raise TypeError("a file without an id")
    return ref


def _sticker_mime(sticker: Any) -> str:
    if sticker.is_animated:
        return "application/x-tgsticker"
    return "video/webm" if sticker.is_video else "image/webp"


def _size(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _place(message: Message) -> Place | None:
    if message.venue is not None:
        venue = message.venue
        return Place(*_spot(venue.location), word(venue.title), word(venue.address))
    return Place(*_spot(message.location)) if message.location is not None else None


def _spot(location: Location) -> tuple[float, float]:
    return _degrees(location.latitude), _degrees(location.longitude)


def _degrees(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError(f"degrees were expected, not {type(value).__name__}")
    return float(value)


def _shared(contact: Contact | None) -> tuple[SharedContact, ...]:
    if contact is None:
        return ()
    name = f"{word(contact.first_name)} {word(contact.last_name)}".strip()
    return (SharedContact(name, (word(contact.phone_number),)),)


def _entities(marks: Iterable[MessageEntity], text: str) -> tuple[Entity, ...]:
    marks = [mark for mark in marks if mark.type in STYLES]
    if not marks:
        return ()
    end = len(text.encode("utf-16-le")) // 2
    entities = (
        Entity(STYLES[mark.type], whole(mark.offset), whole(mark.length), word(mark.url)) for mark in marks
    )
    return tuple(one for one in entities if one.offset >= 0 < one.length <= end - one.offset)
