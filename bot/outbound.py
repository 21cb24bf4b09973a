"""The way out: what is said goes on record and into the queue, in the transaction that decided it."""

from dataclasses import dataclass, replace
from enum import IntEnum

from bot import content as contents
from bot import split
from bot.business import Berth, Business
from bot.content import Button, Content
from bot.update import Reason
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
    quoted: int | None = None,
    berth: Berth | None = None,
) -> Spoken:
    """Tell the customer. `quoted` is the message of theirs that it answers."""
    body = contents.to_json(content)
    message = await messages.add(
        tx,
        conversation_id=conversation_id,
        author=author,
        content=body,
        ticket_id=ticket_id,
        reply_to=quoted,
        sources=sources,
        staff_name=staff_name,
        now=business.clock.now(),
    )
    quotes = await _remote_id_in(tx, quoted, contact.channel, contact.room) if quoted else ""
    parts: list[Delivery] = []
    claim = berth.claim if berth and await berth.spend(tx) <= 0 else None
    for part in split.parts(content, business.channels[contact.channel].limits):
        delivery = await deliveries.add(
            tx,
            channel=contact.channel,
            room=contact.room,
            lane=lane_of_room(contact.channel, contact.room),
            action="say",
            priority=Priority.ANSWER,
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
    tx: Statements, business: Business, remote_id: str, emoji: str, room: str = ""
) -> None:
    """Our one reaction on a message in a desk's group; it costs no message of the group's few."""
    channel, room = business.desk.channel, room or business.desk.room
    if channel is None or not remote_id:
        return
    lane = f"reaction:{room}:{remote_id}"
    if await queued.rewrite_lane(tx, contents.to_json(Content(text=emoji)), lane):
        return
    await touch(
        tx,
        business,
        "react",
        channel=channel.name,
        room=room,
        lane=lane,
        target=remote_id,
        content=Content(text=emoji),
    )


async def edit_at_customer(
    tx: Statements, business: Business, contact: Contact, message_id: int, words: Content
) -> Reason | None:
    """Say the newer words where the old ones stand, files untouched; in the queue still, they are replaced.

    Returns why that cannot be, None when it is on its way."""
    parts = [part for part in await deliveries.of_message(tx, message_id) if part.action == "say"]
    worded = [part for part in parts if contents.from_json(part.content).text] or parts[:1]
    channel = business.channels.get(contact.channel)
    if len(worded) != 1 or channel is None:
        return Reason.NOT_EDITABLE
    part = worded[0]
    newer = replace(contents.from_json(part.content), text=words.text, entities=words.entities)
    if len(split.parts(newer, channel.limits)) != 1:
        return Reason.TOO_LONG
    if await queued.rewrite(tx, part.id, contents.to_json(newer)):
        return None
    await touch(
        tx,
        business,
        "edit",
        channel=part.channel,
        room=part.room,
        lane=part.lane,
        target=part.remote_id,
        content=newer,
        role="reply",
        message_id=message_id,
    )
    return None


async def name_topic(tx: Statements, business: Business, ticket: Ticket, title: str, icon: str) -> None:
    """Its topic's title, and the emoji of its icon; empty for none. A change that still waits is changed itself."""
    channel = business.desk.channel
    if channel is None or not ticket.thread:
        return
    lane, wanted = f"topic:{ticket.desk_room}:{ticket.thread}", Content(text=title, unreadable=icon)
    if await queued.rewrite_lane(tx, contents.to_json(wanted), lane):
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
    for copy in await copies.of_message(tx, message_id, "origin"):
        if copy.channel == channel and copy.room == room:
            return copy.remote_id
    return ""
