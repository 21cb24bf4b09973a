"""Out of hours a customer is told when a person will answer, by the real hours; once until the next opening."""

from bot.business import Business
from bot.content import Content
from bot.desk import choosing
from bot.moments import at_time
from bot.outbound import say
from storage import milestones
from storage.database import Statements
from storage.records import Contact, Ticket


async def with_hours(tx: Statements, business: Business, contact: Contact, ticket: Ticket, told: str) -> str:
    """What a customer is told whose question goes to a person, and when one is there."""
    opens = _opens(business)
    if not opens or not choosing.is_open(business, ticket.desk):
        return told
    await milestones.make(tx, ticket.id, "away", opens, business.clock.now())
    time = at_time(business, opens, contact.language)
    return f"{told} {business.say(contact.language, 'closed_now', time=time)}"


async def tell(tx: Statements, business: Business, contact: Contact, ticket: Ticket) -> None:
    """They wrote again while nobody is there."""
    opens = _opens(business)
    if not opens or not await milestones.make(tx, ticket.id, "away", opens, business.clock.now()):
        return
    if contact.channel in business.channels and contact.room and not contact.blocked_at:
        time = at_time(business, opens, contact.language)
        text = business.say(contact.language, "away", time=time, ticket=ticket.number)
        await say(tx, business, contact, ticket.conversation_id, Content(text=text), ticket_id=ticket.id)


def _opens(business: Business) -> int:
    """When somebody is there again; 0: somebody is there now, or never."""
    now = business.clock.now()
    opens = business.settings.opening_hours.opens_after(now)
    return 0 if opens in (None, now) else opens or 0
