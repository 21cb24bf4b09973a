"""What staff said among themselves: kept, shown to staff, and delivered by nothing."""

from storage.database import Reading, Statements
from storage.records import Note


async def add(
    tx: Statements,
    *,
    channel: str,
    room: str,
    thread: str,
    remote_id: str,
    ticket_id: int | None,
    staff_id: str,
    staff_name: str,
    content: str,
    now: int,
) -> None:
    await tx.execute(
        "INSERT INTO notes (channel, room, thread, remote_id, ticket_id, staff_id, staff_name, content, created_at)"
        " VALUES (:channel, :room, :thread, :remote_id, :ticket_id, :staff_id, :staff_name, :content, :now)"
        " ON CONFLICT (channel, room, remote_id) DO NOTHING",
        channel=channel,
        room=room,
        thread=thread,
        remote_id=remote_id,
        ticket_id=ticket_id,
        staff_id=staff_id,
        staff_name=staff_name,
        content=content,
        now=now,
    )


async def edit(tx: Statements, channel: str, room: str, remote_id: str, content: str, now: int) -> bool:
    """Whether it is a note."""
    touched = await tx.execute(
        "UPDATE notes SET content = :content, edited_at = :now WHERE channel = :channel AND room = :room"
        " AND remote_id = :remote_id",
        channel=channel,
        room=room,
        remote_id=remote_id,
        content=content,
        now=now,
    )
    return touched > 0


async def of_ticket(db: Reading, ticket_id: int) -> list[Note]:
    rows = await db.fetch("SELECT * FROM notes WHERE ticket_id = :ticket_id ORDER BY id", ticket_id=ticket_id)
    return [Note(**row) for row in rows]
