"""Counts the windows down that a platform gives us: the cards are edited seldom, and staff are warned twice."""

from functools import partial

from bot.business import Business
from bot.desk import cards
from bot.desk.window import CLOSED, HOUR, WHOLE, end, hours_left, hours_of, wrote_last
from bot.outbound import tell
from storage import contacts, conversations, tickets, windows
from storage.database import Statements
from storage.records import Ticket
from storage.windows import Open, Window

WARNED_AT = (2, 1)
"""Hours left."""
MOVED = HOUR
"""By so much the end must have moved, because the customer wrote again, for the card to be edited."""
PAGE = 200


async def note_closed(tx: Statements, business: Business, ticket_id: int) -> None:
    """The platform refused a reply because of it, whatever our own clock says."""
    await windows.keep(tx, Window(ticket_id, business.clock.now(), CLOSED, WARNED_AT[-1]))


async def count_down(business: Business) -> None:
    """Edit the cards on which a step is over, and warn of the windows that close soon: each once, on record."""
    for channel in tuple(business.channels):
        hours, after = hours_of(business, channel), 0
        while hours and (page := await windows.unresolved(business.db, channel, after, PAGE)):
            for one in page:
                if _news(business, one, hours) is not None:
                    await business.db.transaction(partial(_step, business=business, one=one, hours=hours))
            after = page[-1].ticket_id


def _news(business: Business, one: Open, hours: int) -> Window | None:
    """What staff should know of it now; None when that is what they know."""
    known = None
    if one.closes_at is not None:
        known = Window(one.ticket_id, one.closes_at, one.shown_hours or 0, one.warned_hours or 0)
    closes_at = end(hours, one.wrote_at, one.opened_at, one.reason, known)
    left = hours_left(closes_at, business.clock.now())
    if known is None and left == WHOLE:
        return None
    if known and known.shown_hours == left and abs(known.closes_at - closes_at) < MOVED:
        return None
    warned = 0 if left > WARNED_AT[0] else known.warned_hours if known else 0
    return Window(one.ticket_id, closes_at, left, warned)


async def _step(tx: Statements, business: Business, one: Open, hours: int) -> None:
    await conversations.lock(tx, one.conversation_id)
    ticket = await tickets.get(tx, one.ticket_id)
    known = await windows.find(tx, one.ticket_id)
    now_known = (known.closes_at, known.shown_hours, known.warned_hours) if known else (None, None, None)
    wrote_at = await wrote_last(tx, one.conversation_id)
    fresh = Open(ticket.id, ticket.conversation_id, ticket.opened_at, ticket.reason, wrote_at, *now_known)
    news = _news(business, fresh, hours)
    if ticket.state == "resolved" or news is None:
        return
    warns = news.shown_hours in WARNED_AT and not 0 < news.warned_hours <= news.shown_hours
    if warns:
        await _warn(tx, business, ticket, news)
    warned = news.shown_hours if warns else news.warned_hours
    await windows.keep(tx, Window(news.ticket_id, news.closes_at, news.shown_hours, warned))
    await cards.refresh(tx, business, ticket.id)


async def _warn(tx: Statements, business: Business, ticket: Ticket, window: Window) -> None:
    conversation = await conversations.get(tx, ticket.conversation_id)
    contact = await contacts.get(tx, conversation.contact_id)
    text = business.tell_desk(
        "window_closes",
        ticket=ticket.number,
        name=cards.shown_name(contact),
        hours=window.shown_hours,
        time=cards.clock_time(business, window.closes_at),
    )
    await tell(tx, business, text, ticket=ticket)
