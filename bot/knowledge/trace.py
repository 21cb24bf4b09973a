"""What a word does to every passage's score, worked out once: most words of a question were asked before.

A passage's score is its likest phrasing, its phrasings' words and its body, and all but the first are sums over the
question's words. Of the first a sum over words is no less than the truth. So a few additions give a bound for each
passage, and only those that may be among the best are scored in full.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bot.knowledge.postings import Floats, Ints, Small

PHRASING, COVER, BODY_STEMS, BODY_LETTERS, PHRASING_LETTERS = range(5)
"""The parts of a score, each over all passages; the last one only where letter groups count."""
MOST_REMEMBERED_BYTES = 6_000_000
_DENSE = 0.2
"""A word that says something in a larger share of the places is kept with all of them: that is quicker to add."""


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """One word of questions, looked up on a shelf."""

    common: bool
    weight: float
    """How much it says: its rarity, damped if it is common."""
    stems: Ints
    """Stems of the shelf that it is or resembles, each once."""
    likeness: Floats
    """How much it resembles each."""
    stem_weights: Floats
    groups: Ints
    """Its letter groups that the shelf has, and how much each says."""
    group_weights: Floats
    letters: float
    """The sum of the squared weights of all its letter groups, known or not."""
    long_letters: float
    """The sum of the weights of its longer ones."""
    places: Ints | None
    """Where in all parts of all passages' scores, one part after the other, it says something; None: anywhere."""
    parts: Small
    """What it says there."""

    def add_to(self, sums: Small) -> None:
        if self.places is None:
            sums += self.parts
        else:
            sums[self.places] += self.parts

    def likest(self, stems: set[int]) -> float:
        """How much it resembles the likest of these stems."""
        alike = zip(self.stems.tolist(), self.likeness.tolist(), strict=True)
        return max((likeness for stem, likeness in alike if stem in stems), default=0.0)

    @property
    def size(self) -> int:
        arrays = (self.stems, self.likeness, self.stem_weights, self.groups, self.group_weights, self.parts)
        return 600 + sum(a.nbytes for a in arrays) + (self.places.nbytes if self.places is not None else 0)


def thin(parts: Small) -> tuple[Ints | None, Small]:
    """Only the places that hold something, where they are few."""
    every = parts.ravel()
    places = np.flatnonzero(every)
    return (None, every) if len(places) > _DENSE * len(every) else (places, every[places])


class Memory:
    """The words asked for last, in no more than so many bytes."""

    def __init__(self, study: Callable[[str], Trace], most: int = MOST_REMEMBERED_BYTES) -> None:
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

    def _learn(self, word: str) -> Trace:
        trace = self._study(word)
        self._left -= trace.size
        while self._left < 0 and self._traces:
            self._left += self._traces.popitem(last=False)[1].size
        self._traces[word] = trace
        return trace
