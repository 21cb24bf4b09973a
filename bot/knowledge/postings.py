"""Sparse matrices, just large enough for scoring: flat arrays, no dependency but numpy."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Small = NDArray[np.float32]
Bits = NDArray[np.bool_]


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


class Holdings:
    """The same matrix the other way round: for each passage what its units hold. A unit is a row, a passage
    some rows in succession. Used by one thread at a time."""

    def __init__(self, postings: Postings, first_units: Ints) -> None:
        """`first_units` has one more at its end."""
        width = len(postings.starts) - 1
        terms = np.repeat(np.arange(width, dtype=np.int32), np.diff(postings.starts))
        order = np.argsort(postings.rows, kind="stable")
        units = postings.rows[order]
        starts = np.searchsorted(units, first_units)
        self._starts, self._lengths = starts[:-1].copy(), np.diff(starts)
        self._counts = np.diff(first_units)
        within = units - np.repeat(first_units[:-1], self._lengths).astype(np.int32)
        self._terms, self._units, self._weights = terms[order], within, postings.weights[order]
        self._asked = np.zeros(width)

    def score(
        self, passages: Ints, terms: Ints | list[int], weights: Floats | list[float]
    ) -> tuple[Floats, Ints]:
        """Each unit of these passages, its weights times those asked for, added up where a term is asked for twice;
        and where each passage's first unit stands among them."""
        lengths, counts = self._lengths.take(passages), self._counts.take(passages)
        ends, firsts = lengths.cumsum(), counts.cumsum()
        total, height = int(ends[-1]), int(firsts[-1])
        firsts -= counts
        at = (self._starts.take(passages) - ends + lengths).repeat(lengths)
        at += np.arange(total)
        units = firsts.repeat(lengths)
        units += self._units.take(at)
        np.add.at(self._asked, terms, weights)
        heavy = self._asked.take(self._terms.take(at))
        self._asked[terms] = 0.0
        heavy *= self._weights.take(at)
        return np.bincount(units, heavy, height).astype(np.float64, copy=False), firsts

    def held(self, passage: int, but: int = -1) -> set[int]:
        """The terms of a passage's units but one, which is counted within the passage."""
        start = int(self._starts[passage])
        end = start + int(self._lengths[passage])
        pairs = zip(self._terms[start:end].tolist(), self._units[start:end].tolist(), strict=True)
        return {term for term, holder in pairs if holder != but}


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
