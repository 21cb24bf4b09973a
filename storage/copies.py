"""Where a message stands at a platform. A staff reply finds its customer here and nowhere else."""

from storage.database import Reading, Statements
from storage.records import Copy, Role


async def add(
    tx: Statements,
    *,
    channel: str,
    room: str,
    remote_id: str,
    role: Role,
    message_id: int | None = None,
    ticket_id: int | None = None,
) -> None:
    await tx.execute(
        "INSERT INTO copies (channel, room, remote_id, role, message_id, ticket_id)"
        " VALUES (:channel, :room, :remote_id, :role, :message_id, :ticket_id) ON CONFLICT DO NOTHING",
        channel=channel,
        room=room,
        remote_id=remote_id,
        role=role,
        message_id=message_id,
        ticket_id=ticket_id,
    )


async def find(db: Reading, channel: str, room: str, remote_id: str) -> Copy | None:
    row = await db.fetch_one(
        "SELECT * FROM copies WHERE channel = :channel AND room = :room AND remote_id = :remote_id",
        channel=channel,
        room=room,
        remote_id=remote_id,
    )
    return Copy(**row) if row else None


async def move_room(tx: Statements, channel: str, old: str, new: str) -> None:
    """Whoever is in the room goes on under another id: what they answer stands there now."""
    await tx.execute(
        "UPDATE copies SET room = :new WHERE channel = :channel AND room = :old AND NOT EXISTS (SELECT 1 FROM"
        " copies AS there WHERE there.channel = copies.channel AND there.room = :new"
        " AND there.remote_id = copies.remote_id)",
        channel=channel,
        old=old,
        new=new,
    )


async def of_message(db: Reading, message_id: int, role: Role) -> list[Copy]:
    rows = await db.fetch(
        "SELECT * FROM copies WHERE message_id = :message_id AND role = :role"
        " ORDER BY length(remote_id), remote_id",
        message_id=message_id,
        role=role,
    )
    return [Copy(**row) for row in rows]


async def card_of(db: Reading, ticket_id: int, room: str) -> Copy | None:
    """The ticket's newest card in the room."""
    row = await db.fetch_one(
        "SELECT * FROM copies WHERE ticket_id = :ticket_id AND role = 'card' AND room = :room"
        " ORDER BY length(remote_id) DESC, remote_id DESC LIMIT 1",
        ticket_id=ticket_id,
        room=room,
    )
    return Copy(**row) if row else None
