"""The way out: what is said goes on record and into the queue, in the transaction that decided it."""

from dataclasses import dataclass
from enum import IntEnum

from bot import content as contents
from bot import split
from bot.business import Berth, Business
from bot.content import Button, Content
from storage import copies, deliveries, messages, queued, tickets
from storage.database import Statements
from storage.records import Action, Author, Contact, Delivery, Role, Ticket


class Priority(IntEnum):
    """Who goes first when a platform takes only so much."""

    ANSWER = 0  # a customer waits for it; a new card
    WORD = 1  # the bot answers staff, or tells them what failed
    TRANSCRIPT = 2  # what a customer wrote, shown at the desk
    TOUCH = 3  # receipts, edits of cards, topics


@dataclass(frozen=True, slots=True)
class Spoken:
    message_id: int
    first: Delivery
    """Its first part; with a berth it is claimed already."""


def lane_of_room(channel: str, room: str) -> str:
    return f"{channel}:{room}"


def lane_of_ticket(ticket_id: int) -> str:
    return f"ticket:{ticket_id}"


async def say(
    tx: Statements,
    business: Business,
    contact: Contact,
    conversation_id: int,
    content: Content,
    *,
    author: Author = "bot",
    ticket_id: int | None = None,
    staff_name: str = "",
    sources: str = "",
    found: str = "",
    quoted: int | None = None,
    berth: Berth | None = None,
    shown: Content | None = None,
    priority: Priority = Priority.ANSWER,
) -> Spoken:
    """Tell the customer. `quoted` is the message of theirs, or of ours, that it is about; `shown` is how it looks
    at theirs."""
    body = contents.to_json(content)
    message = await messages.add(
        tx,
        conversation_id=conversation_id,
        author=author,
        content=body,
        ticket_id=ticket_id,
        reply_to=quoted,
        sources=sources,
        found=found,
        staff_name=staff_name,
        now=business.clock.now(),
    )
    quotes = await _remote_id_in(tx, quoted, contact.channel, contact.room) if quoted else ""
    parts: list[Delivery] = []
    claim = berth.claim if berth and await berth.spend(tx) <= 0 else None
    for part in split.parts(shown or content, business.channels[contact.channel].limits):
        delivery = await deliveries.add(
            tx,
            channel=contact.channel,
            room=contact.room,
            lane=lane_of_room(contact.channel, contact.room),
            action="say",
            priority=priority,
            content=body if part is content else contents.to_json(part),
            role="reply",
            reply_to=quotes,
            message_id=message.id,
            ticket_id=ticket_id,
            now=business.clock.now(),
            claim=None if parts else claim,
        )
        parts.append(delivery)
        quotes = ""
    return Spoken(message.id, parts[0])


async def tell(
    tx: Statements,
    business: Business,
    text: str,
    *,
    thread: str = "",
    reply_to: str = "",
    ticket: Ticket | None = None,
    room: str = "",
    buttons: tuple[Button, ...] = (),
) -> None:
    """The bot's own words to staff; in a ticket's topic, even where that is closed by now.

    `room` is one of several desks' group, the ticket's or the main one if none is named."""
    room = room or business.desk.room_of(ticket.desk if ticket else "")
    ticket = ticket or await tickets.find_by_thread(tx, room, thread)
    await at_desk(
        tx,
        business,
        Content(text=text, buttons=buttons),
        lane=lane_of_ticket(ticket.id) if ticket else "desk",
        priority=Priority.WORD,
        role="note",
        thread=thread,
        reply_to=reply_to,
        ticket_id=ticket.id if ticket else None,
        room=room,
    )
    if ticket is not None and ticket.state == "resolved":
        await close_topic(tx, business, ticket)


async def at_desk(
    tx: Statements,
    business: Business,
    content: Content,
    *,
    lane: str,
    priority: Priority,
    role: Role,
    thread: str = "",
    reply_to: str = "",
    message_id: int | None = None,
    ticket_id: int | None = None,
    room: str = "",
) -> None:
    """Queue a message for the desk, the main one if no `room` is named. With a ticket, where it stands is found
    when it leaves."""
    channel, room = business.desk.channel, room or business.desk.room
    if channel is None or not room:
        return
    for part in split.parts(content, channel.limits):
        await deliveries.add(
            tx,
            channel=channel.name,
            room=room,
            lane=lane,
            action="say",
            priority=priority,
            content=contents.to_json(part),
            role=role,
            thread=thread,
            reply_to=reply_to,
            message_id=message_id,
            ticket_id=ticket_id,
            now=business.clock.now(),
        )


async def touch(
    tx: Statements,
    business: Business,
    action: Action,
    *,
    channel: str,
    room: str,
    lane: str,
    target: str = "",
    content: Content | None = None,
    role: Role = "",
    message_id: int | None = None,
    ticket_id: int | None = None,
) -> None:
    """Change something that stands there already: edit it, react to it, close its topic."""
    await deliveries.add(
        tx,
        channel=channel,
        room=room,
        lane=lane,
        action=action,
        priority=Priority.TOUCH,
        content=contents.to_json(content or Content()),
        target=target,
        role=role,
        message_id=message_id,
        ticket_id=ticket_id,
        now=business.clock.now(),
    )


async def react_at_desk(
    tx: Statements, business: Business, remote_id: str, emoji: str, room: str = "", *, after: int = 0
) -> None:
    """Our one reaction on a message in a desk's group, `after` so many milliseconds, unless another one takes
    its place before; it costs no message of the group's few."""
    channel, room = business.desk.channel, room or business.desk.room
    if channel is not None and remote_id:
        await react(tx, business, channel.name, room, remote_id, emoji, after=after)


async def react(
    tx: Statements,
    business: Business,
    channel: str,
    room: str,
    remote_id: str,
    emoji: str,
    *,
    message_id: int | None = None,
    ticket_id: int | None = None,
    after: int = 0,
) -> None:
    """Our one reaction on a message; empty takes it back. Of several that wait only the newest leaves."""
    lane, now = f"reaction:{channel}:{room}:{remote_id}", business.clock.now()
    body = contents.to_json(Content(text=emoji))
    if await queued.rewrite_lane(tx, body, lane, now):
        return
    await deliveries.add(
        tx,
        channel=channel,
        room=room,
        lane=lane,
        action="react",
        priority=Priority.TOUCH,
        content=body,
        target=remote_id,
        message_id=message_id,
        ticket_id=ticket_id,
        now=now,
        due_at=now + after if after else 0,
    )


async def name_topic(tx: Statements, business: Business, ticket: Ticket, title: str, icon: str) -> None:
    """Its topic's title, and the emoji of its icon; empty for none. A change that still waits is changed itself."""
    channel = business.desk.channel
    if channel is None or not ticket.thread:
        return
    lane, wanted = f"topic:{ticket.desk_room}:{ticket.thread}", Content(text=title, unreadable=icon)
    if await queued.rewrite_lane(tx, contents.to_json(wanted), lane, business.clock.now()):
        return
    await touch(
        tx,
        business,
        "name_topic",
        channel=channel.name,
        room=ticket.desk_room,
        lane=lane,
        target=ticket.thread,
        content=wanted,
        ticket_id=ticket.id,
    )


async def close_topic(tx: Statements, business: Business, ticket: Ticket) -> None:
    channel = business.desk.channel
    if channel is None or not ticket.thread:
        return
    await touch(
        tx,
        business,
        "close_topic",
        channel=channel.name,
        room=ticket.desk_room,
        lane=lane_of_ticket(ticket.id),
        target=ticket.thread,
        ticket_id=ticket.id,
    )


async def _remote_id_in(tx: Statements, message_id: int, channel: str, room: str) -> str:
    """Theirs as they wrote it; of ours the first part of it that they read."""
    roles: tuple[Role, ...] = ("origin", "reply")
    for role in roles:
        for copy in await copies.of_message(tx, message_id, role):
            if copy.channel == channel and copy.room == room:
                return copy.remote_id
    return ""
