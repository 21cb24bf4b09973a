"""What came of the posts of a flood, and what was promised about them."""

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.proofs.line import Answer

WARM_SHARE = 0.3
"""This part of the flood may still make the process larger: buffers, caches, pages of the database."""
MOST_SLOPE = 8.0
"""Megabytes a minute after that; a flood of less than a minute tells nothing of it."""
AT_ONCE_SECONDS = 2.0
NORMAL_SECONDS = 1.0
WAITING_SHARE = 0.05


@dataclass(slots=True)
class Tally:
    """What came of the posts of the flood."""

    offered: int = 0
    crowded_out: int = 0
    """Could not even be sent, because all lines waited for the bot."""
    answers: "Counter[int]" = field(default_factory=Counter)
    took: list[float] = field(default_factory=list)
    """Seconds until a 200."""
    refused: list[float] = field(default_factory=list)
    """Seconds until a 503."""
    without_retry_after: int = 0
    broken: int = 0
    acknowledged: set[str] = field(default_factory=set)
    desk: "Counter[int]" = field(default_factory=Counter)

    def note(self, answer: Answer) -> None:
        self.answers[answer.status] += 1
        if answer.taken:
            self.took.append(answer.seconds)
        if answer.status == 503:
            self.refused.append(answer.seconds)
            self.without_retry_after += not answer.retry_after


TIMED = (
    *("offers that found all lines waiting", "refusals that came late", "memory that grows with the flood"),
    "normal messages answered late afterwards",
)
"""What a machine that is busy with something else cannot keep, however good the bot."""


def promises(tally: Tally, slope: float, calm: list[float]) -> dict[str, str]:
    """Each with the sentence in which it is broken, empty where it was kept."""
    other = {status: n for status, n in tally.answers.items() if status not in (200, 503)}
    waited = tally.crowded_out / max(1, tally.offered)
    at_once, normal = percentile(tally.refused, 99), percentile(calm, 99)
    deaf = {status: n for status, n in tally.desk.items() if status != 200}
    unanswered = calm.count(float("inf"))
    return {
        "posts neither taken nor sent away": f"{other}, {tally.broken} broken off"
        if other or tally.broken
        else "",
        "normal messages never answered afterwards": str(unanswered or ""),
        "offers that found all lines waiting": f"{waited:.0%} of all" if waited > WAITING_SHARE else "",
        "refusals that do not say when to come again": str(tally.without_retry_after or ""),
        "refusals that came late": f"p99 {at_once:.2f} s" if at_once > AT_ONCE_SECONDS else "",
        "staff who were not heard": str(deaf) if deaf else "",
        "memory that grows with the flood": f"{slope:.1f} MB a minute" if slope > MOST_SLOPE else "",
        "normal messages answered late afterwards": f"p99 {normal:.2f} s" if normal > NORMAL_SECONDS else "",
    }


def megabytes(pid: int) -> float:
    """What the process has in memory now."""
    for line in Path(f"/proc/{pid}/status").read_text("ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise LookupError(f"process {pid} has no memory")


def slope_of(memory: list[tuple[float, float]]) -> float:
    """Megabytes a minute, after the process is warm."""
    warm = [point for point in memory if point[0] >= memory[-1][0] * WARM_SHARE]
    return statistics.linear_regression(*zip(*warm, strict=True)).slope * 60


def percentile(values: Sequence[float], percent: int) -> float:
    """0 of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] if ordered else 0.0
