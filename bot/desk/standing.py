"""Our standing in the desk's group: its topics, its moves, our rights, and how to mend what broke."""

import logging

from bot.business import Business
from bot.channel import RoomMovedAway, RoomState, SendLater, SendRefused, SendUnsure
from bot.desk import cards, transcript
from bot.desk.place import ROOM_FACT, TOPICS_FACT
from bot.update import Reason, Standing
from storage import conversations, facts, queued, tickets
from storage.database import News, Statements

log = logging.getLogger(__name__)


async def look(business: Business) -> None:
    """Ask the platform what the group is to us now, and remember it for the next start."""
    desk = business.desk
    if desk.channel is None or not desk.room:
        return
    try:
        desk.state = await desk.channel.look_at(desk.room)
    except RoomMovedAway as moved:
        await move_room(business, desk.channel.name, desk.room, moved.to)
        return
    except SendRefused as refused:
        log.error("the desk's group cannot be reached: %s", refused.reason)
        desk.state = RoomState("", is_forum=False, standing=Standing.GONE, may_manage_topics=False)
        return
    except (SendLater, SendUnsure) as error:
        log.warning("the desk's group could not be looked at: %s", error)
        return
    if desk.has_topics != desk.had_topics:
        desk.had_topics = desk.has_topics
        remembered = str(int(desk.had_topics))
        await business.db.transaction(lambda tx: facts.put(tx, TOPICS_FACT, remembered))


async def settle(business: Business, room: str) -> None:
    """The room is the desk now, and on record: look at it, and post what is open there."""
    business.desk.room = room
    await look(business)
    await transcript.show_missing(business)


async def move_room(business: Business, channel: str, old: str, new: str) -> None:
    """The group goes on under another id. Message ids are new there, so open cards are posted again."""
    is_desk = business.desk.is_here(channel, old)

    async def work(tx: Statements) -> None:
        await queued.move_room(tx, channel, old, new)
        if is_desk:
            await facts.put(tx, ROOM_FACT, new)
            tx.announce(News("fact", ROOM_FACT))
            await facts.put(tx, f"moved:{old}", new)

    await business.db.transaction(work)
    if is_desk and business.desk.is_here(channel, old):
        log.warning("the desk's group moved from %s to %s", old, new)
        business.desk.room = new
        await look(business)
        await transcript.show_missing(business)


async def thread_of(business: Business, ticket_id: int) -> str:
    """The ticket's topic; made now when the group has topics and it has none yet.

    Raises as `Channel.send`."""
    ticket = await tickets.get(business.db, ticket_id)
    desk = business.desk
    if ticket.desk_room == desk.room:
        return ticket.thread
    if desk.state is None:
        await look(business)
    if desk.state is None:
        raise SendLater(None, "the desk's group cannot be looked at")
    if not desk.open:
        raise SendRefused(Reason.ROOM_GONE)
    thread = ""
    if desk.channel is not None and desk.has_topics:
        title, room = await cards.topic_of(business, ticket)
        thread = await desk.channel.open_topic(room, title)
    await business.insist(lambda tx: tickets.place(tx, ticket_id, desk.room, thread))
    return thread


async def mend_topic(business: Business, ticket_id: int) -> None:
    """A delivery did not find its topic: open it again, or make a new one and show all of the ticket there.

    Raises as `Channel.send`."""
    ticket = await tickets.get(business.db, ticket_id)
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


def missing_rights(business: Business) -> list[str]:
    """What the group's admin should still do, a sentence each."""
    state = business.desk.state
    if state is None or state.standing is not Standing.ADMIN:
        return [business.tell_desk("rights_admin")]
    if state.is_forum and not state.may_manage_topics:
        return [business.tell_desk("rights_topics")]
    return [business.tell_desk("rights_fine")]
