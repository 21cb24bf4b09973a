"""The way out: what still has to leave, and what became of what left."""

from typing import Any

from storage.database import News, Reading, Statements
from storage.records import Action, Claim, Delivery, DeliveryState, Queued, Role

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
_WHENS = " ".join(f"WHEN '{state}' THEN {rank}" for state, rank in RANK.items())
_RISE = (
    "UPDATE deliveries SET state = :state, remote_id = :remote_id"  # noqa: S608 — our own words
    f" WHERE id = :id AND CASE state {_WHENS} END < :rank"
)


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
    claim: Claim | None = None,
    due_at: int = 0,
) -> Delivery:
    """Queue it, to leave from `due_at` on, 0: now. With a `claim` it is taken at once, when nothing is before it
    in its lane."""
    row = await tx.fetch_one(
        "INSERT INTO deliveries (channel, room, lane, action, priority, content, target, reply_to, thread, role,"
        " message_id, ticket_id, due_at, created_at, state, leased_until, taken_by, attempts)"
        " SELECT :channel, :room, :lane, :action, :priority, :content, :target, :reply_to, :thread, :role,"
        " :message_id, :ticket_id, :due_at, :now, CASE WHEN free THEN 'sending' ELSE 'queued' END,"
        " CASE WHEN free THEN CAST(:leased_until AS BIGINT) ELSE 0 END,"
        " CASE WHEN free THEN CAST(:process AS BIGINT) ELSE 0 END,"
        " CASE WHEN free THEN 1 ELSE 0 END"
        " FROM (SELECT :claims = 1 AND NOT EXISTS (SELECT 1 FROM deliveries WHERE lane = :lane"
        " AND (state = 'queued' OR state = 'sending')) AS free) AS lanes RETURNING id, state, attempts",
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
        due_at=due_at or now,
        claims=int(claim is not None),
        leased_until=claim.leased_until if claim else 0,
        process=claim.process if claim else 0,
    )
    assert row is not None
    taken = claim if row["state"] == "sending" else None
    delivery = Delivery(
        row["id"],
        channel,
        room,
        lane,
        action,
        priority,
        content,
        target,
        reply_to,
        thread,
        role,
        message_id,
        ticket_id,
        row["state"],
        attempts=row["attempts"],
        doubts=0,
        due_at=due_at or now,
        leased_until=taken.leased_until if taken else 0,
        remote_id="",
        reason="",
        detail="",
        created_at=now,
        sent_at=0,
        taken_by=taken.process if taken else 0,
    )
    if taken is None:
        tx.announce(_queued(delivery))
    return delivery


def _queued(delivery: Delivery, due_at: int = 0) -> News:
    due_at = due_at or delivery.due_at
    row = (
        delivery.id,
        delivery.channel,
        delivery.room,
        delivery.lane,
        delivery.action,
        delivery.priority,
        due_at,
    )
    return News("queued", delivery.lane, due_at, row)


async def queued_after(db: Reading, delivery_id: int, limit: int, *, due_before: int) -> list[Queued]:
    """What waits, in order, from the id on; of what may wait for later, only what is due by then."""
    rows = await db.fetch(
        "SELECT id, channel, room, lane, action, priority, due_at FROM deliveries"
        " WHERE state = 'queued' AND id > :id AND due_at <= :due_before ORDER BY id LIMIT :limit",
        id=delivery_id,
        limit=limit,
        due_before=due_before,
    )
    return [Queued(**row) for row in rows]


async def claimed_by(db: Reading, process: int) -> list[Queued]:
    """What it is sending; and what it does not know that it has, when a commit came through without an answer."""
    rows = await db.fetch(
        "SELECT id, channel, room, lane, action, priority, due_at FROM deliveries"
        " WHERE state = 'sending' AND taken_by = :process ORDER BY id",
        process=process,
    )
    return [Queued(**row) for row in rows]


async def claim(
    tx: Statements, delivery_id: int, taking: Claim, *, ours_again: bool = False
) -> Delivery | None:
    """None when it need not be sent any more, or something is before it in its lane, or somebody has it.

    `ours_again` is for who knows that this process is not sending it: a claim of ours that it stands under is of
    a commit we heard nothing of."""
    row = await tx.fetch_one(
        "UPDATE deliveries SET state = 'sending', leased_until = :leased_until, taken_by = :process,"
        " attempts = attempts + 1"
        " WHERE id = :id AND (state = 'queued' OR (:again = 1 AND state = 'sending' AND taken_by = :process))"
        " AND NOT EXISTS (SELECT 1 FROM deliveries AS older"
        " WHERE older.lane = deliveries.lane AND older.id < deliveries.id"
        " AND (older.state = 'queued' OR older.state = 'sending')) RETURNING *",
        id=delivery_id,
        leased_until=taking.leased_until,
        process=taking.process,
        again=int(ours_again),
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
    tx: Statements, delivery: Delivery, *, due_at: int, detail: str, doubt: bool, counted: bool
) -> bool:
    """False when the platform told meanwhile what became of it, or somebody else has taken it up."""
    touched = await tx.execute(
        "UPDATE deliveries SET state = 'queued', due_at = :due_at, detail = :detail, leased_until = 0,"
        " doubts = doubts + :doubt, attempts = attempts - :uncounted"
        " WHERE id = :id AND state = 'sending' AND taken_by = :process",
        id=delivery.id,
        due_at=due_at,
        detail=detail,
        doubt=int(doubt),
        uncounted=int(not counted),
        process=delivery.taken_by,
    )
    if touched:
        tx.announce(_queued(delivery, due_at))
    return touched > 0


async def end(tx: Statements, delivery: Delivery, state: DeliveryState, *, reason: str, detail: str) -> bool:
    """Failed, uncertain or expired: it will not be tried again.

    False when it got further meanwhile, or is there already, or somebody else has taken it up."""
    touched = await tx.execute(
        "UPDATE deliveries SET state = :state, reason = :reason, detail = :detail"
        " WHERE id = :id AND state IN ('queued', 'sending', 'uncertain', 'sent') AND state <> :state"
        " AND taken_by = :process",
        id=delivery.id,
        process=delivery.taken_by,
        state=state,
        reason=reason,
        detail=detail,
    )
    _let_go(tx, delivery)
    return touched > 0


async def rise(tx: Statements, delivery: Delivery, state: DeliveryState, remote_id: str) -> bool:
    """The platform told how far it is. False when that is not further than we knew."""
    if RANK[state] <= RANK[delivery.state]:
        return False
    touched = await tx.execute(
        _RISE,
        id=delivery.id,
        state=state,
        remote_id=remote_id or delivery.remote_id,
        rank=RANK[state],
    )
    _let_go(tx, delivery)
    return touched > 0


def _let_go(tx: Statements, delivery: Delivery) -> None:
    """One that waited to be repeated need not be: what is behind it may go."""
    if delivery.state == "queued":
        tx.announce(News("lane", delivery.lane))


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


async def supersede(tx: Statements, message_id: int) -> None:
    """What failed of a reply counts no more: it is said again, or taken back."""
    await tx.execute(
        "UPDATE deliveries SET role = '' WHERE message_id = :id AND role = 'reply' AND action = 'say'"
        " AND state IN ('failed', 'uncertain', 'expired')",
        id=message_id,
    )


async def interrupted(db: Reading, now: int) -> list[Delivery]:
    """In the middle of a call when its process died, or stuck there: the lease has ended or nobody holds it."""
    rows = await db.fetch(
        "SELECT * FROM deliveries WHERE state = 'sending' AND (leased_until <= :now"
        " OR NOT EXISTS (SELECT 1 FROM processes WHERE processes.id = deliveries.taken_by))",
        now=now,
    )
    return [Delivery(**row) for row in rows]


async def figures(db: Reading) -> list[dict[str, Any]]:
    return await db.fetch(
        "SELECT channel, count(*) AS waiting, min(created_at) AS oldest FROM deliveries"
        " WHERE state = 'queued' GROUP BY channel ORDER BY channel"
    )
