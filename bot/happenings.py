"""What else happens in a customer's room: edits, reactions, blocking, new numbers. Noted, and shown to staff."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot import content as contents
from bot.business import Business
from bot.desk import cards, transcript
from bot.desk.broadcast import opted_out
from bot.desk.rating import rated
from bot.recording import with_mark
from bot.update import Edited, Inbound, Pressed, Reacted, Renamed, Standing, StandingChanged, Withdrawn
from storage import contacts, copies, messages, tickets
from storage.database import Statements
from storage.records import Contact, Conversation, Copy, Message

THUMBS = {
    **dict.fromkeys("👍❤🙏👌🔥🎉😍", "liked"),
    **dict.fromkeys("👎😡🤬💩😢", "disliked"),
}
"""What a reaction says of an answer; others say nothing."""
TONES = "🏻🏼🏽🏾🏿\ufe0f"
Happening = Callable[[Statements, Business, Conversation, Contact, Inbound], Awaitable[None]]


async def _edited(
    tx: Statements, business: Business, conversation: Conversation, contact: Contact, item: Inbound
) -> None:
    assert isinstance(item.what, Edited)
    before = await _message(tx, item, item.what.remote_id)
    if before is None:
        return
    old, new = contents.from_json(before.content), item.what.content
    if len(old.media) > 1:
        new = replace(new, media=old.media)  # an album's text was edited, not its files
    await messages.edit(tx, before.id, contents.to_json(new), business.clock.now())
    ticket = await tickets.find_open(tx, conversation.id)
    if ticket is None or before.ticket_id != ticket.id:
        return
    if old.text and old.text in ticket.question:
        await tickets.ask(tx, ticket.id, ticket.question.replace(old.text, new.text, 1))
        ticket = await tickets.get(tx, ticket.id)
        await cards.refresh(tx, business, ticket.id)
    await transcript.show_edit(tx, business, ticket, contact, await messages.get(tx, before.id))


async def _withdrawn(
    tx: Statements, business: Business, conversation: Conversation, contact: Contact, item: Inbound
) -> None:
    assert isinstance(item.what, Withdrawn)
    message = await _message(tx, item, item.what.remote_id)
    if message is None:
        return
    await messages.withdraw(tx, message.id, business.clock.now())
    if message.ticket_id is not None:
        await _remark(tx, business, conversation, contact, message, "customer_withdrew")


def still_said(said: list[Message], copy: Copy | None) -> list[Message]:
    """What was taken back while it waited is not answered, and nobody is asked about it."""
    return [message for message in said if copy is None or message.id != copy.message_id]


async def _reacted(
    tx: Statements, business: Business, conversation: Conversation, contact: Contact, item: Inbound
) -> None:
    assert isinstance(item.what, Reacted)
    message = await _message(tx, item, item.what.remote_id)
    if message is not None and message.found:
        thumb = THUMBS.get(item.what.emoji.rstrip(TONES), "")
        verdict = with_mark(message.verdict, thumb, instead_of=("liked", "disliked"))
        await messages.judge(tx, message.id, verdict)
    key = "customer_reacted" if item.what.emoji else "customer_unreacted"
    await _remark(tx, business, conversation, contact, message, key, emoji=item.what.emoji)


async def _standing_changed(
    tx: Statements, business: Business, conversation: Conversation, contact: Contact, item: Inbound
) -> None:
    assert isinstance(item.what, StandingChanged)
    gone = item.what.standing is Standing.GONE
    if gone == bool(contact.blocked_at):
        return
    await contacts.block(tx, contact.id, business.clock.now() if gone else 0)
    await _remark(tx, business, conversation, contact, None, "customer_left" if gone else "customer_back")
    ticket = await tickets.find_open(tx, conversation.id)
    if ticket is not None:
        await cards.refresh(tx, business, ticket.id)


async def _renamed(
    tx: Statements, business: Business, conversation: Conversation, contact: Contact, item: Inbound
) -> None:
    assert isinstance(item.what, Renamed)
    new = item.what.new
    owner = await contacts.find(tx, contact.channel, contact.account, new)
    if owner is not None and owner.id == contact.id:
        await contacts.move(tx, contact.id, new)
        await copies.move_room(tx, contact.channel, contact.room, new)
        await _remark(tx, business, conversation, contact, None, "customer_renamed", new=new)


async def _pressed(
    tx: Statements, business: Business, conversation: Conversation, contact: Contact, item: Inbound
) -> None:
    await rated(tx, business, conversation, contact, item)
    await opted_out(tx, business, conversation, contact, item)


HAPPENINGS: dict[type, Happening] = {
    Edited: _edited,
    Withdrawn: _withdrawn,
    Reacted: _reacted,
    StandingChanged: _standing_changed,
    Renamed: _renamed,
    Pressed: _pressed,
}


async def _message(tx: Statements, item: Inbound, remote_id: str) -> Message | None:
    copy = await copies.find(tx, item.channel, item.room, remote_id)
    return await messages.get(tx, copy.message_id) if copy and copy.message_id else None


async def _remark(
    tx: Statements,
    business: Business,
    conversation: Conversation,
    contact: Contact,
    message: Message | None,
    key: str,
    **values: object,
) -> None:
    """Staff are told while they have the conversation; otherwise the record is enough."""
    ticket = await tickets.find_open(tx, conversation.id)
    if ticket is not None:
        await transcript.remark(tx, business, ticket, message, key, name=cards.shown_name(contact), **values)
