"""Keeps the process's background tasks alive: what dies is started again, counted, and told to the desk once."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Protocol

from bot.clock import Clock
from bot.figures import Figures

log = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
SOUND_SECONDS = 60.0
"""A task that has run so long is sound again: its next death starts the pauses anew."""
SILENCE_SECONDS = 3600.0
"""The desk hears of one task at most once in so long."""
TELL_SECONDS = 10.0

Work = Callable[[], Coroutine[Any, Any, None]]
Tell = Callable[[str, str], Awaitable[None]]
"""Tells staff that the task (its name) died of this (the error's type)."""


class EndedEarly(Exception):
    """A task that must run for as long as the process came to its end."""


class Kept:
    """One task that is kept alive. `trouble` is the type of the error it last died of, "" while it is sound."""

    def __init__(self, supervisor: "Supervisor", name: str, work: Work, *, may_end: bool) -> None:
        self.name, self.died_of, self.deaths = name, "", 0
        self._supervisor, self._work, self._may_end = supervisor, work, may_end
        self._clock = supervisor.clock
        self._stopping = self._working = False
        self._began = 0.0
        self._in_a_row = 0
        self._task = asyncio.create_task(self._live(), name=name)

    @property
    def running(self) -> bool:
        return not self._task.done()

    @property
    def trouble(self) -> str:
        sound = self.running and self._clock.monotonic() - self._began > SOUND_SECONDS
        return "" if sound else self.died_of

    async def stop(self, seconds: float = 0.0) -> None:
        """End it for good: it may finish by itself within `seconds`, then it is cancelled."""
        self._stopping = True
        if seconds > 0 and self._working:
            await asyncio.wait({self._task}, timeout=seconds)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _live(self) -> None:
        while not self._stopping:
            self._began = self._clock.monotonic()
            self._working = True
            error = await self._until_its_end()
            self._working = False
            if error is None:
                self.died_of = ""
                return
            if not self._stopping:
                self._mourn(error)
                await self._clock.sleep(self._pause())

    async def _until_its_end(self) -> BaseException | None:
        """What it died of; None when it ended as it may."""
        try:
            await self._work()
        except asyncio.CancelledError as cancelled:
            ours = asyncio.current_task()
            if self._stopping or (ours is not None and ours.cancelling()):
                raise
            return cancelled  # somebody else's cancellation came through: the work is dead, and must not be
        except Exception as error:
            return error
        return None if self._may_end or self._stopping else EndedEarly(self.name)

    def _mourn(self, error: BaseException) -> None:
        if self._clock.monotonic() - self._began > SOUND_SECONDS:
            self._in_a_row = 0
        self._in_a_row += 1
        self.deaths += 1
        self.died_of = type(error).__name__
        log.error("task %s died of %s and is started again", self.name, self.died_of, exc_info=error)
        self._supervisor.mourn(self.name, self.died_of)

    def _pause(self) -> float:
        longest: float = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** min(self._in_a_row - 1, 10))
        return longest * random.uniform(0.5, 1.0)


class Keep(Protocol):
    """`Supervisor.keep`, for those who need no more of it."""

    def __call__(self, name: str, work: Work, *, may_end: bool = False) -> Kept: ...


async def _tell_nobody(name: str, died_of: str) -> None: ...


class Supervisor:
    """All the tasks of one business, in the order in which they were started."""

    def __init__(self, clock: Clock, figures: Figures | None = None, tell: Tell = _tell_nobody) -> None:
        self.clock = clock
        self._figures, self._tell = figures or Figures(), tell
        self._kept: list[Kept] = []
        self._told: dict[str, float] = {}
        self._telling: set[asyncio.Task[None]] = set()

    def keep(self, name: str, work: Work, *, may_end: bool = False) -> Kept:
        """Run `work()` now and again whenever it dies. `may_end`: it is done when it returns.

        Two may have the same name where only one of them lives at a time."""
        self._kept = [one for one in self._kept if one.running or one.name != name]
        kept = Kept(self, name, work, may_end=may_end)
        self._kept.append(kept)
        return kept

    @property
    def kept(self) -> tuple[Kept, ...]:
        return tuple(self._kept)

    def troubles(self) -> dict[str, str]:
        """What the tasks that are not sound died of, by their names."""
        return {one.name: one.trouble for one in self._kept if one.trouble}

    async def stop(self) -> None:
        """End all of them, the last one first."""
        for one in reversed(self._kept):
            await one.stop()
        for telling in self._telling:
            telling.cancel()
        await asyncio.gather(*self._telling, return_exceptions=True)

    def mourn(self, name: str, died_of: str) -> None:
        """Count a death, and tell the desk of it unless it was told a while ago."""
        self._figures.restarts[name] += 1
        now = self.clock.monotonic()
        if now - self._told.get(name, float("-inf")) < SILENCE_SECONDS:
            return
        self._told[name] = now
        telling = asyncio.create_task(self._tell_desk(name, died_of))
        self._telling.add(telling)
        telling.add_done_callback(self._telling.discard)

    async def _tell_desk(self, name: str, died_of: str) -> None:
        """A desk that cannot be told hears of it at the next death."""
        try:
            async with asyncio.timeout(TELL_SECONDS):
                await self._tell(name, died_of)
        except Exception as error:
            self._told.pop(name, None)
            log.warning("the desk was not told that %s died: %s", name, type(error).__name__)
