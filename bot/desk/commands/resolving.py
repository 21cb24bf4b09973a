"""`/resolve`: the request is done, and the bot has the conversation again."""

from bot.business import Business
from bot.desk import cards
from bot.desk.commands.order import OBEYED, Commands, Order, answer, ticket_of
from bot.desk.rating import closing_words
from bot.outbound import close_topic, react_at_desk, say
from bot.update import Inbound, Pressed
from storage import contacts, conversations, tickets, updates
from storage.database import Statements
from storage.records import Ticket, Update


async def resolve_by_button(business: Business, taken: list[Update], item: Inbound, pressed: Pressed) -> None:
    await _resolve(business, taken, Order("resolve", "", item, "", pressed.remote_id))


async def _resolve(business: Business, taken: list[Update], order: Order) -> None:
    """Hand the conversation back to the bot, and tell the customer."""
    meant = await ticket_of(business.db, order)

    async def work(tx: Statements) -> None:
        if meant is not None:
            await conversations.lock(tx, meant.conversation_id)
        await updates.finish(tx, taken)
        ticket = await tickets.get(tx, meant.id) if meant is not None else None
        if ticket is None:
            await answer(tx, business, order, business.tell_desk("which_ticket"))
        elif ticket.state == "resolved":
            await answer(tx, business, order, business.tell_desk("already_resolved", ticket=ticket.number))
        else:
            await _close(tx, business, order, ticket)

    await business.db.transaction(work)


async def _close(tx: Statements, business: Business, order: Order, ticket: Ticket) -> None:
    conversation = await conversations.get(tx, ticket.conversation_id)
    contact = await contacts.get(tx, conversation.contact_id)
    await tickets.resolve(tx, ticket.id, order.staff, business.clock.now())
    await conversations.give_to(tx, conversation.id, "bot")
    text = business.say(contact.language, "resolved", ticket=ticket.number, name=business.settings.bot.name)
    if not contact.blocked_at and contact.room and contact.channel in business.channels:
        words = await closing_words(tx, business, contact, ticket, text)
        await say(tx, business, contact, conversation.id, words, ticket_id=ticket.id)
    await cards.refresh(tx, business, ticket.id)
    await react_at_desk(tx, business, order.remote_id, OBEYED)
    await close_topic(tx, business, ticket)


COMMANDS: Commands = {"resolve": _resolve}
