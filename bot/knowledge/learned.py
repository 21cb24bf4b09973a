"""What a shelf learns from its own phrasings: for each word and letter group, which passages it speaks for.

A linear model with one output a passage (ridge regression on the phrasings, each of which belongs to one passage). Its
great merit here: what it would have said of a phrasing without having seen it, or anything of its passage, needs no
second training, so the threshold can be found with it.
"""

from dataclasses import dataclass

import numpy as np

from bot.knowledge.postings import Floats, Ints, Pairs, Postings, Small, spread

FEWEST_PHRASINGS = 3
"""A passage must have so many on average: from fewer there is little to learn."""
MOST_UNITS = 1_500
"""More phrasings are not learned from: the work grows with their cube."""
_DOUBT = 1.0
"""Ridge regression's lambda: the larger, the less a single phrasing counts."""
_SHARED = 1 / 16
"""A term that a larger share of the units holds is multiplied as a column, others pair by pair."""
_AT_ONCE = 2_000_000
"""Numbers held at a time while the weights are summed up."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Of one kind of terms (stems, letter groups): how much each speaks for each passage."""

    place: Ints
    """Where a term's row is; -1 for a term that no phrasing holds."""
    rows: Small
    """Terms by passages."""

    def score(self, terms: Ints, weights: Floats) -> Small:
        """For each passage the sum over these terms."""
        places = self.place[terms]
        held = places >= 0
        scores: Small = weights[held].astype(np.float32) @ self.rows[places[held]]
        return scores


@dataclass(frozen=True, slots=True)
class Learned:
    stems: Weights
    letters: Weights

    def of_word(self, stems: tuple[Ints, Floats], letters: tuple[Ints, Floats]) -> Pairs:
        """What a word says of each passage, by its stem and by its letters; not yet a share of the question."""
        both = np.column_stack((self.stems.score(*stems), self.letters.score(*letters)))
        return both.astype(np.float32).view(np.complex64).ravel()


class Lesson:
    """The training, with what is needed to ask what it had been without a phrasing. Large: not to be kept."""

    def __init__(self, stems: Postings, letters: Postings, first_units: Ints) -> None:
        """`stems` and `letters` hold each unit's, scaled to length 1; `first_units` has one more at its end."""
        self._stems, self._letters, self._first_units = stems, letters, first_units
        alike = (_alike(stems) + _alike(letters)) / 2
        alike[np.diag_indices_from(alike)] += _DOUBT
        self._inverse: Small = np.linalg.inv(alike)
        self._duals: Small = np.add.reduceat(self._inverse, first_units[:-1], axis=1)

    def learned(self) -> Learned:
        return Learned(_weights(self._stems, self._duals), _weights(self._letters, self._duals))

    def without_unit(self, unit: int, row: int) -> Small:
        """What would be said of a unit, for each passage, had it not been learned from; `row` is its passage."""
        said: Small = -self._duals[unit] / self._inverse[unit, unit]
        said[row] += 1
        return said

    def without_passage(self, unit: int, row: int) -> Small:
        """The same had nothing of its passage been learned from; that passage itself gets nothing."""
        its = slice(int(self._first_units[row]), int(self._first_units[row + 1]))
        said: Small = -np.linalg.solve(self._inverse[its, its], self._duals[its])[unit - its.start]
        said[row] = 0
        return said


def _alike(postings: Postings) -> Small:
    """Of each two units the product: how like they are, from 0 to 1."""
    height = postings.height
    lengths = np.diff(postings.starts)
    term_of = np.repeat(np.arange(len(lengths)), lengths)
    often = lengths > _SHARED * height
    shared = often[term_of]
    columns = np.cumsum(often) - 1
    dense = np.zeros((height, int(often.sum())), np.float32)
    dense[postings.rows[shared], columns[term_of[shared]]] = postings.weights[shared]
    at, place = spread(term_of[~shared], postings.starts, np.arange(len(postings.rows)))
    first = np.flatnonzero(~shared)[at]
    pairs = postings.rows[first].astype(np.int64) * height + postings.rows[place]
    sums = np.bincount(pairs, postings.weights[first] * postings.weights[place], height * height)
    alike: Small = sums.reshape(height, height).astype(np.float32) + dense @ dense.T
    return alike


def _weights(postings: Postings, duals: Small) -> Weights:
    lengths = np.diff(postings.starts)
    held = np.flatnonzero(lengths)
    place = np.full(len(lengths), -1, np.int64)
    place[held] = np.arange(len(held))
    rows = np.empty((len(held), duals.shape[1]), np.float32)
    starts, most = postings.starts[held], max(1, _AT_ONCE // duals.shape[1])
    begin = 0
    while begin < len(held):
        end = max(begin + 1, int(np.searchsorted(postings.starts[held + 1], starts[begin] + most)))
        entries = slice(int(starts[begin]), int(postings.starts[held[end - 1] + 1]))
        heavy = postings.weights[entries, None] * duals[postings.rows[entries]]
        rows[begin:end] = np.add.reduceat(heavy, starts[begin:end] - starts[begin], axis=0)
        begin = end
    rows /= 2
    return Weights(place, rows)
