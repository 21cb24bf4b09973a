"""What happened in a span of time, for the digest. Rows are found by their ids, which rise with time: no index on
times that every message would have to pay for."""

from dataclasses import dataclass

from storage.database import Reading, Row

MOST_TICKETS = 50_000


@dataclass(frozen=True, slots=True)
class Spoken:
    """One conversation in the span."""

    conversation_id: int
    asked: int
    """How many messages of the customer."""
    answered: int
    """How many answers of the bot with a source."""
    last_answer_at: int


@dataclass(frozen=True, slots=True)
class Handed:
    """One ticket that was opened in the span."""

    id: int
    conversation_id: int
    reason: str
    question: str
    opened_at: int
    reopened: int
    replied_at: int
    """When a person first answered; 0: nobody has."""


async def first_message(db: Reading, at: int) -> int:
    """The id from which on messages are of that time or later."""
    row = await db.fetch_one("SELECT max(id) AS last FROM messages")
    low, high = 0, (row["last"] or 0) + 1 if row else 1
    while low < high:
        middle = (low + high) // 2
        found = await db.fetch_one(
            "SELECT created_at FROM messages WHERE id >= :id ORDER BY id LIMIT 1", id=middle
        )
        if found is not None and found["created_at"] < at:
            low = middle + 1
        else:
            high = middle
    return low


async def first_ticket(db: Reading, at: int) -> int:
    row = await db.fetch_one("SELECT max(id) AS last FROM tickets")
    low, high = 0, (row["last"] or 0) + 1 if row else 1
    while low < high:
        middle = (low + high) // 2
        found = await db.fetch_one(
            "SELECT opened_at FROM tickets WHERE id >= :id ORDER BY id LIMIT 1", id=middle
        )
        if found is not None and found["opened_at"] < at:
            low = middle + 1
        else:
            high = middle
    return low


async def conversations(db: Reading, since: int, until: int) -> list[Spoken]:
    rows = await db.fetch(
        "SELECT conversation_id, sum(CASE WHEN author = 'customer' THEN 1 ELSE 0 END) AS asked,"
        " sum(CASE WHEN sources <> '' THEN 1 ELSE 0 END) AS answered,"
        " max(CASE WHEN sources <> '' THEN created_at ELSE 0 END) AS last_answer_at"
        " FROM messages WHERE id >= :first AND id < :last GROUP BY conversation_id",
        first=await first_message(db, since),
        last=await first_message(db, until),
    )
    return [Spoken(**row) for row in rows]


async def answers(db: Reading, since: int, until: int) -> list[int]:
    """When the bot answered from a source, each time."""
    rows = await db.fetch(
        "SELECT created_at FROM messages WHERE id >= :first AND id < :last AND sources <> ''",
        first=await first_message(db, since),
        last=await first_message(db, until),
    )
    return [row["created_at"] for row in rows]


async def tickets(db: Reading, since: int, until: int) -> list[Handed]:
    rows = await db.fetch(
        "SELECT id, conversation_id, reason, question, opened_at, reopened, coalesce((SELECT min(created_at)"
        " FROM messages WHERE messages.ticket_id = tickets.id AND author = 'staff'), 0) AS replied_at"
        " FROM tickets WHERE id >= :first AND id < :last ORDER BY id LIMIT :most",
        first=await first_ticket(db, since),
        last=await first_ticket(db, until),
        most=MOST_TICKETS,
    )
    return [Handed(**row) for row in rows]


async def milestones(db: Reading, since: int, until: int) -> list[Row]:
    """Kind, value and ticket of what befell tickets in the span."""
    return await db.fetch(
        "SELECT ticket_id, kind, value FROM milestones WHERE made_at >= :since AND made_at < :until",
        since=since,
        until=until,
    )
