"""The way in: each update once, and the queue of those that still need a decision."""

from typing import Any

from storage.database import Reading, Statements
from storage.records import Update, UpdateState


async def add(
    tx: Statements,
    *,
    channel: str,
    account: str,
    key: str,
    kind: str,
    lane: str,
    raw: str,
    state: UpdateState,
    now: int,
    due_at: int = 0,
    error: str = "",
) -> int | None:
    """The new row's id, or None when this update is known already."""
    row = await tx.fetch_one(
        "INSERT INTO updates (channel, account, key, kind, lane, raw, state, received_at, due_at, error)"
        " VALUES (:channel, :account, :key, :kind, :lane, :raw, :state, :now, :due_at, :error)"
        " ON CONFLICT (channel, account, key) DO NOTHING RETURNING id",
        channel=channel,
        account=account,
        key=key,
        kind=kind,
        lane=lane,
        raw=raw,
        state=state,
        now=now,
        due_at=due_at or now,
        error=error,
    )
    return row["id"] if row else None


async def put_in_lane(tx: Statements, update_id: int, lane: str) -> None:
    await tx.execute("UPDATE updates SET lane = :lane WHERE id = :id", lane=lane, id=update_id)


async def take(tx: Statements, lane: str, *, now: int, leased_until: int) -> list[Update]:
    """All that waits in the lane, in order; nothing while one of them is not due or somebody has it."""
    rows = await tx.fetch(
        "UPDATE updates SET state = 'taken', leased_until = :leased_until, attempts = attempts + 1"
        " WHERE lane = :lane AND state = 'waiting' AND NOT EXISTS (SELECT 1 FROM updates AS other"
        " WHERE other.lane = :lane AND ((other.state = 'waiting' AND other.due_at > :now)"
        " OR (other.state = 'taken' AND other.leased_until > :now)))"
        " RETURNING *",
        lane=lane,
        now=now,
        leased_until=leased_until,
    )
    return sorted((Update(**row) for row in rows), key=lambda update: update.id)


async def finish(tx: Statements, updates: list[Update]) -> None:
    for update in updates:
        await tx.execute("UPDATE updates SET state = 'done', error = '' WHERE id = :id", id=update.id)


async def put_back(
    tx: Statements, updates: list[Update], *, due_at: int, error: str = "", counted: bool = True
) -> None:
    """They wait again; `counted` says that this was a try that failed."""
    for update in updates:
        await tx.execute(
            "UPDATE updates SET state = 'waiting', due_at = :due_at, leased_until = 0, error = :error,"
            " attempts = attempts - :uncounted WHERE id = :id AND state = 'taken'",
            id=update.id,
            due_at=due_at,
            error=error,
            uncounted=int(not counted),
        )


async def quarantine(tx: Statements, updates: list[Update], error: str) -> None:
    for update in updates:
        await tx.execute(
            "UPDATE updates SET state = 'quarantined', error = :error WHERE id = :id AND state = 'taken'",
            id=update.id,
            error=error,
        )


async def is_newer_waiting(tx: Statements, lane: str) -> bool:
    row = await tx.fetch_one(
        "SELECT 1 AS yes FROM updates WHERE lane = :lane AND state = 'waiting' LIMIT 1", lane=lane
    )
    return row is not None


async def open_lanes(db: Reading) -> list[tuple[str, int]]:
    """Each lane in which something waits, with the time at which all of it is due."""
    rows = await db.fetch(
        "SELECT lane, max(due_at) AS due_at FROM updates WHERE state = 'waiting' OR state = 'taken' GROUP BY lane"
    )
    return [(row["lane"], row["due_at"]) for row in rows]


async def count_late(db: Reading, before: int, most: int) -> int:
    """How many have been due since before that time and nobody has taken; `most` where there are more."""
    rows = await db.fetch(
        "SELECT id FROM updates WHERE state = 'waiting' AND due_at < :before LIMIT :most",
        before=before,
        most=most,
    )
    return len(rows)


async def next_due(db: Reading, lane: str) -> int | None:
    row = await db.fetch_one(
        "SELECT max(due_at) AS due_at FROM updates WHERE lane = :lane AND state = 'waiting'", lane=lane
    )
    return row["due_at"] if row else None


async def release_all(tx: Statements) -> int:
    """Make due again what an earlier process had taken."""
    return await tx.execute("UPDATE updates SET state = 'waiting', leased_until = 0 WHERE state = 'taken'")


async def expired(db: Reading, now: int) -> list[Update]:
    """Taken, with a lease that has ended: whoever took them is dead, or stuck."""
    rows = await db.fetch("SELECT * FROM updates WHERE state = 'taken' AND leased_until <= :now", now=now)
    return [Update(**row) for row in rows]


async def forget_raw(tx: Statements, before: int, limit: int) -> int:
    """Drop the bodies of old updates, so many at once; their keys stay, so a late repetition does nothing."""
    return await tx.execute(
        "UPDATE updates SET raw = NULL WHERE id IN (SELECT id FROM updates"
        " WHERE raw IS NOT NULL AND received_at < :before AND state IN ('done', 'kept') LIMIT :limit)",
        before=before,
        limit=limit,
    )


async def figures(db: Reading) -> dict[str, Any]:
    row = await db.fetch_one(
        "SELECT count(*) AS waiting, min(received_at) AS oldest FROM updates WHERE state = 'waiting'"
    )
    odd = await db.fetch_one("SELECT count(*) AS odd FROM updates WHERE state = 'quarantined'")
    return {**(row or {}), **(odd or {})}
