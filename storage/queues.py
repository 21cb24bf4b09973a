"""How much waits, and since when: counted by an index, up to a bound, so that asking is cheap on the worst day."""

from dataclasses import dataclass

from storage.database import Reading

MOST_COUNTED = 10_000
"""What waits beyond it is not counted: the queue is far too long anyway."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """`since` is when the oldest came, in milliseconds since 1970; None when nothing waits."""

    count: int
    since: int | None


async def updates(db: Reading) -> Waiting:
    """What nobody has decided on yet."""
    row = await db.fetch_one(
        "SELECT count(*) AS count, min(id) AS first FROM (SELECT id FROM updates"
        " WHERE state = 'waiting' OR state = 'taken' LIMIT :most) AS open",
        most=MOST_COUNTED,
    )
    if not row or not row["count"]:
        return Waiting(0, None)
    oldest = await db.fetch_one("SELECT received_at FROM updates WHERE id = :id", id=row["first"])
    return Waiting(row["count"], oldest["received_at"] if oldest else None)


async def deliveries(db: Reading) -> dict[str, Waiting]:
    """What has not left yet, by channel."""
    rows = await db.fetch(
        "SELECT channel, count(*) AS count, min(created_at) AS since FROM (SELECT channel, created_at"
        " FROM deliveries WHERE state = 'queued' OR state = 'sending' ORDER BY id LIMIT :most) AS open"
        " GROUP BY channel",
        most=MOST_COUNTED,
    )
    return {row["channel"]: Waiting(row["count"], row["since"]) for row in rows}


async def tickets(db: Reading) -> Waiting:
    """In which a customer waits for a person."""
    row = await db.fetch_one(
        "SELECT count(*) AS count, min(waiting_since) AS since FROM (SELECT waiting_since FROM tickets"
        " WHERE state <> 'resolved' AND waiting_since > 0 ORDER BY waiting_since LIMIT :most) AS open",
        most=MOST_COUNTED,
    )
    return Waiting(row["count"], row["since"]) if row else Waiting(0, None)
