"""A sparse matrix of terms and rows, just large enough for scoring: flat arrays, no dependency but numpy."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Postings:
    """For each term the rows that hold it, with the weight it has there."""

    starts: Ints
    rows: NDArray[np.int32]
    weights: NDArray[np.float32]
    height: int
    """How many rows there are."""

    @classmethod
    def of(cls, terms: Ints, rows: Ints, weights: Floats, width: int, height: int) -> "Postings":
        """From triples in any order; `width` counts the terms."""
        order = np.argsort(terms, kind="stable")
        starts = np.zeros(width + 1, dtype=np.int64)
        np.cumsum(np.bincount(terms, minlength=width), out=starts[1:])
        return cls(starts, rows[order].astype(np.int32), weights[order].astype(np.float32), height)

    def score(self, terms: Ints, weights: Floats) -> Floats:
        """For each row the sum of its weights times those asked for."""
        first = self.starts[terms]
        lengths = self.starts[terms + 1] - first
        ends = np.cumsum(lengths)
        total = int(ends[-1]) if len(ends) else 0
        if not total:
            return np.zeros(self.height)
        at = np.arange(total) + np.repeat(first - ends + lengths, lengths)
        heavy = self.weights[at] * np.repeat(weights, lengths)
        return np.bincount(self.rows[at], heavy, self.height).astype(np.float64, copy=False)


def count(terms: Ints, rows: Ints, height: int, weights: Floats | None = None) -> tuple[Ints, Ints, Floats]:
    """Merge repeated (term, row) pairs: the terms, the rows, and how often (or how heavily) each stood."""
    keys, where = np.unique(terms * height + rows, return_inverse=True)
    tally = np.bincount(where, weights, len(keys)).astype(np.float64)
    return keys // height, keys % height, tally


def spread(keys: Ints, starts: Ints, values: NDArray[np.signedinteger]) -> tuple[Ints, Ints]:
    """Replace each key by its list of values: which position each came from, and the values."""
    first = starts[keys]
    lengths = starts[keys + 1] - first
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    at = np.arange(total) + np.repeat(first - ends + lengths, lengths)
    return np.repeat(np.arange(len(keys)), lengths), values[at].astype(np.int64)
