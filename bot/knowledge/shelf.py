"""The passages of one language, scored against a question by their phrasings and by their bodies.

A score is a share of the best that the question could have got, words that no passage knows counted in:
0 shares nothing, 1 is the same words. So scores of different questions compare.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from bot.knowledge.articles import Passage
from bot.knowledge.names import names_in
from bot.knowledge.postings import Floats, Ints, Postings, count, spread
from bot.knowledge.words import COURTESIES, fold, grams, is_common, stem, words

COMMON_WEIGHT, UNKNOWN_COMMON_SHARE = 0.6, 0.25
"""Small words say less, and hardly anything where no passage has them."""
BODY_WEIGHT, COVER_WEIGHT = 0.45, 0.4
LEAST_LIKENESS, LIKENESS_POWER = 0.42, 1.6
SATURATION, LENGTH_SHARE = 1.2, 0.75
GRAM_SHARE = {"en": 0.0}
"""How much of the phrasings' score letter groups decide: nothing where words are seldom compounded."""
UNKNOWN_SHORT, UNKNOWN_LONG = -1, -2
_MOST_REMEMBERED = 20_000
_LINK_TARGET = re.compile(r"\]\([^)]*\)|<?https?://\S+")


class _Lexicon:
    """Every word of the shelf: its stem, how much it says, and its letter groups."""

    def __init__(self, language: str) -> None:
        self._language = language
        self.ids: dict[str, int] = {}
        self.stems: dict[str, int] = {}
        self.grams: dict[str, int] = {}
        self._stem_of: list[int] = []
        self._weight_of: list[float] = []
        self._grams_of: list[list[int]] = []

    def read(self, text: str) -> list[int]:
        return [self._word(word) for word in words(text)]

    def _word(self, word: str) -> int:
        known = self.ids.get(word)
        if known is not None:
            return known
        self.ids[word] = number = len(self.ids)
        root = stem(word, self._language)
        self._stem_of.append(self.stems.setdefault(root, len(self.stems)))
        self._weight_of.append(COMMON_WEIGHT if is_common(word, self._language) else 1.0)
        self._grams_of.append([self.grams.setdefault(g, len(self.grams)) for g in grams(fold(word), 3, 5)])
        return number

    def freeze(self) -> None:
        self.stem_of = np.array(self._stem_of, dtype=np.int64)
        self.weight_of = np.array(self._weight_of)
        self.gram_starts = np.zeros(len(self._grams_of) + 1, dtype=np.int64)
        np.cumsum([len(group) for group in self._grams_of], out=self.gram_starts[1:])
        self.grams_of = np.array([g for group in self._grams_of for g in group], dtype=np.int64)
        self.long_gram = np.array([len(g) > 3 for g in self.grams], dtype=bool)


@dataclass(frozen=True, slots=True)
class _Word:
    """A question's word, looked up on the shelf."""

    weight: float
    """How much it says: its rarity, damped if it is common."""
    stem: int
    """-1 for a word that no passage has."""
    stems: Ints
    """Stems of the shelf that it is or resembles, and how much so."""
    likeness: Floats
    grams: Ints
    """Its letter groups, below 0 those that no passage has, and how much each says."""
    gram_weights: Floats


@dataclass(frozen=True, slots=True)
class Reading:
    """What a question finds on the shelf."""

    phrasing: Floats
    """Each unit's likeness to the question."""
    matches: Floats
    """For each of the question's words, how much each unit has it."""
    weights: Floats
    """The words' shares of the question."""
    body: Floats
    """Each passage's likeness by its body."""


class Shelf:
    def __init__(self, passages: Sequence[Passage], language: str) -> None:
        self.passages = tuple(passages)
        self.language = language
        self._lexicon = lexicon = _Lexicon(language)
        units = [(row, unit) for row, passage in enumerate(passages) for unit in passage.questions]
        self.unit_starts = np.searchsorted([row for row, _ in units], np.arange(len(passages)))
        self.units = tuple(unit for _, unit in units)
        self.row_of = np.array([row for row, _ in units], dtype=np.int64)
        unit_words, unit_rows = _flatten(lexicon.read(unit) for unit in self.units)
        body_words, body_rows = _flatten(lexicon.read(_body_text(passage)) for passage in passages)
        lexicon.freeze()
        self._index(unit_words, unit_rows, body_words, body_rows)
        self._gram_share = GRAM_SHARE.get(language, 0.5)
        self.names = names_in(passage.body for passage in passages)
        self._nothing = np.zeros(len(passages))
        self._remembered: dict[str, _Word] = {}

    def _index(self, unit_words: Ints, unit_rows: Ints, body_words: Ints, body_rows: Ints) -> None:
        lexicon, height = self._lexicon, len(self.passages)
        all_words = np.concatenate([unit_words, body_words])
        all_rows = np.concatenate([self.row_of[unit_rows], body_rows])
        self._rarest = _rarity(np.zeros(1), height)[0]
        self._stem_rarity = _rarity_of(lexicon.stem_of[all_words], all_rows, len(lexicon.stems), height)
        at, found = spread(all_words, lexicon.gram_starts, lexicon.grams_of)
        self._gram_rarity = _rarity_of(found, all_rows[at], len(lexicon.grams), height)
        self._unit_stems = self._cosines(
            lexicon.stem_of[unit_words], unit_rows, lexicon.weight_of[unit_words], self._stem_rarity
        )
        stems, units, once = count(lexicon.stem_of[unit_words], unit_rows, len(self.units))
        self._stem_units = Postings.of(stems, units, once, len(lexicon.stems), len(self.units))
        at, found = spread(unit_words, lexicon.gram_starts, lexicon.grams_of)
        self._unit_grams = self._cosines(
            found, unit_rows[at], lexicon.weight_of[unit_words][at], self._gram_rarity
        )
        self._body_stems = self._saturated(lexicon.stem_of[body_words], body_rows, self._stem_rarity)
        at, found = spread(body_words, lexicon.gram_starts, lexicon.grams_of)
        long = lexicon.long_gram[found]
        self._body_grams = self._saturated(found[long], body_rows[at][long], self._gram_rarity)
        ids = np.arange(len(lexicon.ids))
        at, found = spread(ids, lexicon.gram_starts, lexicon.grams_of)
        self._words_with = Postings.of(found, at, np.ones(len(at)), len(lexicon.grams), len(ids))
        self._gram_counts = np.diff(lexicon.gram_starts)

    def _cosines(self, terms: Ints, units: Ints, weights: Floats, rarity: Floats) -> Postings:
        """Rarity-weighted terms of each unit, scaled to length 1."""
        height = len(self.units)
        terms, units, tally = count(terms, units, height, weights)
        heavy = tally * rarity[terms]
        length = np.sqrt(np.bincount(units, heavy * heavy, height))
        return Postings.of(terms, units, heavy / np.maximum(length, 1e-9)[units], len(rarity), height)

    def _saturated(self, terms: Ints, rows: Ints, rarity: Floats) -> Postings:
        """BM25: a term repeated says little more, and a long body says less with each."""
        height = len(self.passages)
        terms, rows, tally = count(terms, rows, height)
        lengths = np.bincount(rows, tally, height)
        relative = lengths / max(float(lengths.mean()), 1e-9) if height else lengths
        slack = SATURATION * (1 - LENGTH_SHARE + LENGTH_SHARE * relative[rows])
        return Postings.of(terms, rows, rarity[terms] * tally / (tally + slack), len(rarity), height)

    def read(self, question: str) -> Reading:
        said = dict.fromkeys(word for word in words(question) if word not in COURTESIES)
        if all(is_common(word, self.language) for word in said):
            return Reading(
                np.zeros(len(self.units)), np.zeros((1, len(self.units))), np.ones(1), self._nothing
            )
        asked = [self._look_up(word) for word in said]
        stems, letters = self._score_stems(asked), self._score_letters(asked)
        phrasing = (1 - self._gram_share) * stems + self._gram_share * letters
        weights = np.array([word.weight for word in asked])
        return Reading(phrasing, self._match(asked), weights / weights.sum(), self._score_bodies(asked))

    def telling(self, question: str) -> int:
        """How many of the question's words say what it is about."""
        said = {word for word in words(question) if word not in COURTESIES}
        return sum(not is_common(word, self.language) for word in said)

    def knows(self, word: str) -> bool:
        return stem(word, self.language) in self._lexicon.stems

    def total(self, reading: Reading, hidden: int | None = None) -> Floats:
        """Each passage's score: by its best phrasing, all its phrasings' words, and its body.

        `hidden` is a unit to overlook."""
        phrasing, matches = reading.phrasing, reading.matches
        if hidden is not None:
            phrasing, matches = phrasing.copy(), matches.copy()
            phrasing[hidden] = matches[:, hidden] = 0
        best = np.maximum.reduceat(phrasing, self.unit_starts)
        cover = reading.weights @ np.maximum.reduceat(matches, self.unit_starts, axis=1)
        whole = best + COVER_WEIGHT * cover + BODY_WEIGHT * reading.body
        return np.asarray(whole / (1 + COVER_WEIGHT + BODY_WEIGHT), dtype=np.float64)

    def _match(self, asked: Sequence[_Word]) -> Floats:
        """How much each word asked for is like the likest of each unit: a matrix, a row a word."""
        stems = np.concatenate([word.stems for word in asked])
        likeness = np.concatenate([word.likeness for word in asked])
        row = np.repeat(np.arange(len(asked)), [len(word.stems) for word in asked])
        at, units = spread(stems, self._stem_units.starts, self._stem_units.rows)
        matches = np.zeros((len(asked), len(self.units)))
        np.maximum.at(matches, (row[at], units), likeness[at])
        return matches

    def _score_letters(self, asked: Sequence[_Word]) -> Floats:
        if not self._gram_share:
            return np.zeros(len(self.units))
        groups, weights = _gathered(asked)
        known = groups >= 0
        best = float(weights @ weights) ** 0.5
        return np.asarray(self._unit_grams.score(groups[known], weights[known]) / best, dtype=np.float64)

    def _score_stems(self, asked: Sequence[_Word]) -> Floats:
        stems = np.concatenate([word.stems for word in asked])
        weights = np.concatenate([word.weight * word.likeness for word in asked])
        wanted, where = np.unique(stems, return_inverse=True)
        most = np.zeros(len(wanted))
        np.maximum.at(most, where, weights)
        best = sum(word.weight**2 for word in asked) ** 0.5
        shares: Floats = np.minimum(self._unit_stems.score(wanted, most) / best, 1.0)
        return shares

    def _score_bodies(self, asked: Sequence[_Word]) -> Floats:
        known = [word for word in asked if word.stem >= 0]
        stems = np.array([word.stem for word in known], dtype=np.int64)
        weights = np.array([word.weight for word in known])
        scores = self._body_stems.score(stems, weights / self._stem_rarity[stems])
        by_stems = np.minimum(scores / sum(word.weight for word in asked), 1.0)
        return np.asarray(0.25 * by_stems + 0.75 * self._score_body_letters(asked), dtype=np.float64)

    def _score_body_letters(self, asked: Sequence[_Word]) -> Floats:
        groups, weights = _gathered(asked)
        known = groups >= 0
        long = (groups == UNKNOWN_LONG) | (known & self._lexicon.long_gram[groups])
        best = max(float(weights[long].sum()), 1e-9)
        known &= long
        scores = self._body_grams.score(groups[known], weights[known] / self._gram_rarity[groups[known]])
        return np.minimum(scores / best, 1.0)

    def _look_up(self, word: str) -> _Word:
        found = self._remembered.get(word)
        if found is None:
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered = {}
            found = self._remembered[word] = self._study(word)
        return found

    def _study(self, word: str) -> _Word:
        factor = COMMON_WEIGHT if is_common(word, self.language) else 1.0
        groups = grams(fold(word), 3, 5)
        ids = [self._lexicon.grams.get(g, UNKNOWN_LONG if len(g) > 3 else UNKNOWN_SHORT) for g in groups]
        numbers = np.array(ids, dtype=np.int64)
        weights = factor * np.where(numbers >= 0, self._gram_rarity[numbers], self._rarest)
        own = self._lexicon.stems.get(stem(word, self.language), -1)
        unknown = self._rarest * (1.0 if factor == 1.0 else UNKNOWN_COMMON_SHARE)
        rarity = float(self._stem_rarity[own]) if own >= 0 else unknown
        stems, likeness = self._alike(numbers) if factor == 1.0 else (numbers[:0], weights[:0])
        exact = [own] if own >= 0 else self._halves(word)
        stems, likeness = np.append(stems, exact).astype(np.int64), np.append(likeness, np.ones(len(exact)))
        return _Word(factor * rarity, own, stems, likeness, numbers, weights)

    def _halves(self, word: str) -> list[int]:
        """The stems of a compound that the shelf writes as two words: "giftcards"."""
        for cut in range(3, len(word) - 2):
            first, second = self._lexicon.ids.get(word[:cut]), stem(word[cut:], self.language)
            if (
                first is not None
                and second in self._lexicon.stems
                and not is_common(word[:cut], self.language)
            ):
                return [int(self._lexicon.stem_of[first]), self._lexicon.stems[second]]
        return []

    def _alike(self, numbers: Ints) -> tuple[Ints, Floats]:
        """Stems of the shelf's words that share many letter groups with the one given."""
        known = numbers[numbers >= 0]
        shared = self._words_with.score(known, np.ones(len(known)))
        likeness = 2 * shared / (self._gram_counts + len(numbers))
        near = np.flatnonzero((likeness >= LEAST_LIKENESS) & (self._lexicon.weight_of == 1.0))
        return self._lexicon.stem_of[near], likeness[near] ** LIKENESS_POWER


def _body_text(passage: Passage) -> str:
    """The body's words and the headings above: where in the article it stands says what it is about."""
    return " ".join([*passage.headings, _LINK_TARGET.sub(" ", passage.body)])


def _flatten(lists: Iterable[list[int]]) -> tuple[Ints, Ints]:
    """One array of all numbers, and which list each came from."""
    kept = list(lists)
    rows = np.repeat(np.arange(len(kept)), [len(numbers) for numbers in kept])
    return np.array([n for numbers in kept for n in numbers], dtype=np.int64), rows


def _gathered(asked: Sequence[_Word]) -> tuple[Ints, Floats]:
    return np.concatenate([word.grams for word in asked]), np.concatenate(
        [word.gram_weights for word in asked]
    )


def _rarity(passages_with: Floats, height: int) -> Floats:
    return np.log1p((height - passages_with + 0.5) / (passages_with + 0.5))


def _rarity_of(terms: Ints, rows: Ints, width: int, height: int) -> Floats:
    """How much each term says: the fewer passages have it, the more."""
    together = np.unique(terms * height + rows) // max(height, 1)
    return _rarity(np.bincount(together, minlength=width).astype(np.float64), height)
