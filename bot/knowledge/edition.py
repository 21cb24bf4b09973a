"""One version of all articles, indexed: whoever answers from it meets no other in the middle."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bot.knowledge.articles import Passage
from bot.knowledge.audience import Audience
from bot.knowledge.found import Found
from bot.knowledge.front import FOREVER
from bot.knowledge.reading import Article
from bot.knowledge.threshold import Target

if TYPE_CHECKING:
    from bot.knowledge.index import Index


@dataclass(frozen=True, slots=True)
class Sureness:
    """How sure the library must be to answer."""

    target: Target = field(default_factory=Target)
    threshold: float | None = None
    """Fixed by the operator instead of found."""


@dataclass(frozen=True, slots=True)
class Edition:
    version: str
    """The same for the same articles, read at a time when the same of them hold."""
    indexes: Mapping[Audience, "Index"]
    """One an audience, which holds nothing that this audience may not be told."""
    edge: int
    """When the next passage begins or ends to hold; milliseconds since 1970."""
    synonyms: tuple[str, ...] = ()
    """The owner's own lines of words that mean the same."""
    withdrawn: frozenset[str] = frozenset()
    """Files of which nothing is told any more, until the next edition is made."""

    @classmethod
    def of(
        cls,
        articles: Mapping[str, Article],
        sureness: Sureness,
        now: int,
        previous: "Edition | None" = None,
        synonyms: tuple[str, ...] = (),
    ) -> "Edition":
        every = [passage for article in articles.values() for passage in article.passages]
        holding = [passage for passage in every if passage.holds(now)]
        indexes: dict[Audience, Index] = {}
        count, index = -1, None
        for audience in Audience:  # from those who are told least to those who are told all
            told = [passage for passage in holding if passage.audience in audience.sees]
            if index is None or len(told) > count:
                before = previous.indexes[audience] if previous else None
                index = _index(told, sureness, before, synonyms, tuple(indexes.values()))
            indexes[audience], count = index, len(told)
        version = _version(articles, holding, every, synonyms)
        return cls(version, indexes, _edge(every, now), synonyms)

    @property
    def public(self) -> "Index":
        return self.indexes[Audience.PUBLIC]

    def without(self, files: Iterable[str]) -> "Edition":
        return replace(self, withdrawn=self.withdrawn | frozenset(files))

    def find(self, question: str, language: str, limit: int, audience: Audience, now: int) -> Found:
        """Nothing where something may not be told: a passage that the index should not hold, or holds no longer."""
        found = self.indexes[audience].find(question, language, limit)
        sees = audience.sees
        for hit in (*found.hits, *found.choices):
            passage = hit.passage
            if passage.audience not in sees or passage.file in self.withdrawn or not passage.holds(now):
                return Found()
        return found

    def passage(self, file: str, heading: str, audience: Audience, now: int) -> Passage | None:
        """The passage under that heading, if it is there, holds, and may be told to them."""
        if file in self.withdrawn:
            return None
        every = self.indexes[audience].passages
        named = (one for one in every if one.file == file and one.heading == heading)
        return next((one for one in named if one.audience in audience.sees and one.holds(now)), None)


def _index(
    told: list[Passage],
    sureness: Sureness,
    previous: "Index | None",
    synonyms: tuple[str, ...],
    narrower: "tuple[Index, ...]",
) -> "Index":
    from bot.knowledge.index import Index  # numpy, which a start need not wait for

    return Index.build(told, sureness.target, sureness.threshold, previous, synonyms, narrower)


def _version(
    articles: Mapping[str, Article], holding: list[Passage], every: list[Passage], synonyms: tuple[str, ...]
) -> str:
    version = hashlib.blake2b("\n".join(synonyms).encode(), digest_size=6)
    for file in sorted(articles):
        version.update(b"%d %s" % (len(file.encode()), file.encode()))
        version.update(articles[file].digest)
    if len(holding) < len(every):
        held = {id(passage) for passage in holding}
        version.update(bytes(id(passage) in held for passage in every))
    return version.hexdigest()


def _edge(passages: Iterable[Passage], now: int) -> int:
    return min(
        (at for passage in passages for at in (passage.valid_from, passage.valid_until) if at > now),
        default=FOREVER,
    )
