"""Why and when a person is asked: opens the ticket, and tells the customer the truth about it."""

from dataclasses import replace
from enum import StrEnum

from bot import content as contents
from bot.business import Business
from bot.content import Content
from bot.desk import away, cards, choosing, closing, leaks, ordering, transcript
from bot.outbound import say
from storage import conversations, messages, tickets
from storage.database import Statements
from storage.records import Contact, Conversation, Message, Ticket

PERSON_BUTTON = "person"
"""The button beneath our answers; tapping it asks for a person."""


class Why(StrEnum):
    NO_ANSWER = "no_answer"  # nothing in the knowledge base answers it
    ASKED = "asked"  # the customer wants a person
    WORDLESS = "wordless"  # pictures or voice, and still no words
    FAILED = "failed"  # we stumbled while answering
    UNDELIVERED = "undelivered"  # our answer could not be delivered


async def hand_over(
    tx: Statements,
    business: Business,
    conversation: Conversation,
    contact: Contact,
    why: Why,
    asked: list[Message],
    nearest: str = "",
) -> Ticket:
    """Give the conversation to staff and tell the customer. `asked` is what the ticket is about."""
    ticket = await _open(tx, business, conversation, contact, why, asked, nearest)
    text = await away.handed_over(tx, business, contact, ticket)
    await say(tx, business, contact, conversation.id, Content(text=text), ticket_id=ticket.id)
    return ticket


async def hand_over_silently(
    tx: Statements, business: Business, conversation: Conversation, contact: Contact, why: Why
) -> None:
    """Give it to staff when the customer cannot be told just now."""
    if await tickets.find_open(tx, conversation.id) is None:
        last = [m for m in await messages.last(tx, conversation.id, 4) if m.author == "customer"][-1:]
        await _open(tx, business, conversation, contact, why, last)


async def _open(
    tx: Statements,
    business: Business,
    conversation: Conversation,
    contact: Contact,
    why: Why,
    asked: list[Message],
    nearest: str = "",
) -> Ticket:
    bodies = [contents.from_json(message.content) for message in asked]
    question = "\n".join(body.text.strip() or cards.kind_of(body) for body in bodies)
    ticket = await closing.reopened(tx, business, conversation.id, why, question, nearest)
    ticket = ticket or await tickets.open(
        tx,
        prefix=business.settings.tickets.prefix,
        conversation_id=conversation.id,
        reason=why,
        question=question,
        nearest=nearest,
        now=business.clock.now(),
    )
    if desk := choosing.desk_for(business, contact, ticket.question):
        await tickets.send_to_desk(tx, ticket.id, desk)
        ticket = replace(ticket, desk=desk)
    await conversations.give_to(tx, conversation.id, "staff")
    await leaks.remember(tx, contact, *asked)
    for message in asked:
        await messages.put_in_ticket(tx, message.id, ticket.id)
    await cards.post(tx, business, ticket)
    await ordering.draft(tx, business, ticket)
    for message in asked:
        if not transcript.is_on_card(ticket, message):
            await transcript.show(tx, business, ticket, contact, message)
    return ticket
