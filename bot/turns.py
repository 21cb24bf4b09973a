"""Takes what waits, lane by lane: each lane in order, none behind another, nothing forgotten in a crash."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from bot.business import Business
from storage import updates
from storage.database import StorageUnavailable
from storage.records import Update

log = logging.getLogger(__name__)

LEASE_MILLISECONDS = 60_000
MOST_AT_ONCE = 64
SWEEP_SECONDS = 15.0
TRIES = 5
PAUSE_MILLISECONDS = 500
"""Before the second try; each further one waits four times as long."""

TakeTurn = Callable[[str, list[Update]], Awaitable[None]]
"""Decides on what waits in a lane and finishes it, or puts it back because something newer came."""
GiveUp = Callable[[str, list[Update], str], Awaitable[None]]
"""What to do with updates that failed every time; the last argument says how."""


class Turns:
    def __init__(self, business: Business, take_turn: TakeTurn, give_up: GiveUp) -> None:
        self._business, self._take_turn, self._give_up = business, take_turn, give_up
        self._places = asyncio.Semaphore(MOST_AT_ONCE)
        self._running: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._timers: set[asyncio.TimerHandle] = set()
        self._taken_over = asyncio.Event()
        self._stopping = False
        self._sweep: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Take up what an earlier process left, then what comes."""
        self._sweep = asyncio.create_task(self._sweep_for_ever())

    async def stop(self, seconds: float) -> None:
        """Let the turns in flight end; what is not done in time stays on disk for the next start."""
        self._stopping = True
        if self._sweep:
            self._sweep.cancel()
        for timer in self._timers:
            timer.cancel()
        tasks = list(self._running.values())
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def wake(self, lane: str, due_at: int = 0) -> None:
        if self._stopping:
            return
        pause = due_at - self._business.clock.now()
        if pause > 0:
            self._wake_after(lane, pause / 1000)
        elif lane in self._running:
            self._again.add(lane)
        else:
            self._running[lane] = asyncio.create_task(self._work_off(lane))

    def _wake_after(self, lane: str, seconds: float) -> None:
        def ring() -> None:
            self._timers.discard(timer)
            self.wake(lane)

        timer = self._business.clock.call_later(seconds, ring)
        self._timers.add(timer)

    async def _work_off(self, lane: str) -> None:
        try:
            await self._taken_over.wait()
            async with self._places:
                await self._one(lane)
                while lane in self._again:
                    self._again.discard(lane)
                    await self._one(lane)
        except Exception:
            log.exception("lane %s stopped; it is taken up again by the next sweep", lane)
        finally:
            self._running.pop(lane, None)
            if lane in self._again:
                self._again.discard(lane)
                self.wake(lane)

    async def _one(self, lane: str) -> None:
        """One turn, if something is due. What comes meanwhile wakes the lane again."""
        taken = await self._take(lane)
        if not taken:
            due_at = await updates.next_due(self._business.db, lane)
            if due_at is not None and due_at > self._business.clock.now():
                self._wake_after(lane, (due_at - self._business.clock.now()) / 1000)
            return
        try:
            await self._take_turn(lane, taken)
        except Exception as error:
            await self._failed(lane, taken, error)

    async def _take(self, lane: str) -> list[Update]:
        now = self._business.clock.now()
        return await self._business.db.transaction(
            lambda tx: updates.take(tx, lane, now=now, leased_until=now + LEASE_MILLISECONDS)
        )

    async def _failed(self, lane: str, taken: list[Update], error: Exception) -> None:
        if isinstance(error, StorageUnavailable):
            due_at = self._business.clock.now() + PAUSE_MILLISECONDS
            await self._business.insist(lambda tx: updates.put_back(tx, taken, due_at=due_at, counted=False))
            self.wake(lane, due_at)
            return
        attempts = max(update.attempts for update in taken)
        log.exception("turn in %s failed (try %s of %s)", lane, attempts, TRIES)
        if attempts >= TRIES:
            await self._give_up(lane, taken, type(error).__name__)
            return
        due_at = self._business.clock.now() + PAUSE_MILLISECONDS * 4 ** (attempts - 1)
        await self._business.insist(
            lambda tx: updates.put_back(tx, taken, due_at=due_at, error=type(error).__name__)
        )
        self.wake(lane, due_at)

    async def _sweep_for_ever(self) -> None:
        await self._business.insist(updates.release_all)
        self._taken_over.set()
        while True:
            try:
                await self._release_and_wake()
            except Exception:
                log.exception("sweep of the lanes failed; the next one comes in %s s", SWEEP_SECONDS)
            await self._business.clock.sleep(SWEEP_SECONDS)

    async def _release_and_wake(self) -> None:
        now = self._business.clock.now()
        left = [one for one in await updates.expired(self._business.db, now) if one.lane not in self._running]
        if left:
            await self._business.db.transaction(lambda tx: updates.put_back(tx, left, due_at=now))
        await self._wake_all()

    async def _wake_all(self) -> None:
        for lane, due_at in await updates.open_lanes(self._business.db):
            self.wake(lane, due_at)
