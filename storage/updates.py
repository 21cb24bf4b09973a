"""The way in: each update once, and the queue of those that still need a decision."""

from dataclasses import replace
from typing import Any

from storage.database import News, Reading, Statements
from storage.records import Claim, Update, UpdateState

LONGEST_WAIT = 120_000
"""Milliseconds; between its tries an update waits less."""


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
    claim: Claim | None = None,
    decided: bool = False,
) -> Update | None:
    """The new row, or None when this update is known already. With a `claim` it may be taken at once, and is done
    when it is `decided` on in this transaction."""
    row = await tx.fetch_one(
        "INSERT INTO updates (channel, account, key, kind, lane, raw, received_at, due_at, error,"
        " state, leased_until, taken_by, attempts)"
        " SELECT :channel, :account, :key, :kind, :lane, :raw, :now, :due_at, :error,"
        " CASE WHEN free THEN :taken ELSE :state END, CASE WHEN free THEN CAST(:leased_until AS BIGINT) ELSE 0 END,"
        " CASE WHEN free THEN CAST(:process AS BIGINT) ELSE 0 END, CASE WHEN free THEN 1 ELSE 0 END"
        " FROM (SELECT :claims = 1 AND NOT EXISTS (SELECT 1 FROM updates WHERE lane = :lane"
        " AND (state = 'waiting' OR state = 'taken')) AS free) AS lanes"
        " WHERE true ON CONFLICT (channel, account, key) DO NOTHING RETURNING id, state, attempts",
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
        claims=int(claim is not None),
        taken="done" if decided else "taken",
        leased_until=claim.leased_until if claim else 0,
        process=claim.process if claim else 0,
    )
    if row is None:
        return None
    if row["state"] == "waiting":
        tx.announce(News("waiting", lane, due_at or now))
    taken = claim if row["state"] in ("taken", "done") else None
    return Update(
        row["id"],
        channel,
        account,
        key,
        kind,
        lane,
        raw,
        row["state"],
        received_at=now,
        due_at=due_at or now,
        leased_until=taken.leased_until if taken else 0,
        attempts=row["attempts"],
        error=error,
        taken_by=taken.process if taken else 0,
    )


async def put_in_lane(tx: Statements, update: Update, lane: str, claim: Claim | None) -> Update:
    """It is known only now whose it is: the first in a lane of its own."""
    placed = replace(
        update,
        lane=lane,
        state="taken" if claim else "waiting",
        leased_until=claim.leased_until if claim else 0,
        taken_by=claim.process if claim else 0,
        attempts=int(claim is not None),
    )
    await tx.execute(
        "UPDATE updates SET lane = :lane, state = :state, leased_until = :leased_until, taken_by = :process,"
        " attempts = :attempts WHERE id = :id",
        id=placed.id,
        lane=placed.lane,
        state=placed.state,
        leased_until=placed.leased_until,
        process=placed.taken_by,
        attempts=placed.attempts,
    )
    if claim is None:
        tx.announce(News("waiting", lane, update.due_at))
    return placed


async def take(tx: Statements, lane: str, *, now: int, claim: Claim) -> list[Update]:
    """All that waits in the lane, in order; nothing while one of them is not due or somebody has it.

    One that is not due for longer than anything waits was stored when the clock was wrong: it is due."""
    await tx.lock(lane)
    rows = await tx.fetch(
        "UPDATE updates SET state = 'taken', leased_until = :leased_until, taken_by = :process,"
        " attempts = attempts + 1"
        " WHERE lane = :lane AND state = 'waiting' AND NOT EXISTS (SELECT 1 FROM updates AS other"
        " WHERE other.lane = :lane AND ((other.state = 'waiting'"
        " AND other.due_at > :now AND other.due_at < :latest)"
        " OR (other.state = 'taken' AND other.leased_until > :now)))"
        " RETURNING *",
        lane=lane,
        now=now,
        latest=now + LONGEST_WAIT,
        leased_until=claim.leased_until,
        process=claim.process,
    )
    return sorted((Update(**row) for row in rows), key=lambda update: update.id)


class Overtaken(Exception):
    """Our lease was over, and somebody else has taken the update: what we decided on it does not count."""


async def finish(tx: Statements, updates: list[Update]) -> None:
    """Raises Overtaken."""
    for update in updates:
        touched = await tx.execute(
            "UPDATE updates SET state = 'done', error = ''"
            " WHERE id = :id AND state = 'taken' AND taken_by = :process AND attempts = :attempts",
            id=update.id,
            process=update.taken_by,
            attempts=update.attempts,
        )
        if not touched:
            raise Overtaken(f"update {update.id}")


async def put_back(
    tx: Statements, updates: list[Update], *, due_at: int, error: str = "", counted: bool = True
) -> None:
    """They wait again; `counted` says that this was a try that failed. Nothing to those taken by others."""
    for update in updates:
        await tx.execute(
            "UPDATE updates SET state = 'waiting', due_at = :due_at, leased_until = 0, error = :error,"
            " attempts = attempts - :uncounted"
            " WHERE id = :id AND state = 'taken' AND taken_by = :process AND attempts = :attempts",
            id=update.id,
            due_at=due_at,
            error=error,
            uncounted=int(not counted),
            process=update.taken_by,
            attempts=update.attempts,
        )
    for lane in dict.fromkeys(update.lane for update in updates):
        tx.announce(News("waiting", lane, due_at))


async def quarantine(tx: Statements, updates: list[Update], error: str) -> None:
    for update in updates:
        await tx.execute(
            "UPDATE updates SET state = 'quarantined', error = :error WHERE id = :id AND state = 'taken'",
            id=update.id,
            error=error,
        )


async def open_lanes(db: Reading, *, after: str, limit: int) -> list[tuple[str, int]]:
    """Lanes in which something waits or is taken, by name, with the time at which all of it is due."""
    rows = await db.fetch(
        "SELECT lane, max(due_at) AS due_at FROM updates"
        " WHERE (state = 'waiting' OR state = 'taken') AND lane > :after GROUP BY lane ORDER BY lane LIMIT :limit",
        after=after,
        limit=limit,
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


async def left_behind(db: Reading, now: int, *, process: int, ours_until: int) -> list[Update]:
    """Taken, and the lease has ended or its process is gone: whoever took them is dead, or stuck. Of our own
    also those whose lease ends by `ours_until`: they were taken long enough ago for us to be at them."""
    rows = await db.fetch(
        "SELECT * FROM updates WHERE state = 'taken' AND (leased_until <= :now"
        " OR (taken_by = :process AND leased_until <= :ours_until)"
        " OR NOT EXISTS (SELECT 1 FROM processes WHERE processes.id = updates.taken_by))",
        now=now,
        process=process,
        ours_until=ours_until,
    )
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


async def find(db: Reading, update_id: int) -> Update | None:
    row = await db.fetch_one("SELECT * FROM updates WHERE id = :id", id=update_id)
    return Update(**row) if row else None
