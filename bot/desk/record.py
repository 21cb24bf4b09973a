"""What staff did, put on record in the transaction that does it; and what they said among themselves."""

from enum import StrEnum

from bot import content as contents
from bot.business import Business
from bot.content import Content
from bot.update import Edited, Inbound, Said
from storage import audits, notes, updates
from storage.database import Statements
from storage.records import Ticket, Update


class Did(StrEnum):
    """Every staff action; `bot/texts/` has a word for each."""

    REPLY = "reply"
    EDIT = "edit"
    TAKE = "take"
    GIVE = "give"
    RELEASE = "release"
    RETURN = "return"  # the bot did it, because whoever had it was silent
    RESOLVE = "resolve"
    MOVE = "move"
    BAN = "ban"
    MUTE = "mute"
    UNBAN = "unban"
    HOLD = "hold"
    SEND_HELD = "send_held"
    DROP_HELD = "drop_held"
    DELETE = "delete"
    REACT = "react"
    RETRY = "retry"
    TEMPLATE = "template"
    CORRECT = "correct"
    LINK = "link"
    PLAN = "plan"  # a reply for later, a rest, a reminder
    SEND_PLANNED = "send_planned"  # the bot did it, when the time came
    TEACH = "teach"
    UNDO = "undo"
    BROADCAST = "broadcast"


async def did(
    tx: Statements,
    business: Business,
    item: Inbound | None,
    action: str,
    *,
    ticket_id: int | None = None,
    contact_id: int | None = None,
    detail: str = "",
) -> None:
    """`item` is what they sent or tapped, None for what the bot did by itself. `detail` has no customer's words."""
    sender = item.sender if item is not None else None
    await audits.add(
        tx,
        at=business.clock.now(),
        told_at=item.at if item is not None else 0,
        staff_id=sender.id if sender else "",
        staff_name=sender.name if sender else "",
        action=action,
        ticket_id=ticket_id,
        contact_id=contact_id,
        detail=detail,
    )


async def keep_inside(
    tx: Statements, business: Business, item: Inbound, said: list[Said], ticket: Ticket | None
) -> None:
    """Words of staff that no customer reads."""
    for one in said:
        await keep_words(tx, business, item, one.remote_id, one.content, ticket)


async def keep_words(
    tx: Statements,
    business: Business,
    item: Inbound,
    remote_id: str,
    words: Content,
    ticket: Ticket | None,
) -> None:
    await notes.add(
        tx,
        channel=item.channel,
        room=item.room,
        thread=item.thread,
        remote_id=remote_id,
        ticket_id=ticket.id if ticket else None,
        staff_id=item.sender.id if item.sender else "",
        staff_name=item.sender.name if item.sender else "",
        content=contents.to_json(words),
        now=business.clock.now(),
    )


async def mend_note(business: Business, taken: list[Update], item: Inbound, edited: Edited) -> bool:
    """Somebody changed words that stay inside. Whether it was such words."""

    async def work(tx: Statements) -> bool:
        words, now = contents.to_json(edited.content), business.clock.now()
        if not await notes.edit(tx, item.channel, item.room, edited.remote_id, words, now):
            return False
        await updates.finish(tx, taken)
        return True

    return await business.db.transaction(work)
