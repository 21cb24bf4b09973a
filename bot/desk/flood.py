"""One customer who writes and writes must not fill the group's few messages a minute: others' words go first."""

from dataclasses import replace

from bot import content as contents
from bot.business import Business
from bot.content import Content
from bot.outbound import Priority, lane_of_ticket
from bot.split import units
from storage import queued
from storage.database import Statements
from storage.records import Ticket

FEW = 3
"""So many messages of one request wait as anybody's; those behind them come after everybody's."""
MOST = 60
"""So many wait each by itself; what is more is added to the last of them."""


async def priority_of(tx: Statements, business: Business, ticket: Ticket, shown: Content) -> Priority | None:
    """Among which the customer's message is shown; None: it was added to the last one that waits."""
    lane = lane_of_ticket(ticket.id)
    waiting = await queued.count_copies(tx, lane, MOST)
    if waiting < FEW:
        return Priority.TRANSCRIPT
    if waiting >= MOST and await _join_last(tx, business, lane, shown):
        return None
    return Priority.TOUCH


async def _join_last(tx: Statements, business: Business, lane: str, shown: Content) -> bool:
    number, body = await queued.last_copy(tx, lane)
    both, channel = _joined(contents.from_json(body), shown), business.desk.channel
    if both is None or channel is None or units(both.text) > channel.limits.text:
        return False
    return await queued.rewrite(tx, number, contents.to_json(both))


def _joined(first: Content, second: Content) -> Content | None:
    """Words alone can be; each keeps its first line, which says whose they are."""
    for one in (first, second):
        if one.media or one.place or one.shared or one.unreadable or one.buttons or not one.text:
            return None
    lead = units(first.text) + 2
    shifted = tuple(replace(entity, offset=entity.offset + lead) for entity in second.entities)
    return replace(first, text=f"{first.text}\n\n{second.text}", entities=first.entities + shifted)


def mended(waiting: Content, newer: Content) -> Content:
    """The first of several that were joined reads otherwise now; those behind it stay as they are."""
    head = newer.text.partition("\n")[0]
    words, seam, _ = waiting.text.partition(f"\n\n{head}\n")
    if not head or not seam:
        return newer
    others, gone = waiting.text[len(words) :], units(words)
    shift = units(newer.text) - gone
    kept = tuple(replace(one, offset=one.offset + shift) for one in waiting.entities if one.offset >= gone)
    return replace(newer, text=newer.text + others, entities=newer.entities + kept)
