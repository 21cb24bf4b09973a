"""A staff reply is matched here: by the stored id of the message it answers, never by text."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from itertools import groupby

from bot import content as contents
from bot.business import Business
from bot.content import Content
from bot.desk import cards, holding, interpreter, ordering, record, together
from bot.desk.signing import signed
from bot.desk.signs import QUEUED, QUEUED_AFTER_MILLISECONDS
from bot.desk.speech import AS_WRITTEN, Speech, remember, spelled_out
from bot.desk.speech import spoken as spoken_as
from bot.outbound import react_at_desk, say, tell
from bot.update import Inbound, Reason, Said
from storage import contacts, conversations, copies, facts, joined, messages, tickets, updates
from storage.database import Reading, Statements
from storage.records import Contact, Copy, Ticket, Update

GOES_OUT = ("card", "copy")
"""A reply to these reaches the customer: a ticket's card, and a customer's message. Nothing else does."""

Heard = tuple[Update, Inbound]


async def always(tx: Statements) -> bool:
    return True


def grouped(heard: list[Heard]) -> Iterator[list[Heard]]:
    """Each update by itself, but an album's files together."""
    for _, group in groupby(heard, key=lambda one: _album(one[1]) or f"#{one[0].id}"):
        yield list(group)


def _album(item: Inbound) -> str:
    return item.what.album if isinstance(item.what, Said) else ""


async def pass_on(
    business: Business,
    taken: list[Update],
    items: list[Inbound],
    *,
    stands_in: list[int] | None = None,
    agreed: frozenset[str] = frozenset(),
    decide: Callable[[Statements], Awaitable[bool]] = always,
    speech: Speech | None = None,
) -> None:
    """If it answers a card or a customer's message, it goes to that customer; otherwise it stays inside.

    One that was held comes again: `stands_in` are the rows it stands in, `agreed` why it may go all the same,
    `decide` says in the transaction whether it still may, and `speech` in whose language."""
    first = items[0]
    said = [item.what for item in items if isinstance(item.what, Said)]
    replied_to = next((one.reply_to for one in said if one.reply_to), "")
    answered = await _answered(business.db, first, replied_to)
    ticket = await _ticket_for(business.db, answered)
    reached = await _reached(business.db, answered, ticket)
    speech = speech or await interpreter.speech_for(business, ticket, _joined(said) if said else Content())

    async def work(tx: Statements) -> None:
        await conversations.lock(tx, *(one.conversation_id for one in reached))
        await updates.finish(tx, taken)
        if answered is not None and ticket is not None:
            everybody = await _still_reached(tx, answered, reached)
            rows = stands_in or [update.id for update in taken]
            held = await holding.holds_back(tx, business, first, said, everybody, rows, agreed, speech)
            if not held and await decide(tx):
                name = first.sender.name if first.sender else ""
                await _send_to(tx, business, everybody, answered, first, said, name, speech)
        else:
            await _keep_inside(tx, business, first, said, answered, replied_to)

    await business.db.transaction(work)


def _joined(said: list[Said]) -> Content:
    content = said[0].content
    for more in said[1:]:
        content = contents.join(content, more.content)
    return content


async def _reached(db: Reading, answered: Copy | None, ticket: Ticket | None) -> list[Ticket]:
    """Whose customers read it: of a card's everybody's who asks the same, of a customer's message only theirs."""
    if answered is None or ticket is None:
        return []
    return await together.addressed(db, ticket) if answered.role == "card" else [ticket]


async def _still_reached(tx: Statements, answered: Copy, reached: list[Ticket]) -> list[Ticket]:
    """Whoever went a way of their own meanwhile is not meant; who came meanwhile was not seen, and waits."""
    if len(reached) == 1:
        return reached
    now = await _reached(tx, answered, await tickets.get(tx, reached[0].id))
    known = {one.id for one in reached}
    return [one for one in now if one.id in known]


async def _send_to(
    tx: Statements,
    business: Business,
    everybody: list[Ticket],
    answered: Copy,
    item: Inbound,
    said: list[Said],
    name: str,
    speech: Speech,
) -> None:
    """To each on their own; the first one's fate stands on the reply, the others' on the card."""
    first: int | None = None
    for ticket in everybody:
        spoken = await send(
            tx, business, ticket.id, answered, item, said, name=name, first=first, speech=speech
        )
        first = first or spoken
    if len(everybody) > 1:
        await cards.refresh(tx, business, everybody[0].id)


async def _keep_inside(
    tx: Statements,
    business: Business,
    item: Inbound,
    said: list[Said],
    answered: Copy | None,
    replied_to: str,
) -> None:
    """On record as a note; and who may have meant a customer to read it is told that it stays."""
    ticket = await tickets.get(tx, answered.ticket_id) if answered and answered.ticket_id else None
    ticket = ticket or await tickets.find_by_thread(tx, item.room, item.thread)
    await record.keep_inside(tx, business, item, said, ticket)
    if any(one.answers_us for one in said):
        text = business.tell_desk("reply_unknown" if answered is None else "reply_to_note")
        await tell(tx, business, text, thread=item.thread, reply_to=said[0].remote_id, room=item.room)
    elif not replied_to:
        await _hint(tx, business, item, said[0])


async def _answered(db: Reading, item: Inbound, replied_to: str) -> Copy | None:
    """Such a row never changes, so that it need not be read again."""
    if not replied_to:
        return None
    return await copies.find(db, item.channel, item.room, replied_to)


async def _ticket_for(db: Reading, answered: Copy | None) -> Ticket | None:
    """The request that a reply to this message goes out for."""
    if answered is None or answered.role not in GOES_OUT or not answered.ticket_id:
        return None
    return await tickets.get(db, answered.ticket_id)


async def _hint(tx: Statements, business: Business, item: Inbound, said: Said) -> None:
    """Somebody wrote into a request's topic without replying: once, they are told that it stays inside."""
    ticket = await tickets.find_by_thread(tx, item.room, item.thread)
    name = f"told_inside:{item.sender.id if item.sender else ''}"
    if ticket is None or ticket.state == "resolved" or await facts.find(tx, name):
        return
    await facts.put(tx, name, str(business.clock.now()))
    await tell(
        tx,
        business,
        business.tell_desk("stays_inside"),
        thread=item.thread,
        reply_to=said.remote_id,
        room=item.room,
    )


async def send(
    tx: Statements,
    business: Business,
    ticket_id: int,
    answered: Copy | None,
    item: Inbound,
    said: list[Said],
    *,
    name: str,
    speech: Speech = AS_WRITTEN,
    first: int | None = None,
) -> int | None:
    """What staff said, to the ticket's customer; `answered` is the message at the desk that it replies to.

    `first` is the message that said it to another customer before. Returns this one, None when nothing was sent."""
    ticket = await _current(tx, await tickets.get(tx, ticket_id))
    conversation = await conversations.get(tx, ticket.conversation_id)
    contact = await contacts.get(tx, conversation.contact_id)
    content = _joined(said)
    if problem := problem_of(business, contact, content):
        await tell(tx, business, problem, thread=item.thread, reply_to=said[0].remote_id, room=item.room)
        return None
    words = replace(content, unreadable="", buttons=())
    read = spoken_as(words, speech)
    spoken = await say(
        tx,
        business,
        contact,
        conversation.id,
        words,
        shown=signed(business, conversation, read, name, speech.language or contact.language),
        author="staff",
        staff_name=name,
        ticket_id=ticket.id,
        quoted=answered.message_id if answered and answered.role == "copy" else None,
    )
    if speech.text:
        sent = await messages.get(tx, spoken.message_id)
        await remember(tx, business, sent, speech, spelled_out(words))
    elif speech.unanswered:
        place = {"thread": item.thread, "reply_to": said[0].remote_id, "room": item.room}
        await interpreter.tell_unanswered(tx, business, **place)
    if first is None:
        await _remember_origin(tx, business, item, said, ticket, spoken.message_id)
        await ordering.lesson(tx, business, ticket, spoken.message_id)
    else:
        await joined.said(tx, spoken.message_id, first)
    await conversations.give_to(tx, conversation.id, "staff")
    await ordering.no_draft(tx, business, ticket.id)
    await tickets.take(tx, ticket.id, name, item.sender.id if item.sender else "", business.clock.now())
    await record.did(tx, business, item, record.Did.REPLY, ticket_id=ticket.id, contact_id=contact.id)
    if first is None:
        await cards.refresh(tx, business, ticket.id)
    return spoken.message_id


async def _remember_origin(
    tx: Statements, business: Business, item: Inbound, said: list[Said], ticket: Ticket, message_id: int
) -> None:
    """What becomes of the message shows on the staff's own."""
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
    if business.desk.is_here(item.channel, item.room):
        sign, after = QUEUED, QUEUED_AFTER_MILLISECONDS
        await react_at_desk(tx, business, said[0].remote_id, sign, item.room, after=after)


def problem_of(business: Business, contact: Contact, content: Content) -> str:
    """Why this cannot be sent at all; empty when it can."""
    if not (content.text.strip() or content.media or content.place or content.shared):
        return business.tell_desk("reply_unreadable", kind=content.unreadable)
    reason = Reason.CHANNEL_OFF if contact.channel not in business.channels else Reason.UNREACHABLE
    if reason is Reason.CHANNEL_OFF or not contact.room:
        why = business.tell_desk(f"refused_{reason}")
        return business.tell_desk("reply_failed", name=cards.shown_name(contact), reason=why)
    return ""


async def _current(tx: Statements, ticket: Ticket) -> Ticket:
    """The customer's open ticket: the one replied to, a newer one, or that one opened again."""
    return await tickets.find_open(tx, ticket.conversation_id) or ticket
