"""Methods that change what already stands in a chat."""

from typing import Any

from sandbox.telegram.chat import Chat, Message, PrivateChat
from sandbox.telegram.entities import check_caption, check_text, formatted
from sandbox.telegram.errors import NOT_MODIFIED, Refusal, bad
from sandbox.telegram.group import TelegramGroup
from sandbox.telegram.methods.gates import find_chat, find_message, writable
from sandbox.telegram.params import Params
from sandbox.telegram.rules import check_markup, check_reactions
from sandbox.telegram.world import World

Json = dict[str, Any]
DELETABLE = 48 * 3600


def _own(world: World, params: Params) -> Message:
    chat = writable(world, params)
    if not params.whole("message_id"):
        raise bad("message identifier is not specified")
    message = find_message(chat, params.whole("message_id"), "message to edit")
    if not message.from_bot or message.kind == "service" or "forward_origin" in message.raw:
        raise bad("message can't be edited")
    return message


def _change(message: Message, fields: Json, params: Params) -> Json:
    """Replace fields (None: take away) and the buttons. Raises Refusal when that changes nothing."""
    wanted = {**fields, "reply_markup": check_markup(params.json("reply_markup"))}
    if all(message.raw.get(key) == value for key, value in wanted.items()):
        raise bad(NOT_MODIFIED)
    changed = {**message.raw, **wanted}
    message.raw.clear()
    message.raw.update((key, value) for key, value in changed.items() if value is not None)
    message.raw["edit_date"] = int(message.chat.world.clock())
    message.edits += 1
    message.chat.world.pulse.beat()
    return message.raw


def edit_text(world: World, params: Params) -> Json:
    message = _own(world, params)
    text, entities = formatted(params, "text", "entities")
    check_text(text, "MESSAGE_TOO_LONG")
    if "text" not in message.raw:
        raise bad("there is no text in the message to edit")
    return _change(message, {"text": text, "entities": entities or None}, params)


def edit_caption(world: World, params: Params) -> Json:
    message = _own(world, params)
    caption, entities = formatted(params, "caption", "caption_entities")
    check_caption(caption)
    if not message.file_id or message.kind in ("sticker", "video_note"):
        raise bad("there is no caption in the message to edit")
    fields = {"caption": caption or None, "caption_entities": entities or None}
    return _change(message, fields, params)


def edit_reply_markup(world: World, params: Params) -> Json:
    return _change(_own(world, params), {}, params)


def delete_message(world: World, params: Params) -> bool:
    chat = find_chat(world, params)
    message = find_message(chat, params.whole("message_id"), "message to delete")
    foreign = not message.from_bot and isinstance(chat, TelegramGroup)
    if foreign and chat.bot_status != "administrator":  # type: ignore[attr-defined]
        raise bad("message can't be deleted")
    if world.clock() - message.raw["date"] > DELETABLE:
        raise bad("message can't be deleted")
    message.deleted = True
    world.pulse.beat()
    return True


def delete_messages(world: World, params: Params) -> bool:
    """Those that are not there are passed over."""
    for message_id in params.json("message_ids", []):
        try:
            delete_message(world, Params({"chat_id": params.text("chat_id"), "message_id": message_id}))
        except Refusal as refusal:
            if "message to delete" not in refusal.description:
                raise
    return True


def set_reaction(world: World, params: Params) -> bool:
    """The bot's one reaction; an empty list takes it back."""
    chat = find_chat(world, params)
    if isinstance(chat, PrivateChat):
        writable(world, params)
    message = find_message(chat, params.whole("message_id"), "message to react")
    emoji = check_reactions(params.json("reaction", []))
    if message.kind == "service":
        raise bad("message can't be reacted")
    message.reactions.pop(world.bot["id"], None)
    if emoji:
        message.reactions[world.bot["id"]] = emoji
    world.pulse.beat()
    return True


def _check_pin_right(chat: Chat) -> None:
    if isinstance(chat, TelegramGroup) and chat.bot_status != "administrator":
        raise bad("not enough rights to manage pinned messages in the chat")


def pin(world: World, params: Params) -> bool:
    chat = writable(world, params)
    _check_pin_right(chat)
    chat.pinned = find_message(chat, params.whole("message_id"), "message to pin").id
    world.pulse.beat()
    return True


def unpin(world: World, params: Params) -> bool:
    chat = writable(world, params)
    _check_pin_right(chat)
    chat.pinned = 0
    world.pulse.beat()
    return True
