"""Who is it? A contact is known by the ids that the channel tells; an id may pass to somebody else."""

from dataclasses import dataclass

from bot.business import Business
from bot.update import Inbound, Renamed, Sender, StandingChanged
from storage import contacts, deliveries
from storage.database import Statements
from storage.records import Contact


@dataclass(frozen=True, slots=True)
class Recognised:
    contact: Contact | None
    former: Contact | None = None
    """Whose the sender's id was until now."""


async def recognise(tx: Statements, item: Inbound, sender: Sender) -> Recognised:
    """Reads only. A phone number is worth less than the id beside it: numbers are given to other people."""
    by_id = await contacts.find(tx, item.channel, item.account, (sender.id,))
    by_alias = await contacts.find(tx, item.channel, item.account, sender.aliases)
    if by_alias is not None:
        return Recognised(by_alias, by_id if by_id and by_id.id != by_alias.id else None)
    if by_id is not None and sender.aliases and await contacts.has_other_id(tx, by_id.id, sender.id):
        return Recognised(None, by_id)
    return Recognised(by_id)


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
    elif recognised.contact is None or sender.aliases:
        await contacts.know_as(tx, contact, (sender.id, *sender.aliases))
    if recognised.contact and not isinstance(item.what, StandingChanged | Renamed):
        await _refresh(tx, business, item, sender, contact)
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
) -> None:
    await contacts.see(
        tx,
        contact,
        room=item.room,
        name=sender.name,
        username=sender.username,
        phone=sender.phone,
        now=business.clock.now(),
    )


async def _lose(tx: Statements, contact: Contact, remote_id: str) -> None:
    """The id is not theirs any more: nothing that is meant for them may go there."""
    await contacts.forget_id(tx, contact, remote_id)
    if contact.room != remote_id:
        return
    room = await contacts.any_id(tx, contact.id)
    await contacts.move(tx, contact.id, room)
    await deliveries.leave_room(tx, contact.channel, remote_id, room)


def _first_language(business: Business, sender: Sender) -> str:
    spoken = business.settings.bot.languages
    hint = business.texts.nearest(sender.language)
    return hint if hint in spoken else spoken[0]
