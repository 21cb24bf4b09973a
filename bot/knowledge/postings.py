"""Sparse matrices, just large enough for scoring: flat arrays, no dependency but numpy."""

from array import array
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Small = NDArray[np.float32]
Bits = NDArray[np.bool_]
Pairs = NDArray[np.complex64]
"""Two small numbers a place, which one call reads and adds."""


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
        ordered = bool((terms[1:] >= terms[:-1]).all())
        order = slice(None) if ordered else np.argsort(terms, kind="stable")
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
        terms = np.repeat(np.arange(width), np.diff(postings.starts))
        empty = np.setdiff1d(
            np.arange(first_units[-1]), postings.rows
        )  # each unit holds a term, if of no weight
        units = np.concatenate([postings.rows, empty])
        order = np.argsort(units, kind="stable")
        units = units[order]
        starts = np.searchsorted(units, first_units)
        self._starts, self._lengths = starts[:-1].copy(), np.diff(starts)
        self._counts, self._first_units = np.diff(first_units), first_units
        self._terms = np.concatenate([terms, np.zeros_like(empty)])[order]
        self._weights = np.concatenate([postings.weights, np.zeros(len(empty), np.float32)])[order]
        self._begins = np.diff(units, prepend=-1) > 0
        self._numbers = np.arange(len(units))
        self._wanted = array("d", bytes(8 * max(width, 1)))
        self._asked = np.frombuffer(self._wanted)  # the same numbers: an array takes single ones quicker

    def score(self, passages: Ints, asked: Mapping[int, float]) -> tuple[Floats, Ints]:
        """Each unit of these passages, its weights times those asked for (by term); and where each passage's
        first unit stands among them."""
        wanted = self._wanted
        for term, weight in asked.items():
            wanted[term] = weight
        scored = self._score(passages)
        for term in asked:
            wanted[term] = 0.0
        return scored

    def score_sums(self, passages: Ints, terms: Ints, weights: Floats) -> tuple[Floats, Ints]:
        """The same for many terms; what is asked for twice is added up."""
        np.add.at(self._asked, terms, weights)
        scored = self._score(passages)
        self._asked[terms] = 0.0
        return scored

    def _score(self, passages: Ints) -> tuple[Floats, Ints]:
        lengths, counts = self._lengths.take(passages), self._counts.take(passages)
        ends = lengths.cumsum()
        at = (self._starts.take(passages) - ends + lengths).repeat(lengths)
        at += self._numbers[: len(at)]
        heavy = self._asked.take(self._terms.take(at))
        heavy *= self._weights.take(at)
        units: Floats = np.add.reduceat(heavy, self._begins.take(at).nonzero()[0])
        return units, counts.cumsum() - counts

    def held(self, passage: int, but: int = -1) -> set[int]:
        """The terms of a passage's units but one, which is counted within the passage."""
        start = int(self._starts[passage])
        end = start + int(self._lengths[passage])
        unit = self._begins[start:end].cumsum() - 1
        heavy = (unit != but) & (self._weights[start:end] > 0)
        return set(self._terms[start:end][heavy].tolist())


def count(terms: Ints, rows: Ints, height: int, weights: Floats | None = None) -> tuple[Ints, Ints, Floats]:
    """Merge repeated (term, row) pairs: the terms, the rows, and how often (or how heavily) each stood."""
    pairs = paired(terms, rows, height)
    order = None if weights is None else np.argsort(pairs, kind="stable")
    pairs = np.sort(pairs) if order is None else pairs[order]  # sorting alone is many times as quick
    first = np.flatnonzero(np.diff(pairs, prepend=-1))
    ends = np.append(first[1:], len(pairs))
    which, where_in = (side.astype(np.int64) for side in np.divmod(pairs[first], max(height, 1)))
    if weights is None or order is None:
        return which, where_in, (ends - first).astype(np.float64)
    where = np.repeat(np.arange(len(first)), ends - first)
    return which, where_in, np.bincount(where, weights[order], len(first)).astype(np.float64)


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
