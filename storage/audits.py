"""Who of staff did what, and when."""

from storage.database import Reading, Statements
from storage.records import Audit


async def add(
    tx: Statements,
    *,
    at: int,
    told_at: int,
    staff_id: str,
    staff_name: str,
    action: str,
    ticket_id: int | None = None,
    contact_id: int | None = None,
    detail: str = "",
) -> None:
    await tx.execute(
        "INSERT INTO audits (at, told_at, staff_id, staff_name, action, ticket_id, contact_id, detail)"
        " VALUES (:at, :told_at, :staff_id, :staff_name, :action, :ticket_id, :contact_id, :detail)",
        at=at,
        told_at=told_at,
        staff_id=staff_id,
        staff_name=staff_name,
        action=action,
        ticket_id=ticket_id,
        contact_id=contact_id,
        detail=detail,
    )


async def last(db: Reading, ticket_id: int, action: str) -> Audit | None:
    """The newest time that somebody did this to the ticket."""
    row = await db.fetch_one(
        "SELECT * FROM audits WHERE ticket_id = :ticket_id AND action = :action ORDER BY id DESC LIMIT 1",
        ticket_id=ticket_id,
        action=action,
    )
    return Audit(**row) if row else None


async def of_ticket(db: Reading, ticket_id: int, limit: int) -> list[Audit]:
    """The newest, oldest of them first."""
    rows = await db.fetch(
        "SELECT * FROM audits WHERE ticket_id = :ticket_id ORDER BY id DESC LIMIT :limit",
        ticket_id=ticket_id,
        limit=limit,
    )
    return [Audit(**row) for row in reversed(rows)]


async def since(db: Reading, after: int, limit: int) -> list[Audit]:
    """All that staff did after that row, in its order."""
    rows = await db.fetch(
        "SELECT * FROM audits WHERE id > :after ORDER BY id LIMIT :limit", after=after, limit=limit
    )
    return [Audit(**row) for row in rows]
