"""Which groups are the desks: from the settings, else the one that was told the code, else a code to tell."""

import secrets

import orjson

from bot.business import Business
from bot.desk import standing
from bot.desk.place import CODE_FACT, DESK_LOCK, ROOM_FACT, TOPICS_FACT, Group
from storage import facts, queued
from storage.database import Database, Statements

CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 10
GROUPS_FACT = "desk_groups"
"""Which desk was in which group when we looked last."""


async def find_desk(business: Business) -> None:
    """The group from the environment, else the one that was told the code, else a code to tell."""
    desk, fixed = business.desk, business.settings.secrets.telegram_chat_id
    desk.had_topics = await facts.find(business.db, TOPICS_FACT) == "1"
    await _find_others(business)
    if fixed is not None:
        desk.room, desk.fixed = await _where_now(business.db, fixed), True
    else:
        desk.room = await facts.find(business.db, ROOM_FACT) or ""
    if not desk.room:
        desk.code = await code_of(business.db)


async def take_up_desk(business: Business) -> None:
    """At the start: find it, and let nothing go to a group that was one before."""
    await find_desk(business)
    await business.db.transaction(lambda tx: _leave_old_groups(tx, business))


async def _where_now(db: Database, chat_id: int) -> str:
    """A group that became a supergroup has another id than the settings know."""
    return await facts.find(db, f"moved:{chat_id}") or str(chat_id)


async def _find_others(business: Business) -> None:
    for name, other in business.settings.desks.items():
        room = await _where_now(business.db, other.chat_id)
        had_topics = await facts.find(business.db, f"{TOPICS_FACT}:{room}") == "1"
        group = business.desk.others.setdefault(name, Group())
        group.room, group.had_topics = room, had_topics


async def _leave_old_groups(tx: Statements, business: Business) -> None:
    """The settings name another group than at the last start: what waits for the old one is not for its eyes now."""
    desk = business.desk
    before: dict[str, str] = orjson.loads(await facts.find(tx, GROUPS_FACT) or "{}")
    before[""] = before.get("") or await facts.find(tx, ROOM_FACT) or ""
    now = {"": desk.room, **{name: group.room for name, group in desk.others.items()}}
    if before == now or desk.channel is None:
        return
    for name, old in before.items():
        new = now.get(name, desk.room)
        if old and old not in now.values() and await facts.find(tx, f"moved:{old}") != new:
            await queued.leave_group(tx, desk.channel.name, old, new)
    await facts.put(tx, GROUPS_FACT, orjson.dumps(now).decode())


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
    before = business.desk.rooms
    await find_desk(business)
    await standing.look(business)
    if business.desk.rooms != before:
        await standing.come_back(business)
