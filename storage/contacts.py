"""Customers, as one channel knows each of them."""

from storage.database import Reading, Statements
from storage.records import Contact


async def find(tx: Statements, channel: str, account: str, remote_ids: tuple[str, ...]) -> Contact | None:
    for remote_id in remote_ids:
        row = await tx.fetch_one(
            "SELECT contacts.* FROM contact_ids JOIN contacts ON contacts.id = contact_ids.contact_id"
            " WHERE contact_ids.channel = :channel AND contact_ids.account = :account"
            " AND contact_ids.remote_id = :remote_id",
            channel=channel,
            account=account,
            remote_id=remote_id,
        )
        if row:
            return Contact(**row)
    return None


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


async def see(
    tx: Statements, contact: Contact, *, room: str, name: str, username: str, phone: str, now: int
) -> None:
    """They wrote: keep what we know of them current, and they have not blocked us."""
    await tx.execute(
        "UPDATE contacts SET room = :room, name = :name, username = :username, phone = :phone, seen_at = :now,"
        " blocked_at = 0 WHERE id = :id",
        id=contact.id,
        room=room or contact.room,
        name=name or contact.name,
        username=username or contact.username,
        phone=phone or contact.phone,
        now=now,
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


async def get(db: Reading, contact_id: int) -> Contact:
    row = await db.fetch_one("SELECT * FROM contacts WHERE id = :id", id=contact_id)
    if row is None:
        raise LookupError(f"no contact {contact_id}")
    return Contact(**row)
