"""A question put to a shelf: which passages come nearest, and how near."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.knowledge.postings import Floats, Holdings, Ints, Small
from bot.knowledge.trace import BODY_LETTERS_WEIGHT, BODY_STEMS_WEIGHT, COVER_WEIGHT, WHOLE, Trace

FIRST_SHARE = 0.5
"""Passages are scored in full at first whose bound is this share of the highest, more when others may be as good."""
FEW, MANY = 32, 160
"""So few passages are all scored in full; before more than so many are, their bounds are drawn tighter."""
MOST_WEIGHED = 10
"""So many of the likest passages are weighed by what was learned."""
_SLACK = 1e-5
"""More than bounds lose by being kept in single precision."""


@dataclass(frozen=True, slots=True)
class Units:
    """What the phrasings of a shelf hold: stems, and letter groups if those count there."""

    stems: Holdings
    letters: Holdings | None
    letters_share: float
    height: int
    """How many passages there are."""
    learned_share: float = 0.0
    """How much of a score what was learned decides."""


class Asked:
    """A question's words, weighed against each other. Scores lie between 0 and 1."""

    __slots__ = ("_by_letters", "_by_long", "_by_stems", "_by_weight", "_units", "_words", "telling")

    def __init__(self, words: Sequence[Trace], units: Units) -> None:
        self._words, self._units = words, units
        weight = squares = letters = long_letters = 0.0
        telling = len(words)
        for word in words:
            said = word.weight
            weight += said
            squares += said * said
            letters += word.letters
            long_letters += word.long_letters
            if word.damped < 1:
                telling -= 1
        self.telling = telling
        self._by_weight, self._by_long = 1 / (weight or 1.0), BODY_LETTERS_WEIGHT / max(long_letters, 1e-9)
        self._by_stems, self._by_letters = (squares or 1.0) ** -0.5, (letters or 1.0) ** -0.5

    def best(self, limit: int) -> list[tuple[int, float]]:
        """The passages that score highest and their scores, the best first: at least `limit`, if there are."""
        if not self._units.learned_share:
            return self.likest(limit)
        near = self.likest(max(limit, MOST_WEIGHED))
        rows = np.array([row for row, _ in near], dtype=np.int64)
        return weighed(near, self.learned(rows), self._units.learned_share)

    def learned(self, rows: Ints) -> Small:
        """What the phrasings taught of these passages: about 1 for the right one, about 0 for others."""
        sums = np.zeros(len(rows), np.complex64)
        for word in self._words:
            if word.learned is not None:
                sums += word.learned.take(rows)
        said: Small = sums.view(np.float32).reshape(-1, 2).dot(self._undamped())
        return said

    def _undamped(self) -> Small:
        """What makes stems and letters a share of the question, small words counted in full."""
        squares = sum((word.weight / word.damped) ** 2 for word in self._words)
        letters = sum(word.letters / word.damped**2 for word in self._words)
        return np.array(((squares or 1.0) ** -0.5, (letters or 1.0) ** -0.5), np.float32)

    def likest(self, limit: int) -> list[tuple[int, float]]:
        """The same by likeness alone, nothing of it learned."""
        height = self._units.height
        if height <= max(FEW, limit):
            return self._ranked(np.arange(height), limit)
        bounds, beyond = self._bounds()
        rows, tried = self._first(bounds, limit)
        ranked = self._ranked(rows, limit)
        least = ranked[-1][1] * WHOLE - beyond - _SLACK
        if least > tried:
            return ranked
        others = _reaching(bounds, least, beyond)
        if len(others) > MANY:
            bounds, beyond = self._tighter_bounds()
            others = _reaching(bounds, ranked[-1][1] * WHOLE - beyond - _SLACK, beyond)
        return self._ranked(others, limit) if len(others) >= limit else ranked

    def score_without(self, row: int, unit: int, lost_text: tuple[float, float] = (0.0, 0.0)) -> float:
        """A passage's score as if one of its units, counted within it, were not there.

        `lost_text`: what its text says only there, by stems and by letter groups."""
        alone = np.array([row])
        units, _ = self._phrasings(alone)
        phrasing = float(np.delete(units, unit).max())
        every, held = self._units.stems.held(row), self._units.stems.held(row, but=unit)
        lost = sum(word.likest(every) - word.likest(held) for word in self._words)
        rest = float(self._rest(alone)[0]) - COVER_WEIGHT * lost * self._by_weight
        rest -= BODY_STEMS_WEIGHT * lost_text[0] * self._by_weight + lost_text[1] * self._by_long
        return (phrasing + rest) / WHOLE

    def _bounds(self) -> tuple[Floats, float]:
        """For each passage a sum that its score falls short of by less than the second number, times `WHOLE`."""
        by_stems = self._by_stems * (1 - self._units.letters_share)
        phrasing = whole = letters = 0.0
        for word in self._words:
            some = word.beyond
            phrasing += some[0]
            whole += some[1]
            letters += some[2]
        beyond = phrasing * by_stems + whole * self._by_weight + letters * self._by_long
        few = [word for word in self._words if word.few]
        if not few:
            return self._with_letters(np.zeros(self._units.height)), beyond
        scales = np.array((by_stems, self._by_weight, self._by_long), np.float32)
        said = np.concatenate([word.heads for word in few]).dot(scales)
        rows = np.concatenate([word.rows for word in few])
        bounds = np.bincount(rows, said, self._units.height).astype(np.float64, copy=False)
        return self._with_letters(bounds), beyond

    def _tighter_bounds(self) -> tuple[Floats, float]:
        """The same with all but the phrasings as it is, for every passage: ten times the work."""
        height, by_stems = self._units.height, self._by_stems * (1 - self._units.letters_share)
        bounds, beyond = self._rest(np.arange(height)).astype(np.float64), 0.0
        for word in self._words:
            beyond += word.beyond[0] * by_stems
            bounds[word.rows] += word.heads[:, 0] * by_stems
        return self._with_letters(bounds), beyond

    def _with_letters(self, bounds: Floats) -> Floats:
        if self._units.letters is not None:
            spelled = np.zeros(self._units.height, np.float32)
            for word in self._words:
                if word.spelled is not None:
                    spelled += word.spelled
            bounds += spelled * np.float32(self._units.letters_share * self._by_letters)
        return bounds

    def _first(self, bounds: Floats, limit: int) -> tuple[Ints, float]:
        """The passages with the highest bounds, and what no other's bound reaches."""
        least = float(bounds[bounds.argmax()]) * FIRST_SHARE
        rows = (bounds >= least).nonzero()[0]
        if limit <= len(rows) <= MANY:
            return rows, least
        most = max(FEW, limit)
        rows = bounds.argpartition(len(bounds) - most)[-most:]
        rows.sort()
        return rows, float(bounds[rows].min())

    def _ranked(self, rows: Ints, limit: int) -> list[tuple[int, float]]:
        """Of these passages, in rising order, those that score highest."""
        units, firsts = self._phrasings(rows)
        scores = np.maximum.reduceat(units, firsts)
        scores += self._rest(rows)
        order = (-scores).argsort(kind="stable")[:limit]
        rows, scores = rows.take(order), scores.take(order)
        scores /= WHOLE
        return list(zip(rows.tolist(), scores.tolist(), strict=True))

    def _rest(self, rows: Ints) -> Small:
        """What these passages score beside their phrasings."""
        sums = np.zeros(len(rows), np.complex64)
        for word in self._words:
            if word.rest is not None:
                sums += word.rest.take(rows)
        scales = np.array((self._by_weight, self._by_long), np.float32)
        rest: Small = sums.view(np.float32).reshape(-1, 2).dot(scales)
        return rest

    def _phrasings(self, rows: Ints) -> tuple[Floats, Ints]:
        """How like the question each unit of these passages is, and where each passage's first one stands."""
        units, firsts = self._units.stems.score(rows, self._stems())
        units *= self._by_stems
        np.minimum(units, 1.0, out=units)
        if self._units.letters is not None:
            share = self._units.letters_share
            groups = np.concatenate([word.groups for word in self._words])
            weights = np.concatenate([word.group_weights for word in self._words])
            letters, _ = self._units.letters.score_sums(rows, groups, weights)
            letters *= share * self._by_letters
            units *= 1 - share
            units += letters
        return units, firsts

    def _stems(self) -> dict[int, float]:
        """The stems asked for; of words that resemble the same one only the likest counts."""
        most: dict[int, float] = {}
        for word in self._words:
            for stem, weight in word.stems:
                if weight > most.get(stem, 0.0):
                    most[stem] = weight
        return most


def weighed(near: Sequence[tuple[int, float]], learned: Small, share: float) -> list[tuple[int, float]]:
    """Passages with their scores, of which what was learned of them decides a share; the best first."""
    taught = np.clip(learned, 0.0, 1.0).tolist()
    scores = [
        (row, (1 - share) * score + share * one) for (row, score), one in zip(near, taught, strict=True)
    ]
    return sorted(scores, key=lambda pair: (-pair[1], pair[0]))


def _reaching(bounds: Floats, least: float, beyond: float) -> Ints:
    """The passages that may score so much; what shares no word at all scores nothing."""
    if beyond < _SLACK:
        least = max(least, _SLACK)
    return (bounds >= least).nonzero()[0]
