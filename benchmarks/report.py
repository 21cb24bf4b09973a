"""The figures as a section of docs/performance.md: each of ours beside its peer's, and their ratio within the same round."""

import os
import platform as machine
import sqlite3
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import Final

from benchmarks import corpus
from benchmarks.contender import PEERS
from benchmarks.growth import Growth
from benchmarks.hardship import Hardship
from benchmarks.plan import AT_ONCE, BUSY, FULL, IN_FLIGHT, LIGHT, SLOWLY, Figures, Run, Scenario

Measure = Callable[[Figures], float]
TITLES: Final = {"telegram": "Telegram", "whatsapp": "WhatsApp"}
LIBRARIES: Final = ("aiohttp", "uvloop", "orjson", "aiosqlite", "httpx", "numpy")
VERSIONED: Final = {"ptb": "python-telegram-bot", "aiogram": "aiogram", "pywa": "pywa"}
TELEGRAM_PEERS: Final = ("relay", "prototype", "ptb", "aiogram")


@dataclass(frozen=True, slots=True)
class Results:
    run: Run
    growth: Growth
    hardship: Hardship
    postgres: list[str]
    """Lines of its own."""


@dataclass(frozen=True, slots=True)
class Goal:
    """A ratio, or a figure, that must be reached, and one to reach for."""

    must: float
    reach: float
    less: bool = False
    """Whether less is better."""

    def __str__(self) -> str:
        sign = "≤" if self.less else "≥"
        return f"{sign} {self.must:g} ({self.reach:g})"


def report(results: Results) -> str:
    return "\n".join(_lines(results))


def _lines(results: Results) -> Iterator[str]:
    run = results.run
    yield from _setting(run)
    yield from _everybody(run)
    yield from _compared(
        run, f"Messages answered a second, {IN_FLIGHT} in flight", AT_ONCE, _throughput,
        {"relay": Goal(0.5, 0.6), "ptb": Goal(8, 12), "aiogram": Goal(3, 4), "pywa": Goal(5, 6)},
    )  # fmt: skip
    yield from _compared(
        run, "The same with a platform that takes 50 ms", SLOWLY, _throughput, {"ptb": Goal(50, 100)}
    )
    yield from _compared(run, "CPU, µs a message", AT_ONCE, _cpu, {"relay": Goal(1.8, 1.5, less=True)})
    yield from _compared(
        run, "From webhook to platform call at 25 a second, p50, ms", LIGHT, _percentile(50),
        {"relay": Goal(2.5, 1.6, less=True)},
    )  # fmt: skip
    yield from _compared(run, "… p99, ms", LIGHT, _percentile(99), {})
    yield from _compared(run, "… at 200 a second, p50, ms", BUSY, _percentile(50), {}, TELEGRAM_PEERS[:2])
    yield from _compared(run, "… p99, ms", BUSY, _percentile(99), {}, TELEGRAM_PEERS[:2])
    yield from _alone(results)
    yield from _lists(results.growth)
    yield ""
    yield from results.postgres
    yield from _soundness(run)


def _setting(run: Run) -> Iterator[str]:
    apart = "the bot on one core, load and platforms on another" if run.cores.apart else "all on one core"
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    passages = corpus.SERIES * len(corpus.ASPECTS)
    yield f"{os.cpu_count()} cores ({apart}), {machine.machine()}, Python {machine.python_version()},"
    yield f"SQLite {sqlite3.sqlite_version}, {libraries}; {passages:,} passages."
    yield "Ratios are ours / theirs within a round: median (least to most). Goals: what must be (what we reach for)."


def _everybody(run: Run) -> Iterator[str]:
    yield f"\n| {IN_FLIGHT} in flight, the platform answers at once | messages a second | CPU, µs | p50, ms | p99, ms |"
    yield "|---|---:|---:|---:|---:|"
    for who, platform in AT_ONCE.who:
        sound = [figures for figures in run.of(AT_ONCE, who, platform) if figures]
        measures = (_throughput, _cpu, _percentile(50), _percentile(99))
        cells = " | ".join(_middle([measure(figures) for figures in sound]) for measure in measures)
        yield f"| {_title(who)}, {TITLES[platform]} | {cells} |"
    world = [figures.world_cpu_a_message * 1e6 for figures in run.of(AT_ONCE, "relay") if figures]
    yield f"\nThe world that asks and hears takes {_middle(world)} µs of CPU a message itself, on its own core."


def _title(who: str) -> str:
    if who in VERSIONED:
        return f"{VERSIONED[who]} {version(VERSIONED[who])}"
    return {"svar": "**svar**", **PEERS}[who]


def _compared(
    run: Run,
    title: str,
    scenario: Scenario,
    measure: Measure,
    goals: dict[str, Goal],
    peers: tuple[str, ...] = (*TELEGRAM_PEERS, "pywa"),
) -> Iterator[str]:
    yield f"\n| {title} | svar | theirs | ratio | goal |\n|---|---:|---:|---:|---:|"
    for peer in peers:
        platform = "whatsapp" if peer == "pywa" else "telegram"
        ours, theirs = _pairs(run, scenario, "svar", peer, platform, measure)
        goal = goals.get(peer, "")
        yield f"| {_title(peer)} | {_middle(ours)} | {_middle(theirs)} | {_ratio(ours, theirs)} | {goal} |"


def _pairs(
    run: Run, scenario: Scenario, one: str, other: str, platform: str, measure: Measure
) -> tuple[list[float], list[float]]:
    """Both sides of each round in which both count."""
    both = zip(run.of(scenario, one, platform), run.of(scenario, other, platform), strict=True)
    sound = [(measure(ours), measure(theirs)) for ours, theirs in both if ours and theirs]
    return [ours for ours, _ in sound], [theirs for _, theirs in sound]


def _throughput(figures: Figures) -> float:
    return figures.answers


def _cpu(figures: Figures) -> float:
    return figures.cpu_a_message * 1e6


def _percentile(percent: int) -> Measure:
    return lambda figures: 1000 * figures.percentile(percent)


def _alone(results: Results) -> Iterator[str]:
    run, growth, hardship = results.run, results.growth, results.hardship
    yield "\n| Svar alone | | goal |\n|---|---:|---:|"
    full, empty = _pairs(run, FULL, "full", "svar", "telegram", _throughput)
    many = "1,000,000" if not run.quick else "100,000"
    yield f"| messages a second with {many} on record, against few | {_ratio(full, empty)} | {Goal(0.9, 0.95)} |"
    for stored, seconds in growth.starts.items():
        started = _middle([1000 * one for one in seconds])
        yield f"| process start to first 200 with {stored:,} on record, ms | {started} | {Goal(1000, 500, less=True)} |"
    asked, mebibytes = growth.memory
    yield f"| memory after {asked:,} messages, MiB | {_middle([mebibytes])} | {Goal(110, 80, less=True)} |"
    for platform, refusals in hardship.refusals.items():
        cost = _middle([1e6 * one for one in refusals])
        yield f"| a forged {TITLES[platform]} webhook refused, µs of CPU | {cost} | {Goal(100, 60, less=True)} |"
    yield "\n| Killed under load: acknowledged, but not in the database | each time | of about |\n|---|---:|---:|"
    for name, kills in hardship.lost.items():
        each = ", ".join(str(lost) for lost, _ in kills)
        yield f"| {_title(name)} | {each} | {statistics.median(acked for _, acked in kills):,.0f} |"


def _lists(growth: Growth) -> Iterator[str]:
    stored = list(dict.fromkeys(count for taken in growth.lists.values() for count in taken))
    yield f"\n| What staff look at, ms | {' | '.join(f'{count:,} messages' for count in stored)} |"
    yield f"|---|{'---:|' * len(stored)}"
    for title, taken in growth.lists.items():
        yield f"| {title} | {' | '.join(f'{1000 * taken[count]:.2f}' for count in stored)} |"


def _soundness(run: Run) -> Iterator[str]:
    yield f"\n{run.trials} trials, {run.messages:,} messages."
    if not run.void:
        yield (
            "After each trial: every acknowledged message was in the database,"
            " answered exactly once, in the order of its chat."
        )
        return
    yield f"{len(run.void)} trials are void:"
    yield from (f"- {reason}" for reason in run.void)


def _middle(values: list[float]) -> str:
    if not values:
        return "void"
    middle = statistics.median(values)
    return f"{middle:,.0f}" if middle >= 100 else f"{middle:.1f}"


def _ratio(ours: list[float], theirs: list[float]) -> str:
    ratios = sorted(left / right for left, right in zip(ours, theirs, strict=True) if right)
    if not ratios:
        return "void"
    return f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
