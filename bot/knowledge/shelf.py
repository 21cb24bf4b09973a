"""The passages of one language, scored against a question by their phrasings and by their bodies.

A score is a share of the best that the question could have got, words that no passage knows counted in:
0 shares nothing, 1 is the same words. So scores of different questions compare.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from bot.knowledge.articles import Passage
from bot.knowledge.asked import Asked, Units
from bot.knowledge.concepts import Concepts, built_in
from bot.knowledge.hiding import Hiding
from bot.knowledge.learned import FEWEST_PHRASINGS, MOST_UNITS, Learned, Lesson
from bot.knowledge.lexicon import COMMON_WEIGHT, LONGEST, SHORTEST, Lexicon
from bot.knowledge.names import names_in
from bot.knowledge.postings import Bits, Floats, Holdings, Ints, Postings, Small, count, paired, spread
from bot.knowledge.trace import (
    BODY_STEMS_WEIGHT,
    COVER_WEIGHT,
    FEWEST_REMEMBERED,
    MOST_REMEMBERED_BYTES,
    Memory,
    Parts,
    Trace,
)
from bot.knowledge.words import COURTESIES, fold, grams, is_common, is_common_anywhere, pictured, stem, words

UNKNOWN_COMMON_SHARE = 0.25
"""Small words say hardly anything where no passage has them."""
LEAST_LIKENESS, LIKENESS_POWER = 0.42, 1.6
SATURATION, LENGTH_SHARE = 1.2, 0.75
GRAM_SHARE = {"en": 0.0}
"""How much of the phrasings' score letter groups decide: nothing where words are seldom compounded."""
FEWEST_IN_TEXT = 4
"""So many phrasings of a passage are counted as a part of its text too."""
RELATED = 0.75
"""How much a word counts that means the same as one asked for."""
UNKNOWN = -1
LONGEST_WORD = 64
"""More of one in a question is no word, and each further letter would cost more than the last."""
_LINK_TARGET = re.compile(r"\]\([^)]*\)|<?https?://\S+")


class Shelf:
    def __init__(self, passages: Sequence[Passage], language: str, concepts: Concepts | None = None) -> None:
        self.passages = tuple(passages)
        self.language = language
        self.concepts = concepts or built_in()
        self._gram_share = GRAM_SHARE.get(language, 0.5)
        self._lexicon = lexicon = Lexicon(language)
        units = [(row, unit) for row, passage in enumerate(passages) for unit in passage.questions]
        self.row_of = np.array([row for row, _ in units], dtype=np.int64)
        self.first_units = np.searchsorted(self.row_of, np.arange(len(passages) + 1))
        self.units = tuple(unit for _, unit in units)
        unit_words, unit_rows = _flatten(lexicon.read(unit) for unit in self.units)
        body_words, body_rows = _flatten(lexicon.read(_body_text(passage)) for passage in passages)
        lexicon.freeze()
        self._index(unit_words, unit_rows, body_words, body_rows)
        self.names = names_in(passage.body for passage in passages)
        most = max(MOST_REMEMBERED_BYTES, FEWEST_REMEMBERED * 8 * len(passages))
        self._traces = Memory(self._study, most)
        self._literal = Memory(partial(self._study, literally=True), most)

    def _index(self, unit_words: Ints, unit_rows: Ints, body_words: Ints, body_rows: Ints) -> None:
        lexicon, height = self._lexicon, len(self.passages)
        all_words = np.concatenate([unit_words, body_words])
        all_rows = np.concatenate([self.row_of[unit_rows], body_rows])
        self._rarest = _rarity(np.zeros(1), height)[0]
        self._stem_rarity = _rarity_of(lexicon.stem_of[all_words], all_rows, len(lexicon.stems), height)
        some_words, some_rows, _ = count(all_words, all_rows, height)
        at, found = spread(some_words, lexicon.gram_starts, lexicon.grams_of)
        self._gram_rarity = _rarity_of(found, some_rows[at], len(lexicon.grams), height)
        del at, found
        self._unit_stems = self._cosines(
            lexicon.stem_of[unit_words], unit_rows, lexicon.weight_of[unit_words], self._stem_rarity
        )
        self._unit_grams = (
            self._letters_of(unit_words, unit_rows, lexicon.weight_of[unit_words])
            if self._gram_share
            else None
        )
        self._body_stems = self._saturated(lexicon.stem_of[body_words], body_rows, self._stem_rarity)
        at, found = spread(body_words, lexicon.gram_starts, lexicon.grams_of)
        long = lexicon.long_gram[found]
        self._body_grams = self._saturated(found[long], body_rows[at][long], self._gram_rarity)
        ids = np.arange(len(lexicon.ids))
        at, found = spread(ids, lexicon.gram_starts, lexicon.grams_of)
        self._words_with = Postings.of(found, at, np.ones(len(at)), len(lexicon.grams), len(ids))
        self._gram_counts = np.diff(lexicon.gram_starts)
        letters = Holdings(self._unit_grams, self.first_units) if self._unit_grams else None
        self._units = Units(Holdings(self._unit_stems, self.first_units), letters, self._gram_share, height)
        self._learned: Learned | None = None
        self.lesson = self._lesson(unit_words, unit_rows) if self._can_learn() else None

    def _can_learn(self) -> bool:
        units = len(self.units)
        return FEWEST_PHRASINGS * len(self.passages) <= units <= MOST_UNITS and len(self.passages) > 1

    def _lesson(self, unit_words: Ints, unit_rows: Ints) -> Lesson:
        plain = np.ones(len(unit_words))
        stems = self._cosines(self._lexicon.stem_of[unit_words], unit_rows, plain, self._stem_rarity)
        letters = self._letters_of(unit_words, unit_rows, plain)
        lesson = Lesson(stems, letters, self.first_units)
        self._learned = lesson.learned()
        return lesson

    def hiding(self) -> Hiding:
        """What looks into the texts for a question whose phrasing is hidden."""
        return Hiding(self._lexicon, self._body_stems, self._body_grams, self._stem_rarity)

    def lost_without(self, row: int, unit: int, hiding: Hiding) -> tuple[float, float]:
        """What a passage's text says of a unit's words, counted within the passage, only in that unit."""
        passage = self.passages[row]
        if not _is_in_text(passage):
            return 0.0, 0.0
        said = dict.fromkeys([word for word in words(passage.questions[unit]) if word not in COURTESIES])
        others = passage.questions[:unit] + passage.questions[unit + 1 :]
        return hiding.lost(
            row, tuple(said), _body_text(replace(passage, questions=others), anyway=True), self._traces.of
        )

    def settle(self, learned_share: float) -> None:
        """Say how much what was learned counts, before the first question; the lesson is over."""
        self.lesson = None
        self._units = replace(self._units, learned_share=learned_share)
        if self._learned is not None and not learned_share:
            self._learned = None
            self._traces.forget()  # they hold what was learned

    def _letters_of(self, unit_words: Ints, unit_rows: Ints, weights: Floats) -> Postings:
        lexicon = self._lexicon
        at, found = spread(unit_words, lexicon.gram_starts, lexicon.grams_of)
        return self._cosines(found, unit_rows[at], weights[at], self._gram_rarity)

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

    def ask(self, question: str, *, literally: bool = False) -> Asked | None:
        """None for a question of which no word says what it is about.

        `literally`: a word counts only as it is written, not by what it means."""
        said = dict.fromkeys([word[:LONGEST_WORD] for word in words(question) if word not in COURTESIES])
        if not question.isascii():
            said |= dict.fromkeys([word for word in pictured(question) if self._means(word)])
        trace_of = self._literal.of if literally else self._traces.of
        asked = Asked([trace_of(word) for word in said], self._units)
        return asked if asked.telling else None

    def telling(self, question: str) -> int:
        """How many of the question's words say what it is about."""
        said = {word for word in words(question) if word not in COURTESIES}
        return sum(not is_common(word, self.language) for word in said)

    def knows(self, word: str) -> bool:
        return stem(word, self.language) in self._lexicon.stems

    def _means(self, word: str) -> bool:
        """Some passage says it, or something that means the same."""
        return self.knows(word) or bool(self._stems_of(self.concepts.related(word, self.language)))

    def _study(self, word: str, *, literally: bool = False) -> Trace:
        own = self._lexicon.stems.get(stem(word, self.language), UNKNOWN)
        related = self._related(word, own) if not literally else {}
        common = is_common(word, self.language) or (own < 0 and not literally and is_common_anywhere(word))
        factor = COMMON_WEIGHT if common else 1.0
        every = grams(fold(self._said_here(word, own, related)), SHORTEST, LONGEST)
        groups = np.array([self._lexicon.grams.get(g, UNKNOWN) for g in every], dtype=np.int64)
        known, long = groups >= 0, np.array([len(g) > SHORTEST for g in every], dtype=bool)
        letters = factor * np.where(known, self._gram_rarity[groups], self._rarest)
        unknown = self._rarest * (UNKNOWN_COMMON_SHARE if common else 1.0)
        weight = factor * float(self._stem_rarity[own] if own >= 0 else unknown)
        if related and own < 0:
            weight = factor * max(float(self._stem_rarity[one]) for one in related)
        translated = bool(related) and own < 0
        stems, likeness = self._resembling(word, own, groups[:0] if common or translated else groups, related)
        weighted = weight * likeness
        exact = related | {own: 1.0} if own >= 0 else related
        said = letters * (RELATED if translated else 1.0)
        parts = self._parts(weight, exact, (stems, weighted), (groups, said), known & long)
        if self._learned is not None:
            taught = self._learned.of_word((stems, weighted / factor), (groups[known], said[known] / factor))
            parts = replace(parts, learned=taught)
        pairs = tuple(zip(stems.tolist(), weighted.tolist(), strict=True))
        squares, longer = float(letters @ letters), float(letters[long].sum())
        return Trace.of(weight, pairs, (groups[known], said[known]), (squares, longer), parts, factor)

    def _related(self, word: str, own: int) -> dict[int, float]:
        """The shelf's stems that mean what an unknown word means, and how much they count.

        Of a word that it knows only what the owner says."""
        if own >= 0:
            return self._stems_of(self.concepts.owned(word, self.language))
        found = self._stems_of(self.concepts.related(word, self.language))
        if not found:
            for half in self.concepts.parts(word, self.language):
                found |= self._stems_of(half)
        return found

    def _stems_of(self, terms: Iterable[str]) -> dict[int, float]:
        every = [
            [self._lexicon.stems.get(stem(one, self.language), UNKNOWN) for one in words(term)]
            for term in terms
        ]
        return {one: RELATED for stems in every if stems and min(stems) >= 0 for one in stems}

    def _said_here(self, word: str, own: int, related: dict[int, float]) -> str:
        """How the shelf spells what an unknown word means."""
        return self._lexicon.spelling_of(next(iter(related))) if related and own < 0 else word

    def _parts(
        self,
        weight: float,
        exact: Mapping[int, float],
        stems: tuple[Ints, Floats],
        groups: tuple[Ints, Floats],
        long: Bits,
    ) -> Parts:
        units = self._unit_stems.score(*stems)
        whole = np.zeros(len(self.passages), np.float32)
        at, units_with = spread(stems[0], self._unit_stems.starts, self._unit_stems.rows)
        np.maximum.at(whole, self.row_of[units_with], stems[1][at].astype(np.float32))
        whole *= COVER_WEIGHT
        for one, how_much in exact.items():
            share = BODY_STEMS_WEIGHT * weight * how_much / self._stem_rarity[one]
            whole += self._body_stems.score(np.array([one]), np.array([share])).astype(np.float32)
        found, said = groups[0][long], groups[1][long]
        letters = self._body_grams.score(found, said / self._gram_rarity[found]).astype(np.float32)
        return Parts(self._likest(units), whole, letters, self._spelled(*groups), None)

    def _spelled(self, groups: Ints, letters: Floats) -> Small | None:
        if self._unit_grams is None:
            return None
        known = groups >= 0
        return self._likest(self._unit_grams.score(groups[known], letters[known]))

    def _likest(self, units: Floats) -> Small:
        """Of each passage's units the one that scores highest."""
        return np.maximum.reduceat(units, self.first_units[:-1]).astype(np.float32)

    def _resembling(
        self, word: str, own: int, groups: Ints, related: Mapping[int, float]
    ) -> tuple[Ints, Floats]:
        """The stems of the shelf that a word is or resembles, each once, and how much so."""
        stems, likeness = self._alike(groups) if len(groups) else (groups, np.zeros(0))
        exact = [own] if own >= 0 else self._halves(word)
        most = dict(related)
        every = zip([*stems.tolist(), *exact], [*likeness.tolist(), *[1.0] * len(exact)], strict=True)
        for number, how_much in every:
            most[number] = max(how_much, most.get(number, 0.0))
        return np.array(list(most), dtype=np.int64), np.array(list(most.values()), dtype=np.float64)

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

    def _alike(self, groups: Ints) -> tuple[Ints, Floats]:
        """Stems of the shelf's words that share many letter groups with those given."""
        known = groups[groups >= 0]
        shared = self._words_with.score(known, np.ones(len(known)))
        likeness = 2 * shared / (self._gram_counts + len(groups))
        near = np.flatnonzero((likeness >= LEAST_LIKENESS) & (self._lexicon.weight_of == 1.0))
        return self._lexicon.stem_of[near], likeness[near] ** LIKENESS_POWER


def _is_in_text(passage: Passage) -> bool:
    return len(passage.questions) >= FEWEST_IN_TEXT


def _body_text(passage: Passage, *, anyway: bool = False) -> str:
    """The body's words, the headings above and the article's other names: they say what it is about.

    And its phrasings, where they are many: each is then one way of saying it among others."""
    asked = passage.questions if anyway or _is_in_text(passage) else ()
    return " ".join([*passage.headings, *asked, *passage.aliases, _LINK_TARGET.sub(" ", passage.body)])


def _flatten(lists: Iterable[list[int]]) -> tuple[Ints, Ints]:
    """One array of all numbers, and which list each came from."""
    kept = list(lists)
    rows = np.repeat(np.arange(len(kept)), [len(numbers) for numbers in kept])
    return np.array([n for numbers in kept for n in numbers], dtype=np.int64), rows


def _rarity(passages_with: Floats, height: int) -> Floats:
    return np.log1p((height - passages_with + 0.5) / (passages_with + 0.5))


def _rarity_of(terms: Ints, rows: Ints, width: int, height: int) -> Floats:
    """How much each term says: the fewer passages have it, the more."""
    pairs = np.sort(paired(terms, rows, height))  # np.unique hashes, which takes ten times as long
    once = pairs[np.diff(pairs, prepend=-1) > 0] // max(height, 1)
    return _rarity(np.bincount(once, minlength=width).astype(np.float64), height)
