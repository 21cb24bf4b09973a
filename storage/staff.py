"""Members of the desks' groups, as the platform told of them last."""

from storage.database import Reading, Statements
from storage.records import Colleague


async def find(db: Reading, channel: str, room: str, remote_id: str) -> Colleague | None:
    row = await db.fetch_one(
        "SELECT * FROM staff WHERE channel = :channel AND room = :room AND remote_id = :remote_id",
        channel=channel,
        room=room,
        remote_id=remote_id,
    )
    return Colleague(**row) if row else None


async def see(tx: Statements, colleague: Colleague) -> None:
    """What the platform says of them now."""
    await tx.execute(
        "INSERT INTO staff (channel, room, remote_id, name, username, standing, looked_at)"
        " VALUES (:channel, :room, :remote_id, :name, :username, :standing, :looked_at)"
        " ON CONFLICT (channel, room, remote_id) DO UPDATE SET name = excluded.name,"
        " username = excluded.username, standing = excluded.standing, looked_at = excluded.looked_at",
        channel=colleague.channel,
        room=colleague.room,
        remote_id=colleague.remote_id,
        name=colleague.name,
        username=colleague.username,
        standing=colleague.standing,
        looked_at=colleague.looked_at,
    )


async def in_room(db: Reading, channel: str, room: str) -> list[Colleague]:
    """Everybody whom we know there, those who left as well, by their names."""
    rows = await db.fetch(
        "SELECT * FROM staff WHERE channel = :channel AND room = :room ORDER BY name, remote_id",
        channel=channel,
        room=room,
    )
    return [Colleague(**row) for row in rows]


async def move_room(tx: Statements, channel: str, old: str, new: str) -> None:
    """The group goes on under another id with the same people in it."""
    await tx.execute(
        "UPDATE staff SET room = :new WHERE channel = :channel AND room = :old AND NOT EXISTS"
        " (SELECT 1 FROM staff AS others WHERE others.channel = :channel AND others.room = :new"
        " AND others.remote_id = staff.remote_id)",
        channel=channel,
        old=old,
        new=new,
    )
