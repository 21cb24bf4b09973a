"""Which requests share a card because they ask the same, and which messages are one reply to all of them."""

from storage.database import Reading, Statements
from storage.records import Ticket


async def unanswered(db: Reading, *, since: int, language: str, desk: str, most: int) -> list[Ticket]:
    """Requests of that language with a card of their own in which nobody has said anything yet, newest first."""
    rows = await db.fetch(
        "SELECT tickets.* FROM tickets JOIN conversations ON conversations.id = tickets.conversation_id"
        " JOIN contacts ON contacts.id = conversations.contact_id"
        " WHERE tickets.state <> 'resolved' AND tickets.joined_to = 0"
        " AND tickets.waiting_since = tickets.opened_at AND tickets.opened_at >= :since"
        " AND tickets.desk = :desk AND contacts.language = :language"
        " ORDER BY tickets.opened_at DESC, tickets.id DESC LIMIT :most",
        since=since,
        desk=desk,
        language=language,
        most=most,
    )
    return [Ticket(**row) for row in rows]


async def join(tx: Statements, ticket_id: int, lead_id: int) -> bool:
    """It is shown on the other's card. False when that one is answered or over by now."""
    touched = await tx.execute(
        "UPDATE tickets SET joins = joins + 1 WHERE id = :lead_id AND joined_to = 0 AND state <> 'resolved'"
        " AND waiting_since = opened_at",
        lead_id=lead_id,
    )
    if touched:
        await tx.execute(
            "UPDATE tickets SET joined_to = :lead_id WHERE id = :id", id=ticket_id, lead_id=lead_id
        )
    return touched > 0


async def part(tx: Statements, ticket_id: int, lead_id: int) -> bool:
    """It is shown by itself from now on. False when it is so already."""
    touched = await tx.execute(
        "UPDATE tickets SET joined_to = 0 WHERE id = :id AND joined_to = :lead_id",
        id=ticket_id,
        lead_id=lead_id,
    )
    return touched > 0


async def follow(tx: Statements, lead_id: int, newer_id: int) -> None:
    """All that were shown on the one card are shown on the other, which is the card of one of them."""
    await tx.execute("UPDATE tickets SET joined_to = 0, joins = 1 WHERE id = :newer_id", newer_id=newer_id)
    await tx.execute(
        "UPDATE tickets SET joined_to = :newer_id WHERE joined_to = :lead_id AND joined_to > 0",
        newer_id=newer_id,
        lead_id=lead_id,
    )
    await tx.execute("UPDATE tickets SET joins = 0 WHERE id = :lead_id", lead_id=lead_id)


async def of(db: Reading, lead_id: int) -> list[Ticket]:
    """The requests on its card beside its own, closed ones too, in the order of their numbers."""
    rows = await db.fetch(
        "SELECT * FROM tickets WHERE joined_to = :lead_id AND joined_to > 0 ORDER BY id", lead_id=lead_id
    )
    return [Ticket(**row) for row in rows]


async def said(tx: Statements, message_id: int, first_id: int) -> None:
    """The message says to another customer what the first one says."""
    await tx.execute(
        "INSERT INTO joint_replies (message_id, first_id) VALUES (:message_id, :first_id)",
        message_id=message_id,
        first_id=first_id,
    )


async def alike(db: Reading, first_id: int) -> list[int]:
    """The messages that say to others what this one says."""
    rows = await db.fetch(
        "SELECT message_id FROM joint_replies WHERE first_id = :first_id ORDER BY message_id",
        first_id=first_id,
    )
    return [row["message_id"] for row in rows]


async def last_reply(db: Reading, ticket_id: int) -> int | None:
    """The newest message of staff in it."""
    row = await db.fetch_one(
        "SELECT max(id) AS id FROM messages WHERE ticket_id = :ticket_id AND author = 'staff'",
        ticket_id=ticket_id,
    )
    return row["id"] if row else None
