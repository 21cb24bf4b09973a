"""The card: the desk's message that stands for a ticket, and all a colleague needs before replying."""

from datetime import datetime
from zoneinfo import ZoneInfo

from bot import content as contents
from bot.business import Business
from bot.channel import shown_channel
from bot.content import Button, Content, Entity, Style
from bot.desk import card_lines
from bot.desk.hidden import hides
from bot.outbound import Priority, at_desk, lane_of_ticket, touch
from bot.split import units
from storage import contacts, conversations, messages, queued, tickets
from storage.database import Statements
from storage.records import Contact, Message, Ticket

HISTORY = 6
"""How many messages before the question the card shows."""
LONGEST_QUOTE = 600
LONGEST_HISTORY_LINE = 160
RESOLVE = "resolve"
SIGNS = {"open": "🔴", "taken": "🟡", "resolved": "🟢"}


async def post(tx: Statements, business: Business, ticket: Ticket) -> None:
    """Put the ticket's card at the desk, before anything else that is about it."""
    await at_desk(
        tx,
        business,
        await draw(tx, business, ticket),
        lane=lane_of_ticket(ticket.id),
        priority=Priority.ANSWER,
        role="card",
        ticket_id=ticket.id,
    )


async def refresh(tx: Statements, business: Business, ticket_id: int) -> None:
    """Edit the card to what is true now; one that has not left yet is rewritten where it waits."""
    channel = business.desk.channel
    if channel is None or not business.desk.room:
        return
    ticket = await tickets.get(tx, ticket_id)
    card = await draw(tx, business, ticket)
    if await queued.rewrite_card(tx, contents.to_json(card), ticket_id):
        return
    await touch(
        tx,
        business,
        "edit",
        channel=channel.name,
        room=business.desk.room,
        lane=lane_of_ticket(ticket_id),
        content=card,
        role="card",
        ticket_id=ticket_id,
    )


async def draw(tx: Statements, business: Business, ticket: Ticket) -> Content:
    conversation = await conversations.get(tx, ticket.conversation_id)
    contact = await contacts.get(tx, conversation.contact_id)
    history = await _before(tx, ticket)
    more = await card_lines.lines(tx, business, ticket)
    title = f"{SIGNS[ticket.state]} {ticket.number} · {shown_name(contact)}"
    quote = _shorten(ticket.question, LONGEST_QUOTE)
    blocks = [
        "\n".join(line for line in (title, *_facts(business, ticket, contact), *more) if line),
        quote,
        "\n".join(history),
        business.tell_desk("card_hint") if ticket.state != "resolved" else "",
    ]
    return Content(
        text="\n\n".join(block for block in blocks if block),
        entities=_styled(title, blocks[0], quote),
        buttons=() if ticket.state == "resolved" else (Button(RESOLVE, business.tell_desk("card_resolve")),),
    )


def shown_name(contact: Contact) -> str:
    return contact.name or contact.username or contact.phone or contact.room


def topic_title(ticket: Ticket, contact: Contact) -> str:
    return f"{ticket.number} {shown_name(contact)}"[:128]


def clock_time(business: Business, milliseconds: int) -> str:
    """Date and time of day where the business is."""
    zone = ZoneInfo(business.settings.bot.timezone)
    return datetime.fromtimestamp(milliseconds / 1000, zone).strftime("%Y-%m-%d %H:%M")


def _facts(business: Business, ticket: Ticket, contact: Contact) -> list[str]:
    address = f"@{contact.username}" if contact.username else f"+{contact.phone}" if contact.phone else ""
    channel = shown_channel(contact.channel)
    language = business.tell_desk(f"language_{contact.language}")
    state = business.tell_desk(
        f"card_{ticket.state}",
        time=clock_time(business, ticket.resolved_at or ticket.waiting_since or ticket.opened_at),
        name=ticket.resolved_by or ticket.taken_by,
    )
    why = business.tell_desk(f"reason_{ticket.reason}")
    near = business.tell_desk("card_nearest", passage=ticket.nearest) if ticket.nearest else ""
    blocked = business.tell_desk("card_blocked") if contact.blocked_at else ""
    hidden = business.tell_desk("mark_hidden") if hides(shown_name(contact), ticket.question) else ""
    return [
        " · ".join(part for part in (channel, address, language) if part),
        why,
        near,
        state,
        blocked,
        hidden,
    ]


async def _before(tx: Statements, ticket: Ticket) -> list[str]:
    """What was said before the ticket, outside of other tickets: who, and the start of it."""
    earlier = await messages.before(tx, ticket.conversation_id, ticket.opened_at, HISTORY)
    return [_history_line(message) for message in earlier]


def _history_line(message: Message) -> str:
    sign = {"customer": "👤", "bot": "🤖", "staff": "💬"}[message.author]
    content = contents.from_json(message.content)
    text = " ".join(content.text.split()) or kind_of(content)
    return f"{sign} {_shorten(text, LONGEST_HISTORY_LINE)}"


def kind_of(content: Content) -> str:
    """A word for a message without words."""
    if content.media:
        return f"[{content.media[0].kind}]"
    if content.place:
        return "[location]"
    return "[contact]" if content.shared else f"[{content.unreadable or '…'}]"


def _shorten(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _styled(title: str, head: str, quote: str) -> tuple[Entity, ...]:
    bold = Entity(Style.BOLD, 0, units(title))
    if not quote:
        return (bold,)
    return bold, Entity(Style.QUOTE, units(head) + 2, units(quote))


async def topic_of(business: Business, ticket: Ticket) -> tuple[str, str]:
    """What the ticket's topic is called, and the card's room."""
    conversation = await conversations.get(business.db, ticket.conversation_id)
    contact = await contacts.get(business.db, conversation.contact_id)
    return topic_title(ticket, contact), business.desk.room
