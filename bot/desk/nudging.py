"""Whoever has a ticket and lets its customer wait is reminded; then it is anybody's again. All of it stands in rows."""

from functools import partial

from bot.business import Business
from bot.desk import cards, record
from bot.desk.promises import rests
from bot.outbound import tell
from bot.status import span
from storage import contacts, conversations, tickets, timers
from storage.database import Statements
from storage.records import Ticket

MINUTE_MILLISECONDS = 60_000
AT_ONCE = 100
"""So many a minute at most: more would fill the group."""


async def mind(business: Business) -> None:
    """A job. What it does is decided by when the customer began to wait and when the ticket was taken, both on
    disk: it does not matter how often it runs, nor whether the bot was away."""
    settings, now = business.settings.desk, business.clock.now()
    waits = [minutes for minutes in (settings.nudge_minutes, settings.return_minutes) if minutes]
    if not waits:
        return
    before = now - int(min(waits) * MINUTE_MILLISECONDS)
    snoozed = await timers.snoozed(business.db)
    for ticket in await tickets.silent(business.db, before, AT_ONCE):
        if rests(ticket, snoozed):
            continue
        await business.db.transaction(partial(_mind, business=business, seen=ticket, now=now))


async def _mind(tx: Statements, business: Business, seen: Ticket, now: int) -> None:
    await conversations.lock(tx, seen.conversation_id)
    ticket = await tickets.get(tx, seen.id)
    if ticket.state != "taken" or not ticket.waiting_since:
        return
    settings = business.settings.desk
    silent = now - max(ticket.waiting_since, ticket.taken_at)
    if settings.return_minutes and silent >= settings.return_minutes * MINUTE_MILLISECONDS:
        await _return(tx, business, ticket, silent)
    elif (
        settings.nudge_minutes
        and not ticket.nudged_at
        and silent >= settings.nudge_minutes * MINUTE_MILLISECONDS
    ):
        await _nudge(tx, business, ticket, silent, now)


async def _nudge(tx: Statements, business: Business, ticket: Ticket, silent: int, now: int) -> None:
    await tickets.nudge(tx, ticket.id, now)
    key = "nudge_returns" if business.settings.desk.return_minutes else "nudge"
    await _tell(tx, business, ticket, key, silent)


async def _return(tx: Statements, business: Business, ticket: Ticket, silent: int) -> None:
    await tickets.release(tx, ticket.id)
    await record.did(
        tx, business, None, record.Did.RETURN, ticket_id=ticket.id, detail=f"← {ticket.taken_by}"
    )
    await cards.refresh(tx, business, ticket.id)
    await _tell(tx, business, ticket, "returned", silent)


async def _tell(tx: Statements, business: Business, ticket: Ticket, key: str, silent: int) -> None:
    conversation = await conversations.get(tx, ticket.conversation_id)
    contact = await contacts.get(tx, conversation.contact_id)
    language = business.settings.desk.language
    text = business.tell_desk(
        key,
        name=ticket.taken_by,
        customer=cards.shown_name(contact),
        ticket=ticket.number,
        waited=span(business, language, silent),
        minutes=f"{business.settings.desk.return_minutes:g}",
    )
    await tell(tx, business, text, ticket=ticket)
