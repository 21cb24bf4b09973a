"""Who is it? A contact is known by the ids that the channel tells; an id may pass to somebody else."""

from dataclasses import dataclass, replace

from bot.business import Business
from bot.update import Inbound, Renamed, Sender, StandingChanged
from storage import contacts, copies, queued
from storage.database import Statements
from storage.records import Contact, Conversation, Known

SEEN_MILLISECONDS = 3_600_000
"""So exactly do we remember when a contact was last seen."""


@dataclass(frozen=True, slots=True)
class Recognised:
    contact: Contact | None
    conversation: Conversation | None = None
    former: Contact | None = None
    """Whose the sender's id was until now."""
    ids: frozenset[str] = frozenset()
    """Those of the sender's ids that are the contact's already."""


def names_of(item: Inbound, sender: Sender) -> tuple[str, ...]:
    """What nobody else may come in under meanwhile: all the ids that may lead to the same contact."""
    new = (item.what.new, item.what.old) if isinstance(item.what, Renamed) else ()
    return tuple(f"{item.channel}:{one}" for one in dict.fromkeys((sender.id, *sender.aliases, *new)))


async def recognise(tx: Statements, item: Inbound, sender: Sender) -> Recognised:
    """Reads only. A phone number is worth less than the id beside it: numbers are given to other people."""
    ids = (sender.id, *sender.aliases)
    known = await contacts.known(tx, item.channel, item.account, ids)
    by_id = known.get(sender.id)
    by_alias = next((known[alias] for alias in sender.aliases if alias in known), None)
    if by_alias is not None:
        stranger = by_id if by_id and by_id.contact.id != by_alias.contact.id else None
        return _as(by_alias, known, stranger.contact if stranger else None)
    if by_id is None:
        return Recognised(None)
    if sender.aliases and await contacts.has_other_id(tx, by_id.contact.id, sender.id):
        return Recognised(None, former=by_id.contact)
    return _as(by_id, known)


def _as(who: Known, known: dict[str, Known], former: Contact | None = None) -> Recognised:
    theirs = frozenset(name for name, one in known.items() if one.contact.id == who.contact.id)
    return Recognised(who.contact, who.conversation, former, theirs)


async def meet(
    tx: Statements, business: Business, item: Inbound, sender: Sender, recognised: Recognised
) -> Contact:
    """The contact, made on their first word; what the platform tells of them is kept current."""
    if recognised.former is not None:
        await _lose(tx, recognised.former, sender.id)
    contact = recognised.contact or await _make(tx, business, item, sender)
    if isinstance(item.what, Renamed):
        await contacts.know_as(tx, contact, (item.what.new,))
        await _lose(tx, contact, item.what.old)
    else:
        newer = tuple(name for name in (sender.id, *sender.aliases) if name not in recognised.ids)
        await contacts.know_as(tx, contact, newer)
    if recognised.contact and not isinstance(item.what, StandingChanged | Renamed):
        contact = await _refresh(tx, business, item, sender, contact)
    return contact


async def _make(tx: Statements, business: Business, item: Inbound, sender: Sender) -> Contact:
    return await contacts.add(
        tx,
        channel=item.channel,
        account=item.account,
        room=item.room,
        name=sender.name,
        username=sender.username,
        phone=sender.phone,
        language=_first_language(business, sender),
        now=business.clock.now(),
    )


async def _refresh(
    tx: Statements, business: Business, item: Inbound, sender: Sender, contact: Contact
) -> Contact:
    """They wrote, so they have not blocked us. Written down only where it says something new."""
    now = business.clock.now()
    known = (contact.room, contact.name, contact.username, contact.phone)
    told = (item.room, sender.name, sender.username, sender.phone)
    room, name, username, phone = (new or old for new, old in zip(told, known, strict=True))
    is_current = (room, name, username, phone) == known and not contact.blocked_at
    if is_current and now - contact.seen_at <= SEEN_MILLISECONDS:
        return contact
    current = replace(
        contact, room=room, name=name, username=username, phone=phone, blocked_at=0, seen_at=now
    )
    await contacts.see(tx, current)
    if room != contact.room:
        await copies.move_room(tx, contact.channel, contact.room, room)
    return current


async def _lose(tx: Statements, contact: Contact, remote_id: str) -> None:
    """The id is not theirs any more: nothing that is meant for them may go there."""
    await contacts.forget_id(tx, contact, remote_id)
    if contact.room != remote_id:
        return
    room = await contacts.any_id(tx, contact.id)
    await contacts.move(tx, contact.id, room)
    if room:
        await copies.move_room(tx, contact.channel, remote_id, room)
    await queued.leave_room(tx, contact.channel, remote_id, room)


def _first_language(business: Business, sender: Sender) -> str:
    spoken = business.settings.bot.languages
    hint = business.texts.nearest(sender.language)
    return hint if hint in spoken else spoken[0]
