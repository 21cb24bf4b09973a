"""A passage as if one of its phrasings had never been written: what its text says of the phrasing's words only there."""

from collections.abc import Callable, Sequence

import numpy as np

from bot.knowledge.lexicon import LONGEST, SHORTEST, Lexicon
from bot.knowledge.postings import Floats, Ints, Postings
from bot.knowledge.trace import Trace
from bot.knowledge.words import fold, grams, stem, words


class Hiding:
    """Large, like the matrices that it looks into: for the time of asking oneself, not to be kept."""

    def __init__(
        self, lexicon: Lexicon, language: str, stems: Postings, letters: Postings, stem_rarity: Floats
    ) -> None:
        """`stems` and `letters`: what the texts hold."""
        self._lexicon, self._language = lexicon, language
        self._stems, self._letters, self._stem_rarity = _Cells(stems), _Cells(letters), stem_rarity

    def lost(
        self, row: int, said: Sequence[str], elsewhere: str, trace_of: Callable[[str], Trace]
    ) -> tuple[float, float]:
        """How much less of these words a passage says whose text is only what stands elsewhere: by stems, and by
        letter groups; neither weighed yet."""
        rest = set(words(elsewhere))
        roots = {stem(word, self._language) for word in rest}
        groups = {group for word in rest for group in grams(fold(word), SHORTEST + 1, LONGEST)}
        return self._lost_stems(row, said, roots, trace_of), self._lost_letters(row, said, groups, trace_of)

    def _lost_stems(
        self, row: int, said: Sequence[str], rest: set[str], trace_of: Callable[[str], Trace]
    ) -> float:
        gone = [(word, root) for word in said if (root := stem(word, self._language)) not in rest]
        known = self._lexicon.stems
        ids = np.array([known[root] for _, root in gone if root in known], dtype=np.int64)
        heavy = np.array([trace_of(word).weight for word, root in gone if root in known])
        return float((self._stems.at(ids, row) / self._stem_rarity[ids]) @ heavy) if len(ids) else 0.0

    def _lost_letters(
        self, row: int, said: Sequence[str], rest: set[str], trace_of: Callable[[str], Trace]
    ) -> float:
        known = self._lexicon.grams
        gone = [
            (known[group], trace_of(word).damped)
            for word in said
            for group in grams(fold(word), SHORTEST + 1, LONGEST)
            if group in known and group not in rest
        ]
        ids, damped = np.array([one for one, _ in gone], dtype=np.int64), np.array([two for _, two in gone])
        return float(self._letters.at(ids, row) @ damped) if gone else 0.0


class _Cells:
    """Single numbers of a sparse matrix."""

    def __init__(self, postings: Postings) -> None:
        terms = np.repeat(np.arange(len(postings.starts) - 1), np.diff(postings.starts))
        self._height, self._weights = postings.height, postings.weights
        self._places = terms * postings.height + postings.rows

    def at(self, terms: Ints, row: int) -> Floats:
        wanted = terms * self._height + row
        found = np.minimum(np.searchsorted(self._places, wanted), len(self._places) - 1)
        return np.where(self._places[found] == wanted, self._weights[found], 0.0)
