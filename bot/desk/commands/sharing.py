"""Who has a ticket: `/take`, `/give`, `/release`. A reply takes one that nobody has."""

from bot.business import Business
from bot.content import Button, Content
from bot.desk import cards, members, record
from bot.desk.commands.order import (
    Commands,
    Order,
    Taps,
    answer,
    on_ticket,
    only_answer,
    parted,
    show_usage,
    ticket_of,
)
from bot.outbound import lane_of_ticket, tell, touch
from bot.update import Inbound, Pressed
from storage import conversations, tickets, updates
from storage.database import Statements
from storage.records import Colleague, Copy, Ticket, Update

TAKE_OVER = "takeover"


async def _take(business: Business, taken: list[Update], order: Order) -> None:
    """One that a colleague has is theirs until somebody says, by a tap, that it is meant."""
    meant = await ticket_of(business.db, order)
    if meant is not None and meant.state == "taken" and meant.taken_id not in ("", order.staff_id):
        await _offer(business, taken, order, meant)
        return

    async def act(tx: Statements, ticket: Ticket) -> str:
        if ticket.state == "resolved":
            return business.tell_desk("already_resolved", ticket=ticket.number)
        if ticket.state == "taken" and ticket.taken_id == order.staff_id:
            return business.tell_desk("take_yours", ticket=ticket.number)
        if ticket.state == "taken" and ticket.taken_id:
            return business.tell_desk("taken_by_now", ticket=ticket.number, name=ticket.taken_by)
        await _assign(tx, business, order.item, ticket)
        return ""

    await on_ticket(business, taken, order, act)


async def _offer(business: Business, taken: list[Update], order: Order, ticket: Ticket) -> None:
    since = cards.clock_time(business, ticket.taken_at) if ticket.taken_at else "–"
    text = business.tell_desk("take_over_offer", ticket=ticket.number, name=ticket.taken_by, time=since)
    button = Button(f"{TAKE_OVER}:{ticket.id}:{ticket.taken_id}", business.tell_desk("take_over_button"))

    async def work(tx: Statements) -> None:
        await updates.finish(tx, taken)
        await answer(tx, business, order, text, (button,))

    await business.db.transaction(work)


async def _assign(
    tx: Statements, business: Business, item: Inbound, ticket: Ticket, detail: str = ""
) -> None:
    """It is theirs who sent or tapped `item`."""
    assert item.sender is not None
    await tickets.assign(tx, ticket.id, item.sender.name, item.sender.id, business.clock.now())
    await record.did(tx, business, item, record.Did.TAKE, ticket_id=ticket.id, detail=detail)
    await cards.refresh(tx, business, ticket.id)


async def _take_over(
    business: Business, taken: list[Update], item: Inbound, pressed: Pressed, copy: Copy
) -> str:
    """Only from who had it when the button was drawn: of two who tap, the second is told."""
    _, number, holder, *_ = (*pressed.button.split(":"), "", "")
    meant = await tickets.find(business.db, int(number)) if number.isdecimal() and len(number) < 10 else None

    async def work(tx: Statements) -> str:
        if meant is not None:
            await conversations.lock(tx, meant.conversation_id)
        await updates.finish(tx, taken)
        ticket = await tickets.get(tx, meant.id) if meant is not None else None
        if ticket is None or (copy.ticket_id is not None and copy.ticket_id != ticket.id):
            return ""
        if ticket.state != "taken" or ticket.taken_id != holder or item.sender is None:
            name = ticket.resolved_by if ticket.state == "resolved" else ticket.taken_by
            return business.tell_desk("tap_too_late", ticket=ticket.number, name=name or "–")
        await _assign(tx, business, item, ticket, detail=f"← {ticket.taken_by}")
        text = business.tell_desk(
            "took_over", name=item.sender.name, ticket=ticket.number, other=ticket.taken_by
        )
        await settle_question(tx, business, item, pressed, ticket.id, text)
        return ""

    return await business.db.transaction(work)


async def settle_question(
    tx: Statements, business: Business, item: Inbound, pressed: Pressed, ticket_id: int, text: str
) -> None:
    """A question of ours was answered by a tap: it says how, and its buttons go."""
    await touch(
        tx,
        business,
        "edit",
        channel=item.channel,
        room=item.room,
        lane=lane_of_ticket(ticket_id),
        target=pressed.remote_id,
        content=Content(text=text),
        ticket_id=ticket_id,
    )


async def _give(business: Business, taken: list[Update], order: Order) -> None:
    """To one colleague whom the name fits, and who is in the group now."""
    order, name = parted(order)
    if not name:
        await show_usage(business, taken, order)
        return
    found = await members.named(business, order.item, name)
    if len(found) != 1 or not await members.is_here(business, order.item, found[0]):
        await only_answer(business, taken, order, await _who(business, order, name, found))
        return
    colleague = found[0]

    async def act(tx: Statements, ticket: Ticket) -> str:
        if ticket.state == "resolved":
            return business.tell_desk("already_resolved", ticket=ticket.number)
        await _hand(tx, business, order, ticket, colleague)
        return ""

    await on_ticket(business, taken, order, act)


async def _who(business: Business, order: Order, name: str, found: list[Colleague]) -> str:
    everybody = found if len(found) > 1 else await members.here(business, order.item)
    names = ", ".join(f"{one.name} (@{one.username})" if one.username else one.name for one in everybody)
    key = "give_which" if len(found) > 1 else "give_nobody"
    return business.tell_desk(key, name=name, names=names or "–")


async def _hand(
    tx: Statements, business: Business, order: Order, ticket: Ticket, colleague: Colleague
) -> None:
    await tickets.assign(tx, ticket.id, colleague.name, colleague.remote_id, business.clock.now())
    await record.did(
        tx, business, order.item, record.Did.GIVE, ticket_id=ticket.id, detail=f"→ {colleague.name}"
    )
    await cards.refresh(tx, business, ticket.id)
    whom = f"@{colleague.username}" if colleague.username else colleague.name
    text = business.tell_desk("given", ticket=ticket.number, name=whom, giver=order.staff)
    await tell(tx, business, text, ticket=ticket)


async def _release(business: Business, taken: list[Update], order: Order) -> None:
    async def act(tx: Statements, ticket: Ticket) -> str:
        if ticket.state != "taken":
            key = "already_resolved" if ticket.state == "resolved" else "release_nobodys"
            return business.tell_desk(key, ticket=ticket.number)
        await tickets.release(tx, ticket.id)
        await record.did(tx, business, order.item, record.Did.RELEASE, ticket_id=ticket.id)
        await cards.refresh(tx, business, ticket.id)
        return ""

    await on_ticket(business, taken, order, act)


COMMANDS: Commands = {"take": _take, "give": _give, "release": _release}
TAPS: Taps = {TAKE_OVER: _take_over}
