"""One command that staff gave at the desk, and what every family of commands needs: its ticket, and a word back."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from bot.business import Business
from bot.content import Button
from bot.desk import together
from bot.outbound import react_at_desk, tell
from bot.update import Inbound, Pressed
from storage import conversations, copies, tickets, updates
from storage.database import Reading, Statements
from storage.records import Copy, Ticket, Update

OBEYED = "👌"


@dataclass(frozen=True, slots=True)
class Order:
    name: str
    words: str
    """What stands behind the command."""
    item: Inbound
    remote_id: str
    reply_to: str

    @property
    def staff(self) -> str:
        return self.item.sender.name if self.item.sender else ""

    @property
    def staff_id(self) -> str:
        return self.item.sender.id if self.item.sender else ""


Command = Callable[[Business, list[Update], Order], Awaitable[None]]
Commands = dict[str, Command]
"""By name, without the slash. A name has its `menu_NAME` in bot/texts/, and `usage_NAME` where it can be used wrongly."""
Tap = Callable[[Business, list[Update], Inbound, Pressed, Copy], Awaitable[str]]
"""Does what a button says, and ends the updates in the transaction that does it. `Copy` is the message that
the button is on. Returns what is told to who tapped, and to nobody else; empty where what they see says enough."""
Taps = dict[str, Tap]
"""By the part of a button's id before the first colon."""
OnTicket = Callable[[Statements, Ticket], Awaitable[str]]
"""What a command does with its ticket; returns what is answered, empty for a sign on the command."""

_NUMBER = re.compile(r"(?:^|-)0*(\d{1,9})\b")
"""The end of NF-000042; "42" and "nf-42" do as well."""
_IS_NUMBER = re.compile(r"[a-z][a-z0-9]{0,7}-\d{1,9}", re.IGNORECASE)
"""Among other words only the whole of it: "call at 3" names no ticket."""


def parted(order: Order) -> tuple[Order, str]:
    """The order with only a ticket's number behind it, if there is one, and the other words."""
    words = order.words.split()
    number = next((word for word in reversed(words) if _IS_NUMBER.fullmatch(word)), "")
    others = [word for word in words if word != number]
    return replace(order, words=number), " ".join(others)


async def ticket_of(db: Reading, order: Order) -> Ticket | None:
    """The one named, the one replied to, or the one whose topic this is."""
    if number := _NUMBER.search(order.words):
        return await tickets.find(db, int(number.group(1)))
    if order.reply_to:
        copy = await copies.find(db, order.item.channel, order.item.room, order.reply_to)
        if copy is not None and copy.ticket_id is not None:
            return await tickets.get(db, copy.ticket_id)
    return await tickets.find_by_thread(db, order.item.room, order.item.thread)


async def on_ticket(business: Business, taken: list[Update], order: Order, act: OnTicket) -> None:
    """Do it with the ticket that is meant, as it is when nobody else can change it; or ask which one."""
    meant = await ticket_of(business.db, order)
    locks = await together.locks_of(business.db, meant) if meant is not None else []

    async def work(tx: Statements) -> None:
        await conversations.lock(tx, *locks)
        await updates.finish(tx, taken)
        if meant is None:
            words = business.tell_desk("which_ticket", command=order.name)
        else:
            words = await act(tx, await tickets.get(tx, meant.id))
        if words:
            await answer(tx, business, order, words)
        else:
            await react_at_desk(tx, business, order.remote_id, OBEYED, order.item.room)

    await business.db.transaction(work)


async def answer(
    tx: Statements, business: Business, order: Order, text: str, buttons: tuple[Button, ...] = ()
) -> None:
    """A word back, under the command."""
    await tell(
        tx,
        business,
        text,
        thread=order.item.thread,
        reply_to=order.remote_id,
        room=order.item.room,
        buttons=buttons,
    )


async def only_answer(business: Business, taken: list[Update], order: Order, text: str) -> None:
    """All there is to do for a command that only asks, or that was used wrongly."""

    async def work(tx: Statements) -> None:
        await updates.finish(tx, taken)
        await answer(tx, business, order, text)

    await business.db.transaction(work)


async def show_usage(business: Business, taken: list[Update], order: Order) -> None:
    """A wrong use is answered with the right one."""
    await only_answer(business, taken, order, business.tell_desk(f"usage_{order.name}"))
