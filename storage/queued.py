"""Deliveries that have not left yet: looked up, said anew, sent elsewhere."""

from storage.database import News, Statements
from storage.records import Delivery, Role


async def rewrite(tx: Statements, delivery_id: int, content: str) -> bool:
    """Say something else, if it has not left yet."""
    return await _rewrite(tx, content, "id = :id", id=delivery_id)


async def rewrite_card(tx: Statements, content: str, ticket_id: int) -> bool:
    """The same for a ticket's card, or for an edit of it that still waits."""
    return await _rewrite(tx, content, "ticket_id = :ticket_id AND role = 'card'", ticket_id=ticket_id)


async def rewrite_lane(tx: Statements, content: str, lane: str, now: int) -> bool:
    """The same where only the newest counts, as with reactions; it need not wait any longer."""
    touched = await tx.execute(
        "UPDATE deliveries SET content = :content, due_at = :now WHERE lane = :lane AND state = 'queued'",
        content=content,
        lane=lane,
        now=now,
    )
    if touched:
        tx.announce(News("lane", lane))
    return touched > 0


async def rewrite_failed(tx: Statements, delivery_id: int, content: str) -> None:
    """It did not arrive; if it is sent again, then with the newer words."""
    await tx.execute(
        "UPDATE deliveries SET content = :content WHERE id = :id AND state IN ('failed', 'uncertain', 'expired')",
        content=content,
        id=delivery_id,
    )


async def drop(tx: Statements, delivery: Delivery) -> bool:
    """It need not leave any more. False when it is on its way already."""
    touched = await tx.execute(
        "UPDATE deliveries SET state = 'expired', reason = 'dropped', role = '' WHERE id = :id AND state = 'queued'",
        id=delivery.id,
    )
    if touched:
        tx.announce(News("lane", delivery.lane))
    return touched > 0


async def _rewrite(tx: Statements, content: str, which: str, **parameters: object) -> bool:
    """False when nothing of it waits any more."""
    sql = f"UPDATE deliveries SET content = :content WHERE {which} AND state = 'queued'"  # noqa: S608 — our own words
    return await tx.execute(sql, content=content, **parameters) > 0


async def count_copies(tx: Statements, lane: str, most: int) -> int:
    """How many customers' messages wait in the lane to be shown; no more than `most` are counted."""
    row = await tx.fetch_one(
        "SELECT count(*) AS waiting FROM (SELECT id FROM deliveries WHERE lane = :lane AND state = 'queued'"
        " AND role = 'copy' AND action = 'say' LIMIT :most) AS open",
        lane=lane,
        most=most,
    )
    return int(row["waiting"]) if row else 0


async def last_copy(tx: Statements, lane: str) -> tuple[int, str]:
    """The newest of them: number and body. Raises LookupError when none waits."""
    row = await tx.fetch_one(
        "SELECT id, content FROM deliveries WHERE lane = :lane AND state = 'queued' AND role = 'copy'"
        " AND action = 'say' ORDER BY id DESC LIMIT 1",
        lane=lane,
    )
    if row is None:
        raise LookupError(f"nothing waits in {lane}")
    return row["id"], row["content"]


async def is_queued(tx: Statements, message_id: int, role: Role) -> bool:
    return await _waits(tx, "message_id = :message_id AND role = :role", message_id=message_id, role=role)


async def waits_for_card(tx: Statements, ticket_id: int) -> bool:
    return await _waits(tx, "ticket_id = :ticket_id AND role = 'card'", ticket_id=ticket_id)


async def _waits(tx: Statements, which: str, **parameters: object) -> bool:
    """Whether it is still to be said, or being said."""
    sql = f"SELECT 1 AS yes FROM deliveries WHERE {which} AND action = 'say' AND state IN ('queued', 'sending') LIMIT 1"  # noqa: S608 — our own words
    return await tx.fetch_one(sql, **parameters) is not None


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


async def leave_group(tx: Statements, channel: str, old: str, new: str) -> None:
    """The desk is another group now: what waits for the old one is said in the new one, and what would have changed
    something in the old one need not be."""
    await tx.execute(
        "UPDATE deliveries SET room = :new, thread = '', reply_to = '', state = CASE WHEN :new = '' OR target <> ''"
        " THEN 'expired' ELSE state END WHERE state = 'queued' AND channel = :channel AND room = :old",
        channel=channel,
        old=old,
        new=new,
    )
    tx.announce(News("moved", old, row=(channel, new)))


async def move_ticket(tx: Statements, ticket_id: int, old: str, new: str) -> None:
    """What waits to be shown of one ticket goes where the ticket goes."""
    await tx.execute(
        "UPDATE deliveries SET room = :new, thread = '', reply_to = '' WHERE ticket_id = :ticket_id"
        " AND room = :old AND state = 'queued' AND action = 'say'",
        ticket_id=ticket_id,
        old=old,
        new=new,
    )


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
