"""Requests for a person."""

from typing import Any

from storage.database import Reading, Row, Statements
from storage.records import OpenTicket, Ticket

NOBODY_WAITS = 9_000_000_000_000_000
"""Stands in for the wait in the queue of open tickets; the index `tickets_queue` has the same."""


async def open(
    tx: Statements,
    *,
    prefix: str,
    conversation_id: int,
    reason: str,
    question: str,
    now: int,
    nearest: str = "",
    mood: str = "",
) -> Ticket:
    row = await tx.fetch_one(
        "INSERT INTO tickets (number, conversation_id, reason, question, nearest, mood, state, opened_at,"
        " waiting_since) VALUES (:number, :conversation_id, :reason, :question, :nearest, :mood, 'open',"
        " :now, :now) RETURNING id",
        number=f"{prefix}-{conversation_id}-{now}",  # until we know its id
        conversation_id=conversation_id,
        reason=reason,
        question=question,
        nearest=nearest,
        mood=mood,
        now=now,
    )
    assert row is not None
    number = f"{prefix}-{row['id']:06d}"
    await tx.execute("UPDATE tickets SET number = :number WHERE id = :id", number=number, id=row["id"])
    return await get(tx, row["id"])


async def get(db: Reading, ticket_id: int) -> Ticket:
    row = await db.fetch_one("SELECT * FROM tickets WHERE id = :id", id=ticket_id)
    if row is None:
        raise LookupError(f"no ticket {ticket_id}")
    return Ticket(**row)


async def find(db: Reading, ticket_id: int) -> Ticket | None:
    row = await db.fetch_one("SELECT * FROM tickets WHERE id = :id", id=ticket_id)
    return Ticket(**row) if row else None


async def find_by_thread(db: Reading, desk_room: str, thread: str) -> Ticket | None:
    row = await db.fetch_one(
        "SELECT * FROM tickets WHERE desk_room = :desk_room AND thread = :thread AND thread <> ''"
        " ORDER BY id DESC LIMIT 1",
        desk_room=desk_room,
        thread=thread,
    )
    return Ticket(**row) if row else None


async def find_open(db: Reading, conversation_id: int) -> Ticket | None:
    row = await db.fetch_one(
        "SELECT * FROM tickets WHERE conversation_id = :conversation_id AND state <> 'resolved'",
        conversation_id=conversation_id,
    )
    return Ticket(**row) if row else None


async def find_last(db: Reading, conversation_id: int) -> Ticket | None:
    row = await db.fetch_one(
        "SELECT * FROM tickets WHERE conversation_id = :conversation_id ORDER BY id DESC LIMIT 1",
        conversation_id=conversation_id,
    )
    return Ticket(**row) if row else None


async def all_open(db: Reading, limit: int = 1000) -> list[Ticket]:
    """Longest wait first; those where nobody waits last."""
    rows = await db.fetch(
        "SELECT * FROM tickets WHERE state <> 'resolved'"
        " ORDER BY CASE WHEN waiting_since = 0 THEN 1 ELSE 0 END, waiting_since, id LIMIT :limit",
        limit=limit,
    )
    return [Ticket(**row) for row in rows]


async def unresolved_after(db: Reading, ticket_id: int, limit: int) -> list[Ticket]:
    """In the order of their numbers."""
    rows = await db.fetch(
        "SELECT * FROM tickets WHERE state <> 'resolved' AND id > :id ORDER BY id LIMIT :limit",
        id=ticket_id,
        limit=limit,
    )
    return [Ticket(**row) for row in rows]


async def page(
    db: Reading,
    *,
    after: tuple[int, int] = (-1, 0),
    limit: int,
    taken_id: str | None = None,
    waiting: bool = False,
    desk: str | None = None,
) -> list[OpenTicket]:
    """Open tickets behind the key `after` (as `key_of` gives it), longest wait first; those where nobody waits last.

    `taken_id` "" is nobody's, None anybody's; `desk` None is every desk's."""
    rows = await db.fetch(
        "SELECT tickets.*, contacts.name AS contact_name, contacts.username AS contact_username,"
        " contacts.phone AS contact_phone, contacts.room AS contact_room,"
        " (SELECT copies.remote_id FROM copies WHERE copies.ticket_id = tickets.id AND copies.role = 'card'"
        " AND copies.room = tickets.desk_room ORDER BY length(copies.remote_id) DESC, copies.remote_id DESC"
        " LIMIT 1) AS card"
        " FROM tickets JOIN conversations ON conversations.id = tickets.conversation_id"
        " JOIN contacts ON contacts.id = conversations.contact_id WHERE tickets.state <> 'resolved'"
        " AND ((CASE WHEN waiting_since = 0 THEN 9000000000000000 ELSE waiting_since END), tickets.id)"
        " > (:since, :after_id) AND (:anybody = 1 OR taken_id = :taken_id)"
        " AND (:waiting = 0 OR waiting_since > 0) AND (:every_desk = 1 OR tickets.desk = :desk)"
        " ORDER BY (CASE WHEN waiting_since = 0 THEN 9000000000000000 ELSE waiting_since END), tickets.id"
        " LIMIT :limit",
        since=after[0],
        after_id=after[1],
        anybody=int(taken_id is None),
        taken_id=taken_id or "",
        waiting=int(waiting),
        every_desk=int(desk is None),
        desk=desk or "",
        limit=limit,
    )
    return [_open_ticket(row) for row in rows]


def _open_ticket(row: Row) -> OpenTicket:
    *ticket, name, username, phone, room, card = row.values()
    return OpenTicket(Ticket(*ticket), name or username or phone or room, card or "")


def key_of(ticket: Ticket) -> tuple[int, int]:
    """Its place in the queue of open tickets."""
    return ticket.waiting_since or NOBODY_WAITS, ticket.id


async def silent(db: Reading, before: int, limit: int) -> list[Ticket]:
    """Taken ones in which a customer has waited since before that time, longest first."""
    rows = await db.fetch(
        "SELECT * FROM tickets WHERE state <> 'resolved' AND waiting_since > 0 AND waiting_since <= :before"
        " AND state = 'taken' AND taken_at <= :before ORDER BY waiting_since LIMIT :limit",
        before=before,
        limit=limit,
    )
    return [Ticket(**row) for row in rows]


async def earlier(db: Reading, conversation_id: int, before: int, limit: int) -> list[Ticket]:
    """The customer's tickets before this one, newest first."""
    rows = await db.fetch(
        "SELECT * FROM tickets WHERE conversation_id = :conversation_id AND id < :before"
        " ORDER BY id DESC LIMIT :limit",
        conversation_id=conversation_id,
        before=before,
        limit=limit,
    )
    return [Ticket(**row) for row in rows]


async def take(tx: Statements, ticket_id: int, name: str, staff_id: str = "", now: int = 0) -> None:
    """Staff answered: who had it keeps it, and nobody waits now."""
    await tx.execute(
        "UPDATE tickets SET state = 'taken', waiting_since = 0, nudged_at = 0, resolved_at = 0, resolved_by = '',"
        " reopened = reopened + CASE WHEN state = 'resolved' THEN 1 ELSE 0 END,"
        " taken_id = CASE WHEN taken_by = '' THEN :staff_id ELSE taken_id END,"
        " taken_at = CASE WHEN taken_by = '' THEN :now ELSE taken_at END,"
        " taken_by = CASE WHEN taken_by = '' THEN :name ELSE taken_by END WHERE id = :id",
        id=ticket_id,
        name=name,
        staff_id=staff_id,
        now=now,
    )


async def assign(tx: Statements, ticket_id: int, name: str, staff_id: str, now: int) -> None:
    """It is theirs from now on; who waits goes on waiting."""
    await tx.execute(
        "UPDATE tickets SET state = 'taken', taken_by = :name, taken_id = :staff_id, taken_at = :now,"
        " nudged_at = 0 WHERE id = :id",
        id=ticket_id,
        name=name,
        staff_id=staff_id,
        now=now,
    )


async def release(tx: Statements, ticket_id: int) -> None:
    """It is anybody's again."""
    await tx.execute(
        "UPDATE tickets SET state = 'open', taken_by = '', taken_id = '', taken_at = 0, nudged_at = 0"
        " WHERE id = :id",
        id=ticket_id,
    )


async def nudge(tx: Statements, ticket_id: int, now: int) -> None:
    """Whoever has it was reminded."""
    await tx.execute("UPDATE tickets SET nudged_at = :now WHERE id = :id", id=ticket_id, now=now)


async def send_to_desk(tx: Statements, ticket_id: int, desk: str) -> None:
    """It is another desk's now, and has no place there yet; those on its card go with it."""
    await tx.execute(
        "UPDATE tickets SET desk = :desk, desk_room = '', thread = '', topic_shows = '',"
        " joined_to = CASE WHEN id = :id THEN 0 ELSE joined_to END WHERE id = :id OR (joined_to = :id AND joined_to > 0)",
        id=ticket_id,
        desk=desk,
    )


async def show_on_topic(tx: Statements, ticket_id: int, shows: str) -> None:
    """What its topic is called now, and with which icon."""
    await tx.execute("UPDATE tickets SET topic_shows = :shows WHERE id = :id", id=ticket_id, shows=shows)


async def sum_up(tx: Statements, ticket_id: int, summary: str) -> None:
    await tx.execute("UPDATE tickets SET summary = :summary WHERE id = :id", id=ticket_id, summary=summary)


async def wait(tx: Statements, ticket_id: int, since: int) -> None:
    """The customer wrote again: they wait since then, or longer already."""
    await tx.execute(
        "UPDATE tickets SET waiting_since = :since WHERE id = :id AND waiting_since = 0 AND state <> 'resolved'",
        id=ticket_id,
        since=since,
    )


async def resolve(tx: Statements, ticket_id: int, name: str, now: int) -> None:
    await tx.execute(
        "UPDATE tickets SET state = 'resolved', waiting_since = 0, resolved_at = :now, resolved_by = :name"
        " WHERE id = :id",
        id=ticket_id,
        name=name,
        now=now,
    )


async def place(tx: Statements, ticket_id: int, desk_room: str, thread: str, shows: str = "") -> None:
    """Where at the desk it stands; an empty thread is no topic (yet, or any more). `shows` is its title and icon."""
    await tx.execute(
        "UPDATE tickets SET desk_room = :desk_room, thread = :thread, topic_shows = :shows WHERE id = :id",
        id=ticket_id,
        shows=shows,
        desk_room=desk_room,
        thread=thread,
    )


async def figures(db: Reading) -> dict[str, Any]:
    row = await db.fetch_one(
        "SELECT count(*) AS unresolved, min(CASE WHEN waiting_since > 0 THEN waiting_since END) AS waiting_since,"
        " count(CASE WHEN waiting_since > 0 THEN 1 END) AS waiting"
        " FROM tickets WHERE state <> 'resolved'"
    )
    return row or {}


async def ask(tx: Statements, ticket_id: int, question: str) -> None:
    """The customer changed the words of what the ticket is about."""
    await tx.execute(
        "UPDATE tickets SET question = :question WHERE id = :id", id=ticket_id, question=question
    )
