"""Replies that wait for somebody to say that they are meant."""

from storage.database import Reading, Statements
from storage.records import Hold, HoldState


async def add(
    tx: Statements,
    *,
    channel: str,
    room: str,
    remote_id: str,
    ticket_id: int,
    updates: str,
    reasons: str,
    staff_id: str,
    now: int,
    translation: str = "",
) -> int:
    """Its number; the same reply held anew begins anew."""
    row = await tx.fetch_one(
        "INSERT INTO holds (channel, room, remote_id, ticket_id, updates, reasons, staff_id, translation, state,"
        " created_at) VALUES (:channel, :room, :remote_id, :ticket_id, :updates, :reasons, :staff_id, :translation,"
        " 'held', :now) ON CONFLICT (channel, room, remote_id) DO UPDATE SET updates = excluded.updates,"
        " reasons = excluded.reasons, translation = excluded.translation, state = 'held', decided_by = ''"
        " RETURNING id",
        channel=channel,
        room=room,
        remote_id=remote_id,
        ticket_id=ticket_id,
        updates=updates,
        reasons=reasons,
        staff_id=staff_id,
        translation=translation,
        now=now,
    )
    assert row is not None
    return int(row["id"])


async def find(db: Reading, hold_id: int) -> Hold | None:
    row = await db.fetch_one("SELECT * FROM holds WHERE id = :id", id=hold_id)
    return Hold(**row) if row else None


async def find_at(db: Reading, channel: str, room: str, remote_id: str) -> Hold | None:
    row = await db.fetch_one(
        "SELECT * FROM holds WHERE channel = :channel AND room = :room AND remote_id = :remote_id",
        channel=channel,
        room=room,
        remote_id=remote_id,
    )
    return Hold(**row) if row else None


async def decide(tx: Statements, hold_id: int, state: HoldState, by: str) -> bool:
    """Whether nobody had decided before."""
    touched = await tx.execute(
        "UPDATE holds SET state = :state, decided_by = :by WHERE id = :id AND state = 'held'",
        id=hold_id,
        state=state,
        by=by,
    )
    return touched > 0
