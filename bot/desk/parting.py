"""Who shares a card and says more gets a card of their own: nobody's words are ever shown as another's."""

from bot import content as contents
from bot.business import Business
from bot.desk import cards, together
from bot.outbound import tell
from storage import joined, messages, tickets
from storage.database import Statements
from storage.records import Contact, Message, Ticket


async def join(
    tx: Statements, business: Business, ticket: Ticket, contact: Contact, asked: list[Message]
) -> bool:
    """Show the new request on the card of one that asks the same, by editing it. False: it needs its own."""
    lead = await together.lead_of(tx, business, ticket, contact, asked)
    if lead is None or not await joined.join(tx, ticket.id, lead.id):
        return False
    await cards.refresh(tx, business, lead.id)
    return True


async def go_on(tx: Statements, business: Business, ticket: Ticket) -> Ticket:
    """Its customer says something in words of their own: its place at the desk is theirs alone from now on."""
    if ticket.joined_to:
        return await part(tx, business, ticket)
    if ticket.joins:
        await leave_others(tx, business, ticket)
        return await tickets.get(tx, ticket.id)
    return ticket


async def part(tx: Statements, business: Business, ticket: Ticket) -> Ticket:
    """It gets its own card, and beneath it what was answered from the other one."""
    lead_id = ticket.joined_to
    if not lead_id or not await joined.part(tx, ticket.id, lead_id):
        return await tickets.get(tx, ticket.id)
    ticket = await tickets.get(tx, ticket.id)
    await cards.post(tx, business, ticket)
    await _tell_what_was_answered(tx, business, ticket)
    await cards.refresh(tx, business, lead_id)
    return ticket


async def leave_others(tx: Statements, business: Business, lead: Ticket) -> None:
    """The one whose card it is goes on alone: the others are together on a card of the first of them."""
    others = [one for one in await joined.of(tx, lead.id) if one.state != "resolved"]
    if others and await joined.part(tx, others[0].id, lead.id):
        await joined.follow(tx, lead.id, others[0].id)
        newer = await tickets.get(tx, others[0].id)
        await cards.post(tx, business, newer)
        await _tell_what_was_answered(tx, business, newer)
        await cards.refresh(tx, business, lead.id)


async def _tell_what_was_answered(tx: Statements, business: Business, ticket: Ticket) -> None:
    for message in await messages.of_ticket(tx, ticket.id):
        if message.author == "staff" and not message.withdrawn_at:
            content = contents.from_json(message.content)
            words = content.text or cards.kind_of(content)
            text = business.tell_desk("joined_answered", name=message.staff_name, words=words)
            await tell(tx, business, text, ticket=ticket)


async def show_fate(tx: Statements, business: Business, message: Message) -> bool:
    """What became of a reply to one who shares a card is shown there. False: it was no such reply."""
    ticket = await tickets.get(tx, message.ticket_id) if message.ticket_id else None
    if ticket is None or not ticket.joined_to:
        return False
    await cards.refresh(tx, business, ticket.joined_to)
    return True
