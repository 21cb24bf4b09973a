"""All that is said with one contact, and who holds it now."""

from storage.database import Reading, Statements
from storage.records import Conversation, Holder


async def of_contact(tx: Statements, contact_id: int) -> Conversation:
    """The contact's conversation; the first call makes it."""
    row = await tx.fetch_one(
        "SELECT * FROM conversations WHERE contact_id = :contact_id", contact_id=contact_id
    )
    if row is None:
        row = await tx.fetch_one(
            "INSERT INTO conversations (contact_id, holder) VALUES (:contact_id, 'bot') RETURNING *",
            contact_id=contact_id,
        )
    assert row is not None
    return Conversation(**row)


async def get(db: Reading, conversation_id: int) -> Conversation:
    row = await db.fetch_one("SELECT * FROM conversations WHERE id = :id", id=conversation_id)
    if row is None:
        raise LookupError(f"no conversation {conversation_id}")
    return Conversation(**row)


async def give_to(tx: Statements, conversation_id: int, holder: Holder) -> None:
    await tx.execute(
        "UPDATE conversations SET holder = :holder, wordless = 0 WHERE id = :id",
        id=conversation_id,
        holder=holder,
    )


async def count_wordless(tx: Statements, conversation_id: int, wordless: int) -> None:
    await tx.execute(
        "UPDATE conversations SET wordless = :wordless WHERE id = :id", id=conversation_id, wordless=wordless
    )
