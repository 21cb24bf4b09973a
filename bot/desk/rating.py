"""How was it? Asked once, when a request is closed; the answer stands on its card."""

from bot.business import Business
from bot.channel import Channel
from bot.content import Button, Content
from bot.desk import cards
from bot.desk.rating_signs import RATE, SIGNS
from bot.desk.window import wrote_last
from bot.outbound import say, tell
from bot.update import Inbound, Pressed
from storage import milestones, tickets, waits
from storage.database import Reading, Statements
from storage.records import Contact, Conversation, Ticket


async def closing_words(
    tx: Statements, business: Business, contact: Contact, ticket: Ticket, text: str
) -> Content:
    """What is said when a request is closed, with the question beneath it unless it was asked before or nobody
    would hear it."""
    now = business.clock.now()
    asks = business.settings.tickets.ask_rating and await is_within_reach(tx, business, contact, ticket)
    if not asks or not await waits.was_answered(tx, ticket.id):
        return Content(text=text)
    if not await milestones.make(tx, ticket.id, "asked", 0, now):
        return Content(text=text)
    buttons = tuple(
        Button(f"{RATE}{ticket.id}:{score}", f"{sign} {business.say(contact.language, f'rating_{score}')}")
        for score, sign in SIGNS.items()
    )
    return Content(text=f"{text}\n\n{business.say(contact.language, 'rating_question')}", buttons=buttons)


async def is_within_reach(db: Reading, business: Business, contact: Contact, ticket: Ticket) -> bool:
    """A message of ours would reach them now, as far as we know."""
    channel: Channel | None = business.channels.get(contact.channel)
    if channel is None or not contact.room or contact.blocked_at:
        return False
    hours = channel.limits.window_hours
    if not hours:
        return True
    last = await wrote_last(db, ticket.conversation_id)
    return business.clock.now() - last < hours * 3_600_000


async def rated(
    tx: Statements, business: Business, conversation: Conversation, contact: Contact, item: Inbound
) -> None:
    """The customer tapped one of the three: the first tap counts."""
    assert isinstance(item.what, Pressed)
    if not item.what.button.startswith(RATE):
        return
    number, _, score = item.what.button.removeprefix(RATE).partition(":")
    ticket = await tickets.find(tx, int(number)) if number.isdecimal() and len(number) < 18 else None
    if ticket is None or ticket.conversation_id != conversation.id or score not in SIGNS:
        return
    if not await milestones.make(tx, ticket.id, "rated", 0, business.clock.now(), score):
        return
    thanks = business.say(contact.language, f"rating_thanks_{score}")
    await say(tx, business, contact, conversation.id, Content(text=thanks), ticket_id=ticket.id)
    await cards.refresh(tx, business, ticket.id)
    if score == "bad":
        text = business.tell_desk("rated_bad", name=cards.shown_name(contact), ticket=ticket.number)
        await tell(tx, business, text, ticket=ticket)
