"""What a message carries, in our words: the same for every channel."""

from dataclasses import dataclass, replace
from enum import StrEnum

import orjson
from pydantic import TypeAdapter, ValidationError


class MediaKind(StrEnum):
    PICTURE = "picture"
    VIDEO = "video"
    ROUND_VIDEO = "round_video"
    ANIMATION = "animation"
    VOICE = "voice"
    AUDIO = "audio"
    DOCUMENT = "document"
    STICKER = "sticker"


@dataclass(frozen=True, slots=True)
class Media:
    """A file at a platform. `ref` means something to `channel` alone: a file id, a media id."""

    kind: MediaKind
    ref: str
    channel: str
    name: str = ""
    """The file's; of a sticker the emoji that it stands for."""
    mime: str = ""
    size: int = 0
    """Bytes; 0 when the platform does not say."""


@dataclass(frozen=True, slots=True)
class Place:
    latitude: float
    longitude: float
    name: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class SharedContact:
    """Somebody's visiting card, sent as a message."""

    name: str
    phones: tuple[str, ...] = ()


class Style(StrEnum):
    """The formatting that every channel can show or leave out."""

    BOLD = "bold"
    ITALIC = "italic"
    UNDERLINE = "underline"
    STRIKETHROUGH = "strikethrough"
    SPOILER = "spoiler"
    CODE = "code"
    PRE = "pre"
    QUOTE = "quote"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Entity:
    """A styled stretch of a text. `offset` and `length` count UTF-16 code units, as Telegram does."""

    style: Style
    offset: int
    length: int
    url: str = ""


@dataclass(frozen=True, slots=True)
class Button:
    """Something to tap instead of typing. `id` comes back in `Pressed`; at most 64 bytes.

    One with a `url` opens it, and nothing comes back: only the desk has such."""

    id: str
    title: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Template:
    """Words that the platform approved beforehand, and what is filled in, in the order of its places."""

    name: str
    language: str
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Content:
    """One message. More than one `media` is an album. `text` is the caption where there is media."""

    text: str = ""
    entities: tuple[Entity, ...] = ()
    media: tuple[Media, ...] = ()
    place: Place | None = None
    shared: tuple[SharedContact, ...] = ()
    unreadable: str = ""
    """The platform's word for a kind that we cannot carry over: "poll", "story", "order"."""
    buttons: tuple[Button, ...] = ()
    template: Template | None = None
    """Say it as this; `text` is how it reads then."""

    @property
    def wordless(self) -> bool:
        return not self.text.strip()


_CONTENT = TypeAdapter(Content)
PLAIN_FIELDS = {"text", "buttons"}


def to_json(content: Content) -> str:
    """Only what differs from an empty body. Words alone, as most are, take a shorter way to the same bytes."""
    if content.media or content.place or content.shared or content.unreadable or content.template:
        return _CONTENT.dump_json(content, exclude_defaults=True).decode()
    try:
        return orjson.dumps(_worded(content)).decode()
    except orjson.JSONEncodeError:
        return _CONTENT.dump_json(content, exclude_defaults=True).decode()


def _worded(content: Content) -> dict[str, object]:
    body: dict[str, object] = {"text": content.text} if content.text else {}
    if content.entities:
        body["entities"] = [_styled(entity) for entity in content.entities]
    if content.buttons:
        body["buttons"] = [_tappable(button) for button in content.buttons]
    return body


def _tappable(button: Button) -> dict[str, str]:
    tappable = {"id": button.id, "title": button.title}
    return {**tappable, "url": button.url} if button.url else tappable


def _styled(entity: Entity) -> dict[str, object]:
    styled = {"style": entity.style, "offset": entity.offset, "length": entity.length}
    return {**styled, "url": entity.url} if entity.url else styled


def from_json(text: str) -> Content:
    """Raises ValueError, without the words: it may end in a log. Plain words take a shorter way to the same body."""
    try:
        body = orjson.loads(text)
        if type(body) is dict and body.keys() <= PLAIN_FIELDS and type(body.get("text")) is str:
            buttons = body.get("buttons")
            return Content(body["text"], buttons=_buttons(buttons) if buttons else ())
    except (orjson.JSONDecodeError, TypeError):
        """What is odd about it is for the validation to say."""
    try:
        return _CONTENT.validate_json(text)
    except ValidationError as error:
        raise ValueError(f"{error.error_count()} mistakes in a stored body") from None


def _buttons(written: list[dict[str, str]]) -> tuple[Button, ...]:
    return tuple([Button(**button) for button in written])


def join(first: Content, second: Content) -> Content:
    """An album grows by a file; it has one text, whichever of its files brought it."""
    worded = first if not first.wordless else second
    return replace(first, text=worded.text, entities=worded.entities, media=first.media + second.media)
