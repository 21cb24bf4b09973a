"""What may be written at the desk: every kind of Telegram message, in every position, by everybody who could."""

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from sandbox.telegram.chat import Message
from sandbox.telegram.group import ANONYMOUS, TelegramGroup, Topic
from sandbox.telegram.user import TelegramUser

Json = dict[str, Any]
PAYLOADS = Path(__file__).parent.parent / "payloads" / "telegram" / "messages.json"
OUTLINE = frozenset(
    (
        *("message_id", "from", "chat", "date", "sender_chat", "message_thread_id", "is_topic_message"),
        *("reply_to_message", "edit_date", "migrate_to_chat_id", "migrate_from_chat_id", "media_group_id"),
        *("is_automatic_forward", "business_connection_id"),
    )
)
"""Who, where and when: the grammar's own. A group that moves is another story's."""
Position = Literal["main", "topic", "root", "card", "copy", "staff", "note", "elsewhere", "quote"]
POSITIONS: Final[tuple[Position, ...]] = (
    *("main", "topic", "root", "staff", "note", "elsewhere", "quote"),
    *("card", "card", "card", "copy", "copy", "copy"),
)
"""Three of four replies are meant to go out: what must not is the more in their company."""
GOES_OUT: Final = ("card", "copy")
MEDIA: Final = (*("photo", "voice", "audio", "video", "video_note", "animation", "document", "sticker"),)
LOOKALIKES: Final = (
    *("/resovle {}", "/note {}", "/resolve@other_bot {}", "/r\u0435solve {}", "／ban {}", "\u200b/take {}"),
    *("/give Nobody {}", "/tickets {}", "/help {}", "/history {}", "/mute never {}"),
)
INSIDE_DICE: Final = 6
"""The one kind that has no words and no file, and still goes out."""
INSIDERS: Final = ("staff", "colleague", "admin", "anonymous")
"""Members; whoever else writes is nobody to the bot."""


def kinds() -> Mapping[str, Json]:
    """The fields of every documented message, by its name."""
    found = json.loads(PAYLOADS.read_text("utf-8"))
    return {
        name: {key: value for key, value in update["message"].items() if key not in OUTLINE}
        for name, update in found.items()
    }


@dataclass(slots=True)
class Cast:
    """Who may write at the desk."""

    staff: TelegramUser
    colleague: TelegramUser
    admin: TelegramUser
    gone: TelegramUser
    """Was a member, and wrote before anybody read it."""

    def author(self, name: str) -> TelegramUser:
        who = {"colleague": self.colleague, "admin": self.admin, "gone": self.gone}
        return who.get(name, self.staff)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is written: in a topic or none, as an answer or none."""

    position: Position
    topic: Topic | None = None
    reply_to: Message | None = None
    more: Json | None = None


VOICES: Final[Mapping[str, Json]] = {
    "another bot": {"from": {"id": 4242, "is_bot": True, "first_name": "Other", "username": "other_bot"}},
    "a channel": {"from": ANONYMOUS, "sender_chat": {"id": -1009, "type": "channel", "title": "News"}},
    "a linked channel": {
        "from": {"id": 777000, "is_bot": False, "first_name": "Telegram"},
        "sender_chat": {"id": -1009, "type": "channel", "title": "News"},
        "is_automatic_forward": True,
    },
}
AUTHORS: Final = (*INSIDERS, *INSIDERS, "staff", "staff", "colleague", "gone", *VOICES)


class Pen:
    """Writes one thing with a mark in it, and knows whether it might be for a customer."""

    def __init__(self, group: TelegramGroup, cast: Cast, dice: random.Random) -> None:
        self._group, self._cast, self._dice = group, cast, dice
        self._kinds = kinds()
        self._ways: dict[str, Callable[[TelegramUser, Place, str, Json], list[Message]]] = {
            "text": self._text,
            "media": self._media,
            "album": self._album,
            "place": self._place,
            "contact": self._contact,
            "payload": self._payload,
            "payload too": self._payload,
            "command": self._command,
            "forward": self._forward,
        }

    def writes(self, place: Place, mark: str, way: str = "", author: str = "") -> tuple[list[Message], bool]:
        """What was written, and whether it may go out."""
        way = way or self._dice.choice(list(self._ways))
        author = author or self._dice.choice(AUTHORS)
        voice = VOICES.get(author, {})
        if author == "anonymous":
            voice = {"from": ANONYMOUS, "sender_chat": self._group.as_json}
        written = self._ways[way](self._cast.author(author), place, mark, voice | (place.more or {}))
        goes_out = author in INSIDERS and place.position in GOES_OUT and way != "command"
        return written, goes_out

    def _post(self, who: TelegramUser, place: Place, fields: Json) -> list[Message]:
        return [who.posts(fields, to=self._group, topic=place.topic, reply_to=place.reply_to)]

    def _text(self, who: TelegramUser, place: Place, mark: str, more: Json) -> list[Message]:
        return self._post(who, place, {"text": f"About that: {mark}", **more})

    def _media(self, who: TelegramUser, place: Place, mark: str, more: Json) -> list[Message]:
        kind = self._dice.choice(MEDIA)
        caption = mark if self._dice.random() < 0.5 and kind not in ("video_note", "sticker") else ""
        where: Json = {"to": self._group, "topic": place.topic, "reply_to": place.reply_to}
        return [who.sends(kind, mark.encode(), caption=caption, name=f"{mark}.bin", **where, **more)]

    def _album(self, who: TelegramUser, place: Place, mark: str, more: Json) -> list[Message]:
        where: Json = {"to": self._group, "topic": place.topic, "reply_to": place.reply_to}
        files = [("photo", mark.encode()), ("photo", mark.encode())]
        return who.sends_album(files, caption=mark, **where, **more)

    def _place(self, who: TelegramUser, place: Place, mark: str, more: Json) -> list[Message]:
        spot = {"latitude": int(mark[1:]) / 1e5, "longitude": 11.0}
        fields: Json = {"location": spot}
        if self._dice.random() < 0.5:
            fields["venue"] = {"location": spot, "title": mark, "address": "Storgatan 1"}
        return self._post(who, place, fields | more)

    def _contact(self, who: TelegramUser, place: Place, mark: str, more: Json) -> list[Message]:
        shared = {"phone_number": f"4670{mark[1:]}", "first_name": mark}
        return self._post(who, place, {"contact": shared, **more})

    def _payload(self, who: TelegramUser, place: Place, mark: str, more: Json) -> list[Message]:
        """Any documented message; where it has words they are the mark."""
        fields = dict(self._dice.choice(list(self._kinds.values())))
        for words, marks in (("text", "entities"), ("caption", "caption_entities")):
            if words in fields:
                fields[words] = mark
                fields.pop(marks, None)
        if "sticker" in fields:
            fields["sticker"] = {**fields["sticker"], "emoji": mark}
        if "poll" in fields:
            fields["poll"] = {**fields["poll"], "question": mark}
        if "rich_message" in fields:
            fields["rich_message"] = {"blocks": [{"type": "paragraph", "text": mark}]}
        if "dice" in fields:
            fields["dice"] = {**fields["dice"], "value": INSIDE_DICE if mark.startswith("I") else 1}
        if "location" in fields:
            fields["location"] = {"latitude": int(mark[1:]) / 1e5, "longitude": 11.0}
        if "venue" in fields:
            fields["venue"] = {"location": fields["location"], "title": mark, "address": "Storgatan 1"}
        if "contact" in fields:
            fields["contact"] = {"phone_number": f"4670{mark[1:]}", "first_name": mark}
        return self._post(who, place, fields | more)

    def _command(self, who: TelegramUser, place: Place, mark: str, more: Json) -> list[Message]:
        return self._post(who, place, {"text": self._dice.choice(LOOKALIKES).format(mark), **more})

    def _forward(self, who: TelegramUser, place: Place, mark: str, more: Json) -> list[Message]:
        origin = {"type": "hidden_user", "sender_user_name": "Anna", "date": 1}
        return self._post(who, place, {"text": f"Look: {mark}", "forward_origin": origin, **more})
