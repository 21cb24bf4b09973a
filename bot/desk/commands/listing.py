"""`/tickets`: what is open, longest wait first."""

from bot.business import Business
from bot.desk import cards
from bot.desk.commands.order import Commands, Order, answer
from bot.status import span
from storage import contacts, conversations, copies, tickets, updates
from storage.database import Statements
from storage.records import Ticket, Update

LONGEST_LIST = 20


async def _tickets(business: Business, taken: list[Update], order: Order) -> None:
    """Open tickets, longest wait first, each with a link to its card."""

    async def work(tx: Statements) -> None:
        await updates.finish(tx, taken)
        unresolved = await tickets.all_open(tx, LONGEST_LIST + 1)
        lines = [await _line(tx, business, ticket) for ticket in unresolved[:LONGEST_LIST]]
        if len(unresolved) > LONGEST_LIST:
            lines.append("…")
        await answer(tx, business, order, "\n".join(lines) or business.tell_desk("status_no_tickets"))

    await business.db.transaction(work)


async def _line(tx: Statements, business: Business, ticket: Ticket) -> str:
    conversation = await conversations.get(tx, ticket.conversation_id)
    contact = await contacts.get(tx, conversation.contact_id)
    waits = business.clock.now() - ticket.waiting_since if ticket.waiting_since else 0
    waited = (
        span(business, business.settings.desk.language, waits) if ticket.waiting_since else ticket.taken_by
    )
    card = await copies.card_of(tx, ticket.id, business.desk.room)
    channel = business.desk.channel
    link = channel.link_to(card.room, ticket.thread, card.remote_id) if channel and card else ""
    parts = (cards.SIGNS[ticket.state], ticket.number, cards.shown_name(contact), f"({waited})", link)
    return " ".join(part for part in parts if part)


COMMANDS: Commands = {"tickets": _tickets}
