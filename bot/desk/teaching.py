"""Teaching: a reply to what the bot could not answer becomes an answer, when a person says so; proven, and undone."""

import re
from dataclasses import dataclass

from bot import learning as gaps
from bot.business import Business
from bot.content import Content
from bot.desk.due import begin
from bot.desk.record import Did
from bot.desk.speaking import addressee
from bot.desk.speech import as_read
from bot.desk.suggestions import Kind, More, Refused, more_of
from bot.knowledge import learning
from bot.knowledge.found import Hit
from bot.knowledge.generalise import Pair, generalise
from bot.knowledge.learning import Lesson
from bot.outbound import Priority
from bot.update import Inbound, Pressed
from storage import messages, milestones, queued, tickets, timers, updates
from storage.database import Statements
from storage.desk_records import Suggestion, Timer
from storage.records import Ticket, Update

NEAR = 0.6
"""A score from which something like it is in the knowledge base already."""
SHOWN = 160
BUSY = 12
_NUMBERS = re.compile(r"\d+(?:[.,:]\d+)*")


@dataclass(frozen=True, slots=True)
class Known:
    """What is there already, as staff read it; empty for nothing."""

    lines: str


async def offer(business: Business, timer: Timer) -> None:
    """A reply went out a moment ago: ask whether it shall be written down, once for each request."""
    to = await addressee(business.db, timer.ticket_id or 0)
    message = await messages.get(business.db, timer.message_id or 0)
    reply = await as_read(business.db, message)
    pair = _pair(to.ticket.question, reply, to.contact.name) if not message.withdrawn_at else None
    more = await more_for(business, pair, to.ticket.question, to.contact.language) if pair else {}

    async def work(tx: Statements) -> None:
        if not await begin(tx, timer) or pair is None or timer.ticket_id is None:
            return
        room = business.desk.room_of((await tickets.get(tx, timer.ticket_id)).desk)
        if await queued.count(tx, room, BUSY) >= BUSY:
            return
        if await milestones.make(tx, timer.ticket_id, "taught", 0, business.clock.now()):
            await _suggest(tx, business, pair, more, timer.ticket_id, room)

    await business.db.transaction(work)


def _pair(question: str, reply: Content, name: str) -> Pair | None:
    return None if reply.media else generalise(question, reply.text, name)


async def _suggest(
    tx: Statements,
    business: Business,
    pair: Pair,
    more: More,
    ticket_id: int | None,
    room: str,
    *,
    thread: str = "",
    reply_to: str = "",
) -> None:
    from bot.desk.suggestion_kinds import KINDS  # which knows this file
    from bot.desk.suggestions import suggest

    await suggest(
        tx,
        business,
        KINDS,
        "lesson",
        shown(pair.question, pair.answer),
        more=more,
        ticket_id=ticket_id,
        room=room,
        thread=thread,
        reply_to=reply_to,
        priority=Priority.TRANSCRIPT,
    )


async def write_answer(
    business: Business, taken: list[Update], item: Inbound, pressed: Pressed, ticket: Ticket
) -> str:
    """Somebody wants to answer what nobody could: the question is put in front of them, its answer is to be written."""
    to = await addressee(business.db, ticket.id)
    asked = generalise(ticket.question, "- - -  answer to come", to.contact.name)
    pair = Pair(asked.question if asked else " ".join(ticket.question.split())[:SHOWN], "", personal=False)
    more = await more_for(business, pair, ticket.question, to.contact.language)

    async def work(tx: Statements) -> None:
        await updates.finish(tx, taken)
        await _suggest(
            tx, business, pair, more, None, item.room, thread=item.thread, reply_to=pressed.remote_id
        )

    await business.db.transaction(work)
    return ""


def shown(question: str, answer: str) -> Content:
    return Content(text=f"❓ {question}\n💬 {answer or '…'}")


async def more_for(business: Business, pair: Pair, asked: str, language: str) -> More:
    spoken = business.settings.bot.languages
    language = language if language in spoken else spoken[0]
    return {
        "question": pair.question,
        "answer": pair.answer,
        "asked": asked,
        "language": language,
        "file": learning.file_for(language, spoken),
        "title": business.say(language, "learned_title", company=business.settings.bot.company),
        "known": await _known(business, pair, language),
        "personal": "1" if pair.personal else "",
    }


async def _known(business: Business, pair: Pair, language: str) -> str:
    """Passages near the question, and whether their numbers are others than the answer's."""
    await business.library.until_read()
    hits = business.library.find(pair.question, language).hits
    return "\n".join(_line(business, hit, pair.answer) for hit in hits if hit.score >= NEAR)


def _line(business: Business, hit: Hit, answer: str) -> str:
    body = " ".join(hit.passage.body.split())
    theirs, ours = set(_NUMBERS.findall(body)), set(_NUMBERS.findall(answer))
    key = "lesson_contradicts" if ours and theirs and not ours <= theirs else "lesson_near"
    shown = body if len(body) <= SHOWN else body[: SHOWN - 1] + "…"
    return business.tell_desk(key, heading=hit.passage.heading, file=hit.passage.file, body=shown)


def lesson_of(suggestion: Suggestion) -> Lesson:
    more = more_of(suggestion)
    return Lesson(more["question"], more["answer"], more["file"], more["title"])


def head(business: Business, suggestion: Suggestion) -> str:
    more = more_of(suggestion)
    lines = [
        business.tell_desk("lesson_head" if more["answer"] else "lesson_unanswered", file=more["file"]),
        more["known"],
        business.tell_desk("lesson_personal") if more["personal"] else "",
    ]
    return "\n".join(line for line in lines if line)


async def _save(tx: Statements, business: Business, suggestion: Suggestion, name: str) -> str:
    """Put on record; the file is written by the timer, which a crash does not lose."""
    now, more = business.clock.now(), more_of(suggestion)
    if proposal := more.get("proposal"):
        await gaps.reword(tx, int(proposal), more["question"], more["answer"])
        await gaps.accept(tx, business, int(proposal), name, more["file"])
    await timers.add(tx, kind="proof", due_at=now, now=now, content=str(suggestion.id), staff_name=name)
    return business.tell_desk("lesson_saving", name=name)


async def _decline(tx: Statements, business: Business, suggestion: Suggestion, name: str) -> None:
    if proposal := more_of(suggestion).get("proposal"):
        await gaps.decline(tx, business, int(proposal), name)


async def _undo(tx: Statements, business: Business, suggestion: Suggestion, name: str) -> str:
    now = business.clock.now()
    await timers.add(tx, kind="proof", due_at=now, now=now, content=str(suggestion.id), staff_name=name)
    return business.tell_desk("lesson_undoing", name=name)


def _reworded(business: Business, suggestion: Suggestion, content: Content) -> tuple[Content, More]:
    """The first line is the question when a blank line or a question mark says so; else all of it is the answer."""
    more = more_of(suggestion)
    first, _, rest = content.text.strip().partition("\n")
    if rest.strip() and first.rstrip().endswith("?"):
        question, answer = " ".join(first.lstrip("❓ ").split()), rest.strip().removeprefix("💬").strip()
    else:
        question, answer = more["question"], content.text.strip()
    if not question or not answer:
        raise Refused(business.tell_desk("lesson_words"))
    return shown(question, answer), more | {"question": question, "answer": answer, "personal": ""}


async def _carry_on(business: Business) -> None:
    """What was decided is written at once, not at the next tick of the timetable."""
    from bot.desk.due import ring_due
    from bot.desk.rings import RINGS

    await ring_due(business, RINGS)


def _is_ready(suggestion: Suggestion) -> bool:
    return bool(more_of(suggestion)["answer"])


LESSON = Kind(
    head=head,
    accept=_save,
    yes="lesson_save",
    no="lesson_no",
    discarded="lesson_discarded",
    declined=_decline,
    did=Did.TEACH,
    power="teach",
    edit="suggestion_edit",
    ask_words="lesson_words",
    reworded=_reworded,
    after=_carry_on,
    undo=_undo,
    ready=_is_ready,
)
