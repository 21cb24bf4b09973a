"""What is said and done at the desk: a reply goes to its customer, a command is obeyed, all else stays inside."""

import logging
from collections.abc import Awaitable, Callable

from bot.business import Business
from bot.desk import commands, held, members, mirroring, record, replies, rewording, standing, taps
from bot.desk.suggestion_kinds import KINDS
from bot.outbound import tell
from bot.update import Edited, Inbound, MemberChanged, Pressed, Reacted, RoomMoved, Said, StandingChanged
from storage import updates
from storage.database import Statements
from storage.records import Update

log = logging.getLogger(__name__)


async def take_turn(business: Business, lane: str, taken: list[Update]) -> None:
    """Staff's updates, one after another; an album's files are one."""
    heard = [(update, item) for update in taken for item in business.read_again(update)]
    known = {update.id for update, _ in heard}
    await _finish(business, [update for update in taken if update.id not in known])
    for group in replies.grouped(heard):
        await _hear(business, [update for update, _ in group], [item for _, item in group])


async def _hear(business: Business, taken: list[Update], items: list[Inbound]) -> None:
    first = items[0]
    tidings, doing = TIDINGS.get(type(first.what)), DOINGS.get(type(first.what))
    if not business.desk.is_here(first.channel, first.room):
        await _finish(business, taken)
    elif tidings is not None:
        await tidings(business, taken, first)
    elif doing is None:
        await _finish(business, taken)
    elif not await members.is_staff(business, first):
        business.figures.refused_orders["not_staff"] += 1
        await _finish(business, taken)
    else:
        await doing(business, taken, items)


# What the group itself tells


async def _moved(business: Business, taken: list[Update], item: Inbound) -> None:
    assert isinstance(item.what, RoomMoved)
    await standing.move_room(business, item.channel, item.room, item.what.to)
    await _finish(business, taken)


async def _standing_changed(business: Business, taken: list[Update], item: Inbound) -> None:
    """Removed, demoted or taken back: look again, say what is missing, and let go what waited."""
    before = standing.missing_rights(business, item.room)
    await standing.look(business)
    if business.desk.group_in(item.room).open:
        await standing.come_back(business)
        after = standing.missing_rights(business, item.room)
        if after != before:
            await business.db.transaction(lambda tx: tell(tx, business, "\n".join(after), room=item.room))
    await _finish(business, taken)


async def _member_changed(business: Business, taken: list[Update], item: Inbound) -> None:
    changed = item.what
    assert isinstance(changed, MemberChanged)

    async def work(tx: Statements) -> None:
        await updates.finish(tx, taken)
        await members.note_change(tx, business, item, changed)

    await business.db.transaction(work)


Tidings = Callable[[Business, list[Update], Inbound], Awaitable[None]]
TIDINGS: dict[type, Tidings] = {
    RoomMoved: _moved,
    StandingChanged: _standing_changed,
    MemberChanged: _member_changed,
}

# What staff do


async def _said(business: Business, taken: list[Update], items: list[Inbound]) -> None:
    first, said = items[0], items[0].what
    assert isinstance(said, Said)
    order = commands.read(business, first, said)
    if order is not None:
        await commands.obey(business, taken, order)
    elif any(isinstance(item.what, Said) and commands.is_one(item.what) for item in items):
        await commands.refuse(business, taken, first, said)
    elif not await rewording.heard(business, KINDS, taken, first, said):
        await replies.pass_on(business, taken, items)


async def _edited(business: Business, taken: list[Update], items: list[Inbound]) -> None:
    """Of a reply that went out, of one that is held, of words that stay inside; no edit is a command."""
    first, edited = items[0], items[0].what
    assert isinstance(edited, Edited)
    commands.count_edit(business, edited)
    if await held.mend(business, taken, first, edited) or await record.mend_note(
        business, taken, first, edited
    ):
        return
    await mirroring.mirror_edit(business, taken, first, edited)


async def _reacted(business: Business, taken: list[Update], items: list[Inbound]) -> None:
    first, reacted = items[0], items[0].what
    assert isinstance(reacted, Reacted)
    await mirroring.mirror_reaction(business, taken, first, reacted)


async def _pressed(business: Business, taken: list[Update], items: list[Inbound]) -> None:
    """The sign that the button waits goes when it is done, with a word to who was too late."""
    first, pressed = items[0], items[0].what
    assert isinstance(pressed, Pressed)
    told = await taps.take(business, taken, first, pressed)
    channel = business.desk.channel
    if channel is not None and pressed.token:
        await channel.acknowledge(pressed.token, told)


Doing = Callable[[Business, list[Update], list[Inbound]], Awaitable[None]]
DOINGS: dict[type, Doing] = {Said: _said, Edited: _edited, Reacted: _reacted, Pressed: _pressed}


async def give_up(business: Business, taken: list[Update], error: str) -> None:
    """What staff did could not be carried out, whatever we tried: they are told."""

    async def work(tx: Statements) -> None:
        await updates.quarantine(tx, taken, error)
        await tell(tx, business, business.tell_desk("desk_failed", count=len(taken)))

    await business.db.transaction(work)


async def _finish(business: Business, taken: list[Update]) -> None:
    if taken:
        await business.db.transaction(lambda tx: updates.finish(tx, taken))
