"""Delivers what is queued: in order within a lane, the urgent first, within the platforms' limits."""

import asyncio
import heapq
import logging
from collections import Counter, defaultdict, deque
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from typing import Any

from bot.attempt import Attempt, is_message, is_urgent
from bot.business import Berth, Business
from bot.clock import Alarm
from bot.outbound import Priority, lane_of_room
from bot.spending import Spending
from storage import deliveries
from storage.database import StorageUnavailable
from storage.records import Delivery, Queued

log = logging.getLogger(__name__)

MOST_AT_ONCE = 256
"""Calls under way to one channel."""
PAGE = 500
FOR_EVER = 1 << 62
ORPHANED_MILLISECONDS = 2_000
"""What is due for so long has lost its process, or waits for a limit; nothing is lost by lining it up twice."""
SWEEP_SECONDS = 15.0
LONGEST_WAIT_SECONDS = 600.0
"""Beyond that nothing is put off by itself: what a platform asks for is a hold of its own. What says that it is
due later was written when the clock was wrong."""


@dataclass(slots=True)
class Lane:
    """What waits for one room or ticket, oldest first. Only its head may leave."""

    waiting: deque[Queued] = field(default_factory=deque)
    busy: bool = False


class Outbox:
    """The queue's read-ahead in memory. What counts is on disk: a delivery is claimed there first."""

    def __init__(self, business: Business, attempt: Attempt, spending: Spending) -> None:
        self._business, self._attempt, self._spending = business, attempt, spending
        self._lanes: dict[str, Lane] = {}
        self._ready: defaultdict[str, list[tuple[int, int, str]]] = defaultdict(list)
        """By channel, so that a slow platform holds up nobody else's: priority, id, lane; a heap each."""
        self._asleep: list[tuple[float, str]] = []
        self._awake = asyncio.Event()
        self._sending: set[asyncio.Task[None]] = set()
        self._under_way: Counter[str] = Counter()
        """Calls and berths, by channel."""
        self._stopping = False
        self.soon = Alarm(business.clock)
        """Ring it, and the next sweep is now."""

    async def run(self) -> None:
        """Take up what an earlier process left, then what comes; goes on until it is cancelled."""
        await self._business.present.wait()
        await self._take_up()
        while True:
            self._awake.clear()
            self._start_what_may_leave()
            await self._until_something_happens()

    async def sweep_for_ever(self) -> None:
        """The safety net: what other means missed is found again."""
        while True:
            await self.soon.wait(SWEEP_SECONDS)
            try:
                await self.sweep()
            except StorageUnavailable as error:
                log.error("sweep of the way out failed: %s; the next one comes in %s s", error, SWEEP_SECONDS)

    async def sweep(self) -> None:
        """What the dead were sending is in doubt; what others queued and nobody sends is read from disk, and what
        we claimed by a commit of which we heard nothing."""
        await self._attempt.take_up_interrupted()
        if self._business.db.shared:
            await self._read_what_is_due()

    async def stop(self, seconds: float) -> None:
        """Let the calls in flight end; what has not left stays on disk."""
        self._stopping = True
        sending = list(self._sending)
        if sending:
            await asyncio.wait(sending, timeout=seconds)
        for task in sending:
            task.cancel()
        await asyncio.gather(*sending, return_exceptions=True)

    def line_up(self, delivery: Queued) -> None:
        """It was queued, here or by another process."""
        if not self._stopping:
            self._line_up(delivery)
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

    def look_again(self, name: str) -> None:
        """The lane's head need not be sent any more, or may go: what is behind it must not wait for it."""
        if self._head(name) is not None:
            self._get_ready(name, at_once=True)
            self._awake.set()

    def move(self, channel: str, old: str, new: str) -> None:
        """What waits for the old room is the new one's: its limits count."""
        for lane in self._lanes.values():
            for at, delivery in enumerate(lane.waiting):
                if delivery.channel == channel and delivery.room == old:
                    lane.waiting[at] = replace(delivery, room=new)

    def reserve(self, channel: str, room: str) -> Berth | None:
        """Keep the room's lane free for a message that may leave at once; None when it would have to wait."""
        name = lane_of_room(channel, room)
        busy = name in self._lanes or self._ready[channel] or self._under_way[channel] >= MOST_AT_ONCE
        if busy or self._stopping:
            return None
        now = self._business.clock.monotonic()
        if self._pause(Queued(0, channel, room, name, "say", Priority.ANSWER, 0), now) > 0:
            return None
        self._lanes[name] = Lane(busy=True)
        self._under_way[channel] += 1
        return Berth(name, self._attempt.new_claim(), lambda tx: self._spending.spend(tx, channel, room))

    def depart(self, berth: Berth, delivery: Delivery | None) -> None:
        """What the lane was kept for: sent now, or not said at all."""
        channel, _, room = berth.lane.partition(":")
        lane = self._lanes[berth.lane]
        if delivery is not None and not self._stopping:
            lane.waiting.appendleft(
                Queued(delivery.id, channel, room, berth.lane, "say", delivery.priority, delivery.due_at)
            )
            self._run_task(channel, self._send(berth.lane, lane, lane.waiting[0], delivery))
            return
        self._under_way[channel] -= 1
        if delivery is None:
            self._spending.give_back(channel, room)
        lane.busy = False
        self._get_ready(berth.lane)
        self._awake.set()

    def _head(self, name: str) -> Queued | None:
        lane = self._lanes.get(name)
        return lane.waiting[0] if lane is not None and lane.waiting else None

    async def _take_up(self) -> None:
        """At the start: first what is in doubt, then all that waits, in its order."""
        while True:
            try:
                self._attempt.take_up_holds(await self._spending.restore())
                await self._attempt.take_up_interrupted()
                await self._read_all()
            except StorageUnavailable as error:
                log.error("the way out cannot start: %s; trying again in a second", error)
                await self._business.clock.sleep(1)
            else:
                return

    async def _read_all(self) -> None:
        seen = 0
        while page := await deliveries.queued_after(self._business.db, seen, PAGE, due_before=FOR_EVER):
            for delivery in page:
                self._line_up(delivery)
            seen = page[-1].id

    async def _read_what_is_due(self) -> None:
        due_before = self._business.clock.now() - ORPHANED_MILLISECONDS
        for delivery in await deliveries.queued_after(self._business.db, 0, PAGE, due_before=due_before):
            self.line_up(delivery)
        for delivery in await deliveries.claimed_by(self._business.db, self._business.process):
            self.line_up(delivery)

    async def _until_something_happens(self) -> None:
        if not self._asleep:
            await self._awake.wait()
            return
        pause = self._asleep[0][0] - self._business.clock.monotonic()
        if pause > 0:
            alarm = self._business.clock.call_later(pause, self._awake.set)
            await self._awake.wait()
            alarm.cancel()

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
        if 0 < pause < LONGEST_WAIT_SECONDS and not at_once:
            heapq.heappush(self._asleep, (self._business.clock.monotonic() + pause, name))
        else:
            heapq.heappush(self._ready[head.channel], (head.priority, head.id, name))

    def _start_what_may_leave(self) -> None:
        now = self._business.clock.monotonic()
        while self._asleep and self._asleep[0][0] <= now:
            self._get_ready(heapq.heappop(self._asleep)[1], at_once=True)
        for channel, ready in self._ready.items():
            while ready and self._under_way[channel] < MOST_AT_ONCE and not self._stopping:
                _, delivery_id, name = heapq.heappop(ready)
                self._start(name, delivery_id, now)

    def _start(self, name: str, delivery_id: int, now: float) -> None:
        """Nothing, when it is not its turn (any more) or has to wait."""
        lane, head = self._lanes.get(name), self._head(name)
        if lane is None or lane.busy or head is None or head.id != delivery_id:
            return
        pause = self._pause(head, now)
        if pause > 0:
            heapq.heappush(self._asleep, (now + pause, name))
            return
        lane.busy = True
        self._under_way[head.channel] += 1
        self._run_task(head.channel, self._send(name, lane, head, None))

    def _run_task(self, channel: str, sending: Coroutine[Any, Any, None]) -> None:
        def end(task: asyncio.Task[None]) -> None:
            self._sending.discard(task)
            self._under_way[channel] -= 1
            self._awake.set()

        task = asyncio.create_task(sending)
        self._sending.add(task)
        task.add_done_callback(end)

    def _pause(self, delivery: Queued, now: float) -> float:
        """Seconds that the platform's limits, or a platform in trouble, hold this one back."""
        held = self._attempt.held_until(delivery.channel, delivery.room) - now
        if held > 0:
            return held
        return self._spending.wait(
            delivery.channel, delivery.room, message=is_message(delivery), urgent=is_urgent(delivery), now=now
        )

    async def _send(self, name: str, lane: Lane, head: Queued, claimed: Delivery | None) -> None:
        due_at = await self._attempt_or_stumble(head, claimed)
        lane.busy = False
        # What another process queued before it may have come to our ears meanwhile, and stand before it.
        at = next(at for at, one in enumerate(lane.waiting) if one.id == head.id)
        if due_at is None:
            del lane.waiting[at]
        else:
            lane.waiting[at] = replace(lane.waiting[at], due_at=due_at)
        self._get_ready(name)

    async def _attempt_or_stumble(self, head: Queued, claimed: Delivery | None) -> int | None:
        try:
            return await self._attempt.make(head, claimed)
        except Exception:
            log.exception("delivery %s stumbled", head.id)
        try:
            return await self._attempt.stumble(head.id)
        except Exception:
            log.exception("delivery %s stays where it is for a second", head.id)
            return self._business.clock.now() + 1000
