"""Whom a broadcast reaches, and who wants none."""

from dataclasses import dataclass

from storage.database import Reading, Statements
from storage.records import Contact


@dataclass(frozen=True, slots=True)
class Filter:
    """Empty and 0 are everybody."""

    channel: str = ""
    language: str = ""
    seen_after: int = 0


@dataclass(frozen=True, slots=True)
class Listener:
    contact: Contact
    conversation_id: int
    wrote_at: int
    """When they wrote last, milliseconds since 1970; 0 for never."""


async def page(db: Reading, chosen: Filter, now: int, after: int, limit: int) -> list[Listener]:
    """Those behind the contact id `after`: neither blocked nor silenced nor opted out."""
    rows = await db.fetch(
        "SELECT contacts.*, conversations.id AS conversation_id, coalesce((SELECT max(messages.created_at) FROM messages"
        " WHERE messages.conversation_id = conversations.id AND author = 'customer'), 0) AS wrote_at"
        " FROM contacts JOIN conversations ON conversations.contact_id = contacts.id"
        " WHERE contacts.id > :after AND contacts.room <> '' AND contacts.blocked_at = 0"
        " AND contacts.muted_until <= :now AND contacts.seen_at >= :seen_after"
        " AND (:channel = '' OR contacts.channel = :channel) AND (:language = '' OR contacts.language = :language)"
        " AND NOT EXISTS (SELECT 1 FROM opt_outs WHERE opt_outs.contact_id = contacts.id)"
        " ORDER BY contacts.id LIMIT :limit",
        after=after,
        now=now,
        seen_after=chosen.seen_after,
        channel=chosen.channel,
        language=chosen.language,
        limit=limit,
    )
    return [Listener(_contact(row), row["conversation_id"], row["wrote_at"]) for row in rows]


def _contact(row: dict[str, object]) -> Contact:
    return Contact(**{name: row[name] for name in Contact.__dataclass_fields__})  # type: ignore[arg-type]


async def opt_out(tx: Statements, contact_id: int, now: int) -> None:
    await tx.execute(
        "INSERT INTO opt_outs (contact_id, at) VALUES (:contact_id, :now) ON CONFLICT DO NOTHING",
        contact_id=contact_id,
        now=now,
    )


async def opt_in(tx: Statements, contact_id: int) -> None:
    await tx.execute("DELETE FROM opt_outs WHERE contact_id = :contact_id", contact_id=contact_id)
