"""How sure is sure enough? Found without labels: the knowledge base asks itself its own questions.

With a question's own phrasing hidden, the others must find the passage: what a customer's wording would do.
With its whole passage hidden, anything found is wrong: what a question without an answer would do.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.knowledge.words import words

if TYPE_CHECKING:
    from bot.knowledge.shelf import Shelf

LEAST = 0.6
"""No knowledge base, however small, may find itself sure below this."""
MOST_ASKED = 250
"""Questions a shelf: enough to tell, few enough to be done in a blink."""
DROPPED = 0.4
"""The share of words left out to make another wording of a question that has only one."""
HALF = 0.5
"""A lead counts from here on: being the only passage to share a word with the question is no answer."""
LEAST_NEAR, NEAR_QUANTILE = 0.3, 0.75
"""Asking back begins where three of four questions without an answer have ended, and no lower than the first."""


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


def ask_itself(shelf: "Shelf", most: int = MOST_ASKED) -> tuple[list[Trial], list[Trial]]:
    """Trials of questions that have an answer, and of questions that have none."""
    chance = random.Random(len(shelf.units))
    count = len(shelf.units)
    asked = range(count) if count <= most else sorted(chance.sample(range(count), most))
    trials = [_ask(shelf, unit, chance) for unit in asked]
    return [inside for inside, _ in trials], [outside for _, outside in trials]


def _ask(shelf: "Shelf", unit: int, chance: random.Random) -> tuple[Trial, Trial]:
    """Ask a unit's question with the unit hidden, and with its whole passage hidden."""
    row, question = int(shelf.row_of[unit]), shelf.units[unit]
    asked = shelf.ask(question)
    best = asked.best(3) if asked else []
    others = [(found, score) for found, score in best if found != row][:2]
    if len(shelf.passages[row].questions) == 1:
        again = shelf.ask(_thinned(question, chance))
        ranked = again.best(2) if again else []
    else:
        hidden = asked.score_without(row, unit - int(shelf.first_units[row])) if asked else 0.0
        ranked = sorted([(row, hidden), *others], key=lambda pair: (-pair[1], pair[0]))
    inside = Trial(_sure(ranked), bool(ranked) and ranked[0][0] == row, _best(ranked))
    return inside, Trial(_sure(others), right=False, best=_best(others))


def _sure(ranked: Sequence[tuple[int, float]]) -> float:
    return confidence([score for _, score in ranked])


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
