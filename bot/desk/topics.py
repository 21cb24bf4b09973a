"""A ticket's topic: its name and its icon show the state, so that the list of topics is the overview."""

from collections.abc import Mapping, Sequence

from bot.business import Business
from bot.channel import SendRefused
from bot.content import Content
from bot.outbound import name_topic
from storage import contacts, conversations, tickets
from storage.database import Reading, Statements
from storage.records import Contact, Ticket, TicketState

LONGEST_TITLE = 128
WISHED: Mapping[TicketState, Sequence[str]] = {
    "open": ("❗", "‼", "❓", "🔥"),
    "taken": ("💬", "👀", "📝"),
    "resolved": ("✅", "🏁", "🔝"),
}
"""Icons by state, best first: which of them there are, the platform says."""
SIGNS: Mapping[TicketState, str] = {"open": "🔴", "taken": "🟡", "resolved": "🟢"}
"""In front of the name where there are no such icons."""


async def follow(tx: Statements, business: Business, ticket: Ticket) -> None:
    """Change the topic when the ticket's state or holder did; it tells its members each time, so only then."""
    if not ticket.thread:
        return
    title, icon = await wanted(tx, business, ticket)
    if ticket.topic_shows == f"{icon} {title}":
        return
    await tickets.show_on_topic(tx, ticket.id, f"{icon} {title}")
    await name_topic(tx, business, ticket, title, icon)


async def wanted(db: Reading, business: Business, ticket: Ticket) -> tuple[str, str]:
    """What the topic should be called, and the emoji of its icon; "" for none."""
    conversation = await conversations.get(db, ticket.conversation_id)
    contact = await contacts.get(db, conversation.contact_id)
    icon = _icon(business.desk.icons, ticket.state)
    name = _named(ticket, contact)
    return (name if icon else f"{SIGNS[ticket.state]} {name}")[:LONGEST_TITLE], icon


def _named(ticket: Ticket, contact: Contact) -> str:
    who = contact.name or contact.username or contact.phone or contact.room
    taken = f" · {ticket.taken_by}" if ticket.state == "taken" and ticket.taken_by else ""
    return f"{ticket.number} {who}{taken}"


def _icon(icons: Mapping[str, str], state: TicketState) -> str:
    return next((emoji for emoji in WISHED[state] if emoji in icons), "")


async def rename(business: Business, room: str, thread: str, wish: Content) -> None:
    """What `follow` asked for. Raises as `Channel.send`."""
    channel, icon = business.desk.channel, business.desk.icons.get(wish.unreadable, "")
    if channel is not None:
        await channel.name_topic(room, thread, wish.text, icon)


async def open_topic(business: Business, ticket: Ticket, room: str) -> tuple[str, str]:
    """Make the ticket's topic. Its thread, and what it shows. Raises as `Channel.send`."""
    channel = business.desk.channel
    assert channel is not None
    title, icon = await wanted(business.db, business, ticket)
    try:
        thread = await channel.open_topic(room, title, business.desk.icons.get(icon, ""))
    except SendRefused:
        if not icon:
            raise
        business.desk.icons = {}  # they are not what they were: the name says it from now on
        title, icon = await wanted(business.db, business, ticket)
        thread = await channel.open_topic(room, title)
    return thread, f"{icon} {title}"
