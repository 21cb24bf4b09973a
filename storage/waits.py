"""What a ticket waits for: an answer that was promised, its end after a long silence, its customer who is back."""

from storage.database import Reading, Statements
from storage.records import Ticket


async def waiting(db: Reading, limit: int) -> list[Ticket]:
    """Those in which a customer waits, longest first."""
    rows = await db.fetch(
        "SELECT * FROM tickets WHERE state <> 'resolved' AND waiting_since > 0 ORDER BY waiting_since LIMIT :limit",
        limit=limit,
    )
    return [Ticket(**row) for row in rows]


async def was_answered(db: Reading, ticket_id: int) -> bool:
    """A person has said something in it."""
    row = await db.fetch_one(
        "SELECT 1 AS yes FROM messages WHERE ticket_id = :ticket_id AND author = 'staff' LIMIT 1",
        ticket_id=ticket_id,
    )
    return row is not None


async def quiet(db: Reading, before: int, limit: int) -> list[tuple[Ticket, int]]:
    """Answered ones in which nobody has said anything since then, and when somebody last did."""
    rows = await db.fetch(
        "SELECT tickets.*, (SELECT max(created_at) FROM messages WHERE messages.ticket_id = tickets.id"
        " AND author <> 'bot') AS spoke_at FROM tickets"
        " WHERE state <> 'resolved' AND waiting_since = 0 AND opened_at <= :before ORDER BY id LIMIT :limit",
        before=before,
        limit=limit,
    )
    found = [(row.pop("spoke_at") or 0, Ticket(**row)) for row in rows]
    return [(ticket, spoke) for spoke, ticket in found if ticket.state == "taken" and spoke <= before]


async def spoke_at(db: Reading, ticket_id: int) -> int:
    """When somebody last said something in it, the bot aside; 0 for never."""
    row = await db.fetch_one(
        "SELECT max(created_at) AS spoke_at FROM messages WHERE ticket_id = :ticket_id AND author <> 'bot'",
        ticket_id=ticket_id,
    )
    return (row["spoke_at"] or 0) if row else 0


async def reopen(tx: Statements, ticket_id: int, reason: str, question: str, nearest: str, now: int) -> None:
    """The customer is back soon after it closed: whoever had it has it again."""
    await tx.execute(
        "UPDATE tickets SET state = CASE WHEN taken_by = '' THEN 'open' ELSE 'taken' END, waiting_since = :now,"
        " resolved_at = 0, resolved_by = '', reopened = reopened + 1, joined_to = 0, reason = :reason,"
        " question = :question, nearest = :nearest WHERE id = :id",
        id=ticket_id,
        reason=reason,
        question=question,
        nearest=nearest,
        now=now,
    )
