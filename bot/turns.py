"""Takes what waits, lane by lane: each lane in order, none behind another, nothing forgotten in a crash."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from bot.business import Business
from bot.clock import Alarm
from bot.logs import about
from storage import updates
from storage.database import StorageUnavailable
from storage.records import Claim, Update

log = logging.getLogger(__name__)

LEASE_MILLISECONDS = 120_000
BEGINNING_MILLISECONDS = 5_000
"""A turn that was claimed with its update begins at once; one that has not by then was forgotten."""
MOST_AT_ONCE = 256
MOST_LINED_UP = 10_000
"""Lanes that are remembered while they wait for a place; more are found on disk when it is their turn."""
PAGE = 500
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
        self._running: dict[str, asyncio.Task[None]] = {}
        self._claimed: dict[str, list[Update]] = {}
        """Taken in the transaction that stored them, by lane."""
        self._again: set[str] = set()
        self._lined_up: dict[str, None] = {}
        self._more_on_disk = False
        self._timers: set[asyncio.TimerHandle] = set()
        self._taken_over = asyncio.Event()
        self._stopping = False
        self.soon = Alarm(business.clock)
        """Ring it, and the next sweep is now."""

    async def run(self) -> None:
        """Take up what an earlier process left, then what comes; goes on until it is cancelled."""
        await self._business.present.wait()
        while True:
            try:
                await self.sweep()
                self._taken_over.set()
            except StorageUnavailable as error:
                log.error("sweep of the lanes failed: %s; the next one comes in %s s", error, SWEEP_SECONDS)
            await self.soon.wait(SWEEP_SECONDS)

    async def stop(self, seconds: float) -> None:
        """Let the turns in flight end; what is not done in time stays on disk for the next start."""
        self._stopping = True
        for timer in self._timers:
            timer.cancel()
        tasks = list(self._running.values())
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def claim(self) -> Claim | None:
        """For an update that is about to be stored: its turn may begin at once, there is a place for it."""
        if self._stopping or not self._taken_over.is_set() or len(self._running) >= MOST_AT_ONCE:
            return None
        return self._new_claim()

    def _new_claim(self) -> Claim:
        return Claim(self._business.process, self._business.clock.now() + LEASE_MILLISECONDS)

    def begin(self, update: Update) -> None:
        """An update was stored with such a claim."""
        if self._stopping:
            return
        self._claimed[update.lane] = [update]
        self._start(update.lane)

    def wake(self, lane: str, due_at: int = 0) -> None:
        """Something waits in the lane from `due_at` on."""
        if self._stopping:
            return
        pause = due_at - self._business.clock.now()
        if 0 < pause < updates.LONGEST_WAIT:
            self._wake_after(lane, pause / 1000)
        elif lane in self._running or len(self._running) < MOST_AT_ONCE:
            self._start(lane)
        elif len(self._lined_up) < MOST_LINED_UP:
            self._lined_up[lane] = None
        else:
            self._more_on_disk = True

    def _wake_after(self, lane: str, seconds: float) -> None:
        def ring() -> None:
            self._timers.discard(timer)
            self.wake(lane)

        timer = self._business.clock.call_later(seconds, ring)
        self._timers.add(timer)

    def _start(self, lane: str) -> None:
        if lane in self._running:
            self._again.add(lane)
        else:
            self._running[lane] = asyncio.create_task(self._work_off(lane))

    async def _work_off(self, lane: str) -> None:
        about(lane=lane)
        try:
            await self._taken_over.wait()
            await self._one(lane)
            while lane in self._again:
                self._again.discard(lane)
                await self._one(lane)
        except Exception:
            log.exception("lane %s stopped; it is taken up again by the next sweep", lane)
        finally:
            self._running.pop(lane, None)
            self._start_next()

    def _start_next(self) -> None:
        if self._stopping:
            return
        if self._lined_up:
            lane = next(iter(self._lined_up))
            del self._lined_up[lane]
            self._start(lane)
        elif self._more_on_disk and len(self._running) <= MOST_AT_ONCE // 2:
            self._more_on_disk = False
            self._start("")  # a lane of nobody's: its turn is to look on the disk

    async def _one(self, lane: str) -> None:
        """One turn, if something is due. What comes meanwhile wakes the lane again."""
        if not lane:
            await self.sweep()
            return
        taken = self._claimed.pop(lane, None) or await self._take(lane)
        if not taken:
            due_at = await updates.next_due(self._business.db, lane)
            if due_at is not None and due_at > self._business.clock.now():
                pause = min(due_at - self._business.clock.now(), updates.LONGEST_WAIT)
                self._wake_after(lane, pause / 1000)
            return
        try:
            await self._take_turn(lane, taken)
            self._business.figures.turns["done"] += 1
        except updates.Overtaken:
            log.warning("lane %s was taken up by another process meanwhile", lane)
        except Exception as error:
            await self._failed(lane, taken, error)

    async def _take(self, lane: str) -> list[Update]:
        now, claim = self._business.clock.now(), self._new_claim()
        return await self._business.db.transaction(lambda tx: updates.take(tx, lane, now=now, claim=claim))

    async def _failed(self, lane: str, taken: list[Update], error: Exception) -> None:
        now = self._business.clock.now()
        if isinstance(error, StorageUnavailable):
            due_at = now + PAUSE_MILLISECONDS
            await self._business.insist(lambda tx: updates.put_back(tx, taken, due_at=due_at, counted=False))
            return
        self._business.figures.turns["failed"] += 1
        attempts = max(update.attempts for update in taken)
        log.exception("turn in %s failed (try %s of %s)", lane, attempts, TRIES)
        if attempts >= TRIES:
            self._business.figures.turns["given_up"] += 1
            await self._give_up(lane, taken, type(error).__name__)
            return
        due_at = now + PAUSE_MILLISECONDS * 4 ** (attempts - 1)
        await self._business.insist(
            lambda tx: updates.put_back(tx, taken, due_at=due_at, error=type(error).__name__)
        )

    async def sweep(self) -> None:
        """The safety net: what the dead had taken waits again, and what was claimed for a post whose handler was
        cancelled before its turn began; and every lane with something is looked at."""
        db, now = self._business.db, self._business.clock.now()
        ours_until, process = now + LEASE_MILLISECONDS - BEGINNING_MILLISECONDS, self._business.process
        found = await updates.left_behind(db, now, process=process, ours_until=ours_until)
        # Of our own lanes what we are at is ours; a dead process's update is nobody's, however busy its lane is here.
        left = [one for one in found if one.taken_by != process or one.lane not in self._running]
        if left:
            await db.transaction(lambda tx: updates.put_back(tx, left, due_at=now))
        after, lanes = "", [("", 0)]
        while lanes and len(self._lined_up) < MOST_LINED_UP:
            lanes = await updates.open_lanes(db, after=after, limit=PAGE)
            for lane, due_at in lanes:
                self.wake(lane, due_at)
            after = lanes[-1][0] if lanes else ""
