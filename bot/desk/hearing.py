"""What is said and done at the desk: a reply goes to its customer, a command is obeyed, all else stays inside."""

import logging

from bot.business import Business
from bot.desk import commands, proposals, replies, standing, taps
from bot.desk.cards import RESOLVE
from bot.desk.place import CODE_FACT, DESK_LOCK, ROOM_FACT
from bot.desk.proposal_kinds import KINDS
from bot.outbound import tell
from bot.update import Edited, Inbound, Pressed, RoomMoved, Said, StandingChanged
from storage import facts, updates
from storage.database import News, Statements
from storage.records import Update

log = logging.getLogger(__name__)

LEFT_FACT = "left_group_told"
LEFT_PAUSE_MILLISECONDS = 3_600_000
"""Strangers can add us to groups as often as they like; the desk hears of it once an hour."""


async def take_turn(business: Business, lane: str, taken: list[Update]) -> None:
    """Staff's updates, one after another; an album's files are one."""
    heard = [(update, item) for update in taken for item in business.read_again(update)]
    known = {update.id for update, _ in heard}
    await _finish(business, [update for update in taken if update.id not in known])
    for group in replies.grouped(heard):
        await _hear(business, [update for update, _ in group], [item for _, item in group])


async def _hear(business: Business, taken: list[Update], items: list[Inbound]) -> None:
    first = items[0]
    if not _is_staff(first) or not business.desk.is_here(first.channel, first.room):
        await _finish(business, taken)
    elif isinstance(first.what, Said):
        await _hear_said(business, taken, items, first, first.what)
    elif isinstance(first.what, Edited):
        await replies.mirror_edit(business, taken, first, first.what)
    elif isinstance(first.what, Pressed):
        await _hear_pressed(business, taken, first, first.what)
    elif isinstance(first.what, RoomMoved):
        await standing.move_room(business, first.channel, first.room, first.what.to)
        await _finish(business, taken)
    elif isinstance(first.what, StandingChanged):
        await _standing_changed(business, first.what)
        await _finish(business, taken)
    else:
        await _finish(business, taken)


def _is_staff(item: Inbound) -> bool:
    """Whoever may write in the group is staff, but for other bots; what the group itself tells has no sender."""
    if isinstance(item.what, RoomMoved | StandingChanged):
        return True
    return item.sender is not None and (item.sender.is_anonymous or not item.sender.is_bot)


async def _hear_said(
    business: Business, taken: list[Update], items: list[Inbound], first: Inbound, said: Said
) -> None:
    order = commands.read(business, first, said)
    if order is not None:
        await commands.obey(business, taken, order)
    elif any(isinstance(item.what, Said) and commands.is_one(item.what) for item in items):
        await commands.refuse(business, taken, first, said)
    elif not await proposals.heard(business, KINDS, taken, first, said):
        await replies.pass_on(business, taken, items)


async def _hear_pressed(business: Business, taken: list[Update], item: Inbound, pressed: Pressed) -> None:
    if await taps.tapped(business, taken, item, pressed):
        return
    channel = business.desk.channel
    if channel is not None and pressed.token:
        await channel.acknowledge(pressed.token)
    if pressed.button == RESOLVE:
        await commands.resolve_by_button(business, taken, item, pressed)
    else:
        await _finish(business, taken)


async def _standing_changed(business: Business, what: StandingChanged) -> None:
    """Removed, demoted or taken back: look again, say what is missing, and let go what waited."""
    before = standing.missing_rights(business)
    await standing.look(business)
    if not business.desk.open:
        return
    await standing.come_back(business)
    after = standing.missing_rights(business)
    if after != before:
        await business.db.transaction(lambda tx: tell(tx, business, "\n".join(after)))


async def give_up(business: Business, taken: list[Update], error: str) -> None:
    """What staff did could not be carried out, whatever we tried: they are told."""

    async def work(tx: Statements) -> None:
        await updates.quarantine(tx, taken, error)
        await tell(tx, business, business.tell_desk("desk_failed", count=len(taken)))

    await business.db.transaction(work)


async def _finish(business: Business, taken: list[Update]) -> None:
    if taken:
        await business.db.transaction(lambda tx: updates.finish(tx, taken))


async def hear_strangers(business: Business, lane: str, taken: list[Update]) -> None:
    """A group that is not the desk: the right code makes it the desk, otherwise we do not stay."""
    for update in taken:
        for item in business.read_again(update):
            await _hear_stranger(business, item)
    await _finish(business, taken)


async def _hear_stranger(business: Business, item: Inbound) -> None:
    desk = business.desk
    if desk.channel is None or item.channel != desk.channel.name or desk.is_here(item.channel, item.room):
        return
    if isinstance(item.what, Said) and commands.is_code(business, item.what):
        await link(business, item.room)
    elif desk.room and await facts.find(business.db, f"moved:{item.room}") is None:
        await _leave(business, item)


async def link(business: Business, room: str) -> bool:
    """Somebody told the code in this group: it is the desk now, unless another one was quicker."""

    async def use_code(tx: Statements) -> bool:
        await tx.lock(DESK_LOCK)
        if await facts.find(tx, CODE_FACT) is None:
            return False
        await facts.forget(tx, CODE_FACT)
        await facts.put(tx, ROOM_FACT, room)
        tx.announce(News("fact", ROOM_FACT))
        return True

    if not await business.db.transaction(use_code):
        return False
    business.desk.code = ""
    await standing.settle(business, room)
    log.info("the group %s is the desk now", room)
    text = "\n".join([business.tell_desk("desk_linked"), *standing.missing_rights(business)])
    await business.db.transaction(lambda tx: tell(tx, business, text))
    return True


async def _leave(business: Business, item: Inbound) -> None:
    """Strangers added us to a group of theirs: leave it, and say so once at the desk."""
    assert business.desk.channel is not None
    log.warning("leaving the group %s, which is not the desk", item.room)
    now = business.clock.now()

    async def work(tx: Statements) -> None:
        long_ago = str(now - LEFT_PAUSE_MILLISECONDS)
        if await facts.claim(tx, LEFT_FACT, str(now), older_than=long_ago):
            await tell(tx, business, business.tell_desk("left_group", room=item.room))

    await business.db.transaction(work)
    await standing.leave(business, item.room)
