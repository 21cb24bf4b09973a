"""Our content as Bot API calls: which method, with which parameters."""

import mimetypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Final

from bot.channel import SendRefused
from bot.content import Button, Content, Entity, Media, MediaKind, Place, SharedContact, Style
from bot.update import Reason

Parameters = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that goes along with its call."""

    name: str
    mime: str
    """Empty: as the name ends."""
    content: bytes


Source = str | Upload
"""Where a file comes from: a file id of Telegram's own, or bytes to upload."""

NO_PREVIEW: Final = {"is_disabled": True}

ENTITY_TYPES: Final = {
    Style.BOLD: "bold",
    Style.ITALIC: "italic",
    Style.UNDERLINE: "underline",
    Style.STRIKETHROUGH: "strikethrough",
    Style.SPOILER: "spoiler",
    Style.CODE: "code",
    Style.PRE: "pre",
    Style.QUOTE: "blockquote",
    Style.LINK: "text_link",
}

METHODS: Final = {
    MediaKind.PICTURE: ("sendPhoto", "photo"),
    MediaKind.VIDEO: ("sendVideo", "video"),
    MediaKind.ROUND_VIDEO: ("sendVideoNote", "video_note"),
    MediaKind.ANIMATION: ("sendAnimation", "animation"),
    MediaKind.VOICE: ("sendVoice", "voice"),
    MediaKind.AUDIO: ("sendAudio", "audio"),
    MediaKind.DOCUMENT: ("sendDocument", "document"),
    MediaKind.STICKER: ("sendSticker", "sticker"),
}

WORDLESS: Final = frozenset({MediaKind.ROUND_VIDEO, MediaKind.STICKER})
"""Kinds that take no caption."""

SHELVES: Final = {
    MediaKind.PICTURE: "visual",
    MediaKind.VIDEO: "visual",
    MediaKind.DOCUMENT: "document",
    MediaKind.AUDIO: "audio",
}
"""Only what stands on the same shelf may share an album."""

ALBUM: Final = 10


@dataclass(frozen=True, slots=True)
class Call:
    method: str
    parameters: Parameters


def calls_for(content: Content, sources: Sequence[Source]) -> list[Call]:
    """The calls that together say `content`, usually one. `sources` stand for `content.media`, in order.

    Raises SendRefused when there is nothing to send. The number of calls does not depend on the entities."""
    groups = _groups(content.media, sources)
    apart = bool(content.text) and not _takes_caption(content, groups)
    calls = [_text_call(content)] if apart else []
    caption = _words(content, "caption", "caption_entities") if content.text and not apart else {}
    for group in groups:
        calls.append(_media_call(group, caption))
        caption = {}
    if content.place is not None:
        calls.append(_place_call(content.place))
    calls += [_contact_call(shared) for shared in content.shared]
    if not calls:
        raise SendRefused(Reason.MALFORMED, "there is nothing to send")
    return _with_buttons(calls, content.buttons)


def destination(room: str, thread: str, reply_to: str) -> Parameters:
    """Raises SendRefused when an id is none of Telegram's."""
    where: Parameters = {"chat_id": number(room)}
    if thread:
        where["message_thread_id"] = number(thread)
    if reply_to:
        where["reply_parameters"] = {"message_id": number(reply_to), "allow_sending_without_reply": True}
    return where


def edit_call(content: Content) -> Call:
    """What replaces a message: its caption, its text, or only its buttons where it has no words."""
    markup = {"reply_markup": _keyboard(content.buttons)} if content.buttons else {}
    if content.media:
        return Call("editMessageCaption", _words(content, "caption", "caption_entities") | markup)
    if not content.text:
        return Call("editMessageReplyMarkup", markup)
    return Call("editMessageText", _text_call(content).parameters | markup)


def plain(content: Content) -> Content:
    return replace(content, entities=())


def number(identifier: str) -> int:
    try:
        return int(identifier)
    except ValueError:
        raise SendRefused(Reason.MALFORMED, "this id is none of Telegram's") from None


def upload(media: Media, content: bytes) -> Upload:
    """Under a name that a person can read and that no server takes for a path or for the end of the name."""
    name = "".join(letter for letter in media.name if letter.isprintable() and letter not in '/\\";')
    kind = media.mime.partition(";")[0].strip()
    known = kind.count("/") == 1 and kind.isascii() and kind.isprintable()
    return Upload(name[-120:] or media.kind.value + _extension(kind), kind if known else "", content)


def _extension(mime: str) -> str:
    return mimetypes.guess_extension(mime) or ".bin"


def _groups(media: Sequence[Media], sources: Sequence[Source]) -> list[list[tuple[Media, Source]]]:
    """Neighbours that may share an album, at most ten; everything else alone."""
    groups: list[list[tuple[Media, Source]]] = []
    pairs = zip(media, sources, strict=True)
    for shelf, run in groupby(pairs, key=lambda pair: SHELVES.get(pair[0].kind, "")):
        files, size = list(run), ALBUM if shelf else 1
        groups += [files[start : start + size] for start in range(0, len(files), size)]
    return groups


def _takes_caption(content: Content, groups: Sequence[Sequence[tuple[Media, Source]]]) -> bool:
    """An album cannot have buttons, so the text that they belong to stands alone."""
    if not groups or groups[0][0][0].kind in WORDLESS:
        return False
    return len(groups[0]) == 1 or not content.buttons


def _words(content: Content, text: str, entities: str) -> Parameters:
    words: Parameters = {text: content.text}
    if content.entities:
        words[entities] = [_entity(entity) for entity in content.entities]
    return words


def _entity(entity: Entity) -> Parameters:
    mark: Parameters = {
        "type": ENTITY_TYPES[entity.style],
        "offset": entity.offset,
        "length": entity.length,
    }
    return mark | {"url": entity.url} if entity.style == Style.LINK else mark


def _text_call(content: Content) -> Call:
    return Call("sendMessage", _words(content, "text", "entities") | {"link_preview_options": NO_PREVIEW})


def _media_call(group: Sequence[tuple[Media, Source]], caption: Mapping[str, Any]) -> Call:
    if len(group) > 1:
        return _album_call(group, caption)
    media, source = group[0]
    method, field = METHODS[media.kind]
    return Call(method, {field: source, **caption})


def _album_call(group: Sequence[tuple[Media, Source]], caption: Mapping[str, Any]) -> Call:
    """Files to upload go along as fields of their own, which the album's items name."""
    items: list[Parameters] = []
    uploads: Parameters = {}
    for place, (media, source) in enumerate(group):
        if isinstance(source, Upload):
            uploads[f"file{place}"] = source
            source = f"attach://file{place}"
        items.append({"type": METHODS[media.kind][1], "media": source})
    items[0].update(caption)
    return Call("sendMediaGroup", {"media": items, **uploads})


def _place_call(place: Place) -> Call:
    spot = {"latitude": place.latitude, "longitude": place.longitude}
    if not place.name and not place.address:
        return Call("sendLocation", spot)
    title = place.name or place.address
    return Call("sendVenue", spot | {"title": title, "address": place.address or place.name})


def _contact_call(shared: SharedContact) -> Call:
    """Telegram takes one number a card, and no empty name."""
    if not shared.phones:
        return Call("sendMessage", {"text": shared.name or "–", "link_preview_options": NO_PREVIEW})
    phone = shared.phones[0]
    return Call("sendContact", {"phone_number": phone, "first_name": shared.name or phone})


def _keyboard(buttons: Sequence[Button]) -> Parameters:
    return {"inline_keyboard": [[_key(button)] for button in buttons]}


def _key(button: Button) -> Parameters:
    what = {"url": button.url} if button.url else {"callback_data": button.id}
    return {"text": button.title, **what}


def _with_buttons(calls: Sequence[Call], buttons: Sequence[Button]) -> list[Call]:
    """On the call that has the words, else on the last that can have any."""
    if not buttons:
        return list(calls)
    able = [at for at, call in enumerate(calls) if call.method != "sendMediaGroup"]
    worded = [at for at in able if {"text", "caption"} & calls[at].parameters.keys()]
    place = next(iter(worded or able[-1:]), None)
    marked = {"reply_markup": _keyboard(buttons)}
    return [
        Call(call.method, call.parameters | marked) if at == place else call for at, call in enumerate(calls)
    ]
