"""What a word does to every passage's score, worked out once: most words of a question were asked before.

A passage's score is its likest phrasing, its phrasings' words and its body, and all but the first are sums over the
question's words. Of the first a sum over words is no less than the truth. Few passages say a telling word, and of all
others the most that it can do is known. So one addition over those few gives a bound for each passage, and only those
that may be among the best are scored in full.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bot.knowledge.postings import Floats, Ints, Pairs, Small

COVER_WEIGHT, BODY_WEIGHT = 0.4, 0.45
BODY_LETTERS_SHARE = 0.75
BODY_STEMS_WEIGHT = BODY_WEIGHT * (1 - BODY_LETTERS_SHARE)
BODY_LETTERS_WEIGHT = BODY_WEIGHT * BODY_LETTERS_SHARE
WHOLE = 1 + COVER_WEIGHT + BODY_WEIGHT
MOST_REMEMBERED_BYTES, FEWEST_REMEMBERED = 6_000_000, 300
_TELLING_SHARE = 0.2
"""A word that a larger share of the passages says is no way to find any: only the most that it can do is added."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a word adds to each passage, before it is made a share of the question's words."""

    phrasing: Small
    """A bound of what it adds to the likest phrasing."""
    whole: Small
    """By its stem: to the phrasings' words and to the body, weighed."""
    letters: Small
    """To the body's letter groups."""
    spelled: Small | None
    """A bound of what its letter groups add to the likest phrasing, where they count there."""
    learned: Pairs | None
    """What the phrasings taught of it, by its stem and by its letters; None where nothing was learned."""


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """One word of questions, looked up on a shelf."""

    damped: float
    """1, or less if it is a small word."""
    weight: float
    """How much it says: its rarity, damped if it is common."""
    stems: tuple[tuple[int, float], ...]
    """Stems of the shelf that it is or resembles, each once, with its weight times how much it resembles it."""
    groups: Ints
    """Its letter groups that the shelf has, and how much each says."""
    group_weights: Floats
    letters: float
    """The sum of the squared weights of all its letter groups, known or not."""
    long_letters: float
    """The sum of the weights of its longer ones."""
    few: bool
    """Few passages say it."""
    rows: Ints
    """The passages that say it, if those are few, and what it adds to each: phrasing, whole, letters."""
    heads: Small
    beyond: tuple[float, float, float]
    """The most that it adds to any other."""
    rest: Pairs | None
    """What it adds to each passage: whole and letters; None where it adds nothing."""
    spelled: Small | None
    learned: Pairs | None

    @classmethod
    def of(
        cls,
        weight: float,
        stems: tuple[tuple[int, float], ...],
        groups: tuple[Ints, Floats],
        letters: tuple[float, float],
        parts: Parts,
        damped: float,
    ) -> "Trace":
        rows = parts.whole.nonzero()[0]
        if len(rows) > _TELLING_SHARE * len(parts.whole):
            rows = rows[:0]
        every = np.column_stack((parts.phrasing, parts.whole, parts.letters))
        others = every.copy()
        others[rows] = 0
        phrasing, whole, spelt = others.max(axis=0).tolist()
        says = bool(parts.whole.any() or parts.letters.any())
        rest = every[:, 1:].copy().view(np.complex64).ravel() if says else None
        return cls(
            damped, weight, stems, *groups, *letters,
            len(rows) > 0, rows, every[rows], (phrasing, whole, spelt), rest, parts.spelled, parts.learned,
        )  # fmt: skip

    def likest(self, stems: set[int]) -> float:
        """How much the likest of these stems adds."""
        return max((weight for stem, weight in self.stems if stem in stems), default=0.0)

    @property
    def size(self) -> int:
        arrays = (
            self.groups,
            self.group_weights,
            self.rows,
            self.heads,
            self.rest,
            self.spelled,
            self.learned,
        )
        return 1_000 + 100 * len(self.stems) + sum(one.nbytes for one in arrays if one is not None)


class Memory:
    """The words asked for last, in no more than so many bytes."""

    def __init__(self, study: Callable[[str], Trace], most: int) -> None:
        self._study, self._left = study, most
        self._traces: OrderedDict[str, Trace] = OrderedDict()

    def __len__(self) -> int:
        return len(self._traces)

    def of(self, word: str) -> Trace:
        trace = self._traces.get(word)
        if trace is None:
            return self._learn(word)
        self._traces.move_to_end(word)
        return trace

    def forget(self) -> None:
        """What the words did has changed."""
        self._left += sum(trace.size for trace in self._traces.values())
        self._traces.clear()

    def _learn(self, word: str) -> Trace:
        trace = self._study(word)
        self._left -= trace.size
        while self._left < 0 and self._traces:
            self._left += self._traces.popitem(last=False)[1].size
        self._traces[word] = trace
        return trace
