"""`/resolve`: the request is done, and the bot has the conversation again."""

from bot.business import Business
from bot.desk import cards, parting, record, together
from bot.desk.commands.order import Commands, Order, Taps, on_ticket
from bot.desk.rating import closing_words
from bot.outbound import close_topic, say
from bot.update import Inbound, Pressed
from storage import contacts, conversations, tickets, updates
from storage.database import Statements
from storage.records import Copy, Ticket, Update


async def _resolve(business: Business, taken: list[Update], order: Order) -> None:
    async def act(tx: Statements, ticket: Ticket) -> str:
        if ticket.state == "resolved":
            return business.tell_desk("already_resolved", ticket=ticket.number)
        await close(tx, business, order.item, ticket)
        return ""

    await on_ticket(business, taken, order, act)


async def _resolve_by_button(
    business: Business, taken: list[Update], item: Inbound, pressed: Pressed, copy: Copy
) -> str:
    """Only the card's own button, as we drew it."""
    fits = copy.role == "card" and copy.ticket_id is not None and pressed.button == cards.RESOLVE
    meant = await tickets.get(business.db, copy.ticket_id or 0) if fits else None
    locks = await together.locks_of(business.db, meant) if meant is not None else []

    async def work(tx: Statements) -> str:
        if meant is None:
            await updates.finish(tx, taken)
            return ""
        await conversations.lock(tx, *locks)
        await updates.finish(tx, taken)
        ticket = await tickets.get(tx, meant.id)
        if ticket.state == "resolved":
            return business.tell_desk("tap_resolved", name=ticket.resolved_by, ticket=ticket.number)
        await close(tx, business, item, ticket)
        return ""

    return await business.db.transaction(work)


async def close(
    tx: Statements, business: Business, item: Inbound, ticket: Ticket, *, silently: bool = False
) -> None:
    """Hand the conversation back to the bot and, unless `silently`, tell the customer; with one who is banned nobody
    else who shares the card is done."""
    everybody = await together.addressed(tx, ticket)
    if silently and len(everybody) > 1:
        await parting.leave_others(tx, business, ticket)
        everybody = [ticket]
    for one in everybody:
        await _close(tx, business, item, one, silently=silently)
    await cards.refresh(tx, business, ticket.id)
    await close_topic(tx, business, ticket)


async def _close(
    tx: Statements, business: Business, item: Inbound, ticket: Ticket, *, silently: bool
) -> None:
    conversation = await conversations.get(tx, ticket.conversation_id)
    contact = await contacts.get(tx, conversation.contact_id)
    name = item.sender.name if item.sender else ""
    await tickets.resolve(tx, ticket.id, name, business.clock.now())
    await conversations.give_to(tx, conversation.id, "bot")
    await record.did(
        tx, business, item, record.Did.RESOLVE, ticket_id=ticket.id, contact_id=conversation.contact_id
    )
    reached = not contact.blocked_at and contact.room and contact.channel in business.channels
    if reached and not silently:
        us = business.settings.bot.name
        text = business.say(contact.language, "resolved", ticket=ticket.number, name=us)
        words = await closing_words(tx, business, contact, ticket, text)
        await say(tx, business, contact, conversation.id, words, ticket_id=ticket.id)


COMMANDS: Commands = {"resolve": _resolve}
TAPS: Taps = {cards.RESOLVE: _resolve_by_button}
