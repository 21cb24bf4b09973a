"""Staff hear of it elsewhere, too: a few words to a phone when somebody waits and the group may not be looked at."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot import content as contents
from bot import templates
from bot.business import Business
from bot.channel import shown_channel
from bot.content import Button, Content
from bot.desk import cards
from bot.desk.signs import DELIVERED, FAILED
from bot.outbound import Priority, lane_of_room, react, tell
from bot.status import span
from bot.update import Reason
from storage import contacts, conversations, copies, deliveries, facts, tickets
from storage.database import Reading, Statements
from storage.records import Contact, Delivery, Message, Ticket

log = logging.getLogger(__name__)

PAUSE_MILLISECONDS = 600_000
"""For each cause at most one in so long; what was left out is told with the next, or after it."""
LASTING_MILLISECONDS = 50_000
"""What is mended before the next look, a minute later, is no trouble."""
STILL_MILLISECONDS = 6 * 3_600_000
"""So often we say that a channel still fails."""
WINDOW_MILLISECONDS = 24 * 3_600_000
LONGEST_QUESTION = 300
MOST_COUNTED = 200
TOLD, OWED, TROUBLE, WROTE = "alert:{}", "alert_owed:{}", "alert_trouble:{}", "alert_room_wrote:{}"
"""Facts: when a cause was told of, the ticket that was not, since when a channel fails, and when somebody last wrote
from a destination."""


class Cause(StrEnum):
    ESCALATION = "escalation"  # a customer asks for a person
    PROMISE = "promise"  # somebody will have waited longer than was promised
    CHANNEL = "channel"  # customers or staff cannot be reached


@dataclass(frozen=True, slots=True)
class Destination:
    """Where alerts go, and who there is heard as staff."""

    channel: str
    room: str


def destinations(business: Business) -> Sequence[Destination]:
    """The one place that knows them; a further one is a line here."""
    phone = business.settings.secrets.whatsapp_admin_phone
    found = [Destination("whatsapp", phone)] if phone else []
    return [one for one in found if one.channel in business.channels]


async def escalated(tx: Statements, business: Business, ticket: Ticket, contact: Contact) -> None:
    """A customer waits for a person."""
    await _about_ticket(tx, business, Cause.ESCALATION, ticket, contact)


async def promise_at_risk(tx: Statements, business: Business, ticket: Ticket, left: int) -> None:
    """Call it when a promised time is about to pass: `left` milliseconds, below 0 when it has passed."""
    conversation = await conversations.get(tx, ticket.conversation_id)
    contact = await contacts.get(tx, conversation.contact_id)
    key = "alert_promise" if left > 0 else "alert_promise_broken"
    time = span(business, business.settings.desk.language, abs(left))
    await _about_ticket(tx, business, Cause.PROMISE, ticket, contact, business.tell_desk(key, left=time))


async def channel_fails(tx: Statements, business: Business, channel: str, error: str) -> None:
    """Customers, or the desk, cannot be reached by this channel: told when it lasts, and again only after hours."""
    if all(one.channel == channel for one in destinations(business)):
        return
    now, seen = business.clock.now(), await facts.find(tx, TROUBLE.format(channel))
    if seen is None:
        await facts.put(tx, TROUBLE.format(channel), str(now))
    elif now - int(seen) >= LASTING_MILLISECONDS:
        name = TOLD.format(f"{Cause.CHANNEL}:{channel}")
        if await facts.claim(tx, name, str(now), older_than=str(now - STILL_MILLISECONDS)):
            text = business.tell_desk("alert_channel", channel=shown_channel(channel), error=error)
            if not await _tell(tx, business, Cause.CHANNEL, text, but_not=channel):
                await facts.forget(tx, name)


async def channel_works(tx: Statements, channel: str) -> None:
    await facts.forget(tx, TROUBLE.format(channel))
    await facts.forget(tx, TOLD.format(f"{Cause.CHANNEL}:{channel}"))


async def is_in_trouble(db: Reading, channel: str) -> bool:
    """As far as was noted."""
    return await facts.find(db, TROUBLE.format(channel)) is not None


async def tell_owed(business: Business) -> None:
    """What was left out because of the pause, and still waits; a job calls it."""
    if not destinations(business):
        return
    for cause in (Cause.ESCALATION, Cause.PROMISE):
        owed = await facts.find(business.db, OWED.format(cause))
        told = await facts.find(business.db, TOLD.format(cause))
        if owed and int(told or 0) <= business.clock.now() - PAUSE_MILLISECONDS:
            await _tell_owed(business, cause, int(owed))


async def _tell_owed(business: Business, cause: Cause, ticket_id: int) -> None:
    before = await tickets.get(business.db, ticket_id)

    async def work(tx: Statements) -> None:
        await conversations.lock(tx, before.conversation_id)
        await facts.forget(tx, OWED.format(cause))
        ticket = await tickets.get(tx, ticket_id)
        if ticket.waiting_since:
            conversation = await conversations.get(tx, ticket.conversation_id)
            contact = await contacts.get(tx, conversation.contact_id)
            await _about_ticket(tx, business, cause, ticket, contact)

    await business.db.transaction(work)


async def _about_ticket(
    tx: Statements, business: Business, cause: Cause, ticket: Ticket, contact: Contact, more: str = ""
) -> None:
    if not destinations(business):
        return
    now = business.clock.now()
    text = business.tell_desk(
        "alert_ticket",
        ticket=ticket.number,
        name=cards.shown_name(contact),
        channel=shown_channel(contact.channel),
        waited=span(business, business.settings.desk.language, now - (ticket.waiting_since or now)),
        question=_short(ticket.question),
    )
    lines = [
        text,
        more,
        await _others(tx, business, ticket),
        business.tell_desk("alert_how", ticket=ticket.number),
    ]
    if not await _tell(tx, business, cause, "\n".join(filter(None, lines)), ticket):
        await facts.put(tx, OWED.format(cause), str(ticket.id))


async def _others(tx: Statements, business: Business, ticket: Ticket) -> str:
    waiting = [
        one for one in await tickets.all_open(tx, MOST_COUNTED) if one.waiting_since and one.id != ticket.id
    ]
    return business.tell_desk("alert_others", count=len(waiting)) if waiting else ""


def _short(question: str) -> str:
    words = " ".join(question.split())
    return words if len(words) <= LONGEST_QUESTION else words[: LONGEST_QUESTION - 1].rstrip() + "…"


async def _tell(
    tx: Statements,
    business: Business,
    cause: Cause,
    text: str,
    ticket: Ticket | None = None,
    *,
    but_not: str = "",
) -> bool:
    """False while the pause after the last one of this cause lasts, or where nobody can be told."""
    rooms = [one for one in destinations(business) if one.channel != but_not]
    now = business.clock.now()
    if not rooms or not await facts.claim(
        tx, TOLD.format(cause), str(now), older_than=str(now - PAUSE_MILLISECONDS + 1)
    ):
        return False
    for destination in rooms:
        await write(tx, business, destination, text, ticket_id=ticket.id if ticket else None)
    return True


async def write(
    tx: Statements,
    business: Business,
    destination: Destination,
    text: str,
    *,
    ticket_id: int | None = None,
    reply_to: str = "",
    buttons: tuple[Button, ...] = (),
) -> None:
    """Words of ours to a destination: as they are within its window, as a template outside of it."""
    content = Content(text=text, buttons=buttons)
    if not await _may_write(tx, business, destination):
        content = _as_template(business, destination.channel, text) or content
    await _queue(tx, business, destination, content, ticket_id, reply_to)


async def _queue(
    tx: Statements,
    business: Business,
    destination: Destination,
    content: Content,
    ticket_id: int | None,
    reply_to: str = "",
) -> None:
    await deliveries.add(
        tx,
        channel=destination.channel,
        room=destination.room,
        lane=lane_of_room(destination.channel, destination.room),
        action="say",
        priority=Priority.WORD,
        content=contents.to_json(content),
        role="alert",
        reply_to=reply_to,
        ticket_id=ticket_id,
        now=business.clock.now(),
    )


async def _may_write(tx: Statements, business: Business, destination: Destination) -> bool:
    hours = business.channels[destination.channel].limits.window_hours
    wrote = await facts.find(tx, WROTE.format(destination.room))
    return not hours or business.clock.now() - int(wrote or 0) < WINDOW_MILLISECONDS


def _as_template(business: Business, channel: str, text: str) -> Content | None:
    template = templates.for_alert(business, channel)
    if template is None:
        return None
    values = {"name": business.settings.bot.name, "ticket": "–", "company": business.settings.bot.company}
    return templates.filled(template, values | {"text": text})


async def failed(tx: Statements, business: Business, delivery: Delivery, reason: Reason) -> None:
    """An alert did not arrive: outside the window it goes as a template, otherwise the desk hears of it."""
    body = contents.from_json(delivery.content)
    template = _as_template(business, delivery.channel, body.text) if not body.template else None
    if reason is Reason.WINDOW_CLOSED and template is not None:
        await facts.forget(tx, WROTE.format(delivery.room))
        room = Destination(delivery.channel, delivery.room)
        await _queue(tx, business, room, template, delivery.ticket_id)
        return
    log.warning("an alert by %s did not arrive: %s", delivery.channel, reason)
    why = business.tell_desk(f"refused_{reason}")
    await tell(tx, business, business.tell_desk("alert_failed", reason=why))


async def show(tx: Statements, business: Business, message_id: int, sign: str) -> None:
    """What became of a reply that came from a destination, on that message; a sign each would be billed."""
    if sign not in (DELIVERED, FAILED):
        return
    for destination in destinations(business):
        for copy in await copies.of_message(tx, message_id, "origin"):
            if (copy.channel, copy.room) == (destination.channel, destination.room):
                await react(tx, business, copy.channel, copy.room, copy.remote_id, sign)


async def tell_failure(tx: Statements, business: Business, message: Message, reason: Reason) -> None:
    """Such a reply failed: whoever wrote it reads why."""
    conversation = await conversations.get(tx, message.conversation_id)
    contact = await contacts.get(tx, conversation.contact_id)
    why = business.tell_desk(f"refused_{reason}")
    text = business.tell_desk("reply_failed", name=cards.shown_name(contact), reason=why)
    for destination in destinations(business):
        for copy in await copies.of_message(tx, message.id, "origin"):
            if (copy.channel, copy.room) == (destination.channel, destination.room):
                await write(
                    tx, business, destination, text, ticket_id=message.ticket_id, reply_to=copy.remote_id
                )
