"""Methods that open, rename, close and delete a forum's topics."""

from collections.abc import Mapping
from typing import Any

from sandbox.telegram.errors import bad
from sandbox.telegram.group import TelegramGroup, Topic
from sandbox.telegram.methods.gates import find_group
from sandbox.telegram.params import Params
from sandbox.telegram.world import World

Json = dict[str, Any]

NAME_LENGTH = range(1, 129)
_PICTURES = "📰 💡 ⚡️ 🔝 🗣 ❗️ 📝 📁 🔎 📣 🔥 ❓ 💬 👀 🤖 ✅ 🏁 👮‍♂️ ⭐️ ⁉️"
ICONS: Mapping[str, str] = {
    str(5_300_000_000_000_000_000 + at): emoji for at, emoji in enumerate(_PICTURES.split())
}
"""Some of the stickers that Telegram lets everybody put on a topic, by their ids."""
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


def _icon(params: Params) -> str:
    icon = params.text("icon_custom_emoji_id")
    if icon and icon not in ICONS:
        raise bad("DOCUMENT_INVALID")
    return icon


def icon_stickers(world: World, params: Params) -> list[Json]:
    return [
        {
            "file_id": f"icon-{number}",
            "file_unique_id": f"unique-{number}",
            "type": "custom_emoji",
            "width": 512,
            "height": 512,
            "is_animated": True,
            "is_video": False,
            "emoji": emoji,
            "custom_emoji_id": number,
            "needs_repainting": False,
        }
        for number, emoji in ICONS.items()
    ]


def create(world: World, params: Params) -> Json:
    group = find_group(world, params)
    if not group.forum:
        raise bad("the chat is not a forum")
    if not group.bot_can_manage_topics:
        raise bad("not enough rights to create a topic")
    color = params.whole("icon_color", 7322096)
    if color not in COLORS:
        raise bad("wrong topic icon color specified")
    topic = group.open_topic(_name(params), color=color, icon=_icon(params))
    icon = {"icon_custom_emoji_id": topic.icon} if topic.icon else {}
    return {"message_thread_id": topic.id, "name": topic.name, "icon_color": color, **icon}


def edit(world: World, params: Params) -> bool:
    """An icon that is not named stays; one that is named as empty goes."""
    topic = _topic(world, params)
    name = _name(params) if "name" in params else topic.name
    icon = _icon(params) if "icon_custom_emoji_id" in params else topic.icon
    if name == topic.name and icon == topic.icon:
        raise bad("TOPIC_NOT_MODIFIED")
    topic.group.rename_topic(topic, name, icon=icon)
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
