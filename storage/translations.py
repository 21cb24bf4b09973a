"""What stands in one language and is read in another: asked for, made, or given up."""

from dataclasses import dataclass
from typing import Literal

from storage.database import News, Reading, Statements


@dataclass(frozen=True, slots=True)
class Translation:
    id: int
    ticket_id: int
    message_id: int | None
    """None: the question on the ticket's card."""
    source: str
    language: str
    """From this language into that one."""
    words: str
    """What is translated."""
    text: str
    missing: str
    """Details of the words that the text does not hold, for staff to see."""
    state: Literal["waiting", "done", "failed"]
    tries: int
    due_at: int
    created_at: int


_OF_MESSAGE = "SELECT * FROM translations WHERE message_id = :key ORDER BY id DESC LIMIT 1"
_OF_CARD = "SELECT * FROM translations WHERE ticket_id = :key AND message_id IS NULL ORDER BY id DESC LIMIT 1"


async def find(db: Reading, ticket_id: int, message_id: int | None) -> Translation | None:
    """The newest one of a message, or without a message of the ticket's card."""
    sql, key = (_OF_MESSAGE, message_id) if message_id else (_OF_CARD, ticket_id)
    row = await db.fetch_one(sql, key=key)
    return Translation(**row) if row else None


async def find_by_id(db: Reading, translation_id: int) -> Translation | None:
    row = await db.fetch_one("SELECT * FROM translations WHERE id = :id", id=translation_id)
    return Translation(**row) if row else None


async def add(
    tx: Statements,
    *,
    ticket_id: int,
    message_id: int | None,
    source: str,
    language: str,
    words: str,
    now: int,
    text: str = "",
) -> None:
    """Without a text it is asked for, and whoever makes it is told."""
    await tx.execute(
        "INSERT INTO translations (ticket_id, message_id, source, language, words, text, state, due_at, created_at)"
        " VALUES (:ticket_id, :message_id, :source, :language, :words, :text, :state, :now, :now)",
        ticket_id=ticket_id,
        message_id=message_id,
        source=source,
        language=language,
        words=words,
        text=text,
        state="done" if text else "waiting",
        now=now,
    )
    if not text:
        tx.announce(News("translate", str(ticket_id)))


async def due(db: Reading, now: int, limit: int) -> list[Translation]:
    """What came first first."""
    rows = await db.fetch(
        "SELECT * FROM translations WHERE state = 'waiting' AND due_at <= :now ORDER BY due_at, id LIMIT :limit",
        now=now,
        limit=limit,
    )
    return [Translation(**row) for row in rows]


async def claim(tx: Statements, translation: Translation, until: int) -> bool:
    """Nobody else makes it before then. False when somebody does."""
    touched = await tx.execute(
        "UPDATE translations SET due_at = :until, tries = tries + 1"
        " WHERE id = :id AND state = 'waiting' AND tries = :tries",
        id=translation.id,
        until=until,
        tries=translation.tries,
    )
    return touched > 0


async def put_off(tx: Statements, translation_id: int, due_at: int) -> None:
    await tx.execute(
        "UPDATE translations SET due_at = :due_at WHERE id = :id AND state = 'waiting'",
        id=translation_id,
        due_at=due_at,
    )


async def finish(tx: Statements, translation_id: int, text: str, missing: str) -> bool:
    """Without a text it is given up. False when somebody else did it."""
    touched = await tx.execute(
        "UPDATE translations SET state = :state, text = :text, missing = :missing"
        " WHERE id = :id AND state = 'waiting'",
        id=translation_id,
        state="done" if text else "failed",
        text=text,
        missing=missing,
    )
    return touched > 0
