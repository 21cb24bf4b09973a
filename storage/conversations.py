"""All that is said with one contact, and who holds it now."""

from storage.database import Reading, Statements
from storage.records import Contact, Conversation, Holder


async def lock(tx: Statements, *conversation_ids: int) -> None:
    """Before anything of it is read that is to be changed: the conversation, its ticket, what that shows."""
    await tx.lock(*(f"conversation:{number}" for number in conversation_ids))


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


async def at_turn(db: Reading, conversation_id: int, lane: str) -> tuple[Conversation, Contact, bool]:
    """The conversation and its contact as they are now, and whether something newer waits in the lane."""
    row = await db.fetch_one(
        "SELECT contacts.*, conversations.holder, conversations.wordless, EXISTS (SELECT 1 FROM updates"
        " WHERE lane = :lane AND state = 'waiting') AS newer FROM conversations"
        " JOIN contacts ON contacts.id = conversations.contact_id WHERE conversations.id = :id",
        id=conversation_id,
        lane=lane,
    )
    if row is None:
        raise LookupError(f"no conversation {conversation_id}")
    *contact, holder, wordless, newer = row.values()
    person = Contact(*contact)
    return Conversation(conversation_id, person.id, holder, wordless), person, bool(newer)


async def with_contact(db: Reading, conversation_id: int) -> tuple[Conversation, Contact]:
    """Both as they are now."""
    conversation, contact, _ = await at_turn(db, conversation_id, "")
    return conversation, contact


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
