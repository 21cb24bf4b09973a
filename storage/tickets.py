"""Requests for a person."""

from typing import Any

from storage.database import Reading, Statements
from storage.records import Ticket


async def open(
    tx: Statements,
    *,
    prefix: str,
    conversation_id: int,
    reason: str,
    question: str,
    now: int,
    nearest: str = "",
) -> Ticket:
    row = await tx.fetch_one(
        "INSERT INTO tickets (number, conversation_id, reason, question, nearest, state, opened_at, waiting_since)"
        " VALUES (:number, :conversation_id, :reason, :question, :nearest, 'open',"
        " :now, :now) RETURNING id",
        number=f"{prefix}-{conversation_id}-{now}",  # until we know its id
        conversation_id=conversation_id,
        reason=reason,
        question=question,
        nearest=nearest,
        now=now,
    )
    assert row is not None
    number = f"{prefix}-{row['id']:06d}"
    await tx.execute("UPDATE tickets SET number = :number WHERE id = :id", number=number, id=row["id"])
    return await get(tx, row["id"])


async def get(db: Reading, ticket_id: int) -> Ticket:
    row = await db.fetch_one("SELECT * FROM tickets WHERE id = :id", id=ticket_id)
    if row is None:
        raise LookupError(f"no ticket {ticket_id}")
    return Ticket(**row)


async def find(db: Reading, ticket_id: int) -> Ticket | None:
    row = await db.fetch_one("SELECT * FROM tickets WHERE id = :id", id=ticket_id)
    return Ticket(**row) if row else None


async def find_by_thread(db: Reading, desk_room: str, thread: str) -> Ticket | None:
    row = await db.fetch_one(
        "SELECT * FROM tickets WHERE desk_room = :desk_room AND thread = :thread AND thread <> ''"
        " ORDER BY id DESC LIMIT 1",
        desk_room=desk_room,
        thread=thread,
    )
    return Ticket(**row) if row else None


async def find_open(db: Reading, conversation_id: int) -> Ticket | None:
    row = await db.fetch_one(
        "SELECT * FROM tickets WHERE conversation_id = :conversation_id AND state <> 'resolved'",
        conversation_id=conversation_id,
    )
    return Ticket(**row) if row else None


async def find_last(db: Reading, conversation_id: int) -> Ticket | None:
    row = await db.fetch_one(
        "SELECT * FROM tickets WHERE conversation_id = :conversation_id ORDER BY id DESC LIMIT 1",
        conversation_id=conversation_id,
    )
    return Ticket(**row) if row else None


async def all_open(db: Reading, limit: int = 1000) -> list[Ticket]:
    """Longest wait first; those where nobody waits last."""
    rows = await db.fetch(
        "SELECT * FROM tickets WHERE state <> 'resolved'"
        " ORDER BY CASE WHEN waiting_since = 0 THEN 1 ELSE 0 END, waiting_since, id LIMIT :limit",
        limit=limit,
    )
    return [Ticket(**row) for row in rows]


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


async def silent(db: Reading, before: int, limit: int) -> list[tuple[Ticket, int]]:
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


async def take(tx: Statements, ticket_id: int, name: str) -> None:
    """Staff answered: the first name stays, and nobody waits now."""
    await tx.execute(
        "UPDATE tickets SET state = 'taken', waiting_since = 0, resolved_at = 0, resolved_by = '',"
        " reopened = reopened + CASE WHEN state = 'resolved' THEN 1 ELSE 0 END,"
        " taken_by = CASE WHEN taken_by = '' THEN :name ELSE taken_by END WHERE id = :id",
        id=ticket_id,
        name=name,
    )


async def wait(tx: Statements, ticket_id: int, since: int) -> None:
    """The customer wrote again: they wait since then, or longer already."""
    await tx.execute(
        "UPDATE tickets SET waiting_since = :since WHERE id = :id AND waiting_since = 0 AND state <> 'resolved'",
        id=ticket_id,
        since=since,
    )


async def resolve(tx: Statements, ticket_id: int, name: str, now: int) -> None:
    await tx.execute(
        "UPDATE tickets SET state = 'resolved', waiting_since = 0, resolved_at = :now, resolved_by = :name"
        " WHERE id = :id",
        id=ticket_id,
        name=name,
        now=now,
    )


async def reopen(tx: Statements, ticket_id: int, reason: str, question: str, nearest: str, now: int) -> None:
    """The customer is back soon after it closed: whoever had it has it again."""
    await tx.execute(
        "UPDATE tickets SET state = CASE WHEN taken_by = '' THEN 'open' ELSE 'taken' END, waiting_since = :now,"
        " resolved_at = 0, resolved_by = '', reopened = reopened + 1, reason = :reason,"
        " question = :question, nearest = :nearest WHERE id = :id",
        id=ticket_id,
        reason=reason,
        question=question,
        nearest=nearest,
        now=now,
    )


async def place(tx: Statements, ticket_id: int, desk_room: str, thread: str) -> None:
    """Where at the desk it stands; an empty thread is no topic (yet, or any more)."""
    await tx.execute(
        "UPDATE tickets SET desk_room = :desk_room, thread = :thread WHERE id = :id",
        id=ticket_id,
        desk_room=desk_room,
        thread=thread,
    )


async def figures(db: Reading) -> dict[str, Any]:
    row = await db.fetch_one(
        "SELECT count(*) AS unresolved, min(CASE WHEN waiting_since > 0 THEN waiting_since END) AS waiting_since,"
        " count(CASE WHEN waiting_since > 0 THEN 1 END) AS waiting"
        " FROM tickets WHERE state <> 'resolved'"
    )
    return row or {}


async def ask(tx: Statements, ticket_id: int, question: str) -> None:
    """The customer changed the words of what the ticket is about."""
    await tx.execute(
        "UPDATE tickets SET question = :question WHERE id = :id", id=ticket_id, question=question
    )
