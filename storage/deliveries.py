"""The way out: what still has to leave, and what became of what left."""

from typing import Any

from storage.database import Reading, Statements
from storage.records import Action, Delivery, DeliveryState, Queued, Role

RANK = {
    "queued": 0,
    "sending": 1,
    "uncertain": 2,
    "expired": 2,
    "sent": 3,
    "failed": 4,
    "delivered": 5,
    "read": 6,
}
"""A state may only rise: a late `sent` does not undo `failed`, and `failed` does not undo `delivered`."""


async def add(
    tx: Statements,
    *,
    channel: str,
    room: str,
    lane: str,
    action: Action,
    priority: int,
    content: str,
    now: int,
    role: Role = "",
    target: str = "",
    reply_to: str = "",
    thread: str = "",
    message_id: int | None = None,
    ticket_id: int | None = None,
) -> int:
    row = await tx.fetch_one(
        "INSERT INTO deliveries (channel, room, lane, action, priority, content, target, reply_to, thread, role,"
        " message_id, ticket_id, state, due_at, created_at)"
        " VALUES (:channel, :room, :lane, :action, :priority, :content, :target, :reply_to, :thread, :role,"
        " :message_id, :ticket_id, 'queued', :now, :now) RETURNING id",
        channel=channel,
        room=room,
        lane=lane,
        action=action,
        priority=priority,
        content=content,
        target=target,
        reply_to=reply_to,
        thread=thread,
        role=role,
        message_id=message_id,
        ticket_id=ticket_id,
        now=now,
    )
    assert row is not None
    return int(row["id"])


async def queued_after(db: Reading, delivery_id: int, limit: int) -> list[Queued]:
    rows = await db.fetch(
        "SELECT id, channel, room, lane, action, priority, due_at FROM deliveries"
        " WHERE state = 'queued' AND id > :id ORDER BY id LIMIT :limit",
        id=delivery_id,
        limit=limit,
    )
    return [Queued(**row) for row in rows]


async def claim(tx: Statements, delivery_id: int, leased_until: int) -> Delivery | None:
    row = await tx.fetch_one(
        "UPDATE deliveries SET state = 'sending', leased_until = :leased_until, attempts = attempts + 1"
        " WHERE id = :id AND state = 'queued' RETURNING *",
        id=delivery_id,
        leased_until=leased_until,
    )
    return Delivery(**row) if row else None


async def sent(tx: Statements, delivery_id: int, remote_id: str, now: int) -> DeliveryState:
    """Returns its state, which may be further already: the platform's word can be quicker than its answer."""
    row = await tx.fetch_one(
        "UPDATE deliveries SET remote_id = :remote_id, sent_at = :now,"
        " state = CASE WHEN state IN ('failed', 'delivered', 'read') THEN state ELSE 'sent' END"
        " WHERE id = :id RETURNING state",
        id=delivery_id,
        remote_id=remote_id,
        now=now,
    )
    assert row is not None
    state: DeliveryState = row["state"]
    return state


async def put_off(
    tx: Statements, delivery_id: int, *, due_at: int, detail: str, doubt: bool, counted: bool
) -> bool:
    """False when the platform told meanwhile what became of it."""
    touched = await tx.execute(
        "UPDATE deliveries SET state = 'queued', due_at = :due_at, detail = :detail, leased_until = 0,"
        " doubts = doubts + :doubt, attempts = attempts - :uncounted WHERE id = :id AND state = 'sending'",
        id=delivery_id,
        due_at=due_at,
        detail=detail,
        doubt=int(doubt),
        uncounted=int(not counted),
    )
    return touched > 0


async def end(tx: Statements, delivery_id: int, state: DeliveryState, *, reason: str, detail: str) -> bool:
    """Failed, uncertain or expired: it will not be tried again. False when it got further meanwhile."""
    touched = await tx.execute(
        "UPDATE deliveries SET state = :state, reason = :reason, detail = :detail"
        " WHERE id = :id AND state IN ('queued', 'sending', 'uncertain', 'sent')",
        id=delivery_id,
        state=state,
        reason=reason,
        detail=detail,
    )
    return touched > 0


async def rise(tx: Statements, delivery: Delivery, state: DeliveryState, remote_id: str) -> bool:
    """The platform told how far it is. False when that is not further than we knew."""
    if RANK[state] <= RANK[delivery.state]:
        return False
    await tx.execute(
        "UPDATE deliveries SET state = :state, remote_id = :remote_id WHERE id = :id",
        id=delivery.id,
        state=state,
        remote_id=remote_id or delivery.remote_id,
    )
    return True


async def find(db: Reading, delivery_id: int) -> Delivery | None:
    row = await db.fetch_one("SELECT * FROM deliveries WHERE id = :id", id=delivery_id)
    return Delivery(**row) if row else None


async def find_by_remote_id(db: Reading, channel: str, remote_id: str) -> Delivery | None:
    row = await db.fetch_one(
        "SELECT * FROM deliveries WHERE channel = :channel AND remote_id = :remote_id AND remote_id <> ''",
        channel=channel,
        remote_id=remote_id,
    )
    return Delivery(**row) if row else None


async def of_message(db: Reading, message_id: int) -> list[Delivery]:
    rows = await db.fetch("SELECT * FROM deliveries WHERE message_id = :id ORDER BY id", id=message_id)
    return [Delivery(**row) for row in rows]


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


async def interrupted(db: Reading, now: int | None = None) -> list[Delivery]:
    """In the middle of a call when its process died: leases that ended, or all when `now` is None."""
    rows = await db.fetch(
        "SELECT * FROM deliveries WHERE state = 'sending' AND (:everything = 1 OR leased_until <= :now)",
        everything=int(now is None),
        now=now or 0,
    )
    return [Delivery(**row) for row in rows]


async def move_room(tx: Statements, channel: str, old: str, new: str) -> None:
    """What waits for the old room goes to the new one, at once."""
    await tx.execute(
        "UPDATE deliveries SET room = :new, thread = '' WHERE channel = :channel AND room = :old"
        " AND (state = 'queued' OR state = 'sending')",
        channel=channel,
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


async def figures(db: Reading) -> list[dict[str, Any]]:
    return await db.fetch(
        "SELECT channel, count(*) AS waiting, min(created_at) AS oldest FROM deliveries"
        " WHERE state = 'queued' GROUP BY channel ORDER BY channel"
    )
