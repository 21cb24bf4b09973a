"""The tables: each figure of ours beside its peer's, and their ratio within the same round."""

import os
import platform as machine
import sqlite3
import statistics
from collections.abc import Callable, Iterator
from importlib.metadata import version

from benchmarks.plan import AT_ONCE, FLOOD, IN_FLIGHT, LIGHT, PLATFORMS, SLOWLY, Figures, Run, Scenario, Start

Measure = Callable[[Figures], float]
Rows = Iterator[tuple[str, list[float], list[float]]]
TITLES = {"telegram": "Telegram", "whatsapp": "WhatsApp"}
USUAL = {"telegram": "python-telegram-bot", "whatsapp": "pywa"}
LIBRARIES = ("aiohttp", "uvloop", "orjson", "aiosqlite", "python-telegram-bot", "pywa", "httpx")


def report(run: Run) -> str:
    return "\n".join(_lines(run))


def _lines(run: Run) -> Iterator[str]:
    yield from _setting(run)
    yield from _table(
        "Acknowledged webhooks a second, in a flood", "svar", "bare aiohttp", _floods(run, "bare")
    )
    yield from _table(
        f"Answered messages a second, {IN_FLIGHT} in flight", "svar", "usual", _answers(run, _throughput)
    )
    yield from _table("CPU of the bot, µs a message", "svar", "usual", _answers(run, _cpu, LIGHT))
    yield from _table(
        "From webhook to platform call, ms: p50", "svar", "usual", _answers(run, _percentile(50), LIGHT)
    )
    yield from _table(
        "From webhook to platform call, ms: p99", "svar", "usual", _answers(run, _percentile(99), LIGHT)
    )
    yield from _starts(run)
    yield from _soundness(run)


def _setting(run: Run) -> Iterator[str]:
    apart = "the bot on one core, load and platforms on another" if run.cores.apart else "all on one core"
    yield f"{os.cpu_count()} cores ({apart}), {machine.machine()}, Python {machine.python_version()},"
    yield f"SQLite {sqlite3.sqlite_version}, " + ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    yield ""
    yield "Ratios are ours / theirs within a round: median (least to most) over the rounds."


def _table(title: str, ours: str, theirs: str, rows: Rows) -> Iterator[str]:
    yield f"\n| {title} | {ours} | {theirs} | ratio |\n|---|---:|---:|---:|"
    for name, left, right in rows:
        yield f"| {name} | {_middle(left)} | {_middle(right)} | {_ratio(left, right)} |"


def _floods(run: Run, peer: str) -> Rows:
    proofs = {"telegram": "Telegram, secret", "whatsapp": "WhatsApp, HMAC"}
    for platform in PLATFORMS:
        yield (
            f"{proofs[platform]}; stored and synced",
            *_pairs(run, FLOOD, peer, platform, lambda f: f.acks),
        )


def _answers(run: Run, measure: Measure, *more: Scenario) -> Iterator[tuple[str, list[float], list[float]]]:
    names = {
        AT_ONCE: "the API answers at once",
        SLOWLY: "the API takes 50 ms",
        LIGHT: "25 messages a second",
    }
    for scenario in (AT_ONCE, SLOWLY, *more):
        for platform in PLATFORMS:
            name = f"{TITLES[platform]} ({USUAL[platform]}), {names[scenario]}"
            yield (name, *_pairs(run, scenario, "usual", platform, measure))


def _pairs(
    run: Run, scenario: Scenario, peer: str, platform: str, measure: Measure
) -> tuple[list[float], list[float]]:
    """Both sides of each round in which both count."""
    both = zip(run.of(scenario, "svar", platform), run.of(scenario, peer, platform), strict=True)
    sound = [(measure(ours), measure(theirs)) for ours, theirs in both if ours and theirs]
    return [ours for ours, _ in sound], [theirs for _, theirs in sound]


def _throughput(figures: Figures) -> float:
    return figures.answers


def _cpu(figures: Figures) -> float:
    return figures.cpu_a_message * 1e6


def _percentile(percent: int) -> Measure:
    def measure(figures: Figures) -> float:
        return 1000 * figures.delays[min(len(figures.delays) - 1, len(figures.delays) * percent // 100)]

    return measure


def _starts(run: Run) -> Iterator[str]:
    yield "\n| Start and memory | stored | start, ms | MiB | MiB after load | answers a second |"
    yield "|---|---:|---:|---:|---:|---:|"
    names = {"svar": "svar", "bare": "bare aiohttp", **USUAL}
    for (name, stored), starts in run.starts.items():

        def middle(measure: Callable[[Start], float], of: list[Start] = starts) -> str:
            return _middle([measure(start) for start in of])

        cells = (
            middle(lambda s: s.seconds * 1000),
            middle(lambda s: s.memory),
            middle(lambda s: s.memory_after),
            middle(lambda s: s.answers) if name != "bare" else "",
        )
        yield f"| {names[name]} | {stored:,} | {' | '.join(cells)} |"


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
