"""Five times what the bot can do, for minutes: what it takes it keeps, and the rest it sends away at once.

python -m tests.proofs.flood --seconds 120 --seed 1"""

import argparse
import asyncio
import gc
import random
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.crash import by_hand, sends
from tests.crash.front import Front
from tests.crash.load import KNOWN, UNKNOWN, Load
from tests.crash.stage import Stage
from tests.crash.verdict import Verdict, judge
from tests.proofs.line import Answer, Broken, Lines
from tests.proofs.posts import Event, Posts
from tests.proofs.sabotage import watcher
from tests.proofs.tally import Tally, megabytes, percentile, promises, slope_of
from tests.shop import Customer

AT_ONCE = 64
"""Customers who ask all the time while the capacity is measured."""
FACTOR = 5
CROWD = 2000
"""Customers of the flood, on each channel."""
LINES = 1500
SIDE_LINES = 100
"""For those who are no part of the flood."""
UNKNOWN_SHARE = 0.01
DESK_SECONDS = 0.2
TICK_SECONDS = 0.005
MOST_CATCH_UP = 0.1
"""Seconds' worth of posts that may leave at once, when this program itself was held up."""
WATCH_SECONDS = 0.5
CALM_SECONDS = 5.0
CALM_MESSAGES = 60
CALM_PAUSE = 0.05
PATIENCE = 30.0
LEAST_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Plan:
    seconds: float = 120.0
    measure_seconds: float = 10.0
    seed: int = 1
    sabotage: str = ""
    lines: int = LINES
    """Posts that may be under way at once."""


@dataclass(slots=True)
class Outcome:
    verdict: Verdict
    capacity: float
    """Messages a second that were acknowledged and answered."""
    seconds: float
    tally: Tally
    memory: list[tuple[float, float]]
    """(second of the flood, megabytes)."""
    slope: float
    """Megabytes a minute, once warm."""
    calm: list[float]
    """Seconds from a normal message to its answer, from five seconds after the flood on."""
    errors: list[str]


async def run(plan: Plan, folder: Path) -> Outcome:
    async with Stage(folder, watcher=watcher(plan.sabotage)) as stage:
        return await Flood(plan, stage).run()


class Flood:
    def __init__(self, plan: Plan, stage: Stage) -> None:
        self.plan, self.stage, self.shop = plan, stage, stage.shop
        self.posts, self.lines, self.tally = (
            Posts(stage.shop),
            Lines(stage.port, plan.lines + SIDE_LINES),
            Tally(),
        )
        self._dice = random.Random(plan.seed)
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> Outcome:
        capacity = await self.begin()
        memory = await self.flood(FACTOR * capacity)
        calm = await self.calm()
        await self.stage.rest(max(90.0, self.plan.seconds))
        self.lines.close()
        assert await asyncio.to_thread(self.stage.bot.leave, 10) == 0
        slope = slope_of(memory)
        verdict = self.judge(slope, calm)
        errors = self.stage.bot.errors()
        return Outcome(verdict, capacity, self.plan.seconds, self.tally, memory, slope, calm, errors)

    # What the bot can do

    async def begin(self) -> float:
        """Start the bot; returns how many messages a second it takes and answers."""
        self.shop.whatsapp.habits.on = False
        await self.stage.first_start()
        await self.lines.open()
        return await self.measure()

    async def measure(self) -> float:
        """Everybody asks again as soon as they are answered."""
        customers = self.posts.invite(AT_ONCE // 2, "Anna")
        ended = time.monotonic() + self.plan.measure_seconds
        answered = 0

        async def ask(customer: Customer, heard: asyncio.Event) -> None:
            nonlocal answered
            while time.monotonic() < ended:
                heard.clear()
                await self.offer([self.posts.says(customer, self._dice.choice(KNOWN))])
                async with asyncio.timeout(PATIENCE):
                    await heard.wait()
                answered += 1

        with self.hearing(customers) as heard:
            await asyncio.gather(*(ask(one, event) for one, event in zip(customers, heard, strict=True)))
        return answered / self.plan.measure_seconds

    @contextmanager
    def hearing(self, customers: Sequence[Customer]) -> Iterator[list[asyncio.Event]]:
        """An event for each customer, set whenever the bot writes to them."""
        heard = {room_of(one): asyncio.Event() for one in customers}

        def ring(room: str) -> None:
            if room in heard:
                heard[room].set()

        with sends.heard(self.shop, ring):
            yield list(heard.values())

    async def offer(self, events: list[Event]) -> Answer | None:
        """Post it once; a refused one is not repeated here, for the platform would do that later."""
        try:
            answer = await self.lines.post(self.posts.request_of(*events))
        except Broken:
            self.tally.broken += 1
            return None
        self.tally.note(answer)
        if answer.taken:
            self.tally.acknowledged.update(event.id for event in events)
        return answer

    # The flood

    async def flood(self, a_second: float) -> list[tuple[float, float]]:
        """So many posts a second, whatever the bot does; returns how large it was meanwhile."""
        rooms = self.posts.invite(CROWD)
        self._dice.shuffle(rooms)
        memory: list[tuple[float, float]] = []
        side = [asyncio.create_task(self._watch(memory)), asyncio.create_task(self._talk_at_the_desk())]
        began, sent = time.monotonic(), 0
        while (now := time.monotonic()) - began < self.plan.seconds:
            due = int((now - began) * a_second)
            for _ in range(min(due - sent, int(MOST_CATCH_UP * a_second))):
                self._send_one(rooms)
            sent = due
            await asyncio.sleep(TICK_SECONDS)
        for task in side:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=PATIENCE)
        return memory

    def _send_one(self, rooms: list[Customer]) -> None:
        self.tally.offered += 1
        if len(self._tasks) >= self.plan.lines or not rooms:
            self.tally.crowded_out += 1
            return
        task = asyncio.create_task(self._send(rooms.pop(), rooms))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send(self, customer: Customer, rooms: list[Customer]) -> None:
        """One customer's posts follow one another, as they do at Telegram."""
        words = self._dice.choice(KNOWN)
        if self._dice.random() < UNKNOWN_SHARE:
            words = UNKNOWN.format(mark="they talk about")
        await self.offer([self.posts.says(customer, words)])
        rooms.insert(self._dice.randrange(len(rooms) + 1), customer)

    async def _talk_at_the_desk(self) -> None:
        while True:
            await asyncio.sleep(DESK_SECONDS)
            try:
                answer = await self.lines.post(self.posts.at_the_desk("Busy today"))
            except Broken:
                self.tally.desk[0] += 1
            else:
                self.tally.desk[answer.status] += 1

    async def _watch(self, memory: list[tuple[float, float]]) -> None:
        began = time.monotonic()
        while True:
            memory.append((time.monotonic() - began, megabytes(self.stage.bot.pid)))
            await asyncio.sleep(WATCH_SECONDS)

    # Afterwards

    async def calm(self) -> list[float]:
        """Messages as on any other day, one after another; what is never answered took for ever."""
        await asyncio.sleep(CALM_SECONDS)
        customers = self.posts.invite(CALM_MESSAGES // 2, "Zoe")
        return await asyncio.gather(*(self._ask_calmly(at, one) for at, one in enumerate(customers)))

    async def _ask_calmly(self, at: int, customer: Customer) -> float:
        await asyncio.sleep(at * CALM_PAUSE)
        with self.hearing([customer]) as (heard,):
            asked_at = time.monotonic()
            answer = await self.offer([self.posts.says(customer, KNOWN[at % len(KNOWN)])])
            if answer is None or not answer.taken:
                return float("inf")
            try:
                await asyncio.wait_for(heard.wait(), PATIENCE)
            except TimeoutError:
                return float("inf")
            return time.monotonic() - asked_at

    def judge(self, slope: float, calm: list[float]) -> Verdict:
        front, load = Front(), Load(self.shop, self.plan.seed)
        front.acknowledged, load.customers = self.tally.acknowledged, self.posts.customers
        front.posts, load.said = sum(self.tally.answers.values()), self.tally.offered
        verdict = judge(self.shop, front, load, self.stage.database)
        growth = slope if self.plan.seconds >= LEAST_SECONDS else 0.0
        for promise, broken in promises(self.tally, growth, calm).items():
            verdict.check(promise, [broken] if broken else [])
        return verdict


def room_of(customer: Customer) -> str:
    return str(getattr(customer, "phone", "") or getattr(customer, "id", ""))


def table(outcome: Outcome) -> list[str]:
    tally, memory = outcome.tally, [size for _, size in outcome.memory]
    answers = sum(tally.answers.values())

    def spread(values: Sequence[float]) -> str:
        return f"p50 {percentile(values, 50) * 1000:.0f} ms, p99 {percentile(values, 99) * 1000:.0f} ms"

    return [
        f"capacity {outcome.capacity:.0f} messages a second acknowledged and answered",
        f"offered {tally.offered / outcome.seconds:.0f} a second for {outcome.seconds:.0f} s:"
        f" {tally.answers[200]:,} taken, {tally.answers[503]:,} sent away, {answers:,} in all",
        f"200: {spread(tally.took)}; 503: {spread(tally.refused)}",
        f"memory {memory[0]:.0f} MB before, at most {max(memory):.0f} MB, {outcome.slope:+.1f} MB a minute once warm",
        f"from five seconds after the flood on, a message is answered: {spread(outcome.calm)}",
        f"lines at level error in the bot's log: {len(outcome.errors)}",
        *(f"    {line}" for line in outcome.errors[:5]),
        "",
        *outcome.verdict.lines(),
    ]


def main() -> int:
    chosen = _parser().parse_args()
    plan = Plan(chosen.seconds, chosen.measure, chosen.seed, chosen.sabotage)
    gc.set_threshold(100_000, 50, 100)
    return by_hand.run(
        "flood",
        lambda folder: run(plan, folder),
        table,
        lambda outcome: outcome.verdict.kept and not outcome.errors,
    )


def _parser() -> argparse.ArgumentParser:
    parser = by_hand.options("flood", __doc__)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--measure", type=float, default=10, help="seconds in which the capacity is measured")
    return parser


if __name__ == "__main__":
    sys.exit(main())
