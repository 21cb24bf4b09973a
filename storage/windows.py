"""How long a ticket's customer may be written to freely, where a platform limits it."""

from dataclasses import dataclass

from storage.database import Reading, Statements


@dataclass(frozen=True, slots=True)
class Window:
    """How long a ticket's customer may be written to freely, as staff know it."""

    ticket_id: int
    closes_at: int
    shown_hours: int
    """What its card says is left at most; 0: it is closed."""
    warned_hours: int
    """The last warning that was given; 0: none."""


@dataclass(frozen=True, slots=True)
class Open:
    """An unresolved ticket, and when its customer wrote last; what is known of its window, or None."""

    ticket_id: int
    conversation_id: int
    opened_at: int
    reason: str
    wrote_at: int
    closes_at: int | None
    shown_hours: int | None
    warned_hours: int | None


async def unresolved(db: Reading, channel: str, after: int, limit: int) -> list[Open]:
    """The channel's open tickets, in order, from the id on: when each customer wrote last, and what staff know of it."""
    rows = await db.fetch(
        "SELECT tickets.id AS ticket_id, tickets.conversation_id, tickets.opened_at, tickets.reason,"
        " COALESCE((SELECT messages.created_at FROM messages"
        " WHERE messages.conversation_id = tickets.conversation_id AND messages.author = 'customer'"
        " ORDER BY messages.id DESC LIMIT 1), 0) AS wrote_at,"
        " windows.closes_at, windows.shown_hours, windows.warned_hours"
        " FROM tickets JOIN conversations ON conversations.id = tickets.conversation_id"
        " JOIN contacts ON contacts.id = conversations.contact_id"
        " LEFT JOIN windows ON windows.ticket_id = tickets.id"
        " WHERE tickets.state <> 'resolved' AND tickets.id > :after AND contacts.channel = :channel"
        " ORDER BY tickets.id LIMIT :limit",
        channel=channel,
        after=after,
        limit=limit,
    )
    return [Open(**row) for row in rows]


async def find(db: Reading, ticket_id: int) -> Window | None:
    row = await db.fetch_one("SELECT * FROM windows WHERE ticket_id = :ticket_id", ticket_id=ticket_id)
    return Window(**row) if row else None


async def keep(tx: Statements, window: Window) -> None:
    await tx.execute(
        "INSERT INTO windows (ticket_id, closes_at, shown_hours, warned_hours)"
        " VALUES (:ticket_id, :closes_at, :shown_hours, :warned_hours) ON CONFLICT (ticket_id) DO UPDATE SET"
        " closes_at = excluded.closes_at, shown_hours = excluded.shown_hours, warned_hours = excluded.warned_hours",
        ticket_id=window.ticket_id,
        closes_at=window.closes_at,
        shown_hours=window.shown_hours,
        warned_hours=window.warned_hours,
    )
