"""SIGKILL at every call by which the bot changes a file or says something, one after the other."""

import asyncio
import mmap
import struct
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.crash.campaign import Campaign, Plan
from tests.crash.dialogue import Dialogue
from tests.crash.preload import compiled
from tests.crash.verdict import Verdict

KILLER = Path(__file__).with_name("killer.c")
STORY_SECONDS = 75.0
"""A WhatsApp send that nobody can vouch for is repeated after 20 s; that may come twice in a row."""
SENTENCE = 300
UNHURT = 3
"""So many times the dialogue has to come to its end without a kill before all calls count as tried."""


@dataclass(frozen=True, slots=True)
class Calls:
    """Kill at call `first`, then every `step`-th on, until the dialogue is over before it is reached."""

    first: int = 1
    step: int = 1
    at_most: int = 10_000
    minutes: float = 60.0


@dataclass(slots=True)
class Report:
    verdict: Verdict
    reached: list[int] = field(default_factory=list)
    """The indices at which it was killed."""
    names: "Counter[str]" = field(default_factory=Counter)
    """What it was about to do."""
    calls: list[int] = field(default_factory=list)
    """How many calls the dialogue took when nothing was killed."""


class EveryCall(Campaign):
    """One dialogue again and again on one database, with a kill one call later each time."""

    def __init__(self, calls: Calls, folder: Path) -> None:
        super().__init__(Plan(), folder)
        self._calls = calls
        self._count = folder / "count"
        self._name = folder / "name"
        self._library = compiled(KILLER, folder)
        self._count.write_bytes(bytes(8))
        self._dialogue = Dialogue(self.shop, self.load)

    async def every_call(self, told: Callable[[str], None] = lambda line: None) -> Report:
        await self.first_start()
        await self._leave()
        report, unhurt, at = Report(Verdict()), 0, self._calls.first
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._calls.minutes * 60
        while unhurt < UNHURT and len(report.reached) < self._calls.at_most and loop.time() < deadline:
            if await self._one(at):
                report.reached.append(at)
                report.names[self._name.read_text()] += 1
                at, unhurt = at + self._calls.step, 0
                told(f"{at - self._calls.step}: killed at {self._name.read_text()}")
            else:
                unhurt += 1
                report.calls.append(self._counted())
            report.verdict = self.judge()
            if not report.verdict.kept:
                break
        return report

    async def _one(self, at: int) -> bool:
        """The dialogue with a kill at call `at`; whether it came to that."""
        self._count.write_bytes(bytes(8))
        self.start(
            LD_PRELOAD=str(self._library),
            SVAR_KILL_COUNT=str(self._count),
            SVAR_KILL_NAME=str(self._name),
            SVAR_KILL_AT=str(at),
        )
        story = asyncio.create_task(self._story())
        death = asyncio.create_task(asyncio.to_thread(self.bot.dies_within, STORY_SECONDS))
        await asyncio.wait((story, death), return_when=asyncio.FIRST_COMPLETED)
        killed = not self.bot.runs
        if killed:
            self._kill()
            self._kills["at a call"] += 1
            self._look_at_file()
            self.start()
        try:
            await story
        except (AssertionError, TimeoutError) as error:
            self._undone.append(f"the dialogue with a kill at call {at}: {str(error)[:SENTENCE]}")
        await self._leave()
        await death
        self._look_at_file()
        return killed

    async def _story(self) -> None:
        await self._dialogue.play(STORY_SECONDS)
        await self._rest_whoever_runs()

    async def _rest_whoever_runs(self) -> None:
        """Until all has come to rest, in this process or in the one after the kill."""
        quiet = 0
        async with asyncio.timeout(STORY_SECONDS):
            while quiet < 3:
                await asyncio.sleep(0.05)
                quiet = quiet + 1 if self.is_at_rest() else 0

    def _counted(self) -> int:
        with self._count.open("rb") as file, mmap.mmap(file.fileno(), 8, access=mmap.ACCESS_READ) as page:
            return int(struct.unpack("<Q", page)[0])
