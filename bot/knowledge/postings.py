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

    passages: Ints
    """For each: where its terms begin, how many they are, how many units it has."""
    first_units: Ints
    terms: NDArray[np.int32]
    units: NDArray[np.int32]
    """Counted within the passage."""
    weights: Small

    @classmethod
    def of(cls, postings: Postings, first_units: Ints) -> "Holdings":
        """`first_units` has one more at its end."""
        terms = np.repeat(np.arange(len(postings.starts) - 1, dtype=np.int32), np.diff(postings.starts))
        order = np.argsort(postings.rows, kind="stable")
        units = postings.rows[order]
        starts = np.searchsorted(units, first_units)
        lengths = np.diff(starts)
        within = units - np.repeat(first_units[:-1], lengths).astype(np.int32)
        passages = np.column_stack([starts[:-1], lengths, np.diff(first_units)])
        return cls(passages, first_units[:-1], terms[order], within, postings.weights[order])

    def score(self, passages: Ints, asked: Floats) -> tuple[Floats, Ints]:
        """Each unit of these passages, its weights times those asked for (by term), and where each passage's
        first unit stands among them."""
        chosen = self.passages[passages]
        starts, lengths, counts = chosen.T
        ends = chosen.cumsum(axis=0)
        at = np.arange(ends[-1, 1])
        at += (starts + lengths - ends[:, 1]).repeat(lengths)
        firsts = ends[:, 2] - counts
        units = firsts.repeat(lengths)
        units += self.units[at]
        heavy = asked[self.terms[at]]
        heavy *= self.weights[at]
        return np.bincount(units, heavy, int(ends[-1, 2])).astype(np.float64, copy=False), firsts

    def without(self, passage: int, unit: int) -> set[int]:
        """The terms of a passage's units but one, which is counted within the passage."""
        start, length, _ = self.passages[passage].tolist()
        pairs = zip(
            self.terms[start : start + length].tolist(),
            self.units[start : start + length].tolist(),
            strict=True,
        )
        return {term for term, holder in pairs if holder != unit}


def count(terms: Ints, rows: Ints, height: int, weights: Floats | None = None) -> tuple[Ints, Ints, Floats]:
    """Merge repeated (term, row) pairs: the terms, the rows, and how often (or how heavily) each stood."""
    pairs = paired(terms, rows, height)
    order = np.argsort(pairs, kind="stable")
    pairs = pairs[order]
    first = np.flatnonzero(np.diff(pairs, prepend=-1))
    ends = np.append(first[1:], len(pairs))
    once = pairs[first].astype(np.int64)
    if weights is None:
        return once // height, once % height, (ends - first).astype(np.float64)
    where = np.repeat(np.arange(len(first)), ends - first)
    return once // height, once % height, np.bincount(where, weights[order], len(first)).astype(np.float64)


def paired(terms: Ints, rows: Ints, height: int) -> NDArray[np.signedinteger]:
    """One number a (term, row) pair, in as few bytes as will do: sorting is most of the work."""
    most = (int(terms.max(initial=0)) + 1) * max(height, 1)
    kind = np.dtype(np.int32 if most < 2**31 else np.int64)
    pairs: NDArray[np.signedinteger] = terms.astype(kind) * height + rows.astype(kind)
    return pairs


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
