"""Staff change a reply or react to a customer's message: it is so at the customer's, too, or they are told why not."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot import content as contents
from bot.business import Business
from bot.content import Content
from bot.desk import commands, holding, interpreter, mending, offers, record, together
from bot.desk.leaks import customer_of
from bot.desk.replies import always
from bot.desk.signing import as_before
from bot.desk.speech import AS_WRITTEN, Speech, remember, spelled_out, spoken
from bot.outbound import react, tell
from bot.update import Edited, Inbound, Reacted, Reason
from storage import contacts, conversations, copies, joined, messages, tickets, updates
from storage.database import Reading, Statements
from storage.records import Message, Update


async def mirror_edit(
    business: Business,
    taken: list[Update],
    item: Inbound,
    edited: Edited,
    *,
    speech: Speech | None = None,
    decide: Callable[[Statements], Awaitable[bool]] = always,
) -> None:
    """Staff mended a reply: mend its words at the customer's too, or say why that cannot be.

    With `speech` it waited for a tap, and `decide` says in the transaction whether it still may."""
    copy = await copies.find(business.db, item.channel, item.room, edited.remote_id)
    ours = copy.message_id if copy is not None and copy.role == "origin" else None
    before = await said_alike(business.db, ours)
    rows = [] if speech is not None else [update.id for update in taken]
    speech = speech or await _speech_of(business, before, edited)

    async def work(tx: Statements) -> None:
        await conversations.lock(tx, *(one.conversation_id for one in before))
        await updates.finish(tx, taken)
        if rows and before:
            await holding.forget_edit(tx, item, edited.remote_id)
        if not await decide(tx):
            return
        everybody = [await tickets.get(tx, one.ticket_id) for one in before if one.ticket_id]
        named = ", ".join(await together.named_in(tx, everybody, edited.content.text))
        for one in before:
            if await _waits(tx, business, one.id, item, edited, named, speech, rows):
                return
            await _mend(tx, business, one.id, item, edited, named, speech)

    await business.db.transaction(work)


async def _speech_of(business: Business, before: list[Message], edited: Edited) -> Speech:
    message = before[0] if before else None
    if message is None or message.ticket_id is None or message.withdrawn_at:
        return AS_WRITTEN
    words = contents.from_json(message.content)
    if (words.text, words.entities) == (edited.content.text, edited.content.entities):
        return AS_WRITTEN
    ticket = await tickets.get(business.db, message.ticket_id)
    return await interpreter.speech_for(business, ticket, edited.content)


async def said_alike(db: Reading, message_id: int | None) -> list[Message]:
    """The message of staff's, and those that say the same to others who asked the same."""
    if message_id is None:
        return []
    return [await messages.get(db, one) for one in (message_id, *await joined.alike(db, message_id))]


async def _waits(
    tx: Statements,
    business: Business,
    message_id: int,
    item: Inbound,
    edited: Edited,
    named: str,
    speech: Speech,
    rows: list[int],
) -> bool:
    """Whether somebody reads the translation of newer words first; `rows` they stand in, none after a tap."""
    if not rows or not speech.text or named:
        return False
    message = await messages.get(tx, message_id)
    contact = await customer_of(tx, message.conversation_id)
    words = edited.content
    if _unmendable(business, message, words) or await holding.others_in(tx, business, contact, words):
        return False
    return await holding.holds_edit_back(tx, business, item, edited, message, contact, rows, speech)


async def _mend(
    tx: Statements,
    business: Business,
    message_id: int,
    item: Inbound,
    edited: Edited,
    named: str,
    speech: Speech,
) -> None:
    message = await messages.get(tx, message_id)
    conversation = await conversations.get(tx, message.conversation_id)
    contact = await contacts.get(tx, conversation.contact_id)
    words = edited.content
    newer = replace(contents.from_json(message.content), text=words.text, entities=words.entities)
    if contents.to_json(newer) == message.content:
        return
    problem = _unmendable(business, message, words) or await holding.others_in(tx, business, contact, words)
    problem = problem or (business.tell_desk("edit_others", details=named) if named else "")
    if problem:
        await tell(tx, business, problem, thread=item.thread, reply_to=edited.remote_id, room=item.room)
        return
    await record.did(tx, business, item, record.Did.EDIT, ticket_id=message.ticket_id)
    await messages.edit(tx, message.id, contents.to_json(newer), business.clock.now())
    language = speech.language or contact.language
    shown = await as_before(tx, business, message, spoken(newer, speech), language)
    reason = await mending.at_customer(tx, business, contact, message.id, shown)
    message = replace(message, content=contents.to_json(newer))
    await remember(tx, business, message, speech, spelled_out(newer))
    if speech.unanswered:
        place = {"thread": item.thread, "reply_to": edited.remote_id, "room": item.room}
        await interpreter.tell_unanswered(tx, business, **place)
    if reason is not None:
        await offers.tell_unmended(tx, business, message, reason)
    elif lost := await mending.lost_of(tx, message.id):
        why = Reason(lost.reason or Reason.NOT_NOW)
        await offers.tell_failure(tx, business, message, contact, why, refused=lost.content, mended=True)


def _unmendable(business: Business, message: Message, words: Content) -> str:
    """Why these words go nowhere; empty when they may."""
    if message.withdrawn_at:
        return business.tell_desk("edit_withdrawn")
    if commands.reads_as_one(words.text):
        return business.tell_desk("unknown_command", command=words.text.split(maxsplit=1)[0])
    return ""


async def mirror_reaction(business: Business, taken: list[Update], item: Inbound, reacted: Reacted) -> None:
    """Staff put a reaction on what a customer wrote: the customer sees it there."""
    copy = await copies.find(business.db, item.channel, item.room, reacted.remote_id)
    theirs = copy.message_id if copy is not None and copy.role == "copy" else None
    message = await messages.get(business.db, theirs) if theirs is not None else None

    async def work(tx: Statements) -> None:
        if message is not None:
            await conversations.lock(tx, message.conversation_id)
        await updates.finish(tx, taken)
        if message is not None:
            await record.did(tx, business, item, record.Did.REACT, ticket_id=message.ticket_id)
            await _react(tx, business, message, reacted.emoji)

    await business.db.transaction(work)


async def _react(tx: Statements, business: Business, message: Message, emoji: str) -> None:
    conversation = await conversations.get(tx, message.conversation_id)
    contact = await contacts.get(tx, conversation.contact_id)
    for origin in await copies.of_message(tx, message.id, "origin"):
        if (origin.channel, origin.room) == (contact.channel, contact.room) and not message.withdrawn_at:
            await react(
                tx,
                business,
                origin.channel,
                origin.room,
                origin.remote_id,
                emoji,
                message_id=message.id,
                ticket_id=message.ticket_id,
            )
            return
