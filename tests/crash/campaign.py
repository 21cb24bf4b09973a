"""The crashes themselves: start, let it work, end it at a moment that hurts, look at the file, start again."""

import asyncio
import random
import shutil
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import records
from sandbox.faults import WEBHOOK, Fault, Rude
from storage.sqlite import open_sqlite
from tests.crash import sends
from tests.crash.evidence import Database, Ledger, lost
from tests.crash.front import Ids
from tests.crash.load import Load
from tests.crash.stage import REST_SECONDS, Stage
from tests.crash.verdict import Verdict, judge

LONGEST_UP_SECONDS = 0.6
MOMENT_SECONDS = 2.0
LEAVE_SECONDS = 10.0
CALL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Plan:
    kills: int = 50
    seed: int = 1
    minutes: float = 10.0
    """No kill after that."""
    forum: bool = True
    customers: int = 5
    """On each channel."""
    messages: int = 0
    """So many of earlier conversations are on record before it all begins."""
    moments: tuple[str, ...] = ()
    """Of MOMENTS, those at which it is killed; empty: all of them."""
    liar: bool = False
    """The gateway says 200 before the bot has anything: the checks must see what that loses."""
    gently: bool = False
    """It is told to leave, by SIGTERM, instead of killed: then nothing may be in doubt at all."""
    spoil: Callable[[sqlite3.Connection], None] | None = None
    """Does something to the database before the first customer comes."""
    module: tuple[str, ...] = ("bot",)
    """What runs the bot, with its arguments: `tests.proofs.careless` takes a promise out of it."""
    url: str = ""
    """A PostgreSQL's; without one it is a SQLite file."""
    rest_seconds: float = REST_SECONDS
    """So long may it take, at the end, until nothing waits any more."""


@dataclass(slots=True)
class Outcome:
    verdict: Verdict
    kills: "Counter[str]"
    restarts: list[float]
    """Seconds from each start to the first 2xx of that process; starts that never got there are left out."""
    rest: float
    """Seconds from the customers' last word until nothing waited any more."""
    errors: list[str] = field(default_factory=list)
    """Lines of the bot's log at level error."""


async def run(plan: Plan, folder: Path) -> Outcome:
    async with Campaign(plan, folder) as campaign:
        return await campaign.run()


class Campaign(Stage):
    def __init__(self, plan: Plan, folder: Path) -> None:
        super().__init__(folder, forum=plan.forum, liar=plan.liar, module=plan.module, url=plan.url)
        self.plan = plan
        self.load = Load(self.shop, plan.seed)
        self._dice = random.Random(plan.seed)
        self._kills: Counter[str] = Counter()
        self._restarts: list[float] = []
        self._damaged: list[str] = []
        self._undone: list[str] = []
        self._kept: Ids = set()
        """What was in the file after a kill."""
        self._read_to = 0
        """The last row of `updates` that was looked at."""
        self._gone: list[str] = []

    async def __aexit__(self, *exception: object) -> None:
        await self.load.stop()
        await super().__aexit__(*exception)

    async def run(self) -> Outcome:
        if self.plan.messages:
            await self._fill()
        await self.first_start()
        await self._leave()
        self._spoil()
        self._be_rude()
        deadline = time.monotonic() + self.plan.minutes * 60
        self.load.start(self.plan.customers)
        while self._kills.total() < self.plan.kills and time.monotonic() < deadline:
            self.start()
            await self._until_the_moment()
            await self._leave() if self.plan.gently else self._kill()
            self._look_at_file()
        self.start()
        await self._first_answer()
        await self.load.stop()
        stopped = time.monotonic()
        await self._rest()
        rest = time.monotonic() - stopped
        await self._leave()
        self._look_at_file()
        return Outcome(self.judge(), self._kills, self._restarts, rest, self.bot.errors())

    def judge(self) -> Verdict:
        verdict = judge(self.shop, self.front, self.load, self.database)
        verdict.check("acknowledged, and not in the file after the kill", self._gone)
        verdict.check("damaged databases", self._damaged)
        verdict.check("work that lies undone", self._undone)
        return verdict

    async def _rest(self) -> None:
        try:
            await self.rest(self.plan.rest_seconds)
        except AssertionError as error:
            self._undone.append(str(error))

    async def _fill(self) -> None:
        database = await open_sqlite(self.file)
        await database.close()
        await asyncio.to_thread(records.fill, self.file, self.plan.messages)

    def _spoil(self) -> None:
        if self.plan.spoil:
            connection = sqlite3.connect(self.file)
            self.plan.spoil(connection)
            connection.close()

    def _be_rude(self) -> None:
        """Both platforms tell some updates twice, and take as long for some calls as they really do."""
        slow = [Fault.slow(CALL_SECONDS), Fault.hang(CALL_SECONDS)]
        for at, faults in enumerate((self.shop.telegram.faults, self.shop.whatsapp.faults)):
            faults.random(self.plan.seed + at, 0.15, [Rude.DUPLICATE, Rude.UNHEARD], names=[WEBHOOK])
            faults.random(
                self.plan.seed + at, 0.3, slow, names=["sendMessage", "createForumTopic", "messages"]
            )

    def _kill(self) -> None:
        self.bot.kill()
        code = self.bot.bury()
        assert code == -9, f"the bot ended by itself with {code}: {self.bot.last_words()}"

    async def _leave(self) -> None:
        code = await asyncio.to_thread(self.bot.leave, LEAVE_SECONDS)
        assert code == 0, f"SIGTERM ended it with {code}: {self.bot.last_words()}"

    # The moments at which it is ended

    async def _until_the_moment(self) -> None:
        names = self.plan.moments or tuple(MOMENTS)
        name = self._dice.choices(names, [MOMENTS[one][0] for one in names])[0]
        await MOMENTS[name][1](self)
        self._kills[name] += 1

    async def _first_answer(self) -> None:
        self._restarts.append(await self.first_answer())

    async def while_starting(self) -> None:
        await asyncio.sleep(self._dice.uniform(0.0, 1.0))

    async def while_working(self) -> None:
        await self._first_answer()
        await asyncio.sleep(self._dice.uniform(0.0, LONGEST_UP_SECONDS))

    async def as_a_post_comes_in(self) -> None:
        await self._first_answer()
        later, kill = self._dice.uniform(0.0, 0.004), self.bot.death()
        await self._once("on_post", lambda: asyncio.get_running_loop().call_later(later, kill))

    async def as_it_acknowledges(self) -> None:
        await self._first_answer()
        await self._once("on_taken", self.bot.death())

    async def _once(self, event: str, act: Callable[[], Any]) -> None:
        setattr(self.front, event, act)
        try:
            await self._until_dead()
        finally:
            setattr(self.front, event, lambda: None)

    async def as_a_send_is_accepted(self) -> None:
        """The platform has it and the bot will not hear of it."""
        await self._first_answer()
        kill = self.bot.death()
        with sends.heard(self.shop, lambda room: kill()):
            await self._until_dead()

    async def _until_dead(self) -> None:
        await asyncio.to_thread(self.bot.dies_within, MOMENT_SECONDS)

    # Afterwards

    def _look_at_file(self) -> None:
        """On a copy, so that the next start finds the file as the kill left it."""
        if self.plan.url:
            self._look_for_lost(self.database)
            return
        with tempfile.TemporaryDirectory() as folder:
            for file in self.file.parent.glob("bot.db*"):
                if not file.name.endswith(("-shm", ".lock")):
                    shutil.copy(file, folder)
            self._check(Path(folder) / "bot.db")

    def _check(self, copy: Path) -> None:
        connection = sqlite3.connect(copy)
        found = connection.execute("PRAGMA integrity_check").fetchone()[0]
        connection.close()
        if found != "ok":
            self._damaged.append(f"after {self._kills.total()} kills: {found}")
            return
        self._look_for_lost(copy)

    def _look_for_lost(self, database: Database) -> None:
        with Ledger(database) as ledger:
            self._kept.update(ledger.stored(after=self._read_to))
            self._read_to = ledger.count("SELECT coalesce(max(id), 0) FROM updates")
        gone = lost(self.front.acknowledged, self._kept)
        self._gone += [f"{one}, after {self._kills.total()} kills" for one in sorted(gone)]
        self._kept |= gone  # said once


Moment = Callable[[Campaign], Awaitable[None]]
MOMENTS: dict[str, tuple[int, Moment]] = {
    "at any moment": (40, Campaign.while_working),
    "while it starts": (15, Campaign.while_starting),
    "as a post comes in": (15, Campaign.as_a_post_comes_in),
    "as it acknowledges": (10, Campaign.as_it_acknowledges),
    "as a send is accepted": (20, Campaign.as_a_send_is_accepted),
}
"""With how often in a hundred each is chosen."""
