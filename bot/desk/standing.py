"""Our standing in the desks' groups: their topics, their moves, our rights, and how to mend what broke."""

import logging
from functools import partial

from bot.business import Business
from bot.channel import RoomMovedAway, RoomState, SendLater, SendRefused, SendUnsure
from bot.desk import menu, topics, transcript
from bot.desk.place import ROOM_FACT, TOPICS_FACT, Group
from bot.update import Reason, Standing
from storage import conversations, facts, queued, staff, tickets
from storage.database import News, Statements

log = logging.getLogger(__name__)


async def look(business: Business) -> None:
    """Ask the platform what the groups are to us now, and remember it for the next start."""
    desk = business.desk
    if desk.channel is None or not desk.room:
        return
    await _look_for_icons(business)
    for group in (desk, *desk.others.values()):
        await _look_at(business, group)
        if group.state is not None and group.open:
            await menu.offer(business, group.room)


async def _look_at(business: Business, group: Group) -> None:
    channel = business.desk.channel
    assert channel is not None
    try:
        group.state = await channel.look_at(group.room)
    except RoomMovedAway as moved:
        await move_room(business, channel.name, group.room, moved.to)
        return
    except SendRefused as refused:
        log.error("a group of the desk cannot be reached: %s", refused.reason)
        group.state = RoomState("", is_forum=False, standing=Standing.GONE, may_manage_topics=False)
        return
    except (SendLater, SendUnsure) as error:
        log.warning("a group of the desk could not be looked at: %s", error)
        return
    if group.has_topics != group.had_topics:
        group.had_topics = group.has_topics
        await business.db.transaction(partial(_remember_topics, business=business, group=group))


async def _remember_topics(tx: Statements, business: Business, group: Group) -> None:
    name = TOPICS_FACT if group is business.desk else f"{TOPICS_FACT}:{group.room}"
    await facts.put(tx, name, str(int(group.had_topics)))


async def _look_for_icons(business: Business) -> None:
    """They are the same for all groups, and seldom change."""
    desk = business.desk
    if desk.icons or desk.channel is None:
        return
    try:
        desk.icons = await desk.channel.topic_icons()
    except (SendLater, SendRefused, SendUnsure, RoomMovedAway) as error:
        log.warning("the icons of topics are not known; their names say the state: %s", error)


async def settle(business: Business, room: str) -> None:
    """The room is the desk now, and on record: look at it, and post what is open there."""
    business.desk.room = room
    await look(business)
    await transcript.show_missing(business)


async def move_room(business: Business, channel: str, old: str, new: str) -> None:
    """The group goes on under another id. Message ids are new there, so open cards are posted again."""
    is_desk = business.desk.is_here(channel, old)
    is_main = old == business.desk.room

    async def work(tx: Statements) -> None:
        await queued.move_room(tx, channel, old, new)
        if is_desk:
            await staff.move_room(tx, channel, old, new)
            if is_main:
                await facts.put(tx, ROOM_FACT, new)
            await facts.put(tx, f"moved:{old}", new)
            tx.announce(News("fact", ROOM_FACT))

    await business.db.transaction(work)
    if is_desk and business.desk.is_here(channel, old):
        log.warning("the desk's group moved from %s to %s", old, new)
        business.desk.group_in(old).room = new
        await look(business)
        await transcript.show_missing(business)


async def thread_of(business: Business, ticket_id: int, room: str) -> str:
    """The ticket's topic in that group; made now when the group has topics and it has none yet.

    Raises as `Channel.send`."""
    ticket = await tickets.get(business.db, ticket_id)
    if ticket.joined_to:
        return await thread_of(business, ticket.joined_to, room)
    if ticket.desk_room == room:
        return ticket.thread
    group = business.desk.at(ticket.desk)
    if group.room != room:
        return ""  # another desk has it by now
    if group.state is None:
        await look(business)
    if group.state is None:
        raise SendLater(None, "the desk's group cannot be looked at")
    if business.desk.channel is None or not group.open:
        raise SendRefused(Reason.ROOM_GONE)
    thread, shows = await topics.open_topic(business, ticket, room) if group.has_topics else ("", "")

    async def work(tx: Statements) -> None:
        await tickets.place(tx, ticket_id, room, thread, shows)
        await topics.follow(tx, business, await tickets.get(tx, ticket_id))  # it may have changed meanwhile

    await business.insist(work)
    return thread


async def mend_topic(business: Business, ticket_id: int) -> None:
    """A delivery did not find its topic: open it again, or make a new one and show all of the ticket there.

    Raises as `Channel.send`."""
    ticket = await tickets.get(business.db, ticket_id)
    if ticket.joined_to:
        await mend_topic(business, ticket.joined_to)
        return
    if business.desk.channel is None or not ticket.thread:
        return
    try:
        await business.desk.channel.reopen_topic(ticket.desk_room, ticket.thread)
    except SendRefused:
        await look(business)

        async def work(tx: Statements) -> None:
            await conversations.lock(tx, ticket.conversation_id)
            await transcript.show_again(tx, business, ticket_id)

        await business.db.transaction(work)


async def close_topic(business: Business, room: str, thread: str) -> None:
    """Raises as `Channel.send`."""
    if business.desk.channel is not None:
        await business.desk.channel.close_topic(room, thread)


async def leave(business: Business, room: str) -> None:
    """Leave a group that is not ours; if that fails now, the next word from there brings us here again."""
    channel = business.desk.channel
    if channel is None:
        return
    try:
        await channel.leave(room)
    except (SendLater, SendRefused, SendUnsure, RoomMovedAway) as error:
        log.warning("could not leave the group %s: %s", room, error)


async def come_back(business: Business) -> None:
    """We may write at the desk (again): what waited for it goes now, and what never came there is shown."""
    await transcript.show_missing(business)
    if business.desk.channel is not None:
        business.retry_outbox(business.desk.channel.name)


def missing_rights(business: Business, room: str) -> list[str]:
    """What the group's admin should still do, a sentence each."""
    state = business.desk.group_in(room).state
    if state is None or state.standing is not Standing.ADMIN:
        return [business.tell_desk("rights_admin")]
    if state.is_forum and not state.may_manage_topics:
        return [business.tell_desk("rights_topics")]
    return [business.tell_desk("rights_fine")]
