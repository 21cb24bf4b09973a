"""What grows with what is on record: the start, the memory, the lists that staff see."""

import asyncio
import shutil
import statistics
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from benchmarks import records
from benchmarks.contender import Contender
from benchmarks.plan import AT_ONCE, Bench, Run
from benchmarks.world import World
from storage import deliveries, messages, tickets, updates
from storage.database import Reading
from storage.sqlite import peek_sqlite

STARTS: Final = (0, 100_000)
LISTS: Final = (10_000, 1_000_000)
MANY: Final = 1_000_000
MANY_QUICK: Final = 100_000
REMEMBERED: Final = 100_000
"""After so many messages its memory is looked at."""
REPEATS: Final = 200
Query = Callable[[Reading], Awaitable[Any]]
QUERIES: Final[dict[str, Query]] = {
    "/tickets: open tickets": lambda db: tickets.page(db, limit=9),
    "/status: tickets": tickets.figures,
    "/status: what waits to be answered": updates.figures,
    "/status: what waits to be sent": deliveries.figures,
    "the end of a conversation": lambda db: messages.last(db, 77, 20),
}


@dataclass(slots=True)
class Growth:
    starts: dict[int, list[float]] = field(default_factory=dict)
    """Seconds, by messages on record."""
    memory: tuple[int, float] = (0, 0.0)
    """After so many messages, MiB."""
    lists: dict[str, dict[int, float]] = field(default_factory=dict)
    """Seconds a query, by messages on record."""


class Filled:
    """Databases with so many messages in them, each made once in a run and copied from then on."""

    def __init__(self, run: Run, world: World) -> None:
        self._run, self._world = run, world

    async def bot(self, title: str, stored: int) -> Contender:
        """A product that has so many messages on record, not started yet."""
        bot = Contender("svar", self._run.folder / title, self._run.knowledge)
        bot.folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(await self.file(stored), bot.database)
        return bot

    async def file(self, stored: int) -> Path:
        made = Contender("svar", self._run.folder / f"stored-{stored}", self._run.knowledge)
        if not made.database.exists():
            await made.start(self._world.url, self._run.cores)  # the product makes its tables itself
            await made.stop()
            await asyncio.to_thread(records.fill, made.database, stored)
        return made.database


async def starts(bench: Bench, filled: Filled, growth: Growth, times: int) -> None:
    for number in range(times):
        for stored in STARTS:
            bot = await filled.bot(f"start-{stored}-{number}", stored)
            await bot.start(bench.world.url, bench.run.cores)
            await bot.stop()
            growth.starts.setdefault(stored, []).append(bot.started_in)
            shutil.rmtree(bot.folder)


async def memory(bench: Bench, growth: Growth) -> None:
    """The product's, when it has answered all its rounds and more, up to `REMEMBERED`; a quick run asks no more."""
    bot = bench.bots["svar"]
    while bot.asked < REMEMBERED and not bench.run.quick:
        if await bench.trial("svar", "telegram", AT_ONCE, 5.0) is None:
            break
    growth.memory = (bot.asked, bot.memory())


async def lists(run: Run, filled: Filled, growth: Growth) -> None:
    for stored in LISTS[:1] if run.quick else LISTS:
        db = await peek_sqlite(await filled.file(stored))
        try:
            for title, query in QUERIES.items():
                growth.lists.setdefault(title, {})[stored] = await _seconds(db, query)
        finally:
            await db.close()


async def _seconds(db: Reading, query: Query) -> float:
    taken = []
    for _ in range(REPEATS):
        began = perf_counter()
        await query(db)
        taken.append(perf_counter() - began)
    return statistics.median(taken)
