"""Groups: who is in them, what the bot may do there, and their topics."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from sandbox.telegram.chat import Chat, Message
from sandbox.telegram.members import ADMIN_RIGHTS, membership
from sandbox.telegram.placing import bare_message, placed

if TYPE_CHECKING:
    from sandbox.telegram.user import TelegramUser

Json = dict[str, Any]
BotStatus = Literal["administrator", "member", "restricted", "left", "kicked"]
PRESENT = ("administrator", "member", "restricted")
ANONYMOUS = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}


@dataclass(slots=True, eq=False)
class Topic:
    """A topic of a forum; its id is that of the message that opened it."""

    group: "TelegramGroup"
    id: int
    name: str
    root: Message
    icon: str = ""
    """Its custom emoji's id."""
    closed: bool = False
    deleted: bool = False

    def messages(self) -> list[Message]:
        return [message for message in self.group.shown() if message.topic == self.id]


@dataclass(slots=True, eq=False)
class TelegramGroup(Chat):
    """A group, seen by everybody in it. What people do here reaches the bot as it would at Telegram."""

    title: str = ""
    forum: bool = False
    members: dict[int, str] = field(default_factory=dict)
    """Users' ids with their status, as "member" or "administrator"."""
    topics: dict[int, Topic] = field(default_factory=dict)
    bot_status: BotStatus = "left"
    bot_can_manage_topics: bool = False
    upgraded_to: "TelegramGroup | None" = None
    deleted: bool = False
    lost_topics_go_to_general: bool = False
    """Messages for a deleted topic are taken and silently stand in General, as some old groups do."""
    closed_topics_refuse_admins: bool = True
    """Without it an administrator who may manage topics can write in closed ones."""

    @property
    def as_json(self) -> Json:
        body: Json = {"id": self.id, "type": self.type, "title": self.title}
        return {**body, "is_forum": True} if self.forum else body

    @property
    def title_text(self) -> str:
        return self.title

    @property
    def has_bot(self) -> bool:
        return self.bot_status in PRESENT

    def topic(self, name: str) -> Topic:
        """The topic that is called so. Raises AssertionError when there is none."""
        found = [topic for topic in self.topics.values() if topic.name == name and not topic.deleted]
        assert found, f"no topic {name!r} in {[topic.name for topic in self.topics.values()]}"
        return found[-1]

    async def sees_topic(self, containing: str, timeout: float = 10) -> Topic:
        """The latest topic with this in its name; waits for it."""

        def shown() -> Topic | None:
            fitting = [t for t in self.topics.values() if containing in t.name and not t.deleted]
            return fitting[-1] if fitting else None

        def seen() -> str:
            return f'Waited for topic "{containing}", there are {[t.name for t in self.topics.values()]}'

        found = await self.world.pulse.until(shown, timeout, seen)
        assert found is not None
        return found

    # What the bot gets to see

    def bot_sees(self, message: Message) -> bool:
        """Privacy mode: a plain member is shown commands, replies to it and service messages."""
        if not self.has_bot:
            return False
        if self.bot_status == "administrator" or not self.world.privacy or message.kind == "service":
            return True
        replied = message.raw.get("reply_to_message") or {}
        return self._is_command(message.text) or (replied.get("from") or {}).get("id") == self.world.bot["id"]

    def _is_command(self, text: str) -> bool:
        word = text.split(maxsplit=1)[0] if text else ""
        named = word.partition("@")[2].lower()
        return word.startswith("/") and named in ("", self.world.bot["username"].lower())

    # What happens in it

    def happens(self, fields: Json, by: "TelegramUser | None" = None, topic: Topic | None = None) -> Message:
        """A service message: from a person it reaches the bot, from the bot (`by` None) it does not."""
        author = by.as_json if by else self.world.bot
        raw = bare_message(self, author) | placed(self, topic, None) | fields
        message = Message(self, raw, from_bot=by is None)
        self.keep(message)
        if by is not None:
            self.world.tell(message)
        self.world.pulse.beat()
        return message

    def join(self, users: "Iterable[TelegramUser]", status: str = "member") -> None:
        """Put people in without a word."""
        self.members.update((user.id, status) for user in users)

    def enters(self, user: "TelegramUser") -> Message:
        self.set_member(user, "member", user)
        return self.happens({"new_chat_members": [user.as_json]}, user)

    def leaves(self, user: "TelegramUser") -> Message:
        self.set_member(user, "left", user)
        return self.happens({"left_chat_member": user.as_json}, user)

    def set_member(self, user: "TelegramUser", status: str, by: "TelegramUser") -> None:
        """Change somebody's place; a bot that administers and asked for chat_member is told."""
        old = self.member(user)
        self.members[user.id] = status
        if self.bot_status == "administrator":
            self.world.tell_membership(self, by, old, self.member(user), "chat_member")
        self.world.pulse.beat()

    def add_bot(self, by: "TelegramUser", *, admin: bool = False, can_manage_topics: bool = True) -> None:
        self.set_bot("administrator" if admin else "member", by, can_manage_topics=can_manage_topics)
        self.happens({"new_chat_members": [self.world.bot]}, by)

    def remove_bot(self, by: "TelegramUser") -> None:
        """Remove and ban, as the apps do: "kicked"."""
        self.set_bot("kicked", by)

    def promote_bot(self, by: "TelegramUser", *, can_manage_topics: bool = True) -> None:
        self.set_bot("administrator", by, can_manage_topics=can_manage_topics)

    def demote_bot(self, by: "TelegramUser") -> None:
        self.set_bot("member", by)

    def mute_bot(self, by: "TelegramUser") -> None:
        self.set_bot("restricted", by)

    def set_bot(self, status: BotStatus, by: "TelegramUser", *, can_manage_topics: bool = False) -> None:
        """Change the bot's place; it is told by my_chat_member."""
        old = self.bot_membership()
        self.bot_status = status
        self.bot_can_manage_topics = can_manage_topics and status == "administrator"
        self.world.tell_membership(self, by, old, self.bot_membership())
        self.world.pulse.beat()

    def bot_membership(self) -> Json:
        rights = {"can_manage_topics": self.bot_can_manage_topics} if self.forum else {}
        return membership(self.world.bot, self.bot_status, rights)

    def member(self, user: "TelegramUser") -> Json:
        return membership(user.as_json, self.members.get(user.id, "left"), ADMIN_RIGHTS)

    def delete(self) -> None:
        """The group is gone; every call to it is refused."""
        self.deleted, self.bot_status = True, "left"
        self.world.pulse.beat()

    def upgrade(self, by: "TelegramUser") -> "TelegramGroup":
        """Become a supergroup under a new id: told in both chats, and by errors to the old one."""
        new = self.world.add_group(self.title, forum=self.forum, bot=self.bot_status)
        new.members = dict(self.members)
        new.bot_can_manage_topics = self.bot_can_manage_topics
        self.happens({"migrate_to_chat_id": new.id}, by)
        new.happens({"migrate_from_chat_id": self.id}, by)
        self.upgraded_to = new
        return new

    # Topics, by hand; the bot's methods use the same

    def open_topic(
        self, name: str, by: "TelegramUser | None" = None, color: int = 7322096, icon: str = ""
    ) -> Topic:
        made = {"name": name, "icon_color": color} | ({"icon_custom_emoji_id": icon} if icon else {})
        root = self.happens({"forum_topic_created": made}, None)
        root.raw |= {"message_thread_id": root.id, "is_topic_message": True}
        if by is not None:
            root.raw["from"], root.from_bot = by.as_json, False
            self.world.tell(root)
        topic = self.topics[root.id] = Topic(self, root.id, name, root, icon)
        self.world.pulse.beat()
        return topic

    def close_topic(self, topic: Topic, by: "TelegramUser | None" = None) -> None:
        topic.closed = True
        self.happens({"forum_topic_closed": {}}, by, topic)

    def reopen_topic(self, topic: Topic, by: "TelegramUser | None" = None) -> None:
        topic.closed = False
        self.happens({"forum_topic_reopened": {}}, by, topic)

    def rename_topic(
        self, topic: Topic, name: str, by: "TelegramUser | None" = None, *, icon: str | None = None
    ) -> None:
        """`icon` None keeps the one it has. What stays as it was is not told."""
        told = {"name": name} if name != topic.name else {}
        if icon is not None and icon != topic.icon:
            told["icon_custom_emoji_id"] = topic.icon = icon
        topic.name = name
        self.happens({"forum_topic_edited": told}, by, topic)

    def delete_topic(self, topic: Topic) -> None:
        """Nobody is told; its messages are gone with it."""
        for message in topic.messages():
            message.deleted = True
        topic.deleted = True
        self.world.pulse.beat()

    def switch_topics(self, *, on: bool) -> None:
        self.forum = on
        self.world.pulse.beat()
