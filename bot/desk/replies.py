"""A staff reply is matched here: by the stored id of the message it answers, never by text."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby

from bot import content as contents
from bot.business import Business
from bot.content import Content
from bot.desk import cards
from bot.outbound import edit_at_customer, say, tell
from bot.update import Edited, Inbound, Said
from storage import contacts, conversations, copies, messages, tickets, updates
from storage.database import Statements
from storage.records import Copy, Ticket, Update

GOES_OUT = ("card", "copy")
"""A reply to these reaches the customer: a ticket's card, and a customer's message. Nothing else does."""

Heard = tuple[Update, Inbound]


def grouped(heard: list[Heard]) -> Iterator[list[Heard]]:
    """Each update by itself, but an album's files together."""
    for _, group in groupby(heard, key=lambda one: _album(one[1]) or f"#{one[0].id}"):
        yield list(group)


def _album(item: Inbound) -> str:
    return item.what.album if isinstance(item.what, Said) else ""


async def pass_on(business: Business, taken: list[Update], items: list[Inbound]) -> None:
    """If it answers a card or a customer's message, it goes to that customer; otherwise it stays inside."""
    first = items[0]
    said = [item.what for item in items if isinstance(item.what, Said)]
    replied_to = next((one.reply_to for one in said if one.reply_to), "")

    async def work(tx: Statements) -> None:
        await updates.finish(tx, taken)
        answered = await _answered(tx, first, replied_to)
        if answered is not None and answered.role in GOES_OUT and answered.ticket_id:
            await _send(tx, business, answered, first, said)
        elif answered is None and any(one.answers_us for one in said):
            await _wonder(tx, business, first, said[0])

    await business.db.transaction(work)


async def _answered(tx: Statements, item: Inbound, replied_to: str) -> Copy | None:
    if not replied_to:
        return None
    return await copies.find(tx, item.channel, item.room, replied_to)


async def _wonder(tx: Statements, business: Business, item: Inbound, said: Said) -> None:
    """It answers a message of ours that is not on record: one that a crash hid from us, or an old one.

    It may be a card or a note, so it stays inside, and whoever wrote it is told."""
    text = business.tell_desk("reply_unknown")
    await tell(tx, business, text, thread=item.thread, reply_to=said.remote_id)


async def _send(tx: Statements, business: Business, answered: Copy, item: Inbound, said: list[Said]) -> None:
    assert answered.ticket_id is not None
    ticket = await _current(tx, await tickets.get(tx, answered.ticket_id))
    conversation = await conversations.get(tx, ticket.conversation_id)
    contact = await contacts.get(tx, conversation.contact_id)
    content = said[0].content
    for more in said[1:]:
        content = contents.join(content, more.content)
    if not _can_carry(content):
        await tell(
            tx,
            business,
            business.tell_desk("reply_unreadable", kind=content.unreadable),
            thread=item.thread,
            reply_to=said[0].remote_id,
        )
        return
    name = item.sender.name if item.sender else ""
    message_id = await say(
        tx,
        business,
        contact,
        conversation.id,
        replace(content, unreadable="", buttons=()),
        author="staff",
        staff_name=name,
        ticket_id=ticket.id,
        quoted=answered.message_id if answered.role == "copy" else None,
    )
    for one in said:
        await copies.add(
            tx,
            channel=item.channel,
            room=item.room,
            remote_id=one.remote_id,
            role="origin",
            message_id=message_id,
            ticket_id=ticket.id,
        )
    await conversations.give_to(tx, conversation.id, "staff")
    await tickets.take(tx, ticket.id, name)
    await cards.refresh(tx, business, ticket.id)


def _can_carry(content: Content) -> bool:
    return bool(content.text.strip() or content.media or content.place or content.shared)


async def _current(tx: Statements, ticket: Ticket) -> Ticket:
    """The customer's open ticket: the one replied to, a newer one, or that one opened again."""
    return await tickets.find_open(tx, ticket.conversation_id) or ticket


async def mirror_edit(business: Business, taken: list[Update], item: Inbound, edited: Edited) -> None:
    """Staff mended a reply: mend it at the customer's too, where it stands in one message."""

    async def work(tx: Statements) -> None:
        await updates.finish(tx, taken)
        copy = await copies.find(tx, item.channel, item.room, edited.remote_id)
        if copy is None or copy.role != "origin" or copy.message_id is None:
            return
        message = await messages.get(tx, copy.message_id)
        conversation = await conversations.get(tx, message.conversation_id)
        contact = await contacts.get(tx, conversation.contact_id)
        await messages.edit(tx, message.id, contents.to_json(edited.content), business.clock.now())
        await edit_at_customer(tx, business, contact, message.id, edited.content)

    await business.db.transaction(work)
