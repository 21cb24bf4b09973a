"""Customers who ask the same share a card: who they are, what it says of them, and when one goes a way of their own."""

from collections.abc import Callable, Sequence

from bot import content as contents
from bot import likeness
from bot.business import Business
from bot.channel import shown_channel
from bot.desk import leaks
from bot.desk.signs import FAILED, QUEUED, SIGN_OF
from bot.knowledge.words import folded
from storage import deliveries, joined, messages
from storage.database import Reading, Statements
from storage.records import Contact, Delivery, Message, Ticket

ALIKE = frozenset({"no_answer", "low_confidence", "not_grounded", "language", "ai_down"})
"""Reasons that lie in the question; all others lie in the customer."""
MINUTE = 60_000
MOST_LOOKED_AT = 50
MOST_TOGETHER = 50
MOST_SHOWN = 8
SHORTEST_NAME = 3
LONGEST_QUESTION = 600
LOST = ("failed", "uncertain", "expired")
Named = Callable[[Contact], str]


async def lead_of(
    tx: Statements, business: Business, ticket: Ticket, contact: Contact, asked: Sequence[Message]
) -> Ticket | None:
    """The unanswered request of somebody else that asks the same; its card may stand for this one too."""
    span = int(business.settings.tickets.join_minutes * MINUTE)
    if not span or not _may_share(ticket, contact.language) or not all(map(_is_plain, asked)):
        return None
    found = await joined.unanswered(
        tx,
        since=ticket.opened_at - span,
        language=contact.language,
        desk=ticket.desk,
        most=MOST_LOOKED_AT,
    )
    for other in found:
        if other.id == ticket.id or other.joins >= MOST_TOGETHER:
            continue
        same = likeness.asks_the_same(ticket.question, other.question, contact.language)
        if same and _may_share(other, contact.language) and await _says_no_more(tx, other):
            return other
    return None


def _may_share(ticket: Ticket, language: str) -> bool:
    question = ticket.question
    return (
        ticket.reason in ALIKE
        and not ticket.mood
        and not ticket.reopened
        and len(question) <= LONGEST_QUESTION
        and not leaks.marks_of(question)
        and likeness.is_for_everybody(question, language)
    )


def _is_plain(message: Message) -> bool:
    """Words alone, that answer nothing and lead nowhere."""
    content = contents.from_json(message.content)
    more = content.media or content.place or content.shared or content.unreadable or message.reply_to
    return not more and not any(entity.url for entity in content.entities)


async def _says_no_more(tx: Statements, ticket: Ticket) -> bool:
    theirs = [one for one in await messages.of_ticket(tx, ticket.id) if one.author == "customer"]
    return all(_is_plain(one) and one.created_at <= ticket.opened_at for one in theirs)


async def addressed(db: Reading, ticket: Ticket) -> list[Ticket]:
    """Whom a reply to its card reaches: its own customer first, then those who ask the same."""
    if not ticket.joins:
        return [ticket]
    return [ticket, *(one for one in await joined.of(db, ticket.id) if one.state != "resolved")]


async def locks_of(db: Reading, ticket: Ticket) -> list[int]:
    """The conversations of all of them."""
    return [one.conversation_id for one in await addressed(db, ticket)]


async def named_in(tx: Statements, everybody: Sequence[Ticket], text: str) -> list[str]:
    """Names of customers in words that several of them would read."""
    if len(everybody) < 2:
        return []
    said = set(folded(text))
    found: dict[str, None] = {}
    for one in everybody:
        contact = await leaks.customer_of(tx, one.conversation_id)
        for name in f"{contact.name} {contact.username}".split():
            if len(name) >= SHORTEST_NAME and said & {*folded(name)}:
                found[name] = None
    return list(found)


async def lines(tx: Statements, business: Business, ticket: Ticket, named: Named) -> list[str]:
    """Of those who ask the same, for the card: a line each, with what became of the answer to them."""
    others = await joined.of(tx, ticket.id) if ticket.joins else []
    if not others:
        return []
    found = [business.tell_desk("joined_count", count=len(others) + 1)]
    for other in others[:MOST_SHOWN]:
        contact = await leaks.customer_of(tx, other.conversation_id)
        channel, sign = shown_channel(contact.channel), await _sign(tx, other)
        line = business.tell_desk("joined_line", name=named(contact), channel=channel, ticket=other.number)
        found.append(f"{line} {sign}".rstrip())
    if len(others) > MOST_SHOWN:
        found.append(business.tell_desk("joined_more", count=len(others) - MOST_SHOWN))
    return found


async def _sign(tx: Statements, ticket: Ticket) -> str:
    """How far the newest answer to them has come; of several parts the least."""
    if ticket.state == "resolved":
        return "✅"
    last = await joined.last_reply(tx, ticket.id)
    parts = [part for part in await deliveries.of_message(tx, last) if _counts(part)] if last else []
    if not parts:
        return ""
    if any(part.state in LOST for part in parts):
        return FAILED
    least = min((part.state for part in parts), key=lambda state: deliveries.RANK[state])
    return SIGN_OF.get(least, QUEUED)


def _counts(part: Delivery) -> bool:
    return part.action == "say" and part.role == "reply"
