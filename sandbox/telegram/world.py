"""All that stands in the emulated Telegram: people, chats, files, and what the bot is told of them."""

import itertools
import time
from collections.abc import Callable
from typing import Any

from sandbox.pulse import Pulse
from sandbox.telegram.chat import Chat, Message
from sandbox.telegram.files import Files
from sandbox.telegram.group import BotStatus, TelegramGroup
from sandbox.telegram.rules import Limits
from sandbox.telegram.updates import Update, Updates
from sandbox.telegram.user import Press, TelegramUser

Json = dict[str, Any]


class World:
    """`clock` tells seconds since 1970. `keeps` bounds the messages kept a chat; 0 keeps all."""

    def __init__(
        self, token: str, username: str, clock: Callable[[], float] = time.time, keeps: int = 0
    ) -> None:
        self.token, self.clock, self.keeps = token, clock, keeps
        self.bot: Json = {
            "id": int(token.partition(":")[0]),
            "is_bot": True,
            "first_name": "Svar",
            "username": username,
        }
        self.privacy = True
        self.limits: Limits | None = None
        self.menus: dict[tuple[str, str], list[Json]] = {}
        """The commands that the apps offer, by scope (a chat's id, or its name) and language."""
        self.pulse = Pulse()
        self.files = Files(bounded=bool(keeps))
        self.updates = Updates(self.pulse.beat)
        self.users: dict[int, TelegramUser] = {}
        self.groups: dict[int, TelegramGroup] = {}
        self.chats: dict[int, Chat] = {}
        self.open_presses: dict[str, Press] = {}
        self._user_ids = itertools.count(700_000_001)
        self._group_ids = itertools.count(4_000_001)
        self._press_ids = itertools.count(1)

    def add_user(
        self, name: str, language: str = "en", *, username: str = "", started: bool = False
    ) -> TelegramUser:
        """Somebody with Telegram. Not `started`: the bot may not write first."""
        user = TelegramUser(self, next(self._user_ids), name, username, language, started=started)
        self.users[user.id] = user
        self.chats[user.id] = user.chat
        return user

    def add_group(
        self,
        title: str,
        forum: bool = False,  # noqa: FBT001, FBT002 - reads well at the call
        *,
        bot: BotStatus = "administrator",
        members: "tuple[TelegramUser, ...] | list[TelegramUser]" = (),
        basic: bool = False,
    ) -> TelegramGroup:
        """A supergroup (or, `basic`, an old-style group that may be upgraded), with the bot in it."""
        number = next(self._group_ids)
        chat_id = -number if basic else -1_000_000_000_000 - number
        group = TelegramGroup(self, chat_id, "group" if basic else "supergroup", title=title, forum=forum)
        group.bot_status, group.bot_can_manage_topics = bot, bot == "administrator"
        group.join(members)
        self.groups[chat_id] = self.chats[chat_id] = group
        return group

    # What the bot is told

    def tell(self, message: Message, kind: str = "message") -> Update | None:
        """An update of a message, if the bot may see it."""
        chat = message.chat
        if isinstance(chat, TelegramGroup) and not chat.bot_sees(message):
            return None
        return self.updates.add(kind, ("chat", chat.id), message.raw)

    def tell_membership(
        self, chat: Chat, by: TelegramUser, old: Json, new: Json, kind: str = "my_chat_member"
    ) -> None:
        change = {
            "chat": chat.as_json,
            "from": by.as_json,
            "date": int(self.clock()),
            "old_chat_member": old,
            "new_chat_member": new,
        }
        self.updates.add(kind, ("member", chat.id), change)

    def tell_reaction(
        self, user: TelegramUser, message: Message, old: tuple[str, ...], new: tuple[str, ...]
    ) -> None:
        chat = message.chat
        if isinstance(chat, TelegramGroup) and chat.bot_status != "administrator":
            return
        change = {
            "chat": chat.as_json,
            "message_id": message.id,
            "user": user.as_json,
            "date": int(self.clock()),
            "old_reaction": [{"type": "emoji", "emoji": emoji} for emoji in old],
            "new_reaction": [{"type": "emoji", "emoji": emoji} for emoji in new],
        }
        self.updates.add("message_reaction", ("reaction", chat.id), change)

    def press(self, user: TelegramUser, message: Message, code: str) -> Press:
        """A button press; of a message that is gone, the bot learns only where it was."""
        press = Press(str(4_000_000_000 + next(self._press_ids)), self.clock())
        self.open_presses[press.id] = press
        gone = {"chat": message.chat.as_json, "message_id": message.id, "date": 0}
        query = {
            "id": press.id,
            "from": user.as_json,
            "message": gone if message.deleted else message.raw,
            "chat_instance": str(message.chat.id),
            "data": code,
        }
        self.updates.add("callback_query", ("press", user.id), query)
        return press

    def push_raw(self, update: Json, *, queue: int = 0) -> Update:
        """Send the bot any update as it is; it gets an `update_id` if it has none."""
        if "update_id" not in update:
            self.updates.last_id += 1
            update = {"update_id": self.updates.last_id, **update}
        kind = next((key for key in update if key != "update_id"), "raw")
        return self.updates.add_raw(update, ("raw", queue), kind)
