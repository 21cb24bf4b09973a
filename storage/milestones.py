"""What befell a ticket, each once for a span: a nudge, a broken promise, the word before it closes, how it was rated."""

from storage.database import Reading, Statements
from storage.desk_records import MilestoneKind


async def make(
    tx: Statements, ticket_id: int, kind: MilestoneKind, since: int, now: int, value: str = ""
) -> bool:
    """False when it was made before: whoever makes it does what belongs to it."""
    touched = await tx.execute(
        "INSERT INTO milestones (ticket_id, kind, since, value, made_at) VALUES (:ticket_id, :kind, :since, :value, :now)"
        " ON CONFLICT DO NOTHING",
        ticket_id=ticket_id,
        kind=kind,
        since=since,
        value=value,
        now=now,
    )
    return touched > 0


async def of_ticket(db: Reading, ticket_id: int) -> dict[MilestoneKind, str]:
    """The newest of each kind."""
    rows = await db.fetch(
        "SELECT kind, value FROM milestones WHERE ticket_id = :ticket_id ORDER BY since, made_at",
        ticket_id=ticket_id,
    )
    return {row["kind"]: row["value"] for row in rows}


async def when(db: Reading, ticket_id: int, kind: MilestoneKind, since: int) -> int:
    """When it was made; 0: not yet."""
    row = await db.fetch_one(
        "SELECT made_at FROM milestones WHERE ticket_id = :ticket_id AND kind = :kind AND since = :since",
        ticket_id=ticket_id,
        kind=kind,
        since=since,
    )
    return row["made_at"] if row else 0
