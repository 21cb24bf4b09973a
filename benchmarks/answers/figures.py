"""What is counted: how often the right passage is found, how well no answer is told from one, what a customer meets."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from benchmarks.answers.contenders import Build
from benchmarks.answers.sets import Case
from bot.knowledge.found import Found

Decide = Callable[[str, str], Found]


@dataclass(slots=True)
class Finding:
    """Of the questions that have an answer: first, and among the first five; and how sure each was."""

    answerable: int = 0
    first: int = 0
    five: int = 0
    inside: list[float] = field(default_factory=list)
    outside: list[float] = field(default_factory=list)
    judged: list[tuple[float, bool]] = field(default_factory=list)
    """Of every question how sure, and whether the first passage is right."""

    @property
    def top1(self) -> float:
        return self.first / max(self.answerable, 1)

    @property
    def recall5(self) -> float:
        return self.five / max(self.answerable, 1)

    @property
    def auroc(self) -> float | None:
        """How often a question that has an answer is surer than one that has none; None without the latter."""
        if not self.outside or not self.inside:
            return None
        others = sorted(self.outside)
        below = sum(bisect_left(others, one) + bisect_right(others, one) for one in self.inside)
        return below / 2 / len(others) / len(self.inside)

    def right_at(self, wrong: float) -> float:
        """The share answered rightly where at most so many are answered wrongly, with the best threshold there is."""
        right = mistaken = 0
        best = 0.0
        for _, good in sorted(self.judged, key=lambda one: -one[0]):
            right, mistaken = right + good, mistaken + (not good)
            if mistaken > wrong * len(self.judged):
                break
            best = right / len(self.judged)
        return best


def finding(cases: Sequence[Case], build: Build) -> Finding:
    total = Finding()
    for case in cases:
        rank = build(case.passages)
        for asked in case.asked:
            ranked = rank(asked.text, asked.language)
            files = [file for file, _ in ranked]
            sure = ranked[0][1] if ranked else 0.0
            good = bool(files) and files[0] in asked.right
            total.judged.append((sure, good))
            (total.inside if asked.right else total.outside).append(sure)
            if asked.right:
                total.answerable += 1
                total.first += good
                total.five += not asked.right.isdisjoint(files)
    return total


@dataclass(slots=True)
class Zones:
    """What became of the questions, by the threshold that was found without labels."""

    asked: int = 0
    right: int = 0
    wrong: int = 0
    offered: int = 0
    """Asked back with the right passage among the choices."""
    offered_in_vain: int = 0
    """Asked back without it."""
    missed: int = 0
    """Given to a person though it is written down."""
    unanswerable: int = 0
    given_up: int = 0
    """Of those, given to a person at once."""

    def share(self, count: int) -> float:
        return count / max(self.asked, 1)


def zones(cases: Sequence[Case], decide: Callable[[Case], Decide]) -> Zones:
    total = Zones()
    for case in cases:
        find = decide(case)
        for asked in case.asked:
            _count(total, find(asked.text, asked.language), asked.right)
    return total


def _count(total: Zones, found: Found, right: frozenset[str]) -> None:
    total.asked += 1
    total.unanswerable += not right
    if found.zone == "answer":
        good = found.hits[0].passage.file in right
        total.right += good
        total.wrong += not good
    elif found.zone == "clarify":
        good = any(hit.passage.file in right for hit in found.choices)
        total.offered += good
        total.offered_in_vain += not good
    elif right:
        total.missed += 1
    else:
        total.given_up += 1
