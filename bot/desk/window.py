"""How long a customer may still be written to freely, where a platform limits it: the end, and the card's line."""

from collections.abc import Callable

from bot import templates
from bot.business import Business
from storage import messages, windows
from storage.database import Reading
from storage.records import Contact, Ticket
from storage.windows import Window

HOUR = 3_600_000
STEPS = (1, 2, 3, 6, 12)
"""Hours left at which the card is edited: of the group's few calls these are worth one each."""
WHOLE = 24
"""More than the largest step."""
CLOSED = 0
UNASKED = ("undelivered",)
"""Requests that no customer began."""
Shown = Callable[[Business, int], str]


def hours_left(closes_at: int, now: int) -> int:
    """The smallest step that is not over yet; CLOSED when nothing is left."""
    left = closes_at - now
    if left <= 0:
        return CLOSED
    return next((step for step in STEPS if left <= step * HOUR), WHOLE)


async def line(db: Reading, business: Business, ticket: Ticket, contact: Contact, shown: Shown) -> str:
    """For the card; empty where a platform has no such window. We only show it: the platform says what goes."""
    hours = hours_of(business, contact.channel)
    if not hours or ticket.state == "resolved":
        return ""
    wrote_at = await wrote_last(db, ticket.conversation_id)
    known = await windows.find(db, ticket.id)
    closes_at = end(hours, wrote_at, ticket.opened_at, ticket.reason, known)
    left = hours_left(closes_at, business.clock.now())
    if left == CLOSED:
        way = "card_window_templates" if templates.for_reply(business, contact) else "card_window_closed"
        return business.tell_desk(way)
    key = "card_window" if left == WHOLE else "card_window_left"
    return business.tell_desk(key, time=shown(business, closes_at), hours=left)


async def wrote_last(db: Reading, conversation_id: int) -> int:
    last = await messages.last_from_customer(db, conversation_id)
    return last.created_at if last else 0


def hours_of(business: Business, channel: str) -> int:
    known = business.channels.get(channel)
    return known.limits.window_hours if known else 0


def end(hours: int, wrote_at: int, opened_at: int, reason: str, known: Window | None) -> int:
    """Milliseconds. A window that the platform called closed stays so until the customer writes again."""
    began = max(wrote_at, 0 if reason in UNASKED else opened_at)
    if known is not None and known.shown_hours == CLOSED and known.closes_at > began:
        return min(known.closes_at, began + hours * HOUR)
    return began + hours * HOUR
