"""Everything is told many times, in any company, in parallel and over restarts: each thing has its effect once.

python -m tests.proofs.duplicates --events 10000 --restarts 20 --seed 1"""

import argparse
import asyncio
import itertools
import random
import re
import signal
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.crash import by_hand
from tests.crash.evidence import Ledger
from tests.crash.front import Front
from tests.crash.load import KNOWN, MORE, UNKNOWN, Load
from tests.crash.process import BotProcess
from tests.crash.stage import Stage
from tests.crash.verdict import Verdict, judge
from tests.postgres import database_of
from tests.proofs.line import Answer, Broken, Lines
from tests.proofs.posts import Event, Posts
from tests.proofs.sabotage import watcher
from tests.shop import Customer

CUSTOMERS: Final = 60
"""On each channel."""
ECHOES: Final = 24
"""So many repetitions are under way at once."""
FEWEST_TIMES, MOST_TIMES = 2, 50
IMPATIENT_SHARE: Final = 0.3
"""The platform sends again before it has heard of the first."""
COMPANY: Final = 5
"""Most messages in one post of Meta's."""
RETRY_SECONDS: Final = 0.05
PATIENCE: Final = 20.0
LEAVE_SECONDS: Final = 20.0
"""The promise is ten; that is another test's."""
MARK: Final = re.compile(r"\bQ\d{5}\b")
ONE: Final = "A SQLite file has one process: --processes is for --database postgresql."


@dataclass(frozen=True, slots=True)
class Plan:
    events: int = 10_000
    restarts: int = 20
    most_times: int = MOST_TIMES
    customers: int = CUSTOMERS
    seed: int = 1
    sabotage: str = ""
    url: str = ""
    """A PostgreSQL's; without one it is a SQLite file."""
    processes: int = 1


@dataclass(slots=True)
class Outcome:
    verdict: Verdict
    seconds: float
    ends: "Counter[str]"
    longest_leave: float
    """Seconds from SIGTERM to the end of the process."""
    errors: list[str]


@dataclass(slots=True)
class Echo:
    """What has been taken once and will be told again so many times."""

    event: Event
    times: int


async def run(plan: Plan, folder: Path) -> Outcome:
    async with Stage(folder, watcher=watcher(plan.sabotage), url=plan.url) as stage:
        for number in range(1, plan.processes):
            stage.hire(number)
        return await Duplicates(plan, stage).run()


class Duplicates:
    def __init__(self, plan: Plan, stage: Stage) -> None:
        self.plan, self.stage, self.shop = plan, stage, stage.shop
        self.posts = Posts(stage.shop)
        self.lines = [Lines(port, plan.customers * 4 + ECHOES) for port in stage.ports]
        self.acknowledged: set[str] = set()
        self.taken = self.told = 0
        self._dice = random.Random(plan.seed)
        self._marks: list[str] = []
        self._echoes: dict[str, list[Echo]] = {"telegram": [], "whatsapp": []}
        self._ends: Counter[str] = Counter()
        self._speaking = True
        self._longest_leave = 0.0

    async def run(self) -> Outcome:
        self.shop.whatsapp.habits.pause_seconds = 0.0
        await self.stage.first_start()
        for bot in self.stage.bots[1:]:
            bot.start()
        began = time.monotonic()
        customers = self.posts.invite(self.plan.customers)
        async with asyncio.TaskGroup() as side:
            for _ in range(ECHOES):
                side.create_task(self._repeat())
            side.create_task(self._restart())
            async with asyncio.TaskGroup() as talks:
                for at, one in enumerate(customers):
                    talks.create_task(self._talk(at, one))
            self._speaking = False
        await self.stage.rest()
        seconds = time.monotonic() - began
        for lines in self.lines:
            lines.close()
        for bot in self.stage.bots:
            await self._leave(bot)
        errors = [line for bot in self.stage.bots for line in bot.errors()]
        return Outcome(self._judge(), seconds, self._ends, self._longest_leave, errors)

    # What customers say, and how often it is told

    async def _talk(self, at: int, customer: Customer) -> None:
        """One thing after another: a platform tells the next when the last was taken."""
        dice = random.Random(f"{self.plan.seed} {at}")
        mine = range(at, self.plan.events, self.plan.customers * 2)
        for number in mine:
            event = self.posts.says(customer, self._words(dice, f"Q{number:05}", asks_person=at % 3 == 0))
            request = self.posts.request_of(event)
            impatient = dice.random() < IMPATIENT_SHARE
            await asyncio.gather(*(self._until_taken(request, [event]) for _ in range(1 + impatient)))
            self.taken += 1
            times = dice.randint(FEWEST_TIMES, self.plan.most_times) - 1 - impatient
            if times > 0:
                self._echoes[event.channel].append(Echo(event, times))

    def _words(self, dice: random.Random, mark: str, *, asks_person: bool) -> str:
        self._marks.append(mark)
        if not asks_person:
            return f"{dice.choice(KNOWN)} {mark}"
        return dice.choice((UNKNOWN, MORE)).format(mark=mark)

    async def _repeat(self) -> None:
        """Tell something again, alone or with others, until nothing is left to be told."""
        while self._speaking or any(self._echoes.values()):
            waiting = [echoes for echoes in self._echoes.values() if echoes]
            if not waiting:
                await asyncio.sleep(RETRY_SECONDS)
                continue
            echoes = self._dice.choice(waiting)
            most = self._dice.randint(1, COMPANY) if echoes is self._echoes["whatsapp"] else 1
            events = [self._pick(echoes) for _ in range(most) if echoes]
            await self._until_taken(self.posts.request_of(*events), events)

    def _pick(self, echoes: list[Echo]) -> Event:
        at = self._dice.randrange(len(echoes))
        echo = echoes[at]
        echo.times -= 1
        if not echo.times:
            echoes[at] = echoes[-1]
            echoes.pop()
        return echo.event

    async def _until_taken(self, request: bytes, events: list[Event]) -> None:
        while True:
            answer = await self._post(request)
            if answer is not None and answer.taken:
                self.told += len(events)
                self.acknowledged.update(event.id for event in events)
                return
            await asyncio.sleep(RETRY_SECONDS)

    async def _post(self, request: bytes) -> Answer | None:
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._dice.choice(self.lines).post(request)
        except (Broken, TimeoutError):
            return None

    # Restarts

    async def _restart(self) -> None:
        """Spread over all that is said, half by SIGKILL and half by SIGTERM."""
        for at in range(self.plan.restarts):
            due = self.plan.events * (at + 1) // (self.plan.restarts + 1)
            while self.taken < due:  # noqa: ASYNC110 - looked at now and then; nobody rings
                await asyncio.sleep(0.01)
            bot = self._dice.choice(self.stage.bots)
            if self._dice.random() < 0.5:
                bot.kill()
                await asyncio.to_thread(bot.bury)
                self._ends["SIGKILL"] += 1
            else:
                await self._leave(bot)
                self._ends["SIGTERM"] += 1
            bot.start()

    async def _leave(self, bot: BotProcess) -> None:
        """Before it has anything to finish it has no handler, and the signal itself ends it."""
        began = time.monotonic()
        code = await asyncio.to_thread(bot.leave, LEAVE_SECONDS)
        self._longest_leave = max(self._longest_leave, time.monotonic() - began)
        assert code in (0, -signal.SIGTERM), f"SIGTERM ended it with {code}: {bot.last_words()}"

    # Afterwards

    def _judge(self) -> Verdict:
        front, load = Front(), Load(self.shop, self.plan.seed)
        front.acknowledged, front.posts = self.acknowledged, self.told
        load.customers, load.marks_said, load.said = self.posts.customers, self._marks, len(self._marks)
        verdict = judge(self.shop, front, load, self.stage.database)
        with Ledger(self.stage.database) as ledger:
            verdict.check("customers whose words are out of order", disorder(ledger))
            rows = ledger.count("SELECT count(*) FROM messages WHERE author = 'customer'")
        said = len(self._marks)
        odd = [f"{rows:,} on record, {said:,} said"] if rows != said else []
        verdict.check("messages too many or too few", odd)
        return verdict


def disorder(ledger: Ledger) -> Iterator[str]:
    """What each customer said stands on record in the order in which they said it."""
    said: dict[int, list[int]] = defaultdict(list)
    for row in ledger.rows(
        "SELECT conversation_id, content FROM messages WHERE author = 'customer' ORDER BY id"
    ):
        said[row["conversation_id"]] += (int(mark[1:]) for mark in MARK.findall(row["content"]))
    for conversation, marks in said.items():
        yield from (
            f"conversation {conversation}: Q{one:05} before Q{two:05}"
            for one, two in itertools.pairwise(marks)
            if one > two
        )


def table(outcome: Outcome) -> list[str]:
    ends = ", ".join(f"{times} × {name}" for name, times in sorted(outcome.ends.items())) or "none"
    figures = outcome.verdict.figures
    events, told = figures["customers' messages"], figures["posts tried"]
    return [
        f"{events:,} events told {told:,} times in {outcome.seconds:.0f} s; restarts: {ends},"
        f" the longest leave {outcome.longest_leave:.1f} s",
        f"lines at level error in the bot's log: {len(outcome.errors)}",
        *(f"    {line}" for line in outcome.errors[:5]),
        "",
        *outcome.verdict.lines(),
    ]


def main() -> int:
    chosen = _parser().parse_args()
    if chosen.database == "sqlite" and chosen.processes != 1:
        by_hand.tell(ONE)
        return 2

    async def story(folder: Path) -> Outcome:
        plan = Plan(
            chosen.events,
            chosen.restarts,
            seed=chosen.seed,
            sabotage=chosen.sabotage,
            url=await database_of(folder) if chosen.database == "postgresql" else "",
            processes=chosen.processes,
        )
        return await run(plan, folder)

    return by_hand.run("duplicates", story, table, lambda outcome: outcome.verdict.kept)


def _parser() -> argparse.ArgumentParser:
    parser = by_hand.options("duplicates", __doc__)
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--restarts", type=int, default=20)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--processes", type=int, default=1)
    return parser


if __name__ == "__main__":
    sys.exit(main())
