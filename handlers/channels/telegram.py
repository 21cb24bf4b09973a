"""Telegram as a channel: updates by webhook or long polling, sending, and the desk's topics."""

import hmac
from collections.abc import Mapping, Sequence
from typing import Final, Literal

from aiohttp import web
from multidict import CIMultiDictProxy

from bot.channel import Finding, Limits, RoomState, SendLater, SendRefused
from bot.clock import Clock
from bot.content import Content, Media
from bot.supervision import Keep, Supervisor
from bot.update import Inbound, Reason, Standing, Unreadable
from handlers.channels import telegram_check as checks
from handlers.channels import telegram_send
from handlers.channels.telegram_errors import CONFLICT_SECONDS, translated
from handlers.channels.telegram_line import TelegramLine, Way
from handlers.channels.telegram_poll import IsOurs, Poll
from handlers.channels.telegram_read import read_update, standing_of
from handlers.channels.telegram_send import FetchForeign, Target, no_foreign_files
from handlers.channels.telegram_write import Parameters, number
from handlers.short_way import WebhookRoute
from handlers.webhook import Door, Receive

WEBHOOK_PATH: Final = "/telegram/webhook"
SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105
ALLOWED_UPDATES: Final = (
    "message",
    "edited_message",
    "message_reaction",
    "callback_query",
    "my_chat_member",
    "chat_member",
)
MAX_CONNECTIONS: Final = 40
DOWNLOAD_MOST: Final = 20 * 1024 * 1024
TITLE_LENGTH: Final = 128
DRAFT_LENGTH: Final = 4096
NOTICE_LENGTH: Final = 200

Delivery = Literal["polling", "webhook"]


class TelegramChannel:
    """A bot of Telegram's. `account` is its id; `username` is known after `start`.

    `last_error` is the trouble that there is now, empty for none; `last_ok` is when Telegram last
    answered, in milliseconds since 1970."""

    name = "telegram"
    limits = Limits(text=4096, caption=1024, buttons=8, button_title=64, text_with_buttons=4096, album=10)
    echoes_tracker = False
    typing_seconds = 4.0

    def __init__(
        self,
        *,
        token: str,
        receive: Receive,
        clock: Clock,
        api_url: str = "https://api.telegram.org",
        delivery: Delivery = "polling",
        public_url: str = "",
        webhook_secret: str = "",
        fetch_foreign: FetchForeign = no_foreign_files,
        slow_seconds: float = CONFLICT_SECONDS,
        keep: Keep | None = None,
        is_polled_here: IsOurs | None = None,
    ) -> None:
        self.account = token.partition(":")[0]
        self.username = ""
        self._api_url, self._delivery = api_url.rstrip("/"), delivery
        self._address = public_url.rstrip("/") + WEBHOOK_PATH
        self._secret_bytes, self._fetch_foreign = webhook_secret.encode(), fetch_foreign
        self._door = Door(self, self._is_telegrams, receive, clock)
        self.last_error, self.last_ok, self.shows_drafts = "", 0, True
        self._troubles: dict[Way, str] = {}
        self._clock = clock
        self._silent_until: dict[str, float] = {}
        """Until when Telegram wants nothing for a room, not even that we are typing."""
        self._line = TelegramLine(token, self._api_url, self._note)
        self._poll = Poll(
            self,
            self._line.get_updates,
            receive,
            clock,
            ALLOWED_UPDATES,
            slow_seconds,
            keep or Supervisor(clock).keep,
            is_polled_here or _always,
        )

    def _note(self, way: Way, trouble: str) -> None:
        """Sending well does not mend a poll that another program disturbs."""
        self._troubles[way] = trouble
        self.last_error = next(filter(None, self._troubles.values()), "")
        if not trouble:
            self.last_ok = self._clock.now()

    # The way in

    def routes(self) -> list[web.AbstractRouteDef]:
        return [WebhookRoute(WEBHOOK_PATH, self._door)] if self._delivery == "webhook" else []

    def read(self, raw: bytes) -> Sequence[Inbound | Unreadable]:
        return [read_update(raw, self.account)]

    async def start(self) -> None:
        """Raises SendLater where it may be tried again, SendRefused where a setting is wrong."""
        if self._delivery == "webhook":
            for finding in checks.settings_findings(self._address, self._secret_bytes.decode()):
                raise SendRefused(Reason.MALFORMED, finding.sentence)
        self.username = str((await self._line.ask_freely("getMe", {})).get("username", ""))
        if self._delivery == "webhook":
            await self._line.ask_freely("setWebhook", self._webhook())
        else:
            await self._line.ask_freely("deleteWebhook", {"drop_pending_updates": False})
            self._poll.start()

    async def stop(self) -> None:
        await self._poll.stop()
        await self._line.close()

    def _webhook(self) -> dict[str, object]:
        return {
            "url": self._address,
            "secret_token": self._secret_bytes.decode(),
            "allowed_updates": list(ALLOWED_UPDATES),
            "max_connections": MAX_CONNECTIONS,
        }

    def _is_telegrams(self, headers: CIMultiDictProxy[str], body: bytes) -> bool:
        """In constant time; nothing is the same as an unset secret."""
        given = headers.getall(SECRET_HEADER, ())
        if not self._secret_bytes or len(given) != 1:
            return False
        return hmac.compare_digest(given[0].encode("utf-8", "surrogatepass"), self._secret_bytes)

    # The way out

    async def send(
        self, room: str, content: Content, *, thread: str = "", reply_to: str = "", tracker: str = ""
    ) -> tuple[str, ...]:
        target = Target(room, thread, reply_to)
        try:
            return await telegram_send.send(self._line, self._fetch_foreign, target, content)
        except SendLater as later:
            self._silent_until[room] = self._clock.monotonic() + (later.seconds or 0)
            raise

    async def edit(self, room: str, remote_id: str, content: Content) -> None:
        await telegram_send.edit(self._line, room, remote_id, content)

    async def take_back(self, room: str, remote_id: str) -> None:
        await telegram_send.take_back(self._line, room, remote_id)

    async def react(self, room: str, remote_id: str, emoji: str) -> None:
        """Telegram's list has its emoji without the sign that asks for colour."""
        reaction = [{"type": "emoji", "emoji": emoji.replace("\ufe0f", "")}] if emoji else []
        where = {"chat_id": number(room), "message_id": number(remote_id)}
        await self._line.ask("setMessageReaction", where | {"reaction": reaction}, room)

    async def show_typing(self, room: str, remote_id: str) -> None:
        if self._silent_until.get(room, 0.0) > self._clock.monotonic():
            return
        self._silent_until.pop(room, None)
        await self._line.attempt("sendChatAction", {"chat_id": number(room), "action": "typing"})

    async def show_draft(self, room: str, remote_id: str, text: str) -> None:
        """Only private chats show them. A server that has no such method is not asked again."""
        if self._silent_until.get(room, 0.0) > self._clock.monotonic() or not self.shows_drafts:
            return
        draft = {"chat_id": number(room), "draft_id": number(remote_id or "1"), "text": text[:DRAFT_LENGTH]}
        self.shows_drafts = await self._line.attempt("sendMessageDraft", draft) and self.shows_drafts

    async def acknowledge(self, token: str, text: str = "") -> None:
        await self._line.attempt(
            "answerCallbackQuery", {"callback_query_id": token, "text": text[:NOTICE_LENGTH]}
        )

    async def fetch(self, media: Media, most: int) -> bytes:
        if media.size > min(most, DOWNLOAD_MOST):
            raise SendRefused(Reason.TOO_LARGE, f"{media.size} bytes")
        path = (await self._line.ask_freely("getFile", {"file_id": media.ref})).get("file_path")
        if not path:
            raise SendRefused(Reason.MEDIA_GONE, "Telegram names no path for the file")
        return await self._line.download(path, min(most, DOWNLOAD_MOST))

    async def check(self) -> Sequence[Finding]:
        polling = self._delivery == "polling"
        found = [] if polling else checks.settings_findings(self._address, self._secret_bytes.decode())
        found += await checks.findings(self._line.ask, self._api_url)
        if any(finding.stops for finding in found):
            return found
        return [*found, *await checks.webhook_findings(self._line.ask, self._address, polling=polling)]

    # The desk

    async def look_at(self, room: str) -> RoomState:
        chat = await self._line.ask_freely("getChat", {"chat_id": number(room)}, room)
        ours = {"chat_id": number(room), "user_id": number(self.account)}
        member = await self._line.ask_freely("getChatMember", ours, room)
        with translated(room):
            standing = standing_of(member)
            may = member["status"] == "creator" or bool(member.get("can_manage_topics"))
            title, is_forum = str(chat.get("title", "")), bool(chat.get("is_forum"))
        return RoomState(title, is_forum, standing, may and standing == Standing.ADMIN)

    async def look_at_member(self, room: str, member: str) -> Standing:
        who = {"chat_id": number(room), "user_id": number(member)}
        answer = await self._line.ask_freely("getChatMember", who, room)
        with translated(room):
            return standing_of(answer)

    async def topic_icons(self) -> Mapping[str, str]:
        answer = await self._line.ask_freely("getForumTopicIconStickers", {})
        with translated():
            return {str(one["emoji"]).replace("\ufe0f", ""): str(one["custom_emoji_id"]) for one in answer}

    async def open_topic(self, room: str, title: str, icon: str = "") -> str:
        topic = {"chat_id": number(room), "name": title[:TITLE_LENGTH]}
        answer = await self._line.ask("createForumTopic", topic | _icon(icon), room)
        with translated(room):
            return str(answer["message_thread_id"])

    async def name_topic(self, room: str, thread: str, title: str, icon: str = "") -> None:
        topic = {"chat_id": number(room), "message_thread_id": number(thread), "name": title[:TITLE_LENGTH]}
        await self._change_topic("editForumTopic", room, topic | _icon(icon))

    async def close_topic(self, room: str, thread: str) -> None:
        await self._turn_topic("closeForumTopic", room, thread)

    async def reopen_topic(self, room: str, thread: str) -> None:
        await self._turn_topic("reopenForumTopic", room, thread)

    async def leave(self, room: str) -> None:
        try:
            await self._line.ask("leaveChat", {"chat_id": number(room)}, room)
        except SendRefused as refusal:
            if refusal.reason != Reason.ROOM_GONE:
                raise

    async def set_menu(self, room: str, language: str, commands: Mapping[str, str]) -> None:
        menu: Parameters = {
            "scope": {"type": "chat", "chat_id": number(room)},
            "commands": [{"command": name, "description": words} for name, words in commands.items()],
        }
        if language:
            menu["language_code"] = language
        await self._line.ask_freely("setMyCommands", menu, room)

    def link_to(self, room: str, thread: str, remote_id: str) -> str:
        """Only supergroups have such addresses."""
        if not room.startswith("-100"):
            return ""
        return "/".join(["https://t.me/c", *filter(None, (room[4:], thread, remote_id))])

    async def _turn_topic(self, method: str, room: str, thread: str) -> None:
        topic = {"chat_id": number(room), "message_thread_id": number(thread)}
        await self._change_topic(method, room, topic)

    async def _change_topic(self, method: str, room: str, topic: Parameters) -> None:
        """What it is already, it need not become."""
        try:
            await self._line.ask(method, topic, room)
        except SendRefused as refusal:
            if "not_modified" not in refusal.detail.lower():
                raise


def _icon(icon: str) -> Parameters:
    return {"icon_custom_emoji_id": icon} if icon else {}


async def _always() -> bool:
    """There is no other process."""
    return True
