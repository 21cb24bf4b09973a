"""What a ticket asks for that nobody waits for: it is put on record as a timer, and done soon after."""

from bot.business import Business
from storage import suggestions, timers
from storage.database import Statements
from storage.records import Ticket

WORTH_A_DRAFT = ("no_answer", "asked")
WORTH_A_LESSON = ("no_answer",)
LESSON_MILLISECONDS = 20_000
"""So long after a reply it may be mended; then it is asked whether it shall be written down."""


async def draft(tx: Statements, business: Business, ticket: Ticket) -> None:
    """A draft of a reply, under the new card."""
    if business.settings.tickets.suggest and ticket.reason in WORTH_A_DRAFT:
        now = business.clock.now()
        await timers.add(tx, kind="draft", due_at=now, now=now, ticket_id=ticket.id)


async def no_draft(tx: Statements, business: Business, ticket_id: int) -> None:
    """A person was quicker: what was proposed for the request is not needed any more."""
    for suggestion in await suggestions.open_of_ticket(tx, ticket_id):
        if suggestion.kind == "draft":
            await suggestions.decide(tx, suggestion.id, "discarded", "", business.clock.now())


async def lesson(tx: Statements, business: Business, ticket: Ticket, message_id: int) -> None:
    """Whether the reply shall be written down in the knowledge base."""
    if business.settings.knowledge.learn and ticket.reason in WORTH_A_LESSON:
        now = business.clock.now()
        await timers.add(
            tx,
            kind="lesson",
            due_at=now + LESSON_MILLISECONDS,
            now=now,
            ticket_id=ticket.id,
            message_id=message_id,
        )
