"""Promised answers: a nudge before one breaks, a mark on the card when it did; on the business's own hours."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot import alerts
from bot.business import Business
from bot.desk import cards
from bot.hours import Hours
from bot.outbound import tell
from bot.status import span
from storage import conversations, milestones, tickets, timers, waits
from storage.database import Statements
from storage.desk_records import MilestoneKind, Timer
from storage.records import Ticket

MOST_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Promise:
    """When the desk is nudged, and when it is late; milliseconds since 1970."""

    soon: int
    late: int


def promise(business: Business, hours: Hours, ticket: Ticket, *, replied: bool) -> Promise | None:
    """By when the customer who waits shall have an answer; None when nothing was promised."""
    settings = business.settings.tickets
    minutes = settings.next_response_minutes if replied else settings.first_response_minutes
    if not ticket.waiting_since or not minutes:
        return None
    late = hours.after(ticket.waiting_since, minutes)
    before = minutes - settings.nudge_minutes
    soon = hours.after(ticket.waiting_since, before) if settings.nudge_minutes and before > 0 else late
    return Promise(soon or late or 0, late) if late else None


def rests(ticket: Ticket, snoozed: Mapping[int, Timer]) -> bool:
    """It was put aside, and the customer has not written since."""
    timer = snoozed.get(ticket.id)
    return timer is not None and ticket.waiting_since <= timer.created_at


async def watch(business: Business) -> None:
    """Look at everybody who waits; what was said of a wait is not said again."""
    hours, now = business.settings.opening_hours, business.clock.now()
    snoozed = await timers.snoozed(business.db)
    for ticket in await waits.waiting(business.db, MOST_AT_ONCE):
        if rests(ticket, snoozed):
            continue
        made = promise(business, hours, ticket, replied=await waits.was_answered(business.db, ticket.id))
        if made is None or now < made.soon:
            continue
        await _note(business, ticket, "late" if now >= made.late else "soon", made)


async def _note(business: Business, before: Ticket, kind: MilestoneKind, made: Promise) -> None:
    if await milestones.when(business.db, before.id, kind, before.waiting_since):
        return
    now = business.clock.now()

    async def work(tx: Statements) -> None:
        await conversations.lock(tx, before.conversation_id)
        ticket = await tickets.get(tx, before.id)
        if ticket.waiting_since != before.waiting_since or ticket.state == "resolved":
            return
        if not await milestones.make(tx, ticket.id, kind, ticket.waiting_since, now, str(made.late)):
            return
        if kind == "soon":
            language = business.settings.desk.language
            left, waited = (
                span(business, language, ms) for ms in (made.late - now, now - ticket.waiting_since)
            )
            text = business.tell_desk(
                "promise_soon", ticket=ticket.number, left=left, waited=waited, name=ticket.taken_by
            )
            await tell(tx, business, text, ticket=ticket)
        await alerts.promise_at_risk(tx, business, ticket, made.late - now)
        await cards.refresh(tx, business, ticket.id)

    await business.db.transaction(work)
