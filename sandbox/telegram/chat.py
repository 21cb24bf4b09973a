"""Chats and the messages in them, as a person would see them now."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.telegram.group import Topic
    from sandbox.telegram.user import TelegramUser
    from sandbox.telegram.world import World

Json = dict[str, Any]

MEDIA = ("photo", "voice", "audio", "video", "video_note", "animation", "document", "sticker")
CONTENT = (
    *("text", "entities", "caption", "caption_entities", "has_media_spoiler", "show_caption_above_media"),
    *MEDIA,
    *("location", "venue", "contact", "dice", "poll"),
)
"""What a copy takes over from a message."""


@dataclass(frozen=True, slots=True)
class InlineButton:
    text: str
    code: str = ""
    """Its callback_data."""
    url: str = ""


@dataclass(slots=True, eq=False)
class Message:
    """One message. `raw` is its Bot API object, kept up to date with edits."""

    chat: "Chat"
    raw: Json
    from_bot: bool = False
    reactions: dict[int, tuple[str, ...]] = field(default_factory=dict)
    """Emoji by who reacted."""
    deleted: bool = False
    edits: int = 0

    @property
    def id(self) -> int:
        number: int = self.raw["message_id"]
        return number

    @property
    def text(self) -> str:
        """The text or caption, empty for none."""
        words: str = self.raw.get("text") or self.raw.get("caption") or ""
        return words

    @property
    def entities(self) -> list[Json]:
        return self.raw.get("entities") or self.raw.get("caption_entities") or []

    @property
    def topic(self) -> int:
        """The topic's id, 0 outside of topics and in General."""
        return self.raw["message_thread_id"] if self.raw.get("is_topic_message") else 0

    @property
    def reply_to(self) -> int:
        """The message it answers, 0 for none: the root of a topic is none."""
        answered = (self.raw.get("reply_to_message") or {}).get("message_id", 0)
        return 0 if answered == self.topic else answered

    @property
    def kind(self) -> str:
        """ "text", one of MEDIA, "location", …; "service" where the chat only tells what happened."""
        for name in ("text", "animation", "venue", *MEDIA, "location", "contact", "dice", "poll"):
            if name in self.raw:
                return name
        return "service"

    @property
    def file_id(self) -> str:
        """Of its largest file, empty where there is none."""
        media = self.raw.get(self.kind)
        if isinstance(media, list) and media and "file_id" in media[-1]:
            return str(media[-1]["file_id"])
        return str(media.get("file_id", "")) if isinstance(media, dict) else ""

    @property
    def album(self) -> str:
        return str(self.raw.get("media_group_id", ""))

    @property
    def buttons(self) -> list[InlineButton]:
        rows = (self.raw.get("reply_markup") or {}).get("inline_keyboard") or []
        return [
            InlineButton(button["text"], button.get("callback_data", ""), button.get("url", ""))
            for row in rows
            for button in row
        ]

    @property
    def author(self) -> str:
        sender = self.raw.get("sender_chat") or self.raw.get("from") or {}
        return str(sender.get("title") or sender.get("first_name") or "")

    @property
    def bare(self) -> Json:
        """As it is embedded in others: without what it answers itself."""
        return {key: value for key, value in self.raw.items() if key != "reply_to_message"}

    def shows(self, containing: str, topic: "Topic | None" = None) -> bool:
        return containing in self.text and (topic is None or self.topic == topic.id)

    def __str__(self) -> str:
        words = self.text or f"<{self.kind}>"
        buttons = "".join(f" [{button.text}]" for button in self.buttons)
        emoji = "".join(f" {emoji}" for given in self.reactions.values() for emoji in given)
        topic = f" in topic {self.topic}" if self.topic else ""
        return f"#{self.id}{topic} {self.author}: {words}{buttons}{emoji}"


@dataclass(slots=True, eq=False)
class Chat(ABC):
    """A place where messages stand. Ids of messages count from 1 in each chat."""

    world: "World"
    id: int
    type: str
    messages: dict[int, Message] = field(default_factory=dict)
    last_id: int = 0
    pinned: int = 0
    drafts: dict[int, str] = field(default_factory=dict)
    """The bot's unfinished texts by draft id, until it sends a message."""
    actions: list[str] = field(default_factory=list)
    """What the bot was seen doing: "typing" and the like."""
    _read: set[int] = field(default_factory=set)

    @property
    @abstractmethod
    def as_json(self) -> Json:
        """The Bot API's Chat."""

    @property
    @abstractmethod
    def title_text(self) -> str: ...

    def next_id(self) -> int:
        self.last_id += 1
        return self.last_id

    def keep(self, message: Message) -> None:
        self.messages[message.id] = message
        keeps = self.world.keeps
        if keeps and len(self.messages) > keeps:
            del self.messages[next(iter(self.messages))]

    def forgot(self, message_id: int) -> bool:
        """It was here, and is only missing because old messages are not kept."""
        return bool(self.world.keeps) and 0 < message_id <= self.last_id and message_id not in self.messages

    def shown(self) -> list[Message]:
        return [message for message in self.messages.values() if not message.deleted]

    def transcript(self, last: int = 30) -> str:
        lines = [str(message) for message in self.shown()[-last:]]
        return f"{self.title_text} saw:\n  " + ("\n  ".join(lines) or "nothing")

    async def reads(
        self,
        containing: str = "",
        *,
        topic: "Topic | None" = None,
        where: Callable[[Message], bool] = lambda message: True,
        timeout: float = 10,
    ) -> Message:
        """The next message of the bot that was not read before and fits; waits for it.

        Raises AssertionError with what was seen instead."""

        def unread() -> Message | None:
            for message in self.shown():
                fresh = message.from_bot and message.id not in self._read
                if fresh and message.shows(containing, topic) and where(message):
                    return message
            return None

        found = await self._wait(unread, containing, timeout)
        self._read.add(found.id)
        return found

    async def sees(
        self,
        containing: str = "",
        *,
        topic: "Topic | None" = None,
        where: Callable[[Message], bool] = lambda message: True,
        timeout: float = 10,
        by_bot: bool = True,
    ) -> Message:
        """The latest message now on show that fits, read before or not; waits for it.

        Raises AssertionError with what was seen instead."""

        def shown() -> Message | None:
            for message in reversed(self.shown()):
                if (message.from_bot or not by_bot) and message.shows(containing, topic) and where(message):
                    return message
            return None

        return await self._wait(shown, containing, timeout)

    async def _wait(self, look: Callable[[], Message | None], containing: str, timeout: float) -> Message:
        def seen() -> str:
            return f'Waited for "{containing}". {self.transcript()}'

        found = await self.world.pulse.until(look, timeout, seen)
        assert found is not None
        return found


@dataclass(slots=True, eq=False)
class PrivateChat(Chat):
    """The chat of one user with the bot; its id is the user's."""

    user: "TelegramUser" = None  # type: ignore[assignment]

    @property
    def as_json(self) -> Json:
        return {"id": self.id, "type": "private", **self.user.names}

    @property
    def title_text(self) -> str:
        return self.user.name
