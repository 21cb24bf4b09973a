"""Which group is the desk: from the environment, else the one that was told the code, else a code to tell."""

import secrets

from bot.business import Business
from bot.desk import standing
from bot.desk.place import CODE_FACT, DESK_LOCK, ROOM_FACT, TOPICS_FACT
from storage import facts
from storage.database import Database, Statements

CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 10


async def find_desk(business: Business) -> None:
    """The group from the environment, else the one that was told the code, else a code to tell."""
    desk, fixed = business.desk, business.settings.secrets.telegram_chat_id
    desk.had_topics = await facts.find(business.db, TOPICS_FACT) == "1"
    if fixed is not None:
        moved = await facts.find(business.db, f"moved:{fixed}")
        desk.room, desk.fixed = moved or str(fixed), True
        return
    desk.room = await facts.find(business.db, ROOM_FACT) or ""
    if not desk.room:
        desk.code = await code_of(business.db)


async def code_of(db: Database) -> str:
    """The one-time code that makes a group the desk; made on the first call, kept until it is used."""
    known = await facts.find(db, CODE_FACT)
    return known if known else await db.transaction(_make_code)


async def _make_code(tx: Statements) -> str:
    """Another process may have been quicker."""
    await tx.lock(DESK_LOCK)
    if known := await facts.find(tx, CODE_FACT):
        return known
    code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
    await facts.put(tx, CODE_FACT, code)
    return code


async def look_anew(business: Business) -> None:
    """Another process has found the desk, or moved with it. What we opened in between has no card there."""
    before = business.desk.room
    await find_desk(business)
    await standing.look(business)
    if business.desk.room != before:
        await standing.come_back(business)
