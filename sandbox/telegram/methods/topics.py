"""Methods that open, rename, close and delete a forum's topics."""

from typing import Any

from sandbox.telegram.errors import bad
from sandbox.telegram.group import TelegramGroup, Topic
from sandbox.telegram.methods.gates import find_group
from sandbox.telegram.params import Params
from sandbox.telegram.world import World

Json = dict[str, Any]

NAME_LENGTH = range(1, 129)
COLORS = frozenset((7322096, 16766590, 13338331, 9367192, 16749490, 16478047))


def _forum(world: World, params: Params) -> TelegramGroup:
    group = find_group(world, params)
    if not group.forum:
        raise bad("the chat is not a forum")
    if not group.bot_can_manage_topics:
        raise bad("not enough rights to manage topics")
    return group


def _topic(world: World, params: Params) -> Topic:
    topic = _forum(world, params).topics.get(params.whole("message_thread_id"))
    if topic is None or topic.deleted:
        raise bad("TOPIC_ID_INVALID")
    return topic


def _name(params: Params) -> str:
    name = params.text("name").strip()
    if not name:
        raise bad("TOPIC_TITLE_EMPTY")
    if len(name) not in NAME_LENGTH:
        raise bad("TOPIC_TITLE_TOO_LONG")
    return name


def create(world: World, params: Params) -> Json:
    group = find_group(world, params)
    if not group.forum:
        raise bad("the chat is not a forum")
    if not group.bot_can_manage_topics:
        raise bad("not enough rights to create a topic")
    color = params.whole("icon_color", 7322096)
    if color not in COLORS:
        raise bad("wrong topic icon color specified")
    topic = group.open_topic(_name(params), color=color)
    return {"message_thread_id": topic.id, "name": topic.name, "icon_color": color}


def edit(world: World, params: Params) -> bool:
    topic = _topic(world, params)
    if "name" not in params:
        return True
    name = _name(params)
    if name == topic.name:
        raise bad("TOPIC_NOT_MODIFIED")
    topic.group.rename_topic(topic, name)
    return True


def close(world: World, params: Params) -> bool:
    topic = _topic(world, params)
    if topic.closed:
        raise bad("TOPIC_NOT_MODIFIED")
    topic.group.close_topic(topic)
    return True


def reopen(world: World, params: Params) -> bool:
    topic = _topic(world, params)
    if not topic.closed:
        raise bad("TOPIC_NOT_MODIFIED")
    topic.group.reopen_topic(topic)
    return True


def delete(world: World, params: Params) -> bool:
    topic = _topic(world, params)
    topic.group.delete_topic(topic)
    return True
