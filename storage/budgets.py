"""What was spent of each platform's limits, and until when one told us to wait: for other processes and the next start."""

from storage.database import Reading, Statements
from storage.records import Spent


async def of_rooms(tx: Statements, channel: str, rooms: tuple[str, str]) -> dict[str, Spent]:
    rows = await tx.fetch(
        "SELECT channel, room, spent, held_until FROM budgets"
        " WHERE channel = :channel AND (room = :first OR room = :second)",
        channel=channel,
        first=rooms[0],
        second=rooms[1],
    )
    return {row["room"]: Spent(**row) for row in rows}


async def keep(tx: Statements, channel: str, room: str, spent: str, now: int) -> None:
    await tx.execute(
        "INSERT INTO budgets (channel, room, spent, spent_at) VALUES (:channel, :room, :spent, :now)"
        " ON CONFLICT (channel, room) DO UPDATE SET spent = excluded.spent, spent_at = excluded.spent_at",
        channel=channel,
        room=room,
        spent=spent,
        now=now,
    )


async def hold(tx: Statements, channel: str, room: str, until: int) -> None:
    """The platform wants nothing for the room, or with an empty one at all, before that time."""
    await tx.execute(
        "INSERT INTO budgets (channel, room, held_until) VALUES (:channel, :room, :until)"
        " ON CONFLICT (channel, room) DO UPDATE SET held_until ="
        " CASE WHEN budgets.held_until > excluded.held_until THEN budgets.held_until ELSE excluded.held_until END",
        channel=channel,
        room=room,
        until=until,
    )


async def everything(db: Reading) -> list[Spent]:
    return [Spent(**row) for row in await db.fetch("SELECT channel, room, spent, held_until FROM budgets")]


async def forget(tx: Statements, *, spent_before: int, now: int) -> None:
    """What is too old to count."""
    await tx.execute(
        "DELETE FROM budgets WHERE spent_at < :before AND held_until < :now", before=spent_before, now=now
    )
