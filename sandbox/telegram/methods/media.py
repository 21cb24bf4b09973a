"""Methods that send files: uploaded with the call, or known by their id."""

import itertools
from collections.abc import Callable
from typing import Any

from sandbox.telegram.chat import Chat
from sandbox.telegram.entities import check_caption, format_text
from sandbox.telegram.errors import bad
from sandbox.telegram.files import File, check_upload
from sandbox.telegram.methods.gates import spot, writable
from sandbox.telegram.methods.sending import say
from sandbox.telegram.params import Params, Upload
from sandbox.telegram.rules import Limits
from sandbox.telegram.world import World

Json = dict[str, Any]

ALBUM_KINDS = frozenset(("photo", "video", "audio", "document"))
ALBUM_SIZE = range(2, 11)
WITHOUT_CAPTION = frozenset(("video_note", "sticker"))
WORDS = {
    "photo": "photos",
    "voice": "voice notes",
    "audio": "audios",
    "video": "videos",
    "video_note": "video notes",
    "animation": "animations",
    "document": "documents",
    "sticker": "stickers",
}
_albums = itertools.count(1)


def _sender(kind: str) -> Callable[[World, Params], Json]:
    def send(world: World, params: Params) -> Json:
        chat = writable(world, params, WORDS[kind])
        file = _file(world, kind, params.get(kind), params)
        fields = world.files.fields(kind, file) | _caption(kind, params)
        return say(chat, fields, params).raw

    return send


_NAMES = {
    "Photo": "photo",
    "Voice": "voice",
    "Audio": "audio",
    "Video": "video",
    "VideoNote": "video_note",
    "Animation": "animation",
    "Document": "document",
    "Sticker": "sticker",
}
SENDERS = {name: _sender(kind) for name, kind in _NAMES.items()}


def _caption(kind: str, params: Params) -> Json:
    if kind in WITHOUT_CAPTION or not params.get("caption"):
        return {}
    given = params.json("caption_entities", [])
    caption, entities = format_text(params.text("caption"), params.text("parse_mode"), given)
    check_caption(caption)
    if not caption:
        return {}
    return {"caption": caption, "caption_entities": entities} if entities else {"caption": caption}


def _file(world: World, kind: str, given: Any, params: Params) -> File:
    """The file that a call sends: a part of it, "attach://" to one, or a file id. Raises Refusal."""
    if isinstance(given, str) and given.startswith("attach://"):
        given = params.get(given.removeprefix("attach://"))
        if not isinstance(given, Upload):
            raise bad("can't parse InputMedia: media not found")
    if isinstance(given, Upload):
        check_upload(kind, given.content)
        return world.files.keep(kind, given.content, given.name, given.mime)
    if not given:
        raise bad(f"there is no {kind.replace('_', ' ')} in the request")
    if "://" in str(given):
        raise bad("wrong file identifier/HTTP URL specified")
    file = world.files.get(str(given))
    if file.kind != kind:
        names = (file.kind.title().replace("_", ""), kind.title().replace("_", ""))
        raise bad(f"can't use file of type {names[0]} as {names[1]}")
    return file


def send_media_group(world: World, params: Params) -> list[Json]:
    chat = writable(world, params, "photos")
    items = params.json("media", [])
    _check_album(items)
    spot(chat, params)
    fields = [_item(world, item, params) for item in items]
    _take_pace(chat, len(fields))
    limits, world.limits = world.limits, None
    try:
        return _say_all(chat, fields, params)
    finally:
        world.limits = limits


def _say_all(chat: Chat, fields: list[Json], params: Params) -> list[Json]:
    group = {"media_group_id": str(14_000_000_000_000_000 + next(_albums))}
    where = Params({key: value for key, value in params.items() if key != "reply_markup"})
    return [say(chat, one | group, where).raw for one in fields]


def _take_pace(chat: Chat, messages: int) -> None:
    limits: Limits | None = chat.world.limits
    if limits is not None:
        limits.take(chat.id, chat.world.clock(), messages)


def _check_album(items: Any) -> None:
    if not isinstance(items, list) or not items:
        raise bad("there are no messages to send")
    if len(items) not in ALBUM_SIZE:
        raise bad(f"too {'many' if len(items) > 2 else 'few'} messages to send as an album")
    kinds = {str(item.get("type")) for item in items if isinstance(item, dict)}
    for kind in kinds - ALBUM_KINDS:
        raise bad(f"can't parse InputMedia: type \"{kind}\" can't be used in sendMediaGroup")
    for alone in ("document", "audio"):
        if alone in kinds and len(kinds) > 1:
            raise bad(f"{alone} can't be mixed with other media types")


def _item(world: World, item: Json, params: Params) -> Json:
    kind = str(item["type"])
    file = _file(world, kind, item.get("media"), params)
    return world.files.fields(kind, file) | _caption(kind, Params(item))
