"""Every word of a shelf: its stem, how much it says, and its letter groups."""

import numpy as np

from bot.knowledge.words import fold, grams, is_common, stem, words

COMMON_WEIGHT = 0.6
"""Small words say less."""
SHORTEST, LONGEST = 3, 5
"""Letters in a group, a word's edges counted in."""


class Lexicon:
    """Filled by reading texts, then frozen into arrays."""

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
        groups = grams(fold(word), SHORTEST, LONGEST)
        self._grams_of.append([self.grams.setdefault(g, len(self.grams)) for g in groups])
        return number

    def spelling_of(self, stem: int) -> str:
        """A word of the shelf with this stem."""
        return self._spellings[stem]

    def freeze(self) -> None:
        self._spellings: dict[int, str] = {}
        for word, root in zip(self.ids, self._stem_of, strict=True):
            self._spellings.setdefault(root, word)
        self.stem_of = np.array(self._stem_of, dtype=np.int64)
        self.weight_of = np.array(self._weight_of)
        self.gram_starts = np.zeros(len(self._grams_of) + 1, dtype=np.int64)
        np.cumsum([len(group) for group in self._grams_of], out=self.gram_starts[1:])
        self.grams_of = np.array([g for group in self._grams_of for g in group], dtype=np.int64)
        self.long_gram = np.array([len(g) > SHORTEST for g in self.grams], dtype=bool)
        del self._stem_of, self._weight_of, self._grams_of
