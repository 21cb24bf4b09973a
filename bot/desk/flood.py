"""One customer who writes and writes must not fill the group's few messages a minute: theirs come together."""

from dataclasses import replace

from bot import content as contents
from bot.business import Business
from bot.content import Content
from bot.outbound import Priority, lane_of_ticket
from bot.split import units
from storage import queued
from storage.database import Statements
from storage.records import Ticket

MOST_WAITING = 3
"""So many messages of one request may wait to be shown, each by itself."""


async def priority_of(tx: Statements, business: Business, ticket: Ticket, shown: Content) -> Priority | None:
    """Among which the customer's message is shown; None: it was added to the last one that waits."""
    waiting = await queued.copies_in(tx, lane_of_ticket(ticket.id), MOST_WAITING)
    if len(waiting) < MOST_WAITING:
        return Priority.TRANSCRIPT
    last_id, last = waiting[0][0], contents.from_json(waiting[0][1])
    both = _joined(last, shown)
    channel = business.desk.channel
    if both is None or channel is None or units(both.text) > channel.limits.text:
        return Priority.TOUCH
    if await queued.rewrite(tx, last_id, contents.to_json(both)):
        return None
    return Priority.TOUCH


def _joined(first: Content, second: Content) -> Content | None:
    """Words alone can be; each keeps its first line, which says whose they are."""
    for one in (first, second):
        if one.media or one.place or one.shared or one.unreadable or one.buttons or not one.text:
            return None
    lead = units(first.text) + 2
    shifted = tuple(replace(entity, offset=entity.offset + lead) for entity in second.entities)
    return replace(first, text=f"{first.text}\n\n{second.text}", entities=first.entities + shifted)
