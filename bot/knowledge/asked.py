"""A question put to a shelf: which passages come nearest, and how near."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.knowledge.postings import Floats, Holdings, Ints, Small
from bot.knowledge.trace import BODY_LETTERS, COVER, PHRASING_LETTERS, Trace

COVER_WEIGHT, BODY_WEIGHT = 0.4, 0.45
BODY_LETTERS_SHARE = 0.75
WHOLE = 1 + COVER_WEIGHT + BODY_WEIGHT
FIRST_TRIED = 12
"""So many passages are scored in full at first, and more when others may be as good."""
_SLACK = 1e-5
"""More than bounds lose by being kept in single precision."""


@dataclass(frozen=True, slots=True)
class Units:
    """What the phrasings of a shelf hold: stems, and letter groups if those count there."""

    stems: Holdings
    letters: Holdings | None
    letters_share: float
    stem_count: int
    gram_count: int

    @property
    def parts(self) -> int:
        return PHRASING_LETTERS if self.letters is None else PHRASING_LETTERS + 1


class Asked:
    """A question's words, weighed against each other. Scores lie between 0 and 1."""

    def __init__(self, words: Sequence[Trace], units: Units, height: int) -> None:
        self._words, self._units, self._height = words, units, height
        sums = [word.weight for word in words], [word.weight**2 for word in words]
        self._weight, self._stems_length = sum(sums[0]), sum(sums[1]) ** 0.5
        self._letters_length = sum([word.letters for word in words]) ** 0.5
        self._scales, self._most = self._shares()
        self._parts = self._sum()
        self._bounds = self._scales @ self._parts
        self._wanted_stems = np.zeros(units.stem_count)
        stems = np.concatenate([word.stems for word in words])
        np.maximum.at(self._wanted_stems, stems, np.concatenate([word.stem_weights for word in words]))
        self._wanted_groups = None if units.letters is None else self._gathered_groups()

    @property
    def telling(self) -> int:
        """How many of the question's words say what it is about."""
        return sum(not word.common for word in self._words)

    def best(self, limit: int, tried: int = FIRST_TRIED) -> list[tuple[int, float]]:
        """The passages that score highest and their scores, the best first."""
        bounds = self._bounds
        while tried < self._height:
            rows = np.argpartition(bounds, self._height - tried)[self._height - tried :]
            ranked = self._ranked(rows, limit)
            others = float(bounds[rows].min()) + _SLACK
            if others <= 2 * _SLACK or ranked[-1][1] * WHOLE > others:
                return ranked
            tried *= 4
        return self._ranked(np.arange(self._height), limit)

    def score_without(self, row: int, unit: int) -> float:
        """A passage's score as if one of its units, counted within it, were not there."""
        alone = np.array([row])
        units, _ = self._phrasings(alone)
        phrasing = np.delete(units, unit).max()
        held = self._units.stems.without(row, unit)
        cover = sum(word.weight * word.likest(held) for word in self._words)
        whole_cover = float(self._parts[COVER, row])
        rest = float(self._rest(alone)[0]) + COVER_WEIGHT * (cover - whole_cover) / self._weight
        return (float(phrasing) + rest) / WHOLE

    def _sum(self) -> Small:
        """Each part of each passage's score, as sums of weights; the phrasings' is a bound."""
        sums = np.zeros(self._units.parts * self._height, dtype=np.float32)
        for word in self._words:
            word.add_to(sums)
        return sums.reshape(self._units.parts, self._height)

    def _shares(self) -> tuple[Small, Floats]:
        """What makes sums of weights shares of the score, and the most that each share may be."""
        share = self._units.letters_share
        long_letters = max(sum([word.long_letters for word in self._words]), 1e-9)
        by_stems = BODY_WEIGHT * (1 - BODY_LETTERS_SHARE)
        by_letters = BODY_WEIGHT * BODY_LETTERS_SHARE
        scales = [
            (1 - share) / self._stems_length,
            COVER_WEIGHT / self._weight,
            by_stems / self._weight,
            by_letters / long_letters,
            share / self._letters_length,
        ]
        most = np.array([[math.inf], [by_stems], [by_letters]])
        return np.array(scales[: self._units.parts], dtype=np.float32), most

    def _rest(self, rows: Ints) -> Floats:
        """What these passages score beside their phrasings."""
        parts = self._parts[COVER : BODY_LETTERS + 1, rows] * self._scales[COVER : BODY_LETTERS + 1, None]
        rest: Floats = np.minimum(parts, self._most).sum(axis=0)
        return rest

    def _ranked(self, rows: Ints, limit: int) -> list[tuple[int, float]]:
        rows = np.sort(rows)
        units, firsts = self._phrasings(rows)
        scores = (np.maximum.reduceat(units, firsts) + self._rest(rows)) / WHOLE
        order = np.argsort(-scores, kind="stable")[:limit]
        return list(zip(rows[order].tolist(), scores[order].tolist(), strict=True))

    def _phrasings(self, rows: Ints) -> tuple[Floats, Ints]:
        """How like the question each unit of these passages is, and where each passage's first one stands."""
        units, firsts = self._units.stems.score(rows, self._wanted_stems)
        alike = np.minimum(units / self._stems_length, 1.0)
        if self._units.letters is None or self._wanted_groups is None:
            return alike, firsts
        share = self._units.letters_share
        letters, _ = self._units.letters.score(rows, self._wanted_groups)
        return (1 - share) * alike + share * letters / self._letters_length, firsts

    def _gathered_groups(self) -> Floats:
        groups = np.concatenate([word.groups for word in self._words])
        weights = np.concatenate([word.group_weights for word in self._words])
        return np.bincount(groups, weights, self._units.gram_count).astype(np.float64, copy=False)
