"""What is due at a time of its own; a row is done in the transaction that does it, so it is done once."""

from storage.database import Reading, Statements
from storage.desk_records import Timer, TimerKind


async def add(
    tx: Statements,
    *,
    kind: TimerKind,
    due_at: int,
    now: int,
    ticket_id: int | None = None,
    message_id: int | None = None,
    content: str = "",
    staff_name: str = "",
    room: str = "",
    thread: str = "",
    remote_id: str = "",
) -> int:
    """Returns its id."""
    row = await tx.fetch_one(
        "INSERT INTO timers (kind, state, due_at, ticket_id, message_id, content, staff_name, room, thread, remote_id,"
        " created_at) VALUES (:kind, 'waiting', :due_at, :ticket_id, :message_id, :content, :staff_name, :room, :thread,"
        " :remote_id, :now) RETURNING id",
        kind=kind,
        due_at=due_at,
        ticket_id=ticket_id,
        message_id=message_id,
        content=content,
        staff_name=staff_name,
        room=room,
        thread=thread,
        remote_id=remote_id,
        now=now,
    )
    assert row is not None
    return int(row["id"])


async def due(db: Reading, now: int, limit: int = 100) -> list[Timer]:
    """What should have happened by now, in its order."""
    rows = await db.fetch(
        "SELECT * FROM timers WHERE state = 'waiting' AND due_at <= :now ORDER BY due_at, id LIMIT :limit",
        now=now,
        limit=limit,
    )
    return [Timer(**row) for row in rows]


async def waiting(db: Reading, kinds: tuple[TimerKind, TimerKind, TimerKind], limit: int = 50) -> list[Timer]:
    """What staff asked for and has not come yet, the nearest first."""
    rows = await db.fetch(
        "SELECT * FROM timers WHERE state = 'waiting' AND kind IN (:first, :second, :third)"
        " ORDER BY due_at, id LIMIT :limit",
        first=kinds[0],
        second=kinds[1],
        third=kinds[2],
        limit=limit,
    )
    return [Timer(**row) for row in rows]


async def of_ticket(db: Reading, ticket_id: int, kind: TimerKind) -> list[Timer]:
    """Those that wait."""
    rows = await db.fetch(
        "SELECT * FROM timers WHERE ticket_id = :ticket_id AND state = 'waiting' AND kind = :kind ORDER BY due_at",
        ticket_id=ticket_id,
        kind=kind,
    )
    return [Timer(**row) for row in rows]


async def snoozed(db: Reading) -> dict[int, Timer]:
    """The tickets that staff put aside, with what wakes each."""
    rows = await db.fetch("SELECT * FROM timers WHERE state = 'waiting' AND kind = 'snooze'")
    return {row["ticket_id"]: Timer(**row) for row in rows}


async def find(db: Reading, timer_id: int) -> Timer | None:
    row = await db.fetch_one("SELECT * FROM timers WHERE id = :id", id=timer_id)
    return Timer(**row) if row else None


async def finish(tx: Statements, timer_id: int) -> bool:
    """False when somebody else did it, or it was cancelled."""
    return await _end(tx, timer_id, "done")


async def cancel(tx: Statements, timer_id: int) -> bool:
    """False when it is too late."""
    return await _end(tx, timer_id, "cancelled")


async def _end(tx: Statements, timer_id: int, state: str) -> bool:
    touched = await tx.execute(
        "UPDATE timers SET state = :state WHERE id = :id AND state = 'waiting'", id=timer_id, state=state
    )
    return touched > 0


async def claim(tx: Statements, timer: Timer, until: int) -> bool:
    """For what takes a while: nobody else begins it before then. False when somebody has."""
    touched = await tx.execute(
        "UPDATE timers SET due_at = :until, tries = tries + 1"
        " WHERE id = :id AND state = 'waiting' AND tries = :tries AND due_at = :due_at",
        id=timer.id,
        until=until,
        tries=timer.tries,
        due_at=timer.due_at,
    )
    return touched > 0


async def put_off(tx: Statements, timer_id: int, due_at: int) -> bool:
    """It is tried again then. False when it does not wait any more."""
    touched = await tx.execute(
        "UPDATE timers SET due_at = :due_at, tries = tries + 1 WHERE id = :id AND state = 'waiting'",
        id=timer_id,
        due_at=due_at,
    )
    return touched > 0


async def cancel_of_ticket(tx: Statements, ticket_id: int, kind: TimerKind) -> int:
    """Returns how many."""
    return await tx.execute(
        "UPDATE timers SET state = 'cancelled' WHERE ticket_id = :ticket_id AND kind = :kind AND state = 'waiting'",
        ticket_id=ticket_id,
        kind=kind,
    )


async def forget_old(tx: Statements, before: int, limit: int) -> int:
    """Drops what was over by then; returns how many."""
    return await tx.execute(
        "DELETE FROM timers WHERE id IN (SELECT id FROM timers WHERE state <> 'waiting' AND due_at < :before LIMIT :limit)",
        before=before,
        limit=limit,
    )
