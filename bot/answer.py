"""From a question to an answer with its sources, or to none: then a person is asked."""

import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from bot.content import Content
from bot.knowledge.articles import Passage
from bot.knowledge.audience import Audience
from bot.knowledge.found import Hit, Zone
from bot.knowledge.library import Library
from bot.knowledge.render import render
from bot.wording import short

log = logging.getLogger(__name__)

HITS = 3
NEAR = 0.35
"""A score from which a passage is worth naming to staff."""
Announce = Callable[[], Awaitable[None]]
"""Shows the customer that an answer is coming."""


@dataclass(frozen=True, slots=True)
class Source:
    file: str
    heading: str
    score: float


@dataclass(frozen=True, slots=True)
class Answer:
    content: Content
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the knowledge base holds for a question, answered or not."""

    answer: Answer | None
    score: float
    hits: tuple[Hit, ...] = ()
    passage: Passage | None = None
    """What the answer rests on."""
    zone: Zone = "none"
    choices: tuple[Hit, ...] = ()
    """What the customer may mean, where the zone is "clarify"."""
    lacks: str = ""
    """Why there is no answer, as `escalation.Why` words it; empty: because nothing sure was found."""

    @property
    def sources(self) -> tuple[Source, ...]:
        return tuple(map(_source, self.hits))

    @property
    def nearest(self) -> str:
        """The passage that comes nearest; empty when nothing comes near."""
        best = self.sources[0] if self.hits else None
        return f"{best.heading} ({best.file})" if best and best.score >= NEAR else ""


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    language: str
    earlier: tuple[str, ...] = ()
    """What was said before, oldest first, as "customer: …" and "bot: …"."""


class Model(Protocol):
    """A language model that says what passages say, in the customer's words and language."""

    name: str
    last_error: str
    calls: Counter[str]
    """How often it was asked, by what came of it."""

    @property
    def left_alone(self) -> bool:
        """Calls failed, and it is given time."""
        ...

    async def start(self) -> None:
        """Get ready before the first question. Raises nothing."""
        ...

    async def close(self) -> None: ...

    async def phrase(self, question: Question, passages: Sequence[str]) -> str | None:
        """A text that rests on the passages alone, or None when it cannot or may not answer.

        Raises nothing: whatever fails, the passage itself is the answer."""
        ...


class Answerer:
    def __init__(self, library: Library, model: Model | None = None) -> None:
        self._library, self.model = library, model

    async def answer(self, question: Question, announce: Announce) -> Verdict:
        """The answer, in the model's words where there is a model and it says nothing else than the passage.

        A question that comes before the articles are read waits for them."""
        await self._library.until_read()
        verdict = self.look_up(question.text, question.language)
        if verdict.answer is None or verdict.passage is None or self.model is None:
            return verdict
        await announce()
        best = verdict.passage
        text = await self.model.phrase(question, [f"{best.heading}\n{best.body}"])
        return (
            replace(verdict, answer=Answer(Content(text=text), verdict.answer.sources)) if text else verdict
        )

    def look_up(self, text: str, language: str, audience: Audience = Audience.PUBLIC) -> Verdict:
        """The best passage, said as it stands, when the library is sure enough of it."""
        found = self._library.find(text, language, HITS, audience)
        if not found.answered:
            return Verdict(None, found.score, found.hits, zone=found.zone, choices=found.choices)
        best = found.hits[0]
        said = short(render(best.passage.body), text, best.passage.language)
        answer = Answer(said, (_source(best),))
        return Verdict(answer, found.score, found.hits, best.passage, found.zone)


def _source(hit: Hit) -> Source:
    return Source(hit.passage.file, hit.passage.heading, round(hit.score, 4))
