"""What staff ask the bot about itself: `/status`, `/desk`; and what was done at a ticket: `/history`, `/note`."""

from bot.business import Business
from bot.content import Content
from bot.desk import cards, members, record
from bot.desk.commands.order import Commands, Order, on_ticket, only_answer, parted, show_usage
from bot.status import status_for_desk
from storage import audits
from storage.database import Statements
from storage.records import Audit, Ticket, Update

LONGEST_HISTORY = 30


async def _status(business: Business, taken: list[Update], order: Order) -> None:
    if not await members.may(business, order.item, "figures"):
        await only_answer(business, taken, order, business.tell_desk("not_allowed"))
        return
    await only_answer(business, taken, order, await status_for_desk(business))


async def _desk(business: Business, taken: list[Update], order: Order) -> None:
    await only_answer(business, taken, order, business.tell_desk("desk_is_here"))


async def _history(business: Business, taken: list[Update], order: Order) -> None:
    """Who did what at a ticket, oldest first."""

    async def act(tx: Statements, ticket: Ticket) -> str:
        lines = [_told(business, one) for one in await audits.of_ticket(tx, ticket.id, LONGEST_HISTORY)]
        return "\n".join([ticket.number, *lines]) if lines else business.tell_desk("history_none")

    await on_ticket(business, taken, order, act)


def _told(business: Business, one: Audit) -> str:
    did, who = business.tell_desk(f"did_{one.action}"), one.staff_name or business.settings.bot.name
    detail = "" if one.action == record.Did.HOLD else one.detail
    parts = (cards.clock_time(business, one.at), who, did, detail)
    return " · ".join(part for part in parts if part)


async def _note(business: Business, taken: list[Update], order: Order) -> None:
    """Words for colleagues that are surely meant so; with the ticket's number they may stand anywhere."""
    numbered, words = parted(order)
    if not words:
        await show_usage(business, taken, order)
        return

    async def act(tx: Statements, ticket: Ticket) -> str:
        await record.keep_words(tx, business, order.item, order.remote_id, Content(text=words), ticket)
        return ""

    await on_ticket(business, taken, numbered, act)


COMMANDS: Commands = {"note": _note, "history": _history, "status": _status, "desk": _desk}
