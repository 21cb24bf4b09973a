"""Under a new card: what the knowledge base would have answered, for a person to send, mend or discard."""

from bot.answer import Question
from bot.business import Business
from bot.content import Content
from bot.desk.due import begin
from bot.desk.speaking import addressee, where
from bot.desk.suggestion_kinds import KINDS
from bot.desk.suggestions import suggest
from bot.knowledge.render import render
from bot.outbound import Priority
from storage import queued, tickets
from storage.database import Statements
from storage.desk_records import Timer

NEAR = 0.5
"""A score from which a passage is worth reading; what is less near only costs time."""
BUSY = 12
"""So many messages wait for the desk: cards come first, and drafts are left out."""


async def draw_up(business: Business, timer: Timer) -> None:
    """Find the draft, and propose it unless somebody has answered meanwhile."""
    to = await addressee(business.db, timer.ticket_id or 0)
    drafted = await _draft(business, to.ticket.question, to.contact.language)

    async def work(tx: Statements) -> None:
        if not await begin(tx, timer) or drafted is None or timer.ticket_id is None:
            return
        ticket = await tickets.get(tx, timer.ticket_id)
        if ticket.state != "open" or await queued.count(tx, business.desk.room_of(ticket.desk), BUSY) >= BUSY:
            return
        content, source = drafted
        more = {"to": where(to.contact), "source": source}
        await suggest(
            tx,
            business,
            KINDS,
            "draft",
            content,
            more=more,
            ticket_id=ticket.id,
            room=business.desk.room_of(ticket.desk),
            priority=Priority.TRANSCRIPT,
        )

    await business.db.transaction(work)


async def _draft(business: Business, question: str, language: str) -> tuple[Content, str] | None:
    """Its words and where they come from: the model's where it may speak, else the passage's own."""
    await business.library.until_read()
    found = business.library.find(question, language)
    if not found.hits or found.hits[0].score < NEAR:
        return None
    best = found.hits[0].passage
    source = f"{best.heading} ({best.file})"
    model = business.answerer.model
    passages = [hit.passage for hit in found.hits]
    wording = await model.word(Question(question, language), passages, sure=found.answered) if model else None
    if wording is not None and wording.text:
        return Content(text=wording.text), source
    return render(best.body), source
