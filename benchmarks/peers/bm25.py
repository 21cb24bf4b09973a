"""BM25 as one writes it in a page: postings in numpy, words that every tenth passage has left out."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

import numpy as np

from bot.knowledge.articles import Passage

TOO_COMMON: Final = 0.1
K1, B = 1.2, 0.75
_WORD: Final = re.compile(r"\w+")


class Bm25:
    """A passage's words are those of its phrasings and of its body."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._bodies = [passage.body for passage in passages]
        counted = [Counter(_words(" ".join([*passage.questions, passage.body]))) for passage in passages]
        lengths = np.array([sum(tally.values()) for tally in counted])
        held: dict[str, list[tuple[int, int]]] = {}
        for row, tally in enumerate(counted):
            for word, times in tally.items():
                held.setdefault(word, []).append((row, times))
        count, mean = len(passages), float(lengths.mean())
        self._postings = {}
        for word, rows in held.items():
            if len(rows) <= TOO_COMMON * count:
                at, times = np.array(rows).T
                rarity = np.log1p((count - len(rows) + 0.5) / (len(rows) + 0.5))
                weight = times * (K1 + 1) / (times + K1 * (1 - B + B * lengths[at] / mean))
                self._postings[word] = (at, rarity * weight)

    def best(self, question: str) -> str:
        """The body of the passage that scores highest; empty where no word is known."""
        found = [self._postings[word] for word in _words(question) if word in self._postings]
        if not found:
            return ""
        at = np.concatenate([rows for rows, _ in found])
        scores = np.bincount(at, np.concatenate([weights for _, weights in found]))
        return self._bodies[int(scores.argmax())]


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())
