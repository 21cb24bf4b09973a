"""What is measured, against what: the scenarios, and one trial of one contender in one of them."""

import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks import records
from benchmarks.contender import KINDS, Contender, Cores
from benchmarks.world import Rooms, Trial, Void, World, saturate, trickle

IN_FLIGHT: Final = 128
LIGHT_LINES: Final = 32
SLOW: Final = 0.05
WARM_SECONDS: Final = 0.3
ROOMS: Final = 1_500
"""Customers of a pattern: the one longest idle writes next."""


@dataclass(frozen=True, slots=True)
class Scenario:
    name: str
    who: tuple[tuple[str, str], ...]
    """Contender and platform."""
    pause: float = 0.0
    """How long the platforms take to answer a call, in seconds."""
    a_second: float = 0.0
    """So many messages a second; 0: the next one when the last one is answered, `IN_FLIGHT` at a time."""
    length: float = 1.0
    """How many times as long as others it is asked."""


OURS: Final = (("svar", "telegram"), ("svar", "whatsapp"))
USUAL: Final = (("ptb", "telegram"), ("aiogram", "telegram"), ("pywa", "whatsapp"))
BASELINES: Final = (("relay", "telegram"), ("prototype", "telegram"))

AT_ONCE: Final = Scenario("the platform answers at once", (*BASELINES, *OURS, *USUAL))
SLOWLY: Final = Scenario("the platform takes 50 ms", (*BASELINES, *OURS, *USUAL), pause=SLOW)
LIGHT: Final = Scenario("25 messages a second", (*BASELINES, *OURS, *USUAL), a_second=25, length=2)
BUSY: Final = Scenario("200 messages a second", (*BASELINES, *OURS), a_second=200)
FULL: Final = Scenario("much on record", (("svar", "telegram"), ("full", "telegram")))
SCENARIOS: Final = (AT_ONCE, SLOWLY, LIGHT, BUSY, FULL)


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one trial. CPU is of the bot's process, its threads included; seconds."""

    answers: float
    """A second."""
    delays: list[float]
    cpu_a_message: float
    world_cpu_a_message: float

    def percentile(self, percent: int) -> float:
        return self.delays[min(len(self.delays) - 1, len(self.delays) * percent // 100)]


@dataclass(slots=True)
class Run:
    """All results, a list entry a round; a void trial has its reason in `void` and no figures."""

    folder: Path
    knowledge: Path
    cores: Cores
    seconds: float
    quick: bool
    figures: dict[tuple[str, str, str], list[Figures | None]] = field(default_factory=dict)
    void: list[str] = field(default_factory=list)
    trials: int = 0
    messages: int = 0

    def of(self, scenario: Scenario, contender: str, platform: str = "telegram") -> list[Figures | None]:
        return self.figures.setdefault((scenario.name, contender, platform), [])

    def middle(self, scenario: Scenario, contender: str, measure: Callable[[Figures], float]) -> float:
        """0 where no trial counts."""
        sound = [measure(figures) for figures in self.of(scenario, contender) if figures]
        return statistics.median(sound) if sound else 0.0


class Bench:
    """The world and those who were started to live in it."""

    def __init__(self, run: Run, world: World) -> None:
        self.run, self.world = run, world
        self.bots: dict[str, Contender] = {}
        self._rooms: dict[tuple[Path, str, str], Rooms] = {}

    async def add(self, title: str, bot: Contender) -> Contender:
        """Start it and let it answer for a moment, so that nothing is done for the first time when it counts."""
        self.bots[title] = bot
        await bot.start(self.world.url, self.run.cores)
        for platform in bot.platforms:
            await self.trial(title, platform, AT_ONCE, WARM_SECONDS)
        return bot

    async def close(self) -> None:
        for bot in self.bots.values():
            await bot.stop()

    async def round(self, number: int) -> None:
        """Every contender once in each scenario, another one first in each round."""
        for scenario in SCENARIOS:
            who = [pair for pair in scenario.who if pair[0] in self.bots]
            first = number * 3 % len(who)
            for title, platform in who[first:] + who[:first]:
                seconds = self.run.seconds * scenario.length
                figures = await self.trial(title, platform, scenario, seconds)
                self.run.of(scenario, title, platform).append(figures)

    async def trial(self, title: str, platform: str, scenario: Scenario, seconds: float) -> Figures | None:
        bot = self.bots[title]
        trial = Trial(KINDS[platform], seconds, marked=title != "relay")
        since, before = await records.marks(bot), bot.cpu()
        await self.play(bot, scenario, trial)
        spent = bot.cpu() - before
        self.run.trials += 1
        self.run.messages += len(trial.asked)
        try:
            trial.check()
            await records.check(bot, trial, since)
        except Void as reason:
            self.run.void.append(f"{scenario.name}, {title}, {platform}: {reason}")
            return None
        count = max(1, len(trial.asked))
        return Figures(trial.answers_a_second, trial.delays, spent / count, trial.own_cpu / count)

    async def play(self, bot: Contender, scenario: Scenario, trial: Trial) -> None:
        self.world.pause = scenario.pause
        rooms = self.rooms(bot, trial.kind.name, light=scenario.a_second > 0)
        lines = await self.world.connect(bot.port, LIGHT_LINES if scenario.a_second else IN_FLIGHT)
        if scenario.a_second:
            await trickle(self.world, lines, rooms, trial, scenario.a_second)
        else:
            await saturate(self.world, lines, rooms, trial)
        bot.asked += len(trial.asked)
        for line in lines:
            line.close()

    def rooms(self, bot: Contender, platform: str, *, light: bool) -> Rooms:
        pattern = "light" if light else "full"
        offset = ROOMS if light else 0
        return self._rooms.setdefault((bot.folder, platform, pattern), Rooms(KINDS[platform], ROOMS, offset))
