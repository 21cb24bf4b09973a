"""Who is staff: who is a member of the desk's group, as Telegram says; and which of them may do what."""

import asyncio
import logging

from bot.business import Business
from bot.channel import RoomMovedAway, SendLater, SendRefused, SendUnsure
from bot.desk.settings import ADMINS, EVERYBODY, Power
from bot.update import Inbound, MemberChanged, Reason, Sender, Standing
from storage import staff
from storage.database import Statements
from storage.records import Colleague

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 3.0
"""A reply does not wait longer for the answer to who wrote it."""
OUT = (Standing.GONE,)


async def is_staff(business: Business, item: Inbound) -> bool:
    """Whether a member of this group wrote it. Asked at most once in a while, and written down.

    Telegram lets nobody write in a group who is not in it: the question is about what was written before
    somebody left. So who cannot be asked about now is believed, unless they are known to have left."""
    sender = item.sender
    if sender is None:
        return False
    if sender.is_anonymous:
        return True  # the group itself speaks, which only its administrators can make it do
    if sender.is_bot:
        return False
    return await _standing(business, item, sender) not in OUT


async def may(business: Business, item: Inbound, power: Power) -> bool:
    """Whether `[desk] roles` lets them. Here nobody is believed who cannot be asked about."""
    allowed, sender = business.settings.desk.may(power), item.sender
    if sender is None:
        return False
    if EVERYBODY in allowed or sender.id in allowed or _is_named(sender, allowed):
        return True
    if ADMINS not in allowed:
        return False
    return sender.is_anonymous or await _standing(business, item, sender) is Standing.ADMIN


def _is_named(sender: Sender, allowed: tuple[str, ...]) -> bool:
    name = f"@{sender.username}".lower()
    return bool(sender.username) and name in (one.lower() for one in allowed)


async def note_change(tx: Statements, business: Business, item: Inbound, changed: MemberChanged) -> None:
    """Somebody came, left, or was made an administrator."""
    await _note(tx, business, item, changed.member, changed.standing)


async def _standing(business: Business, item: Inbound, sender: Sender) -> Standing:
    known = await staff.find(business.db, item.channel, item.room, sender.id)
    now = business.clock.now()
    fresh = known is not None and 0 <= now - known.looked_at < business.settings.desk.member_seconds * 1000
    if known is not None and fresh and (known.name, known.username) == (sender.name, sender.username):
        return Standing(known.standing)
    standing = await _ask(business, item, sender)
    if standing is None:
        return Standing(known.standing) if known is not None else Standing.MEMBER
    await business.db.transaction(lambda tx: _note(tx, business, item, sender, standing))
    return standing


async def _ask(business: Business, item: Inbound, sender: Sender) -> Standing | None:
    """None: nobody can tell now."""
    channel = business.desk.channel
    if channel is None:
        return None
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await channel.look_at_member(item.room, sender.id)
    except SendRefused as refused:
        return Standing.GONE if refused.reason is Reason.UNREACHABLE else None
    except (SendLater, SendUnsure, RoomMovedAway, TimeoutError) as error:
        log.warning("who is staff cannot be asked now: %s", type(error).__name__)
        return None


async def _note(
    tx: Statements, business: Business, item: Inbound, member: Sender, standing: Standing
) -> None:
    if member.is_bot:
        return
    now = business.clock.now()
    await staff.see(
        tx,
        Colleague(item.channel, item.room, member.id, member.name, member.username, standing, now),
    )


async def named(business: Business, item: Inbound, words: str) -> list[Colleague]:
    """The colleagues in this group whom these words may mean: a @username, an id, a name or its beginning."""
    wanted = words.strip().removeprefix("@").casefold()
    present = await here(business, item)
    exact = [
        one for one in present if wanted in (one.username.casefold(), one.remote_id, one.name.casefold())
    ]
    return exact or [one for one in present if wanted and one.name.casefold().startswith(wanted)]


async def here(business: Business, item: Inbound) -> list[Colleague]:
    """Everybody in this group of whom we know."""
    everybody = await staff.in_room(business.db, item.channel, item.room)
    return [one for one in everybody if one.standing not in OUT]


async def is_here(business: Business, item: Inbound, colleague: Colleague) -> bool:
    """Whether a colleague of whom we know is still in this group; asked, since it is about to matter."""
    sender = Sender(colleague.remote_id, colleague.name, colleague.username)
    return await _standing(business, item, sender) not in OUT
