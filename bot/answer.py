"""From a question to an answer with its sources, or to none: then a person is asked."""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from bot.channel import Finding
from bot.content import Content
from bot.knowledge.articles import Passage
from bot.knowledge.audience import Audience
from bot.knowledge.found import Hit, Zone
from bot.knowledge.library import Library
from bot.knowledge.render import render
from bot.showing import Showing
from bot.wording import short
from storage.records import ModelSpending

log = logging.getLogger(__name__)

HITS = 3
NEAR = 0.35
"""A score from which a passage is worth naming to staff."""
MOST_UNSURE = 0.6
"""Of the best hit's score: what comes less near is not shown to the model."""


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
    """What a model says is in the way of an answer, or that its own may not be said; empty where none was asked."""
    by_model: bool = False
    """The answer is in a model's words."""
    mood: str = ""
    """How the customer sounds to a model: angry, or nothing out of the ordinary."""

    @property
    def sources(self) -> tuple[Source, ...]:
        return tuple(map(_source, self.hits))

    @property
    def nearest(self) -> str:
        """The passage that comes nearest; empty when nothing comes near."""
        best = self.sources[0] if self.hits else None
        return f"{best.heading} ({best.file})" if best and best.score >= NEAR else ""


@dataclass(frozen=True, slots=True)
class Asker:
    """Whose question it is; `names` and what else tells who they are is kept from the model."""

    contact_id: int = 0
    conversation_id: int = 0
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """Something we know of one customer: from their records, from what we remember, from what a skill has done."""

    contact_id: int
    text: str
    language: str
    done: str = ""
    """What we have finished for them (one of `bot/ai/commitments.py`'s DEEDS); empty: nothing was done."""


class Memory(Protocol):
    """Where facts about a customer come from: their records, a memory of earlier conversations."""

    async def about(self, asker: Asker, question: str) -> Sequence[Fact]:
        """What may matter for the question, the most important first. Raises nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    language: str
    earlier: tuple[str, ...] = ()
    """What was said before, oldest first, as "customer: …" and "bot: …"."""
    asker: Asker = Asker()
    facts: tuple[Fact, ...] = ()
    manner: str = ""
    """How the business wants to be spoken for, in a few sentences."""


@dataclass(frozen=True, slots=True)
class Wording:
    """What a model made of a question: words that may be said, or the wish to hand it over."""

    text: str = ""
    used: tuple[int, ...] = ()
    """Which of the passages it rests on, by their places."""
    hand_over: str = ""
    """Why a person should answer; then there is no text."""


Draft = Callable[[str], None]


class Model(Protocol):
    """A language model that says what passages say, in the customer's words and language."""

    name: str
    calls: Counter[str]
    """How often it was asked, by what came of it."""
    tokens: Counter[str]
    """Since the start: in, out, and cost in millionths."""

    @property
    def last_error(self) -> str:
        """What was wrong with the last answer, for staff; empty for nothing."""
        ...

    @property
    def left_alone(self) -> bool:
        """Calls failed, and it is given time."""
        ...

    async def start(self) -> None:
        """Get ready before the first question. Raises nothing."""
        ...

    async def close(self) -> None: ...

    async def check(self) -> Sequence[Finding]:
        """What `python -m bot check` says of it. Raises nothing."""
        ...

    async def forget_days(self) -> None:
        """Drop what need not be known any more of what it cost."""
        ...

    async def spent_today(self) -> ModelSpending:
        """What it cost since midnight."""
        ...

    async def word(
        self, question: Question, passages: Sequence[Passage], show: Draft | None = None, *, sure: bool = True
    ) -> Wording | None:
        """Words that rest on the passages alone, or None when there are none that may be said.

        `show` is given the part of the answer that may be shown already. Not `sure`: the passages may be about
        something else. Raises nothing: whatever fails, the knowledge base answers without it."""
        ...


class Answerer:
    def __init__(self, library: Library, model: Model | None = None, memory: Memory | None = None) -> None:
        self._library, self.model, self.memory = library, model, memory

    async def answer(self, question: Question, showing: Showing) -> Verdict:
        """The answer, in the model's words where there is a model and it says nothing else than the passages.

        A question that comes before the articles are read waits for them."""
        await self._library.until_read()
        verdict = self.look_up(question.text, question.language)
        return verdict if self.model is None else await self._in_words(self.model, question, verdict, showing)

    async def _in_words(
        self, model: Model, question: Question, verdict: Verdict, showing: Showing
    ) -> Verdict:
        """The model is asked about what comes near, too; a person is asked where it finds no answer in that.

        What the knowledge base is sure of it can only put into words: it takes no answer from a customer."""
        offered = _worth_showing(verdict)
        if not offered:
            return verdict
        if self.memory is not None:
            question = replace(question, facts=tuple(await self.memory.about(question.asker, question.text)))
        async with showing:
            said = await model.word(
                question,
                [hit.passage for hit in offered],
                showing.draft if showing.drafts else None,
                sure=verdict.answer is not None,
            )
        if said is None or not said.text:
            lacks = said.hand_over if said else ""
            return replace(verdict, lacks=lacks, mood="angry" if lacks == "angry" else "")
        used = [offered[place] for place in said.used]
        return replace(
            verdict,
            answer=Answer(Content(text=said.text), tuple(map(_source, used))),
            passage=used[0].passage if used else verdict.passage,
            by_model=True,
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


def _worth_showing(verdict: Verdict) -> list[Hit]:
    """The hits that come about as near as the best one; none when that one is not near."""
    if not verdict.hits or (verdict.answer is None and verdict.hits[0].score < NEAR):
        return []
    least = verdict.hits[0].score * MOST_UNSURE
    return [hit for hit in verdict.hits if hit.score >= least]


def _source(hit: Hit) -> Source:
    return Source(hit.passage.file, hit.passage.heading, round(hit.score, 4))
