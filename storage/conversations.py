"""All that is said with one contact, and who holds it now."""

from storage.database import Reading, Statements
from storage.records import Contact, Conversation, Holder

TO_BE_INTRODUCED, INTRODUCED = 0, -1


async def lock(tx: Statements, *conversation_ids: int) -> None:
    """Before anything of it is read that is to be changed: the conversation, its ticket, what that shows."""
    await tx.lock(*(f"conversation:{number}" for number in conversation_ids))


async def of_contact(tx: Statements, contact_id: int, update_id: int = TO_BE_INTRODUCED) -> Conversation:
    """The contact's conversation; the first call makes it. The turn of `update_id` tells who answers."""
    row = await tx.fetch_one(
        "SELECT * FROM conversations WHERE contact_id = :contact_id", contact_id=contact_id
    )
    if row is None:
        row = await tx.fetch_one(
            "INSERT INTO conversations (contact_id, holder, introduced_by)"
            " VALUES (:contact_id, 'bot', :update_id) RETURNING *",
            contact_id=contact_id,
            update_id=update_id,
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
        "SELECT contacts.*, conversations.holder, conversations.wordless, conversations.mind,"
        " conversations.introduced_by, EXISTS (SELECT 1 FROM updates"
        " WHERE lane = :lane AND state = 'waiting') AS newer FROM conversations"
        " JOIN contacts ON contacts.id = conversations.contact_id WHERE conversations.id = :id",
        id=conversation_id,
        lane=lane,
    )
    if row is None:
        raise LookupError(f"no conversation {conversation_id}")
    *contact, holder, wordless, mind, introduced_by, newer = row.values()
    person = Contact(*contact)
    return (
        Conversation(conversation_id, person.id, holder, wordless, mind, introduced_by),
        person,
        bool(newer),
    )


async def with_contact(db: Reading, conversation_id: int) -> tuple[Conversation, Contact]:
    """Both as they are now."""
    conversation, contact, _ = await at_turn(db, conversation_id, "")
    return conversation, contact


async def give_to(tx: Statements, conversation_id: int, holder: Holder) -> None:
    await tx.execute(
        "UPDATE conversations SET holder = :holder, wordless = 0, mind = '' WHERE id = :id",
        id=conversation_id,
        holder=holder,
    )


async def count_wordless(tx: Statements, conversation_id: int, wordless: int) -> None:
    await tx.execute(
        "UPDATE conversations SET wordless = :wordless WHERE id = :id", id=conversation_id, wordless=wordless
    )


async def keep_in_mind(tx: Statements, conversation_id: int, mind: str) -> None:
    await tx.execute("UPDATE conversations SET mind = :mind WHERE id = :id", id=conversation_id, mind=mind)


async def introduce(tx: Statements, conversation_id: int, update_id: int) -> None:
    """Which update's turn tells who answers, `TO_BE_INTRODUCED` or `INTRODUCED`."""
    await tx.execute(
        "UPDATE conversations SET introduced_by = :update_id WHERE id = :id",
        id=conversation_id,
        update_id=update_id,
    )
