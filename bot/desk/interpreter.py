"""Asks the language model for what staff and customers write in each other's language; nobody waits long for it."""

import asyncio
import logging
from contextlib import suppress

from bot import content as contents
from bot import split
from bot.answer import Asker, Order, Translated
from bot.business import Business
from bot.content import Content
from bot.desk import cards, mending, transcript
from bot.desk.speech import AS_WRITTEN, Speech, crosses, is_desks, reads, spelled_out, under
from bot.outbound import Priority, at_desk, lane_of_ticket, tell, touch
from storage import contacts, conversations, copies, deliveries, facts, messages, tickets, translations
from storage.database import Statements
from storage.records import Contact, Ticket
from storage.translations import Translation

log = logging.getLogger(__name__)

AT_ONCE = 4
"""So many of customers' texts are asked for side by side."""
SECONDS = 20.0
"""For one of them: it stands at the desk in the original meanwhile."""
AGAIN_MILLISECONDS, CLAIM_MILLISECONDS = 30_000, 60_000
MOST_TRIES = 4
STALE_MILLISECONDS = 2 * 3_600_000
"""What waited so long has been read in the original."""
SWEEP_SECONDS = 15.0
LONGEST_LOST = 8
TOLD_EVERY_MILLISECONDS = 30 * 60_000
TOLD = "told_untranslated"


async def speech_for(business: Business, ticket: Ticket | None, content: Content) -> Speech:
    """How a reply goes to the ticket's customer; asks the model where they read another language than it is in."""
    if ticket is None or not crosses(business) or not any(map(str.isalpha, content.text)):
        return AS_WRITTEN
    if not is_desks(business, content.text):
        return AS_WRITTEN
    conversation = await conversations.get(business.db, ticket.conversation_id)
    contact = await contacts.get(business.db, conversation.contact_id)
    language, ours = reads(business, contact, ticket), business.settings.desk.language
    if language == ours:
        return AS_WRITTEN
    words = spelled_out(content)
    seconds = business.settings.desk.translate_seconds
    made = await _ask(business, contact, conversation.id, Order(words, ours, language, seconds))
    if made is None:
        return Speech(language, unanswered=True)
    return Speech(language, made.text, (*made.missing, *made.added)[:LONGEST_LOST])


async def _ask(business: Business, contact: Contact, conversation_id: int, order: Order) -> Translated | None:
    model = business.answerer.model
    if model is None:
        return None
    asker = Asker(contact.id, conversation_id, (contact.name, contact.username))
    whole = Order(order.text, order.source, order.language, order.seconds, asker)
    try:
        async with asyncio.timeout(order.seconds + 0.5):
            return await model.translate(whole)
    except TimeoutError:
        return None


async def tell_unanswered(
    tx: Statements, business: Business, *, thread: str, reply_to: str, room: str
) -> None:
    """Staff hear that a reply went as they wrote it; now and then, as it goes on for a while."""
    told, now = await facts.find(tx, TOLD), business.clock.now()
    if told and now - int(told) < TOLD_EVERY_MILLISECONDS:
        return
    await facts.put(tx, TOLD, str(now))
    text = business.tell_desk("translation_none")
    await tell(tx, business, text, thread=thread, reply_to=reply_to, room=room)


async def run(business: Business) -> None:
    """Customers' words that wait for a translation: it is added to what stands at the desk when it comes."""
    while True:
        business.to_translate.clear()
        while found := await translations.due(business.db, business.clock.now(), AT_ONCE):
            await asyncio.gather(*(_translate(business, one) for one in found))
        with suppress(TimeoutError):
            async with asyncio.timeout(SWEEP_SECONDS):
                await business.to_translate.wait()


async def _translate(business: Business, waiting: Translation) -> None:
    now = business.clock.now()
    if not await business.db.transaction(
        lambda tx: translations.claim(tx, waiting, now + CLAIM_MILLISECONDS)
    ):
        return
    ticket = await tickets.get(business.db, waiting.ticket_id)
    conversation = await conversations.get(business.db, ticket.conversation_id)
    contact = await contacts.get(business.db, conversation.contact_id)
    is_late = now - waiting.created_at > STALE_MILLISECONDS
    order = Order(waiting.words, waiting.source, waiting.language, SECONDS)
    made = None if is_late else await _ask(business, contact, conversation.id, order)
    give_up = is_late or waiting.tries + 1 >= MOST_TRIES

    async def work(tx: Statements) -> None:
        await conversations.lock(tx, ticket.conversation_id)
        if made is None and not give_up:
            await translations.put_off(tx, waiting.id, business.clock.now() + AGAIN_MILLISECONDS)
            return
        missing = ", ".join((*made.missing, *made.added)[:LONGEST_LOST]) if made else ""
        if await translations.finish(tx, waiting.id, made.text if made else "", missing) and made:
            await _show(tx, business, contact, waiting.id)

    await business.db.transaction(work)


async def _show(tx: Statements, business: Business, contact: Contact, translation_id: int) -> None:
    """Beneath the original, wherever that stands by now."""
    made = await translations.find_by_id(tx, translation_id)
    assert made is not None
    newest = await translations.find(tx, made.ticket_id, made.message_id)
    if newest is None or newest.id != made.id:
        return
    ticket = await tickets.get(tx, made.ticket_id)
    if made.message_id is None:
        await cards.refresh(tx, business, ticket.id)
    else:
        await _show_copy(tx, business, ticket, contact, made)


async def _show_copy(
    tx: Statements, business: Business, ticket: Ticket, contact: Contact, made: Translation
) -> None:
    """An edit of the copy, or of its delivery that waits; where that cannot be, a line beneath it."""
    assert made.message_id is not None
    assert business.desk.channel is not None
    message = await messages.get(tx, made.message_id)
    mark = "mark_edited" if message.edited_at else ""
    content = contents.from_json(message.content)
    shown = transcript.worded(business, contact, ticket, content, mark=mark, beneath=under(business, made))
    pieces = split.parts(shown, business.desk.channel.limits)
    standing = [
        one for one in await copies.of_message(tx, message.id, "copy") if one.room == ticket.desk_room
    ]
    standing = standing or await copies.of_message(tx, message.id, "copy")
    waiting = [
        one for one in await deliveries.of_message(tx, message.id) if transcript.is_copy_that_waits(one)
    ]
    if not (standing or waiting) or message.withdrawn_at:
        return
    if len(pieces) == 1 and len(waiting) == 1 and not standing:
        await mending.say_anew(tx, business, waiting[0], pieces[0])
    elif len(pieces) == 1 and len(standing) == 1 and not waiting:
        await touch(
            tx,
            business,
            "edit",
            channel=standing[0].channel,
            room=standing[0].room,
            lane=lane_of_ticket(ticket.id),
            target=standing[0].remote_id,
            content=pieces[0],
            message_id=message.id,
            ticket_id=ticket.id,
        )
    else:
        await at_desk(
            tx,
            business,
            Content(text=under(business, made)),
            lane=lane_of_ticket(ticket.id),
            priority=Priority.TRANSCRIPT,
            role="note",
            reply_to=standing[0].remote_id if standing else "",
            ticket_id=ticket.id,
            room=business.desk.room_of(ticket.desk),
        )
