"""Customers, as one channel knows each of them."""

from storage.database import Reading, Row, Statements
from storage.records import Contact, Conversation, Known


async def known(tx: Statements, channel: str, account: str, remote_ids: tuple[str, ...]) -> dict[str, Known]:
    """Whose the ids are, with the conversation; ids of nobody are left out."""
    found: dict[str, Known] = {}
    for first, second in zip(remote_ids[::2], (*remote_ids[1::2], remote_ids[-1]), strict=False):
        rows = await tx.fetch(
            "SELECT contact_ids.remote_id, contacts.*, conversations.id AS conversation_id, conversations.holder,"
            " conversations.wordless, conversations.mind, conversations.introduced_by"
            " FROM contact_ids JOIN contacts ON contacts.id = contact_ids.contact_id"
            " LEFT JOIN conversations ON conversations.contact_id = contacts.id"
            " WHERE contact_ids.channel = :channel AND contact_ids.account = :account"
            " AND contact_ids.remote_id IN (:first, :second)",
            channel=channel,
            account=account,
            first=first,
            second=second,
        )
        found |= {row["remote_id"]: _known(row) for row in rows}
    return found


def _known(row: Row) -> Known:
    _, *contact, conversation_id, holder, wordless, mind, introduced_by = row.values()
    person = Contact(*contact)
    if conversation_id is None:
        return Known(person, None)
    return Known(person, Conversation(conversation_id, person.id, holder, wordless, mind, introduced_by))


async def find(tx: Statements, channel: str, account: str, remote_id: str) -> Contact | None:
    found = await known(tx, channel, account, (remote_id,))
    return found[remote_id].contact if found else None


async def add(
    tx: Statements,
    *,
    channel: str,
    account: str,
    room: str,
    name: str,
    username: str,
    phone: str,
    language: str,
    now: int,
) -> Contact:
    row = await tx.fetch_one(
        "INSERT INTO contacts (channel, account, room, name, username, phone, language, created_at, seen_at)"
        " VALUES (:channel, :account, :room, :name, :username, :phone, :language, :now, :now) RETURNING *",
        channel=channel,
        account=account,
        room=room,
        name=name,
        username=username,
        phone=phone,
        language=language,
        now=now,
    )
    assert row is not None
    return Contact(**row)


async def know_as(tx: Statements, contact: Contact, remote_ids: tuple[str, ...]) -> None:
    """Remember further ids of the contact; an id that is another contact's stays theirs."""
    for remote_id in remote_ids:
        await tx.execute(
            "INSERT INTO contact_ids (channel, account, remote_id, contact_id)"
            " VALUES (:channel, :account, :remote_id, :contact_id) ON CONFLICT DO NOTHING",
            channel=contact.channel,
            account=contact.account,
            remote_id=remote_id,
            contact_id=contact.id,
        )


async def forget_id(tx: Statements, contact: Contact, remote_id: str) -> None:
    await tx.execute(
        "DELETE FROM contact_ids WHERE channel = :channel AND account = :account AND remote_id = :remote_id"
        " AND contact_id = :id",
        channel=contact.channel,
        account=contact.account,
        remote_id=remote_id,
        id=contact.id,
    )


async def has_other_id(tx: Statements, contact_id: int, remote_id: str) -> bool:
    row = await tx.fetch_one(
        "SELECT 1 AS yes FROM contact_ids WHERE contact_id = :id AND remote_id <> :remote_id LIMIT 1",
        id=contact_id,
        remote_id=remote_id,
    )
    return row is not None


async def any_id(tx: Statements, contact_id: int) -> str:
    """One of the ids that are left; empty when none is."""
    row = await tx.fetch_one(
        "SELECT remote_id FROM contact_ids WHERE contact_id = :id LIMIT 1", id=contact_id
    )
    return row["remote_id"] if row else ""


async def see(tx: Statements, contact: Contact) -> None:
    """Keep what we know of them current."""
    await tx.execute(
        "UPDATE contacts SET room = :room, name = :name, username = :username, phone = :phone, seen_at = :seen_at,"
        " blocked_at = :blocked_at WHERE id = :id",
        id=contact.id,
        room=contact.room,
        name=contact.name,
        username=contact.username,
        phone=contact.phone,
        seen_at=contact.seen_at,
        blocked_at=contact.blocked_at,
    )


async def speak(tx: Statements, contact_id: int, language: str) -> None:
    await tx.execute(
        "UPDATE contacts SET language = :language WHERE id = :id", id=contact_id, language=language
    )


async def move(tx: Statements, contact_id: int, room: str) -> None:
    await tx.execute("UPDATE contacts SET room = :room WHERE id = :id", id=contact_id, room=room)


async def block(tx: Statements, contact_id: int, at: int) -> None:
    """They blocked us at that time; 0: they took us back."""
    await tx.execute("UPDATE contacts SET blocked_at = :at WHERE id = :id", id=contact_id, at=at)


async def mute(tx: Statements, contact_id: int, until: int) -> None:
    """Nothing of theirs is answered or shown before that time; 0: all of it is."""
    await tx.execute("UPDATE contacts SET muted_until = :until WHERE id = :id", id=contact_id, until=until)


async def get(db: Reading, contact_id: int) -> Contact:
    row = await db.fetch_one("SELECT * FROM contacts WHERE id = :id", id=contact_id)
    if row is None:
        raise LookupError(f"no contact {contact_id}")
    return Contact(**row)
