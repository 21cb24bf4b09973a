"""Our line to Telegram: every call goes through it, and its errors come out in our words."""

import logging
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

from telegram.error import BadRequest, ChatMigrated, Forbidden, TelegramError

from bot.channel import RoomMovedAway, SendLater, SendRefused, SendUnsure
from handlers.channels.telegram_errors import retryable, translated
from handlers.channels.telegram_http import READ_SECONDS, RawBot
from handlers.channels.telegram_poll import POLL_SECONDS

log = logging.getLogger(__name__)

TROUBLE_LENGTH: Final = 300

Way = Literal["in", "out"]
Note = Callable[[Way, str], None]
"""Hears of every call what went wrong, empty for nothing. A refused call is none: Telegram answered."""


class TelegramLine:
    def __init__(self, token: str, api_url: str, note: Note) -> None:
        self._bot, self._token, self._note = RawBot(token, api_url), token, note

    async def ask(self, method: str, parameters: Mapping[str, Any], room: str = "") -> Any:
        """The answer as JSON. Raises SendLater, SendRefused, SendUnsure, RoomMovedAway."""
        with translated(room):
            return await self._call(method, parameters, READ_SECONDS)

    async def ask_freely(self, method: str, parameters: Mapping[str, Any], room: str = "") -> Any:
        """For what may be asked twice: never raises SendUnsure."""
        try:
            return await self.ask(method, parameters, room)
        except SendUnsure as error:
            raise retryable(error) from error

    async def attempt(self, method: str, parameters: Mapping[str, Any]) -> None:
        """For what is nice to have."""
        try:
            await self.ask(method, parameters)
        except (SendLater, SendRefused, SendUnsure, RoomMovedAway) as error:
            log.debug("telegram: %s: %s", method, type(error).__name__)

    async def get_updates(self, parameters: Mapping[str, Any]) -> Any:
        """Raises TelegramError."""
        return await self._call("getUpdates", parameters, POLL_SECONDS + READ_SECONDS, "in")

    async def download(self, path: str, most: int) -> bytes:
        """Raises SendLater, SendRefused."""
        try:
            with translated():
                return await self._bot.download(path, most)
        except SendUnsure as error:
            raise retryable(error) from error

    async def close(self) -> None:
        await self._bot.close_connections()

    async def _call(
        self, method: str, parameters: Mapping[str, Any], read_seconds: float, way: Way = "out"
    ) -> Any:
        try:
            answer = await self._bot.call(method, parameters, read_seconds)
        except (BadRequest, Forbidden, ChatMigrated):
            self._note(way, "")
            raise
        except TelegramError as error:
            self._note(way, self._without_token(f"{method}: {error.message}"))
            raise
        self._note(way, "")
        return answer

    def _without_token(self, trouble: str) -> str:
        """No error has an address in it, but a token in the log is too dear to hope."""
        return trouble.replace(self._token, "<token>")[:TROUBLE_LENGTH]
