"""Our line to Telegram: every call goes through it, and its errors come out in our words."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, Literal

from bot.channel import RoomMovedAway, SendLater, SendRefused, SendUnsure
from bot.update import Reason
from handlers.channels.telegram_errors import retryable, translate, translated
from handlers.channels.telegram_http import READ_SECONDS, BadRequest, Forbidden, Moved, TelegramWire
from handlers.channels.telegram_poll import POLL_SECONDS
from handlers.channels.telegram_write import Upload
from handlers.channels.wire import Failure

if TYPE_CHECKING:
    from handlers.channels.telegram_files import FileBot

log = logging.getLogger(__name__)

TROUBLE_LENGTH: Final = 300

Way = Literal["in", "out"]
Note = Callable[[Way, str], None]
"""Hears of every call what went wrong, empty for nothing. A refused call is none: Telegram answered."""


class TelegramLine:
    def __init__(self, token: str, api_url: str, note: Note) -> None:
        self._token, self._note = token, note
        self._wire = TelegramWire(token, api_url)
        self._polls = TelegramWire(token, api_url, connections=1)
        self._files: FileBot | None = None

    async def ask(self, method: str, parameters: Mapping[str, Any], room: str = "") -> Any:
        """The answer as JSON. Raises SendLater, SendRefused, SendUnsure, RoomMovedAway."""
        try:
            answer = await self._call(method, parameters)
        except Failure as failure:
            self._hear("out", method, failure)
            raise translate(failure, room) from failure
        self._note("out", "")
        return answer

    async def ask_freely(self, method: str, parameters: Mapping[str, Any], room: str = "") -> Any:
        """For what may be asked twice: never raises SendUnsure."""
        try:
            return await self.ask(method, parameters, room)
        except SendUnsure as error:
            raise retryable(error) from error

    async def attempt(self, method: str, parameters: Mapping[str, Any]) -> bool:
        """For what is nice to have. Whether it is worth trying again: Telegram knows such a thing."""
        try:
            await self.ask(method, parameters)
        except (SendLater, SendRefused, SendUnsure, RoomMovedAway) as error:
            log.debug("telegram: %s: %s", method, type(error).__name__)
            unknown = isinstance(error, SendLater) and error.whole_channel
            return not unknown and not (isinstance(error, SendRefused) and error.reason is Reason.MALFORMED)
        return True

    async def get_updates(self, parameters: Mapping[str, Any]) -> Any:
        """Raises Failure."""
        try:
            updates = await self._polls.call("getUpdates", parameters, POLL_SECONDS + READ_SECONDS)
        except Failure as failure:
            self._hear("in", "getUpdates", failure)
            raise
        self._note("in", "")
        return updates

    async def download(self, path: str, most: int) -> bytes:
        """Raises SendLater, SendRefused."""
        try:
            with translated():
                return await self._wire.download(path, most)
        except SendUnsure as error:
            raise retryable(error) from error

    async def close(self) -> None:
        await self._polls.close()
        await self._wire.close()

    async def _call(self, method: str, parameters: Mapping[str, Any]) -> Any:
        for value in parameters.values():
            if isinstance(value, Upload):
                return await (self._files or await self._open_files()).call(method, parameters)
        return await self._wire.call(method, parameters)

    async def _open_files(self) -> "FileBot":
        """The library takes a quarter of a second to load: beside the loop, and only where files leave."""
        await asyncio.to_thread(__import__, "handlers.channels.telegram_files")
        from handlers.channels.telegram_files import FileBot

        self._files = FileBot(self._token, self._wire)
        return self._files

    def _hear(self, way: Way, method: str, failure: Failure) -> None:
        """No error has an address in it, but a token in the log is too dear to hope."""
        refused = isinstance(failure, BadRequest | Forbidden | Moved)
        trouble = "" if refused else f"{method}: {failure.message}"
        self._note(way, trouble.replace(self._token, "<token>")[:TROUBLE_LENGTH])
