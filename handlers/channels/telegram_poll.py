"""Long polling that acknowledges nothing before it is on disk: first `receive`, then the offset moves."""

import asyncio
import json
import logging
import random
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Final, TypeVar

import orjson

from bot.channel import Channel
from bot.clock import Clock
from bot.inbound import CannotStore
from bot.supervision import Keep, Kept
from handlers.channels.telegram_http import Conflict, Flooded, WrongToken
from handlers.channels.wire import Failure
from handlers.webhook import Receive, understand

log = logging.getLogger(__name__)

POLL_SECONDS: Final = 50
BATCH: Final = 100
FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 60.0
STORE_PAUSE: Final = 2.0
NOT_OURS_PAUSE: Final = 1.0
STOP_SECONDS: Final = 5.0

Ask = Callable[[dict[str, Any]], Awaitable[Any]]
"""Calls getUpdates with these parameters. Raises Failure."""
IsOurs = Callable[[], Awaitable[bool]]
"""Whether this process is the one that may ask: Telegram answers only one at a time."""
T = TypeVar("T")


class Poll:
    """One long poll. `slow_seconds` is the pause after an answer that only a person can mend."""

    def __init__(
        self,
        channel: Channel,
        ask: Ask,
        receive: Receive,
        clock: Clock,
        allowed_updates: Sequence[str],
        slow_seconds: float,
        keep: Keep,
        is_ours: IsOurs,
    ) -> None:
        self._channel, self._ask, self._receive, self._clock = channel, ask, receive, clock
        self._allowed, self._slow_seconds, self._keep = list(allowed_updates), slow_seconds, keep
        self._is_ours = is_ours
        self._offset: int | None = None
        self._failures = 0
        self._waiting: asyncio.Future[Any] | None = None
        self._kept: Kept | None = None

    def start(self) -> None:
        if self._kept is None:
            self._kept = self._keep("telegram poll", self._run)

    async def stop(self) -> None:
        """Cut asking short, but let what is being stored be stored."""
        kept, self._kept = self._kept, None
        if kept is None:
            return
        if self._waiting is not None:
            self._waiting.cancel()
        await kept.stop(STOP_SECONDS)

    async def _run(self) -> None:
        while self._kept is not None:
            pause = await self._turn()
            if pause and self._kept is not None:
                await self._may_be_cut(self._clock.sleep(pause))

    async def _turn(self) -> float:
        """Ask once and store what came; returns for how long to pause, in seconds."""
        if not await self._is_ours():
            self._offset = None
            return NOT_OURS_PAUSE
        try:
            updates = await self._may_be_cut(self._get_updates())
            await self._take(updates)
        except Failure as error:
            return self._pause_after(error)
        except CannotStore as error:
            log.error("telegram: updates could not be stored, asking for them again: %s", error)
            return STORE_PAUSE
        except Exception:
            log.exception("telegram: polling failed")
            return self._backoff()
        self._failures = 0
        return 0.0

    async def _get_updates(self) -> Any:
        parameters = {"timeout": POLL_SECONDS, "limit": BATCH, "allowed_updates": self._allowed}
        if self._offset is not None:
            parameters["offset"] = self._offset
        return await self._ask(parameters)

    async def _take(self, updates: Any) -> None:
        """Nothing pending means all before the offset is confirmed, so it may go: ids can start anew."""
        if not isinstance(updates, list):
            raise TypeError("getUpdates answered no list")
        items = [item for update in updates for item in understand(self._channel, _as_json(update))]
        if items:
            await self._receive(self._channel, items)
        ids = [update["update_id"] for update in updates if _has_id(update)]
        if updates and not ids:
            raise TypeError("getUpdates answered no update with an id")
        self._offset = max(ids) + 1 if ids else None

    def _pause_after(self, error: Failure) -> float:
        first = self._failures == 0
        if isinstance(error, Conflict | WrongToken):
            self._failures += 1
            level = logging.ERROR if first else logging.DEBUG
            log.log(level, "telegram: %s", EXPLANATIONS[type(error)])
            return self._slow_seconds
        if isinstance(error, Flooded) and error.seconds is not None:
            return error.seconds
        if first:
            log.warning("telegram: getUpdates failed, trying again: %s", error)
        return self._backoff()

    def _backoff(self) -> float:
        self._failures += 1
        return min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(self._failures - 1, 10)) * random.uniform(0.5, 1)

    async def _may_be_cut(self, wait: Coroutine[Any, Any, T]) -> T:
        self._waiting = waiting = asyncio.ensure_future(wait)
        try:
            return await waiting
        finally:
            self._waiting = None


EXPLANATIONS: Final[dict[type[Failure], str]] = {
    Conflict: "another program polls with this bot's token, or a webhook is set; stop the other one",
    WrongToken: "Telegram refuses the bot's token; set TELEGRAM_BOT_TOKEN anew and restart",
}


def _as_json(update: Any) -> bytes:
    """As the webhook would have posted it; the standard library where a text in it is no valid Unicode."""
    try:
        return orjson.dumps(update)
    except TypeError:
        return json.dumps(update).encode()


def _has_id(update: Any) -> bool:
    return isinstance(update, dict) and type(update.get("update_id")) is int
