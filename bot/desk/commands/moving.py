"""`/move`: a ticket goes to another desk, with all that its customer wrote."""

from bot.business import Business
from bot.desk import cards, record, transcript
from bot.desk.commands.order import Commands, Order, on_ticket, only_answer, parted
from bot.outbound import close_topic, tell
from storage import queued, tickets
from storage.database import Statements
from storage.records import Ticket, Update

MAIN = "main"
"""What the desk is called that has no name."""


async def _move(business: Business, taken: list[Update], order: Order) -> None:
    numbered, name = parted(order)
    names = {MAIN: "", **{one: one for one in business.desk.others}}
    if name.lower() not in names:
        text = business.tell_desk("usage_move", names=", ".join(names))
        await only_answer(business, taken, order, text)
        return
    target = names[name.lower()]

    async def act(tx: Statements, ticket: Ticket) -> str:
        if ticket.state == "resolved":
            return business.tell_desk("already_resolved", ticket=ticket.number)
        if ticket.desk == target:
            return business.tell_desk("move_there", ticket=ticket.number, desk=name)
        await _send(tx, business, numbered, ticket, target, name)
        return ""

    await on_ticket(business, taken, numbered, act)


async def _send(
    tx: Statements, business: Business, order: Order, ticket: Ticket, target: str, name: str
) -> None:
    """What stands at the old desk stays there as it was: a reply to it still goes to the customer."""
    await cards.leave(tx, business, ticket, name)
    await close_topic(tx, business, ticket)
    old, new = business.desk.room_of(ticket.desk), business.desk.room_of(target)
    await tickets.release(tx, ticket.id)
    await tickets.send_to_desk(tx, ticket.id, target)
    if ticket.joined_to:
        await cards.refresh(tx, business, ticket.joined_to)
    await queued.move_ticket(tx, ticket.id, old, new)
    await record.did(tx, business, order.item, record.Did.MOVE, ticket_id=ticket.id, detail=f"→ {name}")
    await transcript.show_again(tx, business, ticket.id)
    moved = await tickets.get(tx, ticket.id)
    text = business.tell_desk("moved_here", ticket=ticket.number, name=order.staff)
    await tell(tx, business, text, ticket=moved)


COMMANDS: Commands = {"move": _move}
