"""What staff change about what was said already: an edit of a reply, a reaction; made at the customer's, too."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot import content as contents
from bot.business import Business
from bot.content import Content
from bot.desk import commands, holding, interpreter, mending, offers, record
from bot.desk.replies import always
from bot.desk.signing import as_before
from bot.desk.speech import AS_WRITTEN, Speech, remember, spelled_out, spoken
from bot.outbound import react, tell
from bot.update import Edited, Inbound, Reacted, Reason
from storage import contacts, conversations, copies, messages, tickets, updates
from storage.database import Statements
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
    before = await messages.get(business.db, ours) if ours is not None else None
    asked = speech is None
    speech = speech or await _speech_of(business, before, edited)

    async def work(tx: Statements) -> None:
        if before is not None:
            await conversations.lock(tx, before.conversation_id)
        await updates.finish(tx, taken)
        if before is None:
            return
        if asked:
            await holding.forget_edit(tx, item, edited.remote_id)
        if await decide(tx):
            rows = [update.id for update in taken]
            await _mend(tx, business, before.id, item, edited, speech, rows if asked else [])

    await business.db.transaction(work)


async def _speech_of(business: Business, message: Message | None, edited: Edited) -> Speech:
    if message is None or message.ticket_id is None or message.withdrawn_at:
        return AS_WRITTEN
    words = contents.from_json(message.content)
    if (words.text, words.entities) == (edited.content.text, edited.content.entities):
        return AS_WRITTEN
    ticket = await tickets.get(business.db, message.ticket_id)
    return await interpreter.speech_for(business, ticket, edited.content)


async def _mend(
    tx: Statements,
    business: Business,
    message_id: int,
    item: Inbound,
    edited: Edited,
    speech: Speech,
    stands_in: list[int],
) -> None:
    """`stands_in` are the rows of an edit that may still be held; none where somebody tapped."""
    message = await messages.get(tx, message_id)
    conversation = await conversations.get(tx, message.conversation_id)
    contact = await contacts.get(tx, conversation.contact_id)
    words = edited.content
    newer = replace(contents.from_json(message.content), text=words.text, entities=words.entities)
    if contents.to_json(newer) == message.content:
        return
    problem = _unmendable(business, message, words) or await holding.others_in(tx, business, contact, words)
    if problem:
        await tell(tx, business, problem, thread=item.thread, reply_to=edited.remote_id, room=item.room)
        return
    if stands_in and await holding.holds_edit_back(
        tx, business, item, edited, message, contact, stands_in, speech
    ):
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
