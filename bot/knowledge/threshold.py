"""How sure is sure enough? Found without labels: the knowledge base asks itself its own questions.

With a question's own phrasing hidden, the others must find the passage: what a customer's wording would do.
With its whole passage hidden, anything found is wrong: what a question without an answer would do.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from bot.knowledge.asked import MOST_WEIGHED, weighed
from bot.knowledge.postings import Ints, Small
from bot.knowledge.words import words

if TYPE_CHECKING:
    from bot.knowledge.hiding import Hiding
    from bot.knowledge.shelf import Shelf

LEAST = 0.6
"""No knowledge base, however small, may find itself sure below this."""
MOST_ASKED = 250
"""Questions a shelf: enough to tell, few enough to be done in a blink."""
SHARES = (0.0, 0.2, 0.4, 0.6)
"""How much of a score what was learned may decide: whichever answers the most questions."""
DROPPED = 0.4
"""The share of words left out to make another wording of a question that has only one."""
HALF = 0.5
"""A lead counts from here on: being the only passage to share a word with the question is no answer."""
LEAST_NEAR, NEAR_QUANTILE = 0.22, 0.6
"""Asking back begins where six of ten questions without an answer have ended, and no lower than the first."""


@dataclass(frozen=True, slots=True)
class Trial:
    confidence: float
    right: bool
    best: float = 0.0
    """The first hit's score."""


@dataclass(frozen=True, slots=True)
class Target:
    wrong: float = 0.05
    """The most wrong answers wanted, as a share of all questions."""
    unanswerable: float = 0.15
    """How many of the questions asked are taken to have no answer."""


@dataclass(frozen=True, slots=True)
class Threshold:
    value: float
    expected_wrong: float
    """Shares of all questions asked."""
    expected_answered: float
    near: float = LEAST_NEAR
    """The score of a first hit from which asking back is better than a person at once."""


def confidence(scores: Sequence[float]) -> float:
    """Between 0 and 2, from at least the two best scores: how good the best passage is, and by how much the best."""
    if len(scores) < 2:
        return float(scores[0]) if len(scores) else 0.0
    second, first = sorted(scores)[-2:]
    return float(2 * first - second if first >= HALF else first)


def ask_itself(shelf: "Shelf", target: Target, most: int = MOST_ASKED) -> tuple[list[Trial], list[Trial]]:
    """Trials of questions that have an answer, and of questions that have none.

    The shelf is settled: what it learned counts as much as answers the most of them."""
    chance = random.Random(len(shelf.units))
    count = len(shelf.units)
    asked = range(count) if count <= most else sorted(chance.sample(range(count), most))
    hiding = shelf.hiding()
    heard = [_ask(shelf, unit, hiding, chance) for unit in asked]
    tried = {share: _trials(heard, share) for share in (SHARES if shelf.lesson else SHARES[:1])}
    best = max(tried, key=lambda share: (_answered(tried[share], target), -share))
    shelf.settle(best)
    return tried[best]


def _trials(heard: Sequence["_Heard"], share: float) -> tuple[list[Trial], list[Trial]]:
    return [one.inside(share) for one in heard], [one.outside(share) for one in heard]


def _answered(trials: tuple[list[Trial], list[Trial]], target: Target) -> float:
    """How many questions are answered rightly at the target; to the third digit, or chance decides."""
    chosen = choose(*trials, target)
    return round(chosen.expected_answered - chosen.expected_wrong, 3)


Near = list[tuple[int, float]]


@dataclass(frozen=True, slots=True)
class _Heard:
    """What was found for a question whose phrasing was hidden, and with its whole passage hidden."""

    row: int
    near: Near
    taught: Small | None
    """What was learned of these, if anything was."""
    others: Near
    taught_of_others: Small | None

    def inside(self, share: float) -> Trial:
        ranked = _weighed(self.near, self.taught, share)
        return Trial(_sure(ranked), bool(ranked) and ranked[0][0] == self.row, _best(ranked))

    def outside(self, share: float) -> Trial:
        ranked = _weighed(self.others, self.taught_of_others, share)
        return Trial(_sure(ranked), right=False, best=_best(ranked))


def _weighed(near: Near, taught: Small | None, share: float) -> Near:
    return near if taught is None or not share else weighed(near, taught, share)


def _ask(shelf: "Shelf", unit: int, hiding: "Hiding", chance: random.Random) -> _Heard:
    """Ask a unit's question with the unit hidden, and with its whole passage hidden."""
    row, question, lesson = int(shelf.row_of[unit]), shelf.units[unit], shelf.lesson
    limit = MOST_WEIGHED if lesson else 2
    asked = shelf.ask(question)
    others = [pair for pair in asked.likest(limit + 1) if pair[0] != row][:limit] if asked else []
    if len(shelf.passages[row].questions) == 1:
        asked = shelf.ask(_thinned(question, chance))
        near = asked.likest(limit) if asked else []
        taught = asked.learned(_rows(near)) if asked and lesson else None
    else:
        its = unit - int(shelf.first_units[row])
        hidden = asked.score_without(row, its, shelf.lost_without(row, its, hiding)) if asked else 0.0
        near = sorted([(row, hidden), *others], key=lambda pair: (-pair[1], pair[0]))
        taught = lesson.without_unit(unit, row)[_rows(near)] if lesson else None
    told = lesson.without_passage(unit, row)[_rows(others)] if lesson else None
    return _Heard(row, near, taught, others, told)


def _rows(near: Near) -> Ints:
    return np.array([row for row, _ in near], dtype=np.int64)


def _sure(ranked: Near) -> float:
    return confidence([score for _, score in ranked[:2]])


def _best(ranked: Sequence[tuple[int, float]]) -> float:
    return ranked[0][1] if ranked else 0.0


def _thinned(question: str, chance: random.Random) -> str:
    every = words(question)
    kept = chance.sample(range(len(every)), math.ceil(len(every) * (1 - DROPPED)))
    return " ".join(every[index] for index in sorted(kept))


def choose(inside: Sequence[Trial], outside: Sequence[Trial], target: Target) -> Threshold:
    """The lowest threshold, no lower than `LEAST`, that keeps wrong answers within the target."""
    return replace(_lowest(inside, outside, target), near=_near(outside))


def _near(outside: Sequence[Trial]) -> float:
    scores = sorted(trial.best for trial in outside)
    return max(LEAST_NEAR, scores[int(NEAR_QUANTILE * (len(scores) - 1))]) if scores else LEAST_NEAR


def _lowest(inside: Sequence[Trial], outside: Sequence[Trial], target: Target) -> Threshold:
    trials = [(trial, (1 - target.unanswerable) / len(inside)) for trial in inside]
    trials += [(trial, target.unanswerable / len(outside)) for trial in outside]
    best = Threshold(float("inf"), 0.0, 0.0)
    wrong = answered = 0.0
    for trial, share in sorted(trials, key=lambda pair: -pair[0].confidence):
        if trial.confidence < LEAST:
            break
        wrong += 0 if trial.right else share
        answered += share if trial.right else 0
        if wrong > target.wrong:
            return best
        best = Threshold(trial.confidence, wrong, wrong + answered)
    return Threshold(LEAST, best.expected_wrong, best.expected_answered)
