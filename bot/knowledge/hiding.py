"""A passage as if one of its phrasings had never been written: what its text says of the phrasing's words only there."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from bot.knowledge.lexicon import Lexicon
from bot.knowledge.postings import Floats, Ints, Postings, spread
from bot.knowledge.trace import Trace
from bot.knowledge.words import words


class Hiding:
    """Large, like the matrices that it looks into: for the time of asking oneself, not to be kept."""

    def __init__(self, lexicon: Lexicon, stems: Postings, letters: Postings, stem_rarity: Floats) -> None:
        """`stems` and `letters`: what the texts hold."""
        self._lexicon = lexicon
        self._stems, self._letters, self._stem_rarity = _Cells(stems), _Cells(letters), stem_rarity

    def lost(
        self, row: int, said: Sequence[str], elsewhere: str, trace_of: Callable[[str], Trace]
    ) -> tuple[float, float]:
        """How much less of these words a passage says whose text is only what stands elsewhere: by stems, and by
        letter groups; neither weighed yet. All of the words are the shelf's."""
        rest, asked = self._numbers(words(elsewhere)), self._numbers(said)
        traces = [trace_of(word) for word in said]
        stems = self._lexicon.stem_of[asked]
        heavy = np.array([trace.weight for trace in traces]) / self._stem_rarity[stems]
        gone = ~np.isin(stems, self._lexicon.stem_of[rest])
        at, groups = self._groups(asked)
        damped = np.array([trace.damped for trace in traces])[at]
        away = self._lexicon.long_gram[groups] & ~np.isin(groups, self._groups(rest)[1])
        return (
            float(self._stems.at(stems[gone], row) @ heavy[gone]),
            float(self._letters.at(groups[away], row) @ damped[away]),
        )

    def _numbers(self, every: Iterable[str]) -> Ints:
        return np.array([self._lexicon.ids[word] for word in every], dtype=np.int64)

    def _groups(self, numbers: Ints) -> tuple[Ints, Ints]:
        return spread(numbers, self._lexicon.gram_starts, self._lexicon.grams_of)


class _Cells:
    """Single numbers of a sparse matrix."""

    def __init__(self, postings: Postings) -> None:
        terms = np.repeat(np.arange(len(postings.starts) - 1), np.diff(postings.starts))
        self._height, self._weights = postings.height, postings.weights
        self._places = terms * postings.height + postings.rows

    def at(self, terms: Ints, row: int) -> Floats:
        if not len(self._places):
            return np.zeros(len(terms))
        wanted = terms * self._height + row
        found = np.minimum(np.searchsorted(self._places, wanted), len(self._places) - 1)
        return np.where(self._places[found] == wanted, self._weights[found], 0.0).astype(np.float64)
