"""What customers asked and what came of it, read back from the record; and what the knowledge base could learn of it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import orjson

from bot import content as contents
from bot.business import Business
from bot.grouping import grouped, topic_of
from bot.recording import Record, bears, from_json
from storage import messages, proposals, tickets
from storage.database import Reading, Statements
from storage.proposals import Proposal, ProposalState
from storage.records import Message

PAGE = 1000
DAY_MILLISECONDS = 86_400_000
REPHRASED_MILLISECONDS = 10 * 60_000
"""Who asks again so soon was not answered."""
LEFT_MILLISECONDS = 30 * 60_000
"""Who asks for a person so soon was not helped."""
REOPENED_MILLISECONDS = 7 * DAY_MILLISECONDS
UNANSWERED: Final = frozenset(
    {"no_answer", "low_confidence", "not_grounded", "ai_down", "rest", "failed_twice", "language"}
)
"""Reasons that the knowledge base could take away."""
WISHES: Final = frozenset({"asked", "wordless"})
"""Reasons that come with no question."""
_PRIVATE: Final = re.compile(r"\S+@\S+\.\w+|\+?\d[\d \-]{6,}\d|\b[A-Z]{2,}-?\d{4,}\b")
"""E-mail addresses, telephone and order numbers: one customer's, nothing for everybody."""

Outcome = Literal[
    "answered", "liked", "disliked", "rephrased", "left", "clarified", "escalated", "reopened", "refused"
]


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of a customer's, with what it met and what came of it."""

    question: str
    record: Record
    outcome: Outcome
    conversation_id: int
    ticket_id: int | None
    at: int

    @property
    def is_gap(self) -> bool:
        """The knowledge base did not answer it, or not so that it helped."""
        return (self.record.outcome == "escalated" and self.record.why in UNANSWERED) or self.outcome in (
            "disliked",
            "left",
        )


@dataclass(frozen=True, slots=True)
class Gap:
    """Questions alike that were not answered."""

    topic: str
    language: str
    asked: tuple[Asked, ...]

    @property
    def times(self) -> int:
        return len(self.asked)

    @property
    def example(self) -> str:
        """The shortest of the questions that says enough: what the others are about in fewer words."""
        return min((one.question for one in self.asked), key=lambda text: (len(text.split()) < 3, len(text)))

    @property
    def examples(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys([self.example, *(one.question for one in self.asked)]))


async def questions(db: Reading, since: int) -> list[Asked]:
    """What was asked from that time on, the oldest first."""
    told: dict[int, list[Message]] = {}
    before = 2**62
    while page := await messages.page(db, before, PAGE):
        for message in page:
            if message.created_at >= since:
                told.setdefault(message.conversation_id, []).append(message)
        before = page[-1].id
        if page[-1].created_at < since:
            break
    found = [one for every in told.values() for one in _in_conversation(every[::-1])]
    return sorted(found, key=lambda one: one.at)


def _in_conversation(said: Sequence[Message]) -> list[Asked]:
    """The questions of one conversation. `said` is all of it, the oldest first."""
    by_id = {message.id: message for message in said}
    answers = [
        (message, record)
        for message in said
        if message.found and (record := from_json(message.found)) is not None
    ]
    found = []
    for at, (message, record) in enumerate(answers):
        question = "" if record.why in WISHES else _question(record, by_id)
        if question:
            outcome = _outcome(message, record, [(one, what) for one, what in answers[at + 1 :]])
            found.append(
                Asked(
                    question, record, outcome, message.conversation_id, message.ticket_id, message.created_at
                )
            )
    return found


def _question(record: Record, by_id: Mapping[int, Message]) -> str:
    """The customer's words, unless they took them back."""
    asked = [by_id[number] for number in record.asked if number in by_id]
    if any(message.withdrawn_at for message in asked):
        return ""
    own = "\n".join(contents.from_json(message.content).text.strip() for message in asked).strip()
    return record.about or own


def _outcome(message: Message, record: Record, later: Sequence[tuple[Message, Record]]) -> Outcome:
    if bears(message.verdict, "liked") or bears(message.verdict, "disliked"):
        return "liked" if bears(message.verdict, "liked") else "disliked"
    after = next(iter(later), None)
    passed = after[0].created_at - message.created_at if after else 0
    if record.outcome == "escalated":
        again = after is not None and after[1].outcome == "escalated" and passed < REOPENED_MILLISECONDS
        return "reopened" if again and after is not None and _alike(record, after[1]) else "escalated"
    if record.outcome != "answered" or after is None:
        return (
            "clarified"
            if record.outcome == "clarified"
            else "refused"
            if record.outcome == "refused"
            else "answered"
        )
    if after[1].why in ("asked", "angry", "failed_twice") and passed < LEFT_MILLISECONDS:
        return "left"
    return "rephrased" if passed < REPHRASED_MILLISECONDS and _alike(record, after[1]) else "answered"


def _alike(first: Record, second: Record) -> bool:
    """They met the same passage: the same thing was asked again."""
    return bool(first.hits and second.hits) and first.hits[0][:2] == second.hits[0][:2]


def gaps(asked: Iterable[Asked]) -> list[Gap]:
    """What was not answered, in groups of questions alike, what was asked most often first."""
    found: list[Gap] = []
    for language, every in _by_language(one for one in asked if one.is_gap).items():
        groups = grouped(every, lambda one: one.question, language)
        found += [
            Gap(topic_of([one.question for one in group], language), language, tuple(group))
            for group in groups
        ]
    return sorted(found, key=lambda gap: (-gap.times, gap.topic))


def _by_language(asked: Iterable[Asked]) -> dict[str, list[Asked]]:
    found: dict[str, list[Asked]] = {}
    for one in asked:
        found.setdefault(one.record.language, []).append(one)
    return found


async def gaps_since(business: Business, days: int) -> list[Gap]:
    return gaps(await questions(business.db, business.clock.now() - days * DAY_MILLISECONDS))


async def propose(business: Business) -> int:
    """Put what came often and what staff answered on record as proposals; returns how many there are of this look."""
    settings = business.settings.learning
    found = 0
    for gap in await gaps_since(business, settings.days):
        if gap.times < settings.propose_after or len({one.conversation_id for one in gap.asked}) < 2:
            continue
        answer, sources = await _staffs_answer(business.db, gap)
        if answer:
            await _put(business, gap, answer, sources)
            found += 1
    return found


async def _put(business: Business, gap: Gap, answer: str, sources: list[str]) -> None:
    async def work(tx: Statements) -> None:
        await proposals.put(
            tx,
            topic=f"{gap.language}:{gap.topic}",
            language=gap.language,
            question=without_private(gap.example),
            answer=answer,
            sources=orjson.dumps(sources).decode(),
            times=gap.times,
            now=business.clock.now(),
        )

    await business.db.transaction(work)


async def _staffs_answer(db: Reading, gap: Gap) -> tuple[str, list[str]]:
    """What staff wrote to the newest of these customers that says most, and the tickets' numbers."""
    answers: list[str] = []
    numbers: list[str] = []
    for one in reversed(gap.asked):
        ticket = await tickets.find(db, one.ticket_id) if one.ticket_id else None
        said = [contents.from_json(m.content).text.strip() for m in await _by_staff(db, one.ticket_id)]
        if ticket is not None and any(said):
            numbers.append(ticket.number)
            answers.append(max(said, key=len))
    return (without_private(answers[0]) if answers else "", numbers)


async def _by_staff(db: Reading, ticket_id: int | None) -> list[Message]:
    every = await messages.of_ticket(db, ticket_id) if ticket_id else []
    return [message for message in every if message.author == "staff" and not message.withdrawn_at]


def without_private(text: str) -> str:
    """Without what belongs to one customer: addresses, numbers of telephones and orders."""
    return _PRIVATE.sub("…", text).strip()


async def open_proposals(db: Reading, limit: int = 20) -> list[Proposal]:
    """What waits for a decision at the desk, what was asked most often first."""
    return await proposals.open_ones(db, limit)


async def reword(tx: Statements, proposal_id: int, question: str, answer: str) -> None:
    """Staff's own wording, while nothing is decided."""
    await proposals.reword(tx, proposal_id, question, answer)


async def accept(tx: Statements, business: Business, proposal_id: int, by: str, file: str) -> bool:
    """It stands in that article now; False when somebody had decided already."""
    return await _decide(tx, business, proposal_id, "accepted", by, file)


async def decline(tx: Statements, business: Business, proposal_id: int, by: str) -> bool:
    """Nobody is asked about this topic again; False when somebody had decided already."""
    return await _decide(tx, business, proposal_id, "declined", by)


async def _decide(
    tx: Statements, business: Business, proposal_id: int, state: ProposalState, by: str, file: str = ""
) -> bool:
    return await proposals.decide(tx, proposal_id, state, by=by, now=business.clock.now(), file=file)


def as_article(proposal: Proposal) -> str:
    """The proposal as it would stand in an article: a heading with what is said beneath."""
    return f"### {' '.join(proposal.question.split())}\n\n{proposal.answer.strip()}\n"
