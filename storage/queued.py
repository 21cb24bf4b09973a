"""Deliveries that have not left yet: looked up, said anew, sent elsewhere."""

from storage.database import News, Statements
from storage.records import Role


async def rewrite(tx: Statements, delivery_id: int, content: str) -> bool:
    """Say something else, if it has not left yet."""
    touched = await tx.execute(
        "UPDATE deliveries SET content = :content WHERE id = :id AND state = 'queued'",
        content=content,
        id=delivery_id,
    )
    return touched > 0


async def rewrite_queued(tx: Statements, content: str, *, message_id: int, role: Role) -> bool:
    """Say the newer words in a message that has not left yet."""
    touched = await tx.execute(
        "UPDATE deliveries SET content = :content WHERE message_id = :message_id AND role = :role"
        " AND action = 'say' AND state = 'queued'",
        content=content,
        message_id=message_id,
        role=role,
    )
    return touched > 0


async def rewrite_card(tx: Statements, content: str, ticket_id: int) -> bool:
    """The same for a ticket's card, or for an edit of it that still waits."""
    touched = await tx.execute(
        "UPDATE deliveries SET content = :content WHERE ticket_id = :ticket_id AND role = 'card' AND state = 'queued'",
        content=content,
        ticket_id=ticket_id,
    )
    return touched > 0


async def rewrite_lane(tx: Statements, content: str, lane: str) -> bool:
    """The same where only the newest counts, as with reactions."""
    touched = await tx.execute(
        "UPDATE deliveries SET content = :content WHERE lane = :lane AND state = 'queued'",
        content=content,
        lane=lane,
    )
    return touched > 0


async def is_queued(tx: Statements, message_id: int, role: Role) -> bool:
    row = await tx.fetch_one(
        "SELECT 1 AS yes FROM deliveries WHERE message_id = :message_id AND role = :role AND action = 'say'"
        " AND state IN ('queued', 'sending') LIMIT 1",
        message_id=message_id,
        role=role,
    )
    return row is not None


async def waits_for_card(tx: Statements, ticket_id: int) -> bool:
    row = await tx.fetch_one(
        "SELECT 1 AS yes FROM deliveries WHERE ticket_id = :ticket_id AND role = 'card' AND action = 'say'"
        " AND state IN ('queued', 'sending') LIMIT 1",
        ticket_id=ticket_id,
    )
    return row is not None


async def move_room(tx: Statements, channel: str, old: str, new: str) -> None:
    """What waits for the old room goes to the new one, at once."""
    await tx.execute(
        "UPDATE deliveries SET room = :new, thread = '' WHERE channel = :channel AND room = :old"
        " AND (state = 'queued' OR state = 'sending')",
        channel=channel,
        old=old,
        new=new,
    )
    tx.announce(News("moved", old, row=(channel, new)))


async def leave_room(tx: Statements, channel: str, old: str, new: str) -> None:
    """The room is somebody else's now: what waits for it goes to the new one, or nowhere."""
    await tx.execute(
        "UPDATE deliveries SET room = :new, state = CASE WHEN :new = '' THEN 'failed' ELSE state END,"
        " reason = CASE WHEN :new = '' THEN 'unreachable' ELSE reason END"
        " WHERE state = 'queued' AND lane = :lane AND room = :old",
        lane=f"{channel}:{old}",
        old=old,
        new=new,
    )


async def count(tx: Statements, room: str, most: int) -> int:
    """How many messages wait for the room, counted up to `most`."""
    row = await tx.fetch_one(
        "SELECT count(*) AS count FROM (SELECT 1 AS one FROM deliveries WHERE state = 'queued' AND room = :room"
        " AND action = 'say' LIMIT :most) AS open",
        room=room,
        most=most,
    )
    return int(row["count"]) if row else 0
