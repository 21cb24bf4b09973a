"""`/digest`: the week's figures now; and the button that writes an answer to what nobody could answer."""

from bot.business import Business
from bot.desk import members
from bot.desk.commands.order import Commands, Order, Taps, only_answer, show_usage
from bot.desk.digest import post
from bot.desk.teaching import write_answer
from bot.update import Inbound, Pressed
from bot.week import DAY, figures
from storage import tickets, updates
from storage.database import Statements
from storage.records import Copy, Update

MOST_DAYS = 90


async def _digest(business: Business, taken: list[Update], order: Order) -> None:
    days = order.words.removesuffix("d").strip() or "7"
    if not days.isdecimal() or not 1 <= int(days[:4]) <= MOST_DAYS:
        await show_usage(business, taken, order)
        return
    if not await members.may(business, order.item, "figures"):
        await only_answer(business, taken, order, business.tell_desk("not_allowed"))
        return
    now = business.clock.now()
    found = await figures(business, now - int(days) * DAY, now)

    async def work(tx: Statements) -> None:
        await updates.finish(tx, taken)
        at = order.item
        await post(tx, business, found, room=at.room, thread=at.thread, reply_to=order.remote_id)

    await business.db.transaction(work)


async def _write(business: Business, taken: list[Update], item: Inbound, pressed: Pressed, copy: Copy) -> str:
    number = pressed.button.partition(":")[2]
    ticket = await tickets.find(business.db, int(number)) if number.isdecimal() else None
    if ticket is None or not await members.may(business, item, "teach"):
        await business.db.transaction(lambda tx: updates.finish(tx, taken))
        return business.tell_desk("not_allowed") if ticket else ""
    return await write_answer(business, taken, item, pressed, ticket)


TAPS: Taps = {"write": _write}
COMMANDS: Commands = {"digest": _digest}
