"""Methods that ask what a chat is and who is in it."""

from typing import Any

from sandbox.telegram.errors import bad
from sandbox.telegram.group import PRESENT, TelegramGroup
from sandbox.telegram.methods.gates import find_chat, find_group
from sandbox.telegram.params import Params
from sandbox.telegram.world import World

Json = dict[str, Any]

_FULL: Json = {
    "accent_color_id": 0,
    "max_reaction_count": 11,
    "accepted_gift_types": {
        "unlimited_gifts": False,
        "limited_gifts": False,
        "unique_gifts": False,
        "premium_subscription": False,
        "gifts_from_channels": False,
    },
}
_IN = frozenset(("creator", "administrator", "member", "restricted"))


def get_chat(world: World, params: Params) -> Json:
    chat = find_chat(world, params)
    return {**chat.as_json, **_FULL}


def get_member(world: World, params: Params) -> Json:
    chat = find_chat(world, params)
    user_id = params.whole("user_id")
    if not isinstance(chat, TelegramGroup):
        raise bad("method is available for supergroup and channel chats only")
    if user_id == world.bot["id"]:
        return chat.bot_membership()
    user = world.users.get(user_id)
    if user is None:
        raise bad("PARTICIPANT_ID_INVALID")
    return chat.member(user)


def get_member_count(world: World, params: Params) -> int:
    chat = find_chat(world, params)
    if not isinstance(chat, TelegramGroup):
        return 2
    return sum(status in _IN for status in chat.members.values()) + (chat.bot_status in PRESENT)


def get_administrators(world: World, params: Params) -> list[Json]:
    chat = find_chat(world, params)
    if not isinstance(chat, TelegramGroup):
        raise bad("there are no administrators in the private chat")
    admins = [
        chat.member(world.users[user_id])
        for user_id, status in chat.members.items()
        if status in ("creator", "administrator")
    ]
    return [*admins, chat.bot_membership()] if chat.bot_status == "administrator" else admins


def leave(world: World, params: Params) -> bool:
    group = find_group(world, params)
    group.bot_status, group.bot_can_manage_topics = "left", False
    world.pulse.beat()
    return True
