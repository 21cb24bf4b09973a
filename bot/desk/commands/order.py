"""One command that staff gave at the desk, and what every family of commands needs: its ticket, and a word back."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.business import Business
from bot.outbound import tell
from bot.update import Inbound
from storage import copies, tickets, updates
from storage.database import Reading, Statements
from storage.records import Ticket, Update

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


Command = Callable[[Business, list[Update], Order], Awaitable[None]]
Commands = dict[str, Command]
"""By name, without the slash. A name has its `menu_NAME` in bot/texts/, and `usage_NAME` where it can be used wrongly."""

_NUMBER = re.compile(r"(?:^|-)0*(\d{1,9})\b")
"""The end of NF-000042; "42" and "nf-42" do as well."""


async def ticket_of(db: Reading, order: Order) -> Ticket | None:
    """The one named, the one replied to, or the one whose topic this is."""
    if number := _NUMBER.search(order.words):
        return await tickets.find(db, int(number.group(1)))
    if order.reply_to:
        copy = await copies.find(db, order.item.channel, order.item.room, order.reply_to)
        if copy is not None and copy.ticket_id is not None:
            return await tickets.get(db, copy.ticket_id)
    return await tickets.find_by_thread(db, order.item.room, order.item.thread)


async def answer(tx: Statements, business: Business, order: Order, text: str) -> None:
    """A word back, under the command."""
    await tell(tx, business, text, thread=order.item.thread, reply_to=order.remote_id)


async def only_answer(business: Business, taken: list[Update], order: Order, text: str) -> None:
    """All there is to do for a command that only asks."""

    async def work(tx: Statements) -> None:
        await updates.finish(tx, taken)
        await answer(tx, business, order, text)

    await business.db.transaction(work)
