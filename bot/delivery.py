"""Delivers what is queued: in order within a lane, the urgent first, within the platforms' limits."""

import asyncio
import heapq
import logging
from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field, replace

from bot.attempt import Attempt
from bot.budgets import Budget
from bot.business import Business
from bot.outbound import Priority
from storage import deliveries
from storage.records import Queued

log = logging.getLogger(__name__)

LEASE_MILLISECONDS = 90_000
MOST_AT_ONCE = 64
"""Calls under way to one channel."""
PAGE = 500
SWEEP_SECONDS = 15.0
UNLIMITED = ("react", "close_topic", "edit")
"""Actions that cost none of a room's messages."""


@dataclass(slots=True)
class Lane:
    """What waits for one room or ticket, oldest first. Only its head may leave."""

    waiting: deque[Queued] = field(default_factory=deque)
    busy: bool = False


class Outbox:
    """The queue's read-ahead in memory. What counts is on disk: a delivery is claimed there first."""

    def __init__(self, business: Business, attempt: Attempt, budgets: dict[str, Budget]) -> None:
        self._business, self._attempt, self._budgets = business, attempt, budgets
        self._lanes: dict[str, Lane] = {}
        self._ready: defaultdict[str, list[tuple[int, int, str]]] = defaultdict(list)
        """By channel, so that a slow platform holds up nobody else's: priority, id, lane; a heap each."""
        self._asleep: list[tuple[float, str]] = []
        self._seen = 0
        self._awake = asyncio.Event()
        self._has_news = True
        self._sending: dict[asyncio.Task[None], str] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False

    async def start(self) -> None:
        self._tasks = [asyncio.create_task(self._run()), asyncio.create_task(self._sweep_for_ever())]

    async def stop(self, seconds: float) -> None:
        """Let the calls in flight end; what has not left stays on disk."""
        self._stopping = True
        for task in self._tasks:
            task.cancel()
        sending = list(self._sending)
        if sending:
            await asyncio.wait(sending, timeout=seconds)
        for task in sending:
            task.cancel()
        await asyncio.gather(*self._tasks, *sending, return_exceptions=True)

    def wake(self) -> None:
        """Something was queued."""
        self._has_news = True
        self._awake.set()

    def retry(self, channel: str) -> None:
        """What held the channel's deliveries back is mended: try them now."""
        self._attempt.forget_guesses(channel)
        asleep, self._asleep = self._asleep, []
        for entry in asleep:
            head = self._head(entry[1])
            if head is not None and head.channel == channel:
                self._get_ready(entry[1], at_once=True)
            else:
                self._asleep.append(entry)
        heapq.heapify(self._asleep)
        self._awake.set()

    def settle(self, name: str, delivery_id: int) -> None:
        """The delivery need not be made any more: what is behind it in its lane may go."""
        head = self._head(name)
        if head is not None and head.id == delivery_id:
            self._get_ready(name, at_once=True)
            self._awake.set()

    def _head(self, name: str) -> Queued | None:
        lane = self._lanes.get(name)
        return lane.waiting[0] if lane is not None and lane.waiting else None

    async def _run(self) -> None:
        taken_over = False
        while True:
            self._awake.clear()
            try:
                if not taken_over:
                    await self._attempt.take_up_interrupted(everything=True)
                    taken_over = True
                await self._read_ahead()
                self._start_what_may_leave()
            except Exception:
                log.exception("the way out stumbled; trying again in a second")
                await self._business.clock.sleep(1)
                continue
            await self._until_something_happens()

    async def _until_something_happens(self) -> None:
        if not self._asleep:
            await self._awake.wait()
            return
        pause = self._asleep[0][0] - self._business.clock.monotonic()
        if pause > 0:
            alarm = self._business.clock.call_later(pause, self._awake.set)
            await self._awake.wait()
            alarm.cancel()

    async def _read_ahead(self) -> None:
        while self._has_news:
            self._has_news = False  # before the query: what is queued meanwhile is news again
            page = await deliveries.queued_after(self._business.db, self._seen, PAGE)
            self._has_news = self._has_news or len(page) == PAGE
            for delivery in page:
                self._seen = delivery.id
                self._line_up(delivery)

    def _line_up(self, delivery: Queued) -> None:
        lane = self._lanes.setdefault(delivery.lane, Lane())
        place = len(lane.waiting)
        while place and lane.waiting[place - 1].id >= delivery.id:
            place -= 1
        if place < len(lane.waiting) and lane.waiting[place].id == delivery.id:
            return
        lane.waiting.insert(place, delivery)
        if place == 0:
            self._get_ready(delivery.lane)

    def _get_ready(self, name: str, *, at_once: bool = False) -> None:
        """Put the lane's head where it is picked: among those that may go, or asleep until it is due."""
        lane = self._lanes.get(name)
        if lane is None or lane.busy:
            return
        if not lane.waiting:
            del self._lanes[name]
            return
        head = lane.waiting[0]
        pause = (head.due_at - self._business.clock.now()) / 1000
        if pause > 0 and not at_once:
            heapq.heappush(self._asleep, (self._business.clock.monotonic() + pause, name))
        else:
            heapq.heappush(self._ready[head.channel], (head.priority, head.id, name))

    def _start_what_may_leave(self) -> None:
        now = self._business.clock.monotonic()
        while self._asleep and self._asleep[0][0] <= now:
            self._get_ready(heapq.heappop(self._asleep)[1], at_once=True)
        under_way = Counter(self._sending.values())
        for channel, ready in self._ready.items():
            while ready and under_way[channel] < MOST_AT_ONCE and not self._stopping:
                _, delivery_id, name = heapq.heappop(ready)
                under_way[channel] += self._start(name, delivery_id, now)

    def _start(self, name: str, delivery_id: int, now: float) -> bool:
        """False when it is not its turn (any more), or has to wait."""
        lane, head = self._lanes.get(name), self._head(name)
        if lane is None or lane.busy or head is None or head.id != delivery_id:
            return False
        pause = self._pause(head, now)
        if pause > 0:
            heapq.heappush(self._asleep, (now + pause, name))
            return False
        lane.busy = True
        task = asyncio.create_task(self._send(name, lane))
        self._sending[task] = head.channel
        task.add_done_callback(self._sending.pop)
        return True

    def _pause(self, delivery: Queued, now: float) -> float:
        """Seconds that the platform's limits, or a platform in trouble, hold this one back."""
        held = self._attempt.held_until(delivery.channel, delivery.room) - now
        budget = self._budgets.get(delivery.channel)
        if held > 0 or budget is None:
            return max(held, 0.0)
        message, urgent = delivery.action not in UNLIMITED, delivery.priority <= Priority.WORD
        pause = budget.wait(delivery.room, message=message, urgent=urgent, now=now)
        if pause <= 0:
            budget.take(delivery.room, message=message, now=now)
        return pause

    async def _send(self, name: str, lane: Lane) -> None:
        head = lane.waiting[0]
        due_at = await self._attempt_or_stumble(head.id)
        lane.busy = False
        if due_at is None:
            lane.waiting.popleft()
        else:
            lane.waiting[0] = replace(head, due_at=due_at)
        self._get_ready(name)
        self._awake.set()

    async def _attempt_or_stumble(self, delivery_id: int) -> int | None:
        try:
            return await self._attempt.make(delivery_id, LEASE_MILLISECONDS)
        except Exception:
            log.exception("delivery %s stumbled", delivery_id)
        try:
            return await self._attempt.stumble(delivery_id)
        except Exception:
            log.exception("delivery %s stays where it is for a second", delivery_id)
            return self._business.clock.now() + 1000

    async def _sweep_for_ever(self) -> None:
        """The safety net: what other means missed is found again."""
        while True:
            await self._business.clock.sleep(SWEEP_SECONDS)
            try:
                oldest = await self._attempt.take_up_interrupted(everything=False)
                self._seen = min(self._seen, oldest - 1) if oldest else self._seen
                self.wake()
            except Exception:
                log.exception("sweep of the way out failed; the next one comes in %s s", SWEEP_SECONDS)
