"""The card: the desk's message that stands for a ticket, and all a colleague needs before replying."""

from datetime import datetime
from zoneinfo import ZoneInfo

from bot import content as contents
from bot.business import Business
from bot.channel import shown_channel
from bot.content import Button, Content, Entity, Style
from bot.desk import card_lines, together, topics, window
from bot.desk.hidden import hides
from bot.desk.speech import in_desks_words
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
MOST_EARLIER = 9
FOR_EVER = 253_402_300_799_000
"""Until when somebody is silenced who is banned."""
MOVED = "➡️"
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
        room=business.desk.room_of(ticket.desk),
    )


async def refresh(tx: Statements, business: Business, ticket_id: int) -> None:
    """Edit the card to what is true now; one that has not left yet is rewritten where it waits.

    Its topic's name and icon follow. One that shares another's card is shown there."""
    channel = business.desk.channel
    if channel is None or not business.desk.room:
        return
    ticket = await tickets.get(tx, ticket_id)
    if ticket.joined_to:
        ticket = await tickets.get(tx, ticket.joined_to)
    await topics.follow(tx, business, ticket)
    await _change(tx, business, ticket, await draw(tx, business, ticket))


async def leave(tx: Statements, business: Business, ticket: Ticket, desk: str) -> None:
    """The ticket goes to another desk: the card that stays behind says so."""
    conversation = await conversations.get(tx, ticket.conversation_id)
    contact = await contacts.get(tx, conversation.contact_id)
    gone = business.tell_desk("card_moved", desk=desk)
    text = f"{MOVED} {ticket.number} · {shown_name(contact)}\n{gone}"
    await _change(tx, business, ticket, Content(text=text))


async def _change(tx: Statements, business: Business, ticket: Ticket, card: Content) -> None:
    assert business.desk.channel is not None
    if await queued.rewrite_card(tx, contents.to_json(card), ticket.id):
        return
    await touch(
        tx,
        business,
        "edit",
        channel=business.desk.channel.name,
        room=ticket.desk_room or business.desk.room_of(ticket.desk),
        lane=lane_of_ticket(ticket.id),
        content=card,
        role="card",
        ticket_id=ticket.id,
    )


async def sum_up(tx: Statements, business: Business, ticket_id: int, summary: str) -> None:
    """Put a summary of the request on its card, two lines at most; "" takes it away. Whoever has a model may call it."""
    lines = [line.strip() for line in summary.splitlines() if line.strip()]
    await tickets.sum_up(tx, ticket_id, _shorten("\n".join(lines[:2]), LONGEST_QUOTE))
    await refresh(tx, business, ticket_id)


async def draw(tx: Statements, business: Business, ticket: Ticket) -> Content:
    conversation = await conversations.get(tx, ticket.conversation_id)
    contact = await contacts.get(tx, conversation.contact_id)
    history = await _before(tx, ticket)
    more = await card_lines.lines(tx, business, ticket)
    more += await together.lines(tx, business, ticket, shown_name)
    title = f"{SIGNS[ticket.state]} {ticket.number} · {shown_name(contact)}"
    quote = _shorten(ticket.question, LONGEST_QUOTE)
    theirs = await in_desks_words(tx, business, ticket, contact, ticket.question)
    head = [title, *_facts(business, ticket, contact), *await _knows(tx, business, ticket, contact)]
    blocks = [
        "\n".join(line for line in (*head, *more) if line),
        quote,
        _shorten(theirs, LONGEST_QUOTE),
        ticket.summary,
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


def clock_time(business: Business, milliseconds: int) -> str:
    """Date and time of day where the business is."""
    zone = ZoneInfo(business.settings.bot.timezone)
    return datetime.fromtimestamp(milliseconds / 1000, zone).strftime("%Y-%m-%d %H:%M")


def _facts(business: Business, ticket: Ticket, contact: Contact) -> list[str]:
    address = f"@{contact.username}" if contact.username else f"+{contact.phone}" if contact.phone else ""
    channel = shown_channel(contact.channel)
    language = business.tell_desk(f"language_{contact.language}")
    why = business.tell_desk(f"reason_{ticket.reason}")
    mood = business.tell_desk(f"mood_{ticket.mood}") if ticket.mood else ""
    near = business.tell_desk("card_nearest", passage=ticket.nearest) if ticket.nearest else ""
    gone = not contact.room or contact.channel not in business.channels
    blocked = business.tell_desk("card_unreachable") if gone else ""
    blocked = business.tell_desk("card_blocked") if contact.blocked_at else blocked
    muted = _muted(business, contact)
    hidden = business.tell_desk("mark_hidden") if hides(shown_name(contact), ticket.question) else ""
    return [
        " · ".join(part for part in (channel, address, language) if part),
        why,
        mood,
        near,
        _state(business, ticket),
        blocked,
        muted,
        hidden,
    ]


def _state(business: Business, ticket: Ticket) -> str:
    """Who has it, and since when the customer waits."""
    waits = business.tell_desk("card_open", time=clock_time(business, ticket.waiting_since))
    if ticket.state == "resolved":
        time = clock_time(business, ticket.resolved_at)
        return business.tell_desk("card_resolved", time=time, name=ticket.resolved_by)
    if ticket.state == "open":
        return waits if ticket.waiting_since else business.tell_desk("card_answered")
    has_it = business.tell_desk("card_taken", name=ticket.taken_by)
    return f"{has_it} · {waits}" if ticket.waiting_since else has_it


def _muted(business: Business, contact: Contact) -> str:
    if contact.muted_until <= business.clock.now():
        return ""
    if contact.muted_until == FOR_EVER:
        return business.tell_desk("card_banned")
    return business.tell_desk("card_muted", time=clock_time(business, contact.muted_until))


async def _knows(tx: Statements, business: Business, ticket: Ticket, contact: Contact) -> list[str]:
    """What the bot knows beside the question: the platform's window, and the customer's earlier tickets."""
    return [
        await window.line(tx, business, ticket, contact, clock_time),
        _earlier(business, await tickets.earlier(tx, ticket.conversation_id, ticket.id, MOST_EARLIER + 1)),
    ]


def _earlier(business: Business, before: list[Ticket]) -> str:
    if not before:
        return ""
    count = f"{MOST_EARLIER}+" if len(before) > MOST_EARLIER else str(len(before))
    last = " ".join(before[0].question.split())
    words = _shorten(last, LONGEST_HISTORY_LINE)
    return business.tell_desk("card_earlier", count=count, ticket=before[0].number, words=words)


async def _before(tx: Statements, ticket: Ticket) -> list[str]:
    """What was said before the ticket, outside of other tickets: who, and the start of it."""
    earlier = await messages.before(tx, ticket.conversation_id, ticket.opened_at, HISTORY)
    return [_history_line(message) for message in earlier if not message.withdrawn_at]


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
