"""`/ban`, `/mute`, `/unban`: somebody is not heard any more, for good or for a while. They are not told."""

import re

from bot.business import Business
from bot.desk import cards, members, record
from bot.desk.cards import FOR_EVER
from bot.desk.commands.order import Commands, Order, on_ticket, only_answer, parted, show_usage
from bot.desk.commands.resolving import close
from storage import contacts, conversations
from storage.database import Statements
from storage.records import Contact, Ticket, Update

HOUR_MILLISECONDS = 3_600_000
SPANS = {
    "m": 60_000,
    "min": 60_000,
    "h": HOUR_MILLISECONDS,
    "d": 24 * HOUR_MILLISECONDS,
    "w": 168 * HOUR_MILLISECONDS,
}
USUAL_MUTE = "24h"
_SPAN = re.compile(r"(\d{1,4}) ?(m|min|h|d|w)", re.IGNORECASE)


async def _ban(business: Business, taken: list[Update], order: Order) -> None:
    numbered, why = parted(order)
    await _silence(business, taken, numbered, FOR_EVER, record.Did.BAN, why)


async def _mute(business: Business, taken: list[Update], order: Order) -> None:
    numbered, words = parted(order)
    span = _SPAN.fullmatch(words or USUAL_MUTE)
    if span is None or not int(span[1]):
        await show_usage(business, taken, order)
        return
    until = business.clock.now() + int(span[1]) * SPANS[span[2].lower()]
    await _silence(business, taken, numbered, until, record.Did.MUTE, span[0])


async def _unban(business: Business, taken: list[Update], order: Order) -> None:
    await _silence(business, taken, parted(order)[0], 0, record.Did.UNBAN)


async def _silence(
    business: Business, taken: list[Update], order: Order, until: int, action: record.Did, detail: str = ""
) -> None:
    if not await members.may(business, order.item, "ban"):
        await only_answer(business, taken, order, business.tell_desk("not_allowed"))
        return

    async def act(tx: Statements, ticket: Ticket) -> str:
        contact = await _customer(tx, ticket)
        await contacts.mute(tx, contact.id, until)
        await record.did(
            tx, business, order.item, action, ticket_id=ticket.id, contact_id=contact.id, detail=detail
        )
        if until == FOR_EVER and ticket.state != "resolved":
            await close(tx, business, order.item, ticket, silently=True)
        await cards.refresh(tx, business, ticket.id)
        return ""

    await on_ticket(business, taken, order, act)


async def _customer(tx: Statements, ticket: Ticket) -> Contact:
    conversation = await conversations.get(tx, ticket.conversation_id)
    return await contacts.get(tx, conversation.contact_id)


COMMANDS: Commands = {"ban": _ban, "mute": _mute, "unban": _unban}
