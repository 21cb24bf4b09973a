"""What people see now, as JSON: for the sandbox page."""

from typing import Any

from sandbox.telegram.chat import Chat, Message
from sandbox.telegram.group import TelegramGroup, Topic
from sandbox.telegram.methods.topics import ICONS
from sandbox.telegram.user import TelegramUser
from sandbox.telegram.world import World

Json = dict[str, Any]

_SERVICE = {
    "new_chat_members": "{author} added {names}",
    "left_chat_member": "{author} left",
    "forum_topic_created": "{author} opened the topic “{name}”",
    "forum_topic_edited": "{author} renamed the topic to “{name}”",
    "forum_topic_closed": "{author} closed the topic",
    "forum_topic_reopened": "{author} reopened the topic",
    "migrate_to_chat_id": "The group became a supergroup",
    "migrate_from_chat_id": "The group became a supergroup",
}


def view(world: World, last: int = 200) -> Json:
    """Users, groups with topics, and the last messages of each."""
    return {
        "bot": {"id": world.bot["id"], "name": world.bot["first_name"], "username": world.bot["username"]},
        "users": [user_view(user, last) for user in world.users.values()],
        "groups": [group_view(group, last) for group in world.groups.values()],
    }


def user_view(user: TelegramUser, last: int = 200) -> Json:
    return {
        "id": user.id,
        "name": user.name,
        "username": user.username,
        "language": user.language,
        "blocked": user.has_blocked,
        "deactivated": user.deactivated,
        "draft": next(reversed(user.chat.drafts.values()), ""),
        **_chat_view(user.chat, last),
    }


def group_view(group: TelegramGroup, last: int = 200) -> Json:
    return {
        "id": group.id,
        "title": group.title,
        "kind": group.type,
        "forum": group.forum,
        "bot": group.bot_status,
        "bot_can_manage_topics": group.bot_can_manage_topics,
        "upgraded_to": group.upgraded_to.id if group.upgraded_to else 0,
        "deleted": group.deleted,
        "members": [{"id": user_id, "status": status} for user_id, status in group.members.items()],
        "topics": [topic_view(topic) for topic in group.topics.values() if not topic.deleted],
        **_chat_view(group, last),
    }


def topic_view(topic: Topic) -> Json:
    icon = ICONS.get(topic.icon, "")
    return {"id": topic.id, "name": topic.name, "icon": icon, "closed": topic.closed}


def _chat_view(chat: Chat, last: int) -> Json:
    return {
        "action": chat.actions[-1] if chat.actions else "",
        "actions": len(chat.actions),
        "pinned": chat.pinned,
        "messages": [message_view(message) for message in chat.shown()[-last:]],
    }


def message_view(message: Message) -> Json:
    raw = message.raw
    return {
        "id": message.id,
        "topic": message.topic,
        "author": {
            "id": (raw.get("sender_chat") or raw.get("from") or {}).get("id", 0),
            "name": message.author,
        },
        "from_bot": message.from_bot,
        "date": raw["date"],
        "kind": message.kind,
        "text": message.text,
        "entities": message.entities,
        "media": media_view(message),
        "place": raw.get("venue") or raw.get("location"),
        "contact": raw.get("contact"),
        "album": message.album,
        "reply_to": message.reply_to,
        "forwarded": "forward_origin" in raw,
        "reactions": [
            {"by": user_id, "emoji": emoji} for user_id, given in message.reactions.items() for emoji in given
        ],
        "buttons": [
            [{"text": b["text"], "data": b.get("callback_data", ""), "url": b.get("url", "")} for b in row]
            for row in (raw.get("reply_markup") or {}).get("inline_keyboard", [])
        ],
        "edited": message.edits > 0,
        "service": service_text(message),
    }


def media_view(message: Message) -> Json | None:
    file = message.chat.world.files.by_id.get(message.file_id)
    if file is None:
        return None
    return {
        "file_id": file.id,
        "kind": message.kind,
        "name": file.name,
        "mime": file.mime,
        "size": file.size,
        "path": file.path,
    }


def service_text(message: Message) -> str:
    """What the app shows in the middle of the chat; empty for an ordinary message."""
    if message.kind != "service":
        return ""
    for key, words in _SERVICE.items():
        if key in message.raw:
            happened = message.raw[key]
            name = happened.get("name", "") if isinstance(happened, dict) else ""
            if key == "forum_topic_edited" and not name:
                return f"{message.author} changed the topic’s icon"
            added = happened if isinstance(happened, list) else []
            names = ", ".join(member["first_name"] for member in added)
            return words.format(author=message.author, name=name, names=names)
    return "Something happened"
