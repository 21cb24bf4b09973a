"""What is measured, against what: the trials of a round, and the starts."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks import records
from benchmarks.contender import KINDS, Contender, Cores
from benchmarks.questions import questions
from benchmarks.world import Rooms, Trial, Void, World, flood, saturate, trickle

FLOOD_LINES: Final = 32
IN_FLIGHT: Final = 64
LIGHT_A_SECOND: Final = 25
LIGHT_LINES: Final = 8
SLOW: Final = 0.05
WARM_SECONDS: Final = 0.3
ROOMS: Final = {"flood": 20_000, "saturate": 500, "light": 500}
STORED: Final = (0, 10_000, 100_000)
PLATFORMS: Final = ("telegram", "whatsapp")


@dataclass(frozen=True, slots=True)
class Scenario:
    name: str
    pattern: str
    pause: float = 0.0


FLOOD: Final = Scenario("flood", "flood")
AT_ONCE: Final = Scenario("at once", "saturate")
SLOWLY: Final = Scenario("slowly", "saturate", SLOW)
LIGHT: Final = Scenario("light", "light")


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one trial. CPU is of the bot's process, its threads included."""

    acks: float
    answers: float
    delays: list[float]
    cpu_a_message: float


@dataclass(slots=True)
class Start:
    """Of one start, with so many messages stored: seconds; MiB before and after a trial."""

    seconds: float
    memory: float
    memory_after: float
    answers: float


@dataclass(slots=True)
class Run:
    """All results, a list entry a round; a void trial has its reason in `void` and no figures."""

    folder: Path
    cores: Cores
    seconds: float
    figures: dict[tuple[str, str, str], list[Figures | None]] = field(default_factory=dict)
    starts: dict[tuple[str, int], list[Start]] = field(default_factory=dict)
    void: list[str] = field(default_factory=list)
    trials: int = 0
    messages: int = 0

    def of(self, scenario: Scenario, contender: str, platform: str) -> list[Figures | None]:
        return self.figures.setdefault((scenario.name, contender, platform), [])


class Bench:
    def __init__(self, run: Run) -> None:
        self.run = run
        self.world = World(questions())
        self._bots = {name: Contender(name, run.folder / name) for name in ("bare", "svar", *PLATFORMS)}
        self._rooms: dict[tuple[str, str, str], Rooms] = {}

    async def open(self) -> None:
        await self.world.start()
        for bot in self._bots.values():
            await bot.start(self.world.url, self.run.cores)
        for name, platform in self._pairs("svar", "usual"):
            await self.trial(self._bots[name], platform, AT_ONCE, WARM_SECONDS)

    async def close(self) -> None:
        for bot in self._bots.values():
            await bot.stop()
        await self.world.stop()

    async def round(self, number: int) -> None:
        """Every contender once in each scenario, who goes first changing from round to round."""
        for scenario in (FLOOD, AT_ONCE, SLOWLY, LIGHT):
            pairs = self._pairs("bare", "svar") if scenario is FLOOD else self._pairs("svar", "usual")
            for name, platform in reversed(pairs) if number % 2 else pairs:
                figures = await self.trial(self._bots[name], platform, scenario, self.run.seconds)
                self.run.of(scenario, _role(name), platform).append(figures)

    def _pairs(self, *roles: str) -> list[tuple[str, str]]:
        return [(platform if role == "usual" else role, platform) for platform in PLATFORMS for role in roles]

    async def trial(
        self, bot: Contender, platform: str, scenario: Scenario, seconds: float
    ) -> Figures | None:
        trial = Trial(KINDS[platform], seconds, answers=bot.name != "bare")
        before = bot.cpu()
        await self._play(bot, scenario, trial)
        spent = bot.cpu() - before
        self.run.trials += 1
        self.run.messages += len(trial.asked)
        try:
            trial.check()
            await records.check(bot, trial)
        except Void as reason:
            self.run.void.append(f"{scenario.name}, {bot.name}, {platform}: {reason}")
            return None
        return Figures(
            trial.acks_a_second, trial.answers_a_second, trial.delays, spent / max(1, len(trial.asked))
        )

    async def _play(self, bot: Contender, scenario: Scenario, trial: Trial) -> None:
        self.world.pause = scenario.pause
        place = (str(bot.folder), trial.kind.name, scenario.pattern)
        rooms = self._rooms.setdefault(place, _rooms_for(trial.kind.name, scenario.pattern))
        count = {"flood": FLOOD_LINES, "saturate": IN_FLIGHT, "light": LIGHT_LINES}[scenario.pattern]
        lines = await self.world.connect(bot.port, count)
        if scenario.pattern == "flood":
            await flood(self.world, lines, rooms, trial)
        elif scenario.pattern == "saturate":
            await saturate(self.world, lines, rooms, trial)
        else:
            await trickle(self.world, lines, rooms, trial, LIGHT_A_SECOND)
        for line in lines:
            line.close()

    async def starts(self, number: int) -> None:
        """Start each bot anew, the product with more and more stored, and let it answer for a moment."""
        for name in ("bare", *PLATFORMS):
            await self._start(Contender(name, self.run.folder / f"start-{name}-{number}"), 0)
        for stored in STORED:
            await self._start(Contender("svar", self.run.folder / f"start-svar-{stored}-{number}"), stored)

    async def _start(self, bot: Contender, stored: int) -> None:
        try:
            await self._fill(bot, stored)
            await bot.start(self.world.url, self.run.cores)
            await self._note_start(bot, stored)
        except RuntimeError as failure:
            self.run.void.append(str(failure))
        finally:
            await bot.stop()

    async def _fill(self, bot: Contender, stored: int) -> None:
        """The bot itself makes its tables first."""
        if stored:
            await bot.start(self.world.url, self.run.cores)
            await bot.stop()
            records.fill(bot.database, stored)

    async def _note_start(self, bot: Contender, stored: int) -> None:
        memory = bot.memory()
        platform = bot.name if bot.name in PLATFORMS else "telegram"
        figures = None if bot.name == "bare" else await self._answering(bot, platform)
        start = Start(bot.started_in, memory, bot.memory(), figures.answers if figures else 0.0)
        self.run.starts.setdefault((bot.name, stored), []).append(start)

    async def _answering(self, bot: Contender, platform: str) -> Figures | None:
        await self.trial(bot, platform, AT_ONCE, WARM_SECONDS)
        return await self.trial(bot, platform, AT_ONCE, self.run.seconds)


def _role(name: str) -> str:
    return "usual" if name in PLATFORMS else name


def _rooms_for(platform: str, pattern: str) -> Rooms:
    """Each pattern's customers are its own: a flood's are new, the others' are known after their first round."""
    rooms = Rooms(KINDS[platform], sum(ROOMS.values()))
    offset = {"flood": 0, "saturate": ROOMS["flood"], "light": ROOMS["flood"] + ROOMS["saturate"]}[pattern]
    chosen = list(rooms.free)[offset : offset + ROOMS[pattern]]
    rooms.free.clear()
    rooms.free.extend(chosen)
    return rooms
