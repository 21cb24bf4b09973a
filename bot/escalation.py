"""Why and when a person is asked: opens the ticket, and tells the customer the truth about it."""

from dataclasses import replace
from enum import StrEnum

from bot import alerts
from bot import content as contents
from bot.business import Business
from bot.content import Content
from bot.desk import away, cards, choosing, closing, leaks, ordering, parting, transcript
from bot.outbound import say
from bot.wording import after
from storage import conversations, messages, tickets
from storage.database import Statements
from storage.records import Contact, Conversation, Message, Ticket

PERSON_BUTTON = "person"
"""The button beneath our answers; tapping it asks for a person."""


class Why(StrEnum):
    NO_ANSWER = "no_answer"  # nothing in the knowledge base answers it
    LOW_CONFIDENCE = "low_confidence"  # something comes near, but not near enough
    NOT_GROUNDED = "not_grounded"  # a model's answer said what no passage says
    AI_DOWN = "ai_down"  # nothing was found, and the model that might help is down
    REST = "rest"  # of several questions only some were answered
    LANGUAGE = "language"  # asked in a language that the knowledge base does not have
    SENSITIVE = "sensitive"  # a person's, whatever is written about it
    ANGRY = "angry"  # for the second time
    FAILED_TWICE = "failed_twice"  # we asked back or missed the point, and then again
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
    mood: str = "",
    found: str = "",
    lead: str = "",
) -> Ticket:
    """Give the conversation to staff and tell the customer. `asked` is what the ticket is about.

    `mood` is how the customer sounds, `found` the record of the question, `lead` what is said before."""
    ticket = await _open(tx, business, conversation, contact, why, asked, nearest, mood)
    key = "handed_over" if choosing.is_open(business, ticket.desk) else "handed_over_no_desk"
    told = _told(business, contact.language, key, why, ticket, mood)
    told = await away.with_hours(tx, business, contact, ticket, told)
    content = after(lead, Content(text=told))
    await say(tx, business, contact, conversation.id, content, ticket_id=ticket.id, found=found)
    return ticket


def _told(business: Business, language: str, key: str, why: Why, ticket: Ticket, mood: str) -> str:
    """Why a person is asked, and what happens now; who is angry is told the kinder why."""
    because = f"because_{Why.ANGRY if mood == 'angry' else why}"
    told = business.say(language, key, ticket=ticket.number, name=business.settings.bot.name)
    return f"{business.say(language, because)} {told}"


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
    mood: str = "",
) -> Ticket:
    business.figures.handed_over[why] += 1
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
        mood=mood,
        now=business.clock.now(),
    )
    if desk := choosing.desk_for(business, contact, ticket.question):
        await tickets.send_to_desk(tx, ticket.id, desk)
        ticket = replace(ticket, desk=desk)
    await conversations.give_to(tx, conversation.id, "staff")
    await leaks.remember(tx, contact, *asked)
    for message in asked:
        await messages.put_in_ticket(tx, message.id, ticket.id)
    if not await parting.join(tx, business, ticket, contact, asked):
        await cards.post(tx, business, ticket)
        await ordering.draft(tx, business, ticket)
    await alerts.escalated(tx, business, ticket, contact)
    for message in asked:
        if not transcript.is_on_card(ticket, message):
            await transcript.show(tx, business, ticket, contact, message)
    return ticket
