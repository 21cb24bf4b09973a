"""Methods that put a message into a chat."""

from typing import Any

from sandbox.telegram.chat import CONTENT, Chat, Message, PrivateChat
from sandbox.telegram.entities import check_caption, check_text, format_text, formatted
from sandbox.telegram.errors import bad
from sandbox.telegram.methods.gates import find_chat, find_message, spot, writable
from sandbox.telegram.params import Params
from sandbox.telegram.placing import bare_message, placed
from sandbox.telegram.rules import ACTIONS, check_markup
from sandbox.telegram.world import World

Json = dict[str, Any]


def say(chat: Chat, fields: Json, params: Params) -> Message:
    """Put a message of the bot into a chat, where and under which buttons the call asks."""
    topic, reply_to = spot(chat, params)
    markup = check_markup(params.json("reply_markup"))
    world = chat.world
    if world.limits is not None:
        world.limits.take(chat.id, world.clock())
    raw = bare_message(chat, world.bot)
    if topic is not None or reply_to is not None:
        raw |= placed(chat, topic, reply_to)
    raw |= fields
    if markup:
        raw["reply_markup"] = markup
    if params.flag("protect_content"):
        raw["has_protected_content"] = True
    message = Message(chat, raw, from_bot=True)
    chat.keep(message)
    if chat.drafts:
        chat.drafts.clear()
    world.pulse.beat()
    return message


def send_message(world: World, params: Params) -> Json:
    chat = writable(world, params)
    text, entities = formatted(params, "text", "entities")
    check_text(text)
    fields: Json = {"text": text, "entities": entities} if entities else {"text": text}
    return say(chat, fields, params).raw


def send_message_draft(world: World, params: Params) -> bool:
    """An unfinished text that only a private chat shows, for a while."""
    chat = writable(world, params)
    if not isinstance(chat, PrivateChat):
        raise bad("chat not found")
    draft_id = params.whole("draft_id")
    if not draft_id:
        raise bad("RANDOM_ID_INVALID")
    text, _ = formatted(params, "text", "entities")
    if text:
        check_text(text)
    chat.drafts[draft_id] = text
    world.pulse.beat()
    return True


def send_chat_action(world: World, params: Params) -> bool:
    chat = writable(world, params)
    spot(chat, params)
    action = params.text("action")
    if action not in ACTIONS:
        raise bad("wrong parameter action in request")
    if not world.keeps or len(chat.actions) < world.keeps:
        chat.actions.append(action)
    world.pulse.beat()
    return True


def _place(params: Params) -> Json:
    latitude, longitude = params.number("latitude"), params.number("longitude")
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise bad("wrong location specified")
    return {"latitude": latitude, "longitude": longitude}


def send_location(world: World, params: Params) -> Json:
    return say(writable(world, params), {"location": _place(params)}, params).raw


def send_venue(world: World, params: Params) -> Json:
    place = _place(params)
    if not params.text("title") or not params.text("address"):
        raise bad("venue title and address must be non-empty")
    venue = {"location": place, "title": params.text("title"), "address": params.text("address")}
    return say(writable(world, params), {"venue": venue, "location": place}, params).raw


def send_contact(world: World, params: Params) -> Json:
    if not params.text("phone_number"):
        raise bad("contact phone number is empty")
    if not params.text("first_name"):
        raise bad("contact first name is empty")
    keys = ("phone_number", "first_name", "last_name", "vcard")
    contact = {key: params.text(key) for key in keys if params.text(key)}
    return say(writable(world, params), {"contact": contact}, params).raw


def _source(world: World, params: Params, verb: str) -> Message:
    chat = find_chat(world, params, "from_chat_id")
    message = find_message(chat, params.whole("message_id"), f"message to {verb}")
    if message.kind == "service" or message.raw.get("has_protected_content"):
        raise bad(f"message can't be {'copied' if verb == 'copy' else 'forwarded'}")
    return message


def copy_message(world: World, params: Params) -> Json:
    chat = writable(world, params)
    source = _source(world, params, "copy")
    fields = {key: source.raw[key] for key in CONTENT if key in source.raw}
    if "caption" in params and "text" not in fields:
        given = params.json("caption_entities", [])
        caption, entities = format_text(params.text("caption"), params.text("parse_mode"), given)
        check_caption(caption)
        fields |= {"caption": caption, "caption_entities": entities}
        fields = {key: value for key, value in fields.items() if value or not key.startswith("caption")}
    return {"message_id": say(chat, fields, params).id}


def forward_message(world: World, params: Params) -> Json:
    chat = writable(world, params)
    source = _source(world, params, "forward")
    fields = {key: source.raw[key] for key in CONTENT if key in source.raw}
    origin = {"type": "user", "sender_user": source.raw.get("from"), "date": source.raw["date"]}
    return say(chat, {**fields, "forward_origin": origin}, params).raw
