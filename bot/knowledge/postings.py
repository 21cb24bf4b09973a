"""Sparse matrices, just large enough for scoring: flat arrays, no dependency but numpy."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Small = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Postings:
    """For each term the rows that hold it, with the weight it has there."""

    starts: Ints
    rows: NDArray[np.int32]
    weights: Small
    height: int
    """How many rows there are."""

    @classmethod
    def of(cls, terms: Ints, rows: Ints, weights: Floats, width: int, height: int) -> "Postings":
        """From triples in any order; `width` counts the terms."""
        order = np.argsort(terms, kind="stable")
        starts = _starts(terms, width)
        return cls(starts, rows[order].astype(np.int32), weights[order].astype(np.float32), height)

    def score(self, terms: Ints, weights: Floats) -> Floats:
        """For each row the sum of its weights times those asked for."""
        at, lengths = _slots(self.starts, terms)
        if not len(at):
            return np.zeros(self.height)
        heavy = self.weights[at] * np.repeat(weights, lengths)
        return np.bincount(self.rows[at], heavy, self.height).astype(np.float64, copy=False)


@dataclass(frozen=True, slots=True)
class Holdings:
    """The same matrix the other way round: for each passage what its units hold. A unit is a row, a passage
    some rows in succession."""

    starts: Ints
    """By passage, into the next three."""
    terms: NDArray[np.int32]
    units: NDArray[np.int32]
    weights: Small
    first_units: Ints
    """By passage, one more at the end."""

    @classmethod
    def of(cls, postings: Postings, first_units: Ints) -> "Holdings":
        terms = np.repeat(np.arange(len(postings.starts) - 1, dtype=np.int32), np.diff(postings.starts))
        order = np.argsort(postings.rows, kind="stable")
        units = postings.rows[order]
        starts = np.searchsorted(units, first_units)
        return cls(starts, terms[order], units, postings.weights[order], first_units)

    def score(self, passages: Ints, asked: Floats) -> tuple[Floats, Ints]:
        """Each unit of these passages, its weights times those asked for (by term), and where each passage's
        first unit stands among them."""
        at, lengths = _slots(self.starts, passages)
        counts = self.first_units[passages + 1] - self.first_units[passages]
        ends = np.cumsum(counts)
        place = self.units[at] + np.repeat(ends - counts - self.first_units[passages], lengths)
        return np.bincount(place, self.weights[at] * asked[self.terms[at]], int(ends[-1])), ends - counts

    def of_unit(self, unit: int) -> NDArray[np.int32]:
        """The terms of one unit."""
        first, last = np.searchsorted(self.units, (unit, unit + 1))
        return self.terms[first:last]


def count(terms: Ints, rows: Ints, height: int, weights: Floats | None = None) -> tuple[Ints, Ints, Floats]:
    """Merge repeated (term, row) pairs: the terms, the rows, and how often (or how heavily) each stood."""
    keys, where = np.unique(terms * height + rows, return_inverse=True)
    tally = np.bincount(where, weights, len(keys)).astype(np.float64)
    return keys // height, keys % height, tally


def spread(keys: Ints, starts: Ints, values: NDArray[np.signedinteger]) -> tuple[Ints, Ints]:
    """Replace each key by its list of values: which position each came from, and the values."""
    at, lengths = _slots(starts, keys)
    return np.repeat(np.arange(len(keys)), lengths), values[at].astype(np.int64)


def _starts(terms: Ints, width: int) -> Ints:
    starts = np.zeros(width + 1, dtype=np.int64)
    np.cumsum(np.bincount(terms, minlength=width), out=starts[1:])
    return starts


def _slots(starts: Ints, keys: Ints) -> tuple[Ints, Ints]:
    """Where the lists of these keys stand, one after the other, and how long each is."""
    first = starts[keys]
    lengths = starts[keys + 1] - first
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) + np.repeat(first - ends + lengths, lengths), lengths
