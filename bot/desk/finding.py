"""Which group is the desk: from the environment, else the one that was told the code, else a code to tell."""

import secrets

from bot.business import Business
from bot.desk import standing
from bot.desk.place import CODE_FACT, ROOM_FACT, TOPICS_FACT
from storage import facts
from storage.database import Database

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
    made = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
    known = await facts.find(db, CODE_FACT)
    if known is None:
        await db.transaction(lambda tx: facts.put(tx, CODE_FACT, made))
    return known or made


async def look_anew(business: Business) -> None:
    """Another process has found the desk, or moved with it."""
    await find_desk(business)
    await standing.look(business)
