"""People who use Telegram: what they do becomes updates, what the bot does becomes what they read."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.telegram.chat import Chat, Message, PrivateChat
from sandbox.telegram.entities import found_in
from sandbox.telegram.files import TINY_PNG
from sandbox.telegram.group import ANONYMOUS, TelegramGroup, Topic
from sandbox.telegram.members import membership
from sandbox.telegram.placing import bare_message, placed

if TYPE_CHECKING:
    from sandbox.telegram.world import World

Json = dict[str, Any]
_albums = itertools.count(1)


@dataclass(slots=True, eq=False)
class Press:
    """A tapped button, until and after the bot answers it."""

    id: str
    at: float
    answered: bool = False
    text: str = ""
    alert: bool = False


@dataclass(slots=True, eq=False)
class TelegramUser:
    """Somebody with a phone. `to=None` means the private chat with the bot everywhere."""

    world: "World"
    id: int
    name: str
    username: str = ""
    language: str = "en"
    last_name: str = ""
    started: bool = False
    """They wrote to the bot at least once, so that it may write to them."""
    has_blocked: bool = False
    deactivated: bool = False
    chat: PrivateChat = field(init=False)

    def __post_init__(self) -> None:
        self.chat = PrivateChat(self.world, self.id, "private", user=self)

    @property
    def names(self) -> Json:
        names = {"first_name": self.name, "last_name": self.last_name, "username": self.username}
        return {key: name for key, name in names.items() if name}

    @property
    def as_json(self) -> Json:
        return {"id": self.id, "is_bot": False, **self.names, "language_code": self.language}

    # Writing

    def says(
        self,
        text: str,
        *,
        to: Chat | None = None,
        topic: Topic | None = None,
        reply_to: Message | None = None,
        entities: Sequence[Json] | None = None,
        anonymously: bool = False,
    ) -> Message:
        """Write a text; commands, addresses and the like in it become entities by themselves."""
        fields: Json = {"text": text}
        marked = found_in(text) if entities is None else list(entities)
        if marked:
            fields["entities"] = marked
        return self.posts(fields, to=to, topic=topic, reply_to=reply_to, anonymously=anonymously)

    def sends(
        self,
        kind: str,
        content: bytes = TINY_PNG,
        *,
        caption: str = "",
        name: str = "",
        mime: str = "",
        size: int = 0,
        to: Chat | None = None,
        topic: Topic | None = None,
        reply_to: Message | None = None,
        **more: Any,
    ) -> Message:
        """Send a file as one of `chat.MEDIA`: "photo", "voice", …; `size` may lie about its bytes."""
        file = self.world.files.keep(kind, content, name, mime, size)
        fields = self.world.files.fields(kind, file) | more
        if caption:
            fields |= {"caption": caption}
            if marked := found_in(caption):
                fields["caption_entities"] = marked
        return self.posts(fields, to=to, topic=topic, reply_to=reply_to)

    def sends_album(
        self, items: Sequence[tuple[str, bytes]], *, caption: str = "", **where: Any
    ) -> list[Message]:
        """Several files at once: an update each, sharing a media_group_id; the first has the caption."""
        album = str(13_000_000_000_000_000 + next(_albums))
        return [
            self.sends(kind, content, caption="" if at else caption, media_group_id=album, **where)
            for at, (kind, content) in enumerate(items)
        ]

    def shares_location(self, latitude: float, longitude: float, **where: Any) -> Message:
        return self.posts({"location": {"latitude": latitude, "longitude": longitude}}, **where)

    def shares_venue(
        self, latitude: float, longitude: float, title: str, address: str, **where: Any
    ) -> Message:
        place = {"latitude": latitude, "longitude": longitude}
        venue = {"location": place, "title": title, "address": address}
        return self.posts({"venue": venue, "location": place}, **where)

    def shares_contact(self, phone: str, name: str, **where: Any) -> Message:
        return self.posts({"contact": {"phone_number": phone, "first_name": name}}, **where)

    def throws_dice(self, value: int = 4, **where: Any) -> Message:
        return self.posts({"dice": {"emoji": "🎲", "value": value}}, **where)

    def asks_poll(self, question: str, options: Sequence[str], **where: Any) -> Message:
        choices = [
            {"text": text, "voter_count": 0, "persistent_id": str(at)} for at, text in enumerate(options)
        ]
        poll = {
            "id": str(next(_albums)),
            "question": question,
            "options": choices,
            "total_voter_count": 0,
            "is_closed": False,
            "is_anonymous": True,
            "type": "regular",
            "allows_multiple_answers": False,
            "allows_revoting": False,
            "members_only": False,
        }
        return self.posts({"poll": poll}, **where)

    def forwards(self, message: Message, **where: Any) -> Message:
        """Pass a message on; it shows where it came from."""
        from sandbox.telegram.chat import CONTENT

        origin = {"type": "user", "sender_user": message.raw["from"], "date": message.raw["date"]}
        fields = {key: message.raw[key] for key in CONTENT if key in message.raw}
        return self.posts({**fields, "forward_origin": origin}, **where)

    def posts(
        self,
        fields: Json,
        *,
        to: Chat | None = None,
        topic: Topic | None = None,
        reply_to: Message | None = None,
        anonymously: bool = False,
    ) -> Message:
        """Any message, by its raw fields; a field that is None is left out of the message."""
        chat = to or (topic.group if topic else reply_to.chat if reply_to else self.chat)
        if topic is None and reply_to is not None and isinstance(chat, TelegramGroup):
            topic = chat.topics.get(reply_to.topic)
        author = ANONYMOUS if anonymously else self.as_json
        raw = bare_message(chat, author) | placed(chat, topic, reply_to) | fields
        if anonymously:
            raw["sender_chat"] = chat.as_json
        message = Message(chat, {key: value for key, value in raw.items() if value is not None})
        chat.keep(message)
        self._arrive(chat)
        self.world.tell(message)
        self.world.pulse.beat()
        return message

    def _arrive(self, chat: Chat) -> None:
        if chat is self.chat:
            self.started = True
        elif isinstance(chat, TelegramGroup):
            chat.members.setdefault(self.id, "member")

    # Doing something to what stands there

    def edits(self, message: Message, text: str, entities: list[Json] | None = None) -> None:
        """Change one's own text or caption; `entities` are its styles, on top of what Telegram finds by itself."""
        key = "text" if "text" in message.raw else "caption"
        message.raw |= {key: text, "edit_date": int(self.world.clock())}
        entities_key = "entities" if key == "text" else "caption_entities"
        message.raw.pop(entities_key, None)
        if marked := [*found_in(text), *(entities or ())]:
            message.raw[entities_key] = marked
        message.edits += 1
        self.world.tell(message, "edited_message")
        self.world.pulse.beat()

    def deletes(self, message: Message) -> None:
        """Take a message away; Telegram tells bots nothing of it."""
        message.deleted = True
        self.world.pulse.beat()

    def reacts(self, message: Message, emoji: str) -> None:
        """Put one emoji on a message; empty takes it back."""
        old = message.reactions.pop(self.id, ())
        new = (emoji,) if emoji else ()
        if new:
            message.reactions[self.id] = new
        self.world.tell_reaction(self, message, old, new)
        self.world.pulse.beat()

    def presses(self, message: Message, button: str) -> Press:
        """Tap the inline button with this title or callback_data.

        Raises AssertionError when there is none, ValueError for one that opens an address."""
        fitting = [one for one in message.buttons if button in (one.text, one.code)]
        assert fitting, f"no button {button!r} on {message}"
        if not fitting[0].code:
            raise ValueError(f"{button!r} opens {fitting[0].url}")
        return self.world.press(self, message, fitting[0].code)

    def types_start(self, payload: str = "") -> Message:
        """Open the bot by a link: t.me/bot?start=payload."""
        return self.says(f"/start {payload}".rstrip())

    def blocks(self) -> None:
        """Block the bot: it is told, and may not write any more."""
        self._stand("kicked", blocked=True)

    def unblocks(self) -> None:
        self._stand("member", blocked=False)

    def _stand(self, status: str, *, blocked: bool) -> None:
        old = membership(self.world.bot, "kicked" if self.has_blocked else "member", {})
        self.has_blocked = blocked
        self.world.tell_membership(self.chat, self, old, membership(self.world.bot, status, {}))
        self.world.pulse.beat()

    def deletes_account(self) -> None:
        self.deactivated = True
        self.world.pulse.beat()

    # Reading

    async def reads(
        self,
        containing: str = "",
        *,
        where: Callable[[Message], bool] = lambda message: True,
        timeout: float = 10,
    ) -> Message:
        """As `Chat.reads` in the private chat."""
        return await self.chat.reads(containing, where=where, timeout=timeout)

    async def sees(
        self,
        containing: str = "",
        *,
        where: Callable[[Message], bool] = lambda message: True,
        timeout: float = 10,
    ) -> Message:
        """As `Chat.sees` in the private chat."""
        return await self.chat.sees(containing, where=where, timeout=timeout)
