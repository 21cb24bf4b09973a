"""All passages, a shelf a language, and how sure a hit must be to be an answer."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bot.knowledge.articles import Passage
from bot.knowledge.concepts import Concepts, with_own
from bot.knowledge.found import Found, Hit
from bot.knowledge.names import without_names
from bot.knowledge.shelf import Shelf
from bot.knowledge.threshold import Target, Threshold, Trial, ask_itself, choose, confidence

_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|\n+")
_FEWEST_WORDS = 4
CLEAR_SCORE, CLEAR_LEAD = 0.6, 0.07
"""One word ("delivery") names a topic rather than asks: it must find one passage well, and no other so well."""
MOST_CHOICES, CLOSE = 3, 0.45
"""So many passages may be named when a customer is asked which is meant, each at least this share of the best."""


@dataclass(frozen=True, slots=True)
class _Tried:
    """A shelf with what it answered when it asked itself."""

    shelf: Shelf
    inside: Sequence[Trial]
    outside: Sequence[Trial]


class Index:
    """Immutable: a search may run while the next index is built."""

    def __init__(self, tried: Sequence[_Tried], chosen: Threshold) -> None:
        self._tried = {one.shelf.language: one for one in tried}
        self._shelves = {one.shelf.language: one.shelf for one in tried}
        self._chosen = chosen

    @classmethod
    def build(
        cls,
        passages: Sequence[Passage],
        target: Target | None = None,
        threshold: float | None = None,
        previous: "Index | None" = None,
        synonyms: tuple[str, ...] = (),
        beside: "Iterable[Index]" = (),
    ) -> "Index":
        """Read all passages and find the threshold, unless one is given.

        Of `previous`, and of those `beside` it, the shelves are kept whose passages have not changed.
        `synonyms` are lines of the owner's."""
        languages = dict.fromkeys(passage.language for passage in passages)
        known = [one for index in (*beside, previous) if index for one in index._tried.values()]
        target = target or Target()
        concepts = with_own(synonyms)
        tried = [_try(language, passages, target, concepts, known) for language in languages]
        chosen = choose(
            [trial for one in tried for trial in one.inside],
            [trial for one in tried for trial in one.outside],
            target,
        )
        return cls(tried, chosen if threshold is None else replace(chosen, value=threshold))

    @property
    def passages(self) -> tuple[Passage, ...]:
        return tuple(passage for shelf in self._shelves.values() for passage in shelf.passages)

    @property
    def threshold(self) -> float:
        return self._chosen.value

    @property
    def near(self) -> float:
        """The score of a first hit from which the customer is asked which of a few passages is meant."""
        return self._chosen.near

    @property
    def expected_wrong(self) -> float:
        return self._chosen.expected_wrong

    @property
    def expected_answered(self) -> float:
        return self._chosen.expected_answered

    def search(self, question: str, language: str, limit: int = 3) -> list[Hit]:
        return list(self.find(question, language, limit).hits)

    def find(self, question: str, language: str, limit: int = 3) -> Found:
        """The best passages of the language asked in; another language's only if it alone has the answer."""
        found = self._find_in_any(question, language, limit)
        if found.answered:
            return found
        if lone := _lone_question(question):
            found = _surer(found, self._find_in_any(lone, language, limit))
        if not found.answered and (nameless := self._nameless(question, language)):
            told = self._find_in_any(nameless, language, limit)
            found = _surer(found, told) if _agree(found, told) else found
        return found

    def _nameless(self, question: str, language: str) -> str | None:
        """The question without the names and numbers it mentions, if enough is left to go by."""
        shelf = self._shelves.get(language)
        told = without_names(question, language, shelf.names, shelf.knows) if shelf else None
        return told if shelf and told and shelf.telling(told) > 1 else None

    def _find_in_any(self, question: str, language: str, limit: int) -> Found:
        """Of other languages a question is put into their words only where its own has no passage at all."""
        own = self._shelves.get(language)
        found = self._find(own, question, limit) if own else Found()
        if found.answered:
            return found
        told = [
            self._find(shelf, question, limit, literally=own is not None)
            for shelf in self._shelves.values()
            if shelf is not own
        ]
        other = max(told, key=_sureness, default=found)
        return other if other.answered or own is None else found

    def _find(self, shelf: Shelf, question: str, limit: int, *, literally: bool = False) -> Found:
        asked = shelf.ask(question, literally=literally)
        if asked is None:
            return Found()
        best = asked.best(max(limit, 2))
        hits = tuple([Hit(shelf.passages[row], score) for row, score in best[:limit] if score > 0])
        sure = confidence([score for _, score in best])
        vague = asked.telling < 2 and not _is_clear(hits)
        if hits and not vague and sure >= self.threshold:
            return Found(hits, "answer", sure)
        choices = self._choices(hits)
        return Found(hits, "clarify" if choices else "none", sure, choices)

    def _choices(self, hits: Sequence[Hit]) -> tuple[Hit, ...]:
        """The hits that a customer may mean, if there are a few and the first is near enough to ask."""
        if not hits or hits[0].score < self._chosen.near:
            return ()
        close = tuple([hit for hit in hits[:MOST_CHOICES] if hit.score >= CLOSE * hits[0].score])
        return close if len(close) > 1 else ()


def _lone_question(text: str) -> str | None:
    """The one question that a message asks among other sentences, if it says enough to stand alone."""
    sentences = [part.strip() for part in _SENTENCE_END.split(text) if part.strip()]
    asked = [sentence for sentence in sentences if sentence.endswith("?")]
    alone = len(asked) == 1 < len(sentences) and len(asked[0].split()) >= _FEWEST_WORDS
    return asked[0] if alone else None


def _is_clear(hits: Sequence[Hit]) -> bool:
    second = hits[1].score if len(hits) > 1 else 0.0
    return bool(hits) and hits[0].score >= CLEAR_SCORE and hits[0].score - second >= CLEAR_LEAD


def _surer(found: Found, told: Found) -> Found:
    return told if told.answered else found


def _agree(found: Found, told: Found) -> bool:
    """A name may hide an answer, but never decide which one it is."""
    return bool(found.hits and told.hits) and found.hits[0].passage == told.hits[0].passage


def _sureness(found: Found) -> float:
    return found.score


def _try(
    language: str, passages: Sequence[Passage], target: Target, concepts: Concepts, known: Sequence[_Tried]
) -> _Tried:
    own = tuple(passage for passage in passages if passage.language == language)
    for one in known:
        if one.shelf.passages == own and one.shelf.concepts is concepts:
            return one
    shelf = Shelf(own, language, concepts)
    return _Tried(shelf, *ask_itself(shelf, target))
