"""What PostgreSQL cannot store is stored otherwise, and alike on both engines."""

from storage import facts
from storage.database import Database, Statements


async def test_a_nul_is_kept_as_the_sign_for_what_cannot_be_shown(db: Database) -> None:
    async def work(tx: Statements) -> str | None:
        await facts.put(tx, "a\0b", "\0")
        return await facts.find(tx, "a\0b")

    assert await db.transaction(work) == "\ufffd"
    assert await facts.find(db, "a\ufffdb") == "\ufffd"
    assert await db.look(lambda tx: facts.find(tx, "a\0b")) == "\ufffd"
