"""Groups that are not the desk: the right code makes one the desk, otherwise we do not stay."""

import logging

from bot.business import Business
from bot.desk import commands, record, standing
from bot.desk.place import CODE_FACT, DESK_LOCK, ROOM_FACT
from bot.outbound import tell
from bot.update import Inbound, Said
from storage import facts, updates
from storage.database import News, Statements
from storage.records import Update

log = logging.getLogger(__name__)

LEFT_FACT = "left_group_told"
LEFT_PAUSE_MILLISECONDS = 3_600_000
"""Strangers can add us to groups as often as they like; the desk hears of it once an hour."""


async def hear_strangers(business: Business, lane: str, taken: list[Update]) -> None:
    """A group that is not the desk: the right code makes it the desk, otherwise we do not stay."""
    for update in taken:
        for item in business.read_again(update):
            await _hear_stranger(business, item)
    if taken:
        await business.db.transaction(lambda tx: updates.finish(tx, taken))


async def _hear_stranger(business: Business, item: Inbound) -> None:
    desk = business.desk
    if desk.channel is None or item.channel != desk.channel.name or desk.is_here(item.channel, item.room):
        return
    if isinstance(item.what, Said) and commands.is_code(business, item.what):
        await link(business, item)
        return
    if isinstance(item.what, Said) and commands.is_one(item.what):
        business.figures.refused_orders["stranger"] += 1
    if desk.room and await facts.find(business.db, f"moved:{item.room}") is None:
        await _leave(business, item)


async def link(business: Business, item: Inbound) -> bool:
    """Somebody told the code in this group: it is the desk now, unless another one was quicker."""

    async def use_code(tx: Statements) -> bool:
        await tx.lock(DESK_LOCK)
        if await facts.find(tx, CODE_FACT) is None:
            return False
        await facts.forget(tx, CODE_FACT)
        await facts.put(tx, ROOM_FACT, item.room)
        await record.did(tx, business, item, record.Did.LINK, detail=item.room)
        tx.announce(News("fact", ROOM_FACT))
        return True

    if not await business.db.transaction(use_code):
        return False
    business.desk.code = ""
    await standing.settle(business, item.room)
    log.info("the group %s is the desk now", item.room)
    text = "\n".join([business.tell_desk("desk_linked"), *standing.missing_rights(business, item.room)])
    await business.db.transaction(lambda tx: tell(tx, business, text))
    return True


async def _leave(business: Business, item: Inbound) -> None:
    """Strangers added us to a group of theirs: leave it, and say so once at the desk."""
    log.warning("leaving the group %s, which is not the desk", item.room)
    now = business.clock.now()

    async def work(tx: Statements) -> None:
        long_ago = str(now - LEFT_PAUSE_MILLISECONDS)
        if await facts.claim(tx, LEFT_FACT, str(now), older_than=long_ago):
            await tell(tx, business, business.tell_desk("left_group", room=item.room))

    await business.db.transaction(work)
    await standing.leave(business, item.room)
