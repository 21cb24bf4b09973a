"""What was said, by whom; the bodies are JSON that `bot/content.py` writes."""

from storage.database import Reading, Statements
from storage.records import Author, Message


async def add(
    tx: Statements,
    *,
    conversation_id: int,
    author: Author,
    content: str,
    now: int,
    update_id: int | None = None,
    ticket_id: int | None = None,
    reply_to: int | None = None,
    album: str = "",
    sources: str = "",
    staff_name: str = "",
    found: str = "",
) -> Message:
    row = await tx.fetch_one(
        "INSERT INTO messages (conversation_id, author, content, update_id, ticket_id, reply_to, album, sources,"
        " staff_name, found, created_at) VALUES (:conversation_id, :author, :content, :update_id, :ticket_id, :reply_to,"
        " :album, :sources, :staff_name, :found, :now) RETURNING id",
        conversation_id=conversation_id,
        author=author,
        content=content,
        update_id=update_id,
        ticket_id=ticket_id,
        reply_to=reply_to,
        album=album,
        sources=sources,
        staff_name=staff_name,
        found=found,
        now=now,
    )
    assert row is not None
    return Message(
        row["id"],
        conversation_id,
        author,
        content,
        update_id,
        ticket_id,
        reply_to,
        album,
        sources,
        staff_name,
        created_at=now,
        edited_at=0,
        withdrawn_at=0,
        found=found,
    )


async def of_update(db: Reading, update_id: int) -> Message | None:
    row = await db.fetch_one("SELECT * FROM messages WHERE update_id = :update_id", update_id=update_id)
    return Message(**row) if row else None


async def get(db: Reading, message_id: int) -> Message:
    row = await db.fetch_one("SELECT * FROM messages WHERE id = :id", id=message_id)
    if row is None:
        raise LookupError(f"no message {message_id}")
    return Message(**row)


async def last(db: Reading, conversation_id: int, limit: int) -> list[Message]:
    """The newest messages, oldest of them first."""
    rows = await db.fetch(
        "SELECT * FROM messages WHERE conversation_id = :conversation_id ORDER BY id DESC LIMIT :limit",
        conversation_id=conversation_id,
        limit=limit,
    )
    return [Message(**row) for row in reversed(rows)]


async def last_from_customer(db: Reading, conversation_id: int) -> Message | None:
    row = await db.fetch_one(
        "SELECT * FROM messages WHERE conversation_id = :conversation_id AND author = 'customer'"
        " ORDER BY id DESC LIMIT 1",
        conversation_id=conversation_id,
    )
    return Message(**row) if row else None


async def before(db: Reading, conversation_id: int, until: int, limit: int) -> list[Message]:
    """What was said up to that time outside of tickets, the newest `limit` of it, oldest first."""
    rows = await db.fetch(
        "SELECT * FROM messages WHERE conversation_id = :conversation_id AND ticket_id IS NULL"
        " AND created_at <= :until ORDER BY id DESC LIMIT :limit",
        conversation_id=conversation_id,
        until=until,
        limit=limit,
    )
    return [Message(**row) for row in reversed(rows)]


async def edit(tx: Statements, message_id: int, content: str, now: int) -> None:
    await tx.execute(
        "UPDATE messages SET content = :content, edited_at = :now WHERE id = :id",
        id=message_id,
        content=content,
        now=now,
    )


async def rewrite(tx: Statements, message_id: int, content: str) -> None:
    """Its body grew without anybody editing it: the files of an album came together."""
    await tx.execute("UPDATE messages SET content = :content WHERE id = :id", id=message_id, content=content)


async def withdraw(tx: Statements, message_id: int, now: int) -> None:
    await tx.execute("UPDATE messages SET withdrawn_at = :now WHERE id = :id", id=message_id, now=now)


async def put_in_ticket(tx: Statements, message_id: int, ticket_id: int) -> None:
    await tx.execute(
        "UPDATE messages SET ticket_id = :ticket_id WHERE id = :id", id=message_id, ticket_id=ticket_id
    )


async def of_ticket(db: Reading, ticket_id: int) -> list[Message]:
    rows = await db.fetch(
        "SELECT * FROM messages WHERE ticket_id = :ticket_id ORDER BY id", ticket_id=ticket_id
    )
    return [Message(**row) for row in rows]


async def judge(tx: Statements, message_id: int, verdict: str) -> None:
    """What the customer did with an answer of ours."""
    await tx.execute("UPDATE messages SET verdict = :verdict WHERE id = :id", id=message_id, verdict=verdict)


async def page(db: Reading, before: int, limit: int) -> list[Message]:
    """The `limit` messages of all conversations before that id, the newest first."""
    rows = await db.fetch(
        "SELECT * FROM messages WHERE id < :before ORDER BY id DESC LIMIT :limit", before=before, limit=limit
    )
    return [Message(**row) for row in rows]
