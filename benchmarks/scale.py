"""The product on PostgreSQL: against itself on SQLite, and two processes against one."""

import asyncio
import statistics
from typing import Final

from benchmarks import postgres, records
from benchmarks.contender import KINDS, Contender
from benchmarks.plan import AT_ONCE, IN_FLIGHT, Bench
from benchmarks.world import Trial, saturate

NOT_ASKED: Final = "PostgreSQL: not measured; `make bench ARGS=--postgres` does."


async def on_postgres(bench: Bench, times: int, *, wanted: bool) -> list[str]:
    """Lines for the report."""
    if not wanted or postgres.missing():
        return [postgres.missing() if wanted else NOT_ASKED]
    with postgres.server(bench.run.folder / "postgres") as address:
        first = Contender("svar", bench.run.folder / "pg-1", bench.run.knowledge, storage=address)
        await bench.add("postgres", first)
        alone = [await _against_sqlite(bench) for _ in range(times)]
        second = Contender("svar", bench.run.folder / "pg-2", bench.run.knowledge, storage=address)
        await bench.add("second process", second)
        together = [await _together(bench, first, second) for _ in range(times)]
        for bot in (first, second):
            await bot.stop()
    return [*_table(alone, together), _word_on_cores(bench)]


async def _against_sqlite(bench: Bench) -> tuple[float, float]:
    """Messages a second: on PostgreSQL, on SQLite. 0 for a void trial."""
    figures = [
        await bench.trial(title, "telegram", AT_ONCE, bench.run.seconds) for title in ("postgres", "svar")
    ]
    theirs, ours = (one.answers if one else 0.0 for one in figures)
    return theirs, ours


async def _together(bench: Bench, first: Contender, second: Contender) -> tuple[float, float]:
    """Messages a second of two processes, half of the lines to each, and of one."""
    trial = Trial(KINDS["telegram"], bench.run.seconds)
    since = await records.marks(first)
    half = IN_FLIGHT // 2
    lines = [*await bench.world.connect(first.port, half), *await bench.world.connect(second.port, half)]
    await saturate(bench.world, lines, bench.rooms(first, "telegram", light=False), trial)
    for line in lines:
        line.close()
    trial.check()
    await records.check(first, trial, since)
    await asyncio.sleep(0)
    one = await bench.trial("postgres", "telegram", AT_ONCE, bench.run.seconds)
    return trial.answers_a_second, one.answers if one else 0.0


def _table(alone: list[tuple[float, float]], together: list[tuple[float, float]]) -> list[str]:
    rows = (
        ("PostgreSQL (fsync on), against SQLite (FULL)", alone, "≥ 0.6 (0.7)"),
        ("two processes on PostgreSQL, against one", together, "≥ 1.5 (1.8)"),
    )
    return [
        "| Messages answered a second | this | that | ratio | goal |\n|---|---:|---:|---:|---:|",
        *(f"| {title} | {_cells(pairs)} | {goal} |" for title, pairs, goal in rows),
    ]


def _cells(pairs: list[tuple[float, float]]) -> str:
    sound = [(this, that) for this, that in pairs if this and that]
    if not sound:
        return "void | void | void"
    this, that = (statistics.median(side) for side in zip(*sound, strict=True))
    ratio = statistics.median(one / other for one, other in sound)
    return f"{this:,.0f} | {that:,.0f} | {ratio:.2f}"


def _word_on_cores(bench: Bench) -> str:
    if len(bench.run.cores.every) > 3:
        return "\nBots, server and load had cores of their own."
    return "\nBots, server and load share two cores: a second process has none of its own, and cannot show what it brings."
