"""What a customer writes while a person has the conversation, shown at the desk: all of it, whatever its kind."""

from dataclasses import replace
from functools import partial

from bot import content as contents
from bot import split
from bot.business import Business
from bot.content import Content, Entity, Style
from bot.desk import cards, flood, leaks, mending, parting
from bot.desk.hidden import hides
from bot.desk.speech import in_desks_words
from bot.outbound import Priority, at_desk, lane_of_ticket, touch
from storage import contacts, conversations, copies, deliveries, messages, queued, tickets
from storage.database import Statements
from storage.records import Contact, Delivery, Message, Ticket

PAGE = 200


async def show(
    tx: Statements, business: Business, ticket: Ticket, contact: Contact, message: Message
) -> None:
    """Queue a copy of the customer's message for the ticket's topic, or under its card."""
    ticket = await parting.go_on(tx, business, ticket)
    await messages.put_in_ticket(tx, message.id, ticket.id)
    await leaks.remember(tx, contact, message)
    content = contents.from_json(message.content)
    beneath = await in_desks_words(tx, business, ticket, contact, content.text, message.id)
    shown = worded(business, contact, ticket, content, beneath=beneath)
    priority = await flood.priority_of(tx, business, ticket, shown)
    if priority is None:
        return
    await at_desk(
        tx,
        business,
        shown,
        lane=lane_of_ticket(ticket.id),
        priority=priority,
        role="copy",
        reply_to=await _quoted_at_desk(tx, business, ticket, message),
        message_id=message.id,
        ticket_id=ticket.id,
        room=business.desk.room_of(ticket.desk),
    )


async def show_edit(
    tx: Statements, business: Business, ticket: Ticket, contact: Contact, message: Message
) -> None:
    """The customer changed their words: change the copy, or show them anew where that cannot be."""
    ticket = await parting.go_on(tx, business, ticket)
    content = contents.from_json(message.content)
    beneath = await in_desks_words(tx, business, ticket, contact, content.text, message.id)
    content = worded(business, contact, ticket, content, mark="mark_edited", beneath=beneath)
    channel = business.desk.channel
    pieces = split.parts(content, channel.limits) if channel else []
    standing = await copies.of_message(tx, message.id, "copy")
    waiting = [part for part in await deliveries.of_message(tx, message.id) if is_copy_that_waits(part)]
    if content.media and len(pieces) == 1:
        standing = standing[:1]  # an album's words are its first file's
    if len(pieces) != len(standing) + len(waiting):
        for part in waiting:
            await queued.drop(tx, part)
        if standing or waiting or not is_on_card(ticket, message):
            await show(tx, business, ticket, contact, message)
        return
    for copy, piece in zip(standing, pieces, strict=False):
        await touch(
            tx,
            business,
            "edit",
            channel=copy.channel,
            room=copy.room,
            lane=lane_of_ticket(ticket.id),
            target=copy.remote_id,
            content=piece,
            message_id=message.id,
            ticket_id=ticket.id,
        )
    for part, piece in zip(waiting, pieces[len(standing) :], strict=True):
        whole = flood.mended(contents.from_json(part.content), piece) if part.state == "queued" else piece
        await mending.say_anew(tx, business, part, whole)


def is_copy_that_waits(part: Delivery) -> bool:
    return part.action == "say" and part.role == "copy" and part.state in ("queued", "sending")


async def remark(
    tx: Statements, business: Business, ticket: Ticket, message: Message | None, key: str, **values: object
) -> None:
    """A line of ours under what it is about: a reaction, a message taken back, a customer who left."""
    ticket = await parting.part(tx, business, ticket) if ticket.joined_to else ticket
    await at_desk(
        tx,
        business,
        Content(text=business.tell_desk(key, **values)),
        lane=lane_of_ticket(ticket.id),
        priority=Priority.TRANSCRIPT,
        role="note",
        reply_to=await _at_desk(tx, business, ticket, message.id) if message else "",
        ticket_id=ticket.id,
        room=business.desk.room_of(ticket.desk),
    )


async def show_again(tx: Statements, business: Business, ticket_id: int) -> None:
    """Its place at the desk is gone: its card and what the customer wrote are posted anew."""
    await tickets.place(tx, ticket_id, "", "")
    ticket = await tickets.get(tx, ticket_id)
    conversation = await conversations.get(tx, ticket.conversation_id)
    contact = await contacts.get(tx, conversation.contact_id)
    if not await queued.waits_for_card(tx, ticket_id):
        await cards.post(tx, business, ticket)
    for message in await messages.of_ticket(tx, ticket_id):
        needed = message.author == "customer" and not is_on_card(ticket, message)
        if needed and not await queued.is_queued(tx, message.id, "copy"):
            await show(tx, business, ticket, contact, message)


def is_on_card(ticket: Ticket, message: Message) -> bool:
    """It is what the ticket is about, and its card says all of it: words alone, and not too many."""
    content = contents.from_json(message.content)
    carries_more = content.media or content.place or content.shared or content.unreadable
    fits = not carries_more and len(ticket.question) <= cards.LONGEST_QUOTE
    return fits and message.created_at <= ticket.opened_at


async def show_missing(business: Business) -> None:
    """Show the open tickets that have no card at the desk, nor one on its way; each by itself."""
    after = 0
    while page := await tickets.unresolved_after(business.db, after, PAGE):
        for ticket in page:
            await business.db.transaction(partial(_show_if_missing, business=business, before=ticket))
        after = page[-1].id


async def _show_if_missing(tx: Statements, business: Business, before: Ticket) -> None:
    await conversations.lock(tx, before.conversation_id)
    ticket = await tickets.get(tx, before.id)
    if ticket.joined_to and (await tickets.get(tx, ticket.joined_to)).state != "resolved":
        return
    ticket = await parting.part(tx, business, ticket) if ticket.joined_to else ticket
    has_card = await copies.card_of(tx, ticket.id, business.desk.room_of(ticket.desk)) is not None
    if ticket.state != "resolved" and not has_card and not await queued.waits_for_card(tx, ticket.id):
        await show_again(tx, business, ticket.id)


def worded(
    business: Business,
    contact: Contact,
    ticket: Ticket,
    content: Content,
    *,
    mark: str = "",
    beneath: str = "",
) -> Content:
    """The customer's message for staff's eyes: it says whose it is, and without topics of which ticket. `beneath`
    is what it says in their language.

    Where a link of theirs leads stands there as an address: words that say otherwise lead nobody astray."""
    name = cards.shown_name(contact)
    head = name if ticket.thread or business.desk.at(ticket.desk).has_topics else f"{name} · {ticket.number}"
    marks = [mark, "mark_hidden" if hides(content.text) else ""]
    tail = "\n".join(business.tell_desk(key) for key in marks if key)
    links = (f"🔗 {entity.url}" for entity in content.entities if entity.url)
    body = "\n".join(filter(None, (content.text, *links)))
    if content.unreadable:
        body = "\n".join(
            part for part in (body, business.tell_desk("unreadable", kind=content.unreadable)) if part
        )
    tail = "\n".join(part for part in (beneath, tail) if part)
    if not (body or tail) and _takes_no_words(business, content):
        head = ""  # where it stands says whose it is, and the group's messages are few
    lead = split.units(head) + 1 if head else 0
    shifted = tuple(replace(e, offset=e.offset + lead) for e in content.entities if e.style is not Style.LINK)
    title = (Entity(Style.BOLD, 0, split.units(head)),) if head else ()
    text = "\n".join(part for part in (head, body, tail) if part)
    return replace(content, text=text, entities=title + shifted, unreadable="", buttons=())


def _takes_no_words(business: Business, content: Content) -> bool:
    captionless = business.desk.channel.limits.captionless if business.desk.channel else frozenset()
    files = all(media.kind in captionless for media in content.media)
    return files and bool(content.media or content.place or content.shared)


async def _quoted_at_desk(tx: Statements, business: Business, ticket: Ticket, message: Message) -> str:
    return await _at_desk(tx, business, ticket, message.reply_to) if message.reply_to else ""


async def _at_desk(tx: Statements, business: Business, ticket: Ticket, message_id: int) -> str:
    """Where a message of either side stands in the group of the ticket's desk."""
    room = business.desk.room_of(ticket.desk)
    for role in ("copy", "origin"):
        for copy in await copies.of_message(tx, message_id, role):
            if business.desk.is_here(copy.channel, copy.room) and copy.room == room:
                return copy.remote_id
    return ""
