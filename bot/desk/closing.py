"""Requests that were answered and fell silent close themselves; the customer is told before, and may come back."""

from bot.business import Business
from bot.content import Content
from bot.desk import cards, parting, rating
from bot.moments import at_time
from bot.outbound import close_topic, say
from storage import contacts, conversations, milestones, tickets, timers, waits
from storage.database import Statements
from storage.records import Contact, Ticket

HOUR, DAY = 3_600_000, 86_400_000
MOST_AT_ONCE = 5000


async def watch(business: Business) -> None:
    """Tell those that will close; close those that were told and stayed silent."""
    settings, now = business.settings.tickets, business.clock.now()
    if not settings.close_after_hours:
        return
    warn = int(min(settings.warn_hours, settings.close_after_hours) * HOUR)
    before = now - int(settings.close_after_hours * HOUR) + warn
    snoozed = await timers.snoozed(business.db)
    for ticket, spoke_at in await waits.quiet(business.db, before, MOST_AT_ONCE):
        if ticket.id in snoozed or await timers.of_ticket(business.db, ticket.id, "later"):
            continue
        told_at = await milestones.when(business.db, ticket.id, "closing", spoke_at)
        if not told_at:
            await _tell(business, ticket, spoke_at, now + warn)
        elif now >= told_at + warn:
            await _close(business, ticket, spoke_at)


async def _tell(business: Business, before: Ticket, spoke_at: int, closes_at: int) -> None:
    async def work(tx: Statements) -> None:
        ticket, contact = await _look(tx, before)
        if ticket is None or not await milestones.make(
            tx, ticket.id, "closing", spoke_at, business.clock.now()
        ):
            return
        if closes_at > business.clock.now() and await rating.is_within_reach(tx, business, contact, ticket):
            time = at_time(business, closes_at, contact.language)
            text = business.say(contact.language, "closing_soon", ticket=ticket.number, time=time)
            await say(tx, business, contact, ticket.conversation_id, Content(text=text), ticket_id=ticket.id)

    await business.db.transaction(work)


async def _look(tx: Statements, before: Ticket) -> tuple[Ticket | None, Contact]:
    """The ticket, if it still waits for nothing but its end."""
    await conversations.lock(tx, before.conversation_id)
    ticket = await tickets.get(tx, before.id)
    conversation = await conversations.get(tx, ticket.conversation_id)
    contact = await contacts.get(tx, conversation.contact_id)
    silent = ticket.state == "taken" and not ticket.waiting_since
    return (ticket if silent else None), contact


async def _close(business: Business, before: Ticket, spoke_at: int) -> None:
    async def work(tx: Statements) -> None:
        ticket, contact = await _look(tx, before)
        if ticket is None or await waits.spoke_at(tx, ticket.id) != spoke_at:
            return
        now = business.clock.now()
        if ticket.joins:
            await parting.leave_others(tx, business, ticket)
        await tickets.resolve(tx, ticket.id, business.settings.bot.name, now)
        await milestones.make(tx, ticket.id, "closed_itself", now, now)
        await conversations.give_to(tx, ticket.conversation_id, "bot")
        if await rating.is_within_reach(tx, business, contact, ticket):
            text = business.say(contact.language, "closed_itself", ticket=ticket.number)
            words = await rating.closing_words(tx, business, contact, ticket, text)
            await say(tx, business, contact, ticket.conversation_id, words, ticket_id=ticket.id)
        await cards.refresh(tx, business, ticket.id)
        await close_topic(tx, business, ticket)

    await business.db.transaction(work)


async def reopened(
    tx: Statements, business: Business, conversation_id: int, why: str, question: str, nearest: str
) -> Ticket | None:
    """The customer needs a person again soon after their request closed itself: it is that one, and its
    colleague's. None when there is none such."""
    last = await tickets.find_last(tx, conversation_id)
    now = business.clock.now()
    if last is None or last.state != "resolved":
        return None
    is_fresh = now - last.resolved_at <= business.settings.tickets.reopen_days * DAY
    if not is_fresh or not await milestones.when(tx, last.id, "closed_itself", last.resolved_at):
        return None
    await waits.reopen(tx, last.id, why, question, nearest, now)
    return await tickets.get(tx, last.id)
