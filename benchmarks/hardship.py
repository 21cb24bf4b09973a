"""What happens to what was acknowledged when a bot is killed, and what a forged webhook costs."""

import asyncio
import contextlib
from dataclasses import dataclass, field
from time import perf_counter
from typing import Final

from benchmarks import records
from benchmarks.contender import KINDS, Contender
from benchmarks.plan import AT_ONCE, Bench
from benchmarks.world import Trial, forge

KILLED: Final = ("svar", "prototype", "ptb", "aiogram", "pywa")
KILL_AFTER, AT_MOST_SECONDS = 300, 10.0
"""Acknowledged messages."""
FORGED, FORGED_QUICK, FORGERS = 10_000, 3_000, 32


@dataclass(slots=True)
class Hardship:
    lost: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    """For each kill: acknowledged messages that have no row, of how many."""
    refusals: dict[str, list[float]] = field(default_factory=dict)
    """Seconds of CPU, by platform."""


async def kills(bench: Bench, hardship: Hardship, times: int) -> None:
    """Started anew each time, killed with `IN_FLIGHT` messages on their way; its database is read afterwards."""
    for number in range(times):
        for name in KILLED:
            bot = Contender(name, bench.run.folder / f"kill-{name}-{number}", bench.run.knowledge)
            trial = Trial(KINDS[bot.platforms[0]], seconds=60)
            await bot.start(bench.world.url, bench.run.cores)
            asking = asyncio.create_task(bench.play(bot, AT_ONCE, trial))
            await _until_acknowledged(trial)
            bot.kill()
            asking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asking
            acked = sum(asked.acked > 0 for asked in trial.asked)
            missing = await asyncio.to_thread(records.lost, bot, trial)
            hardship.lost.setdefault(name, []).append((missing, acked))


async def _until_acknowledged(trial: Trial) -> None:
    deadline = perf_counter() + AT_MOST_SECONDS
    while sum(asked.acked > 0 for asked in trial.asked) < KILL_AFTER and perf_counter() < deadline:
        await asyncio.sleep(0.005)


async def forgeries(bench: Bench, hardship: Hardship, times: int) -> None:
    bot, count = bench.bots["svar"], FORGED_QUICK if bench.run.quick else FORGED
    for _ in range(times):
        for platform in bot.platforms:
            before = bot.cpu()
            refused = await forge(bot.port, KINDS[platform], count, FORGERS)
            if refused == count:
                hardship.refusals.setdefault(platform, []).append((bot.cpu() - before) / count)
            else:
                bench.run.void.append(f"forged webhooks, {platform}: {count - refused} were not refused")
