"""Which replies wait for a second tap: right after a colleague's, or with what is another customer's."""

from collections.abc import Mapping, Sequence

import orjson

from bot.business import Business
from bot.content import Button, Content
from bot.desk import leaks, record, together
from bot.outbound import tell
from bot.update import Inbound, Said
from storage import audits, holds
from storage.database import Reading, Statements
from storage.records import Contact, Ticket

SEND, DROP = "send", "drop"
COLLEAGUE, DETAILS = "colleague", "details"
LONGEST_SHOWN = 120
Doubts = Mapping[str, str]
"""Why a reply should be looked at again: a sentence for each reason."""


async def holds_back(
    tx: Statements,
    business: Business,
    item: Inbound,
    said: list[Said],
    everybody: Sequence[Ticket],
    stands_in: Sequence[int],
    agreed: frozenset[str],
) -> bool:
    """Whether the reply waits: then its author is asked beneath it. `everybody` are the requests that it answers.

    `stands_in` are the rows of its updates, `agreed` the reasons that somebody waved through."""
    ticket = everybody[0]
    found = await _doubts(tx, business, item, said, everybody)
    if not found or found.keys() <= agreed:
        return False
    reasons = " ".join(sorted(found))
    hold_id = await holds.add(
        tx,
        channel=item.channel,
        room=item.room,
        remote_id=said[0].remote_id,
        ticket_id=ticket.id,
        updates=orjson.dumps(list(stands_in)).decode(),
        reasons=reasons,
        staff_id=item.sender.id if item.sender else "",
        now=business.clock.now(),
    )
    await record.did(tx, business, item, record.Did.HOLD, ticket_id=ticket.id, detail=reasons)
    await tell(
        tx,
        business,
        "\n".join([*found.values(), business.tell_desk("hold_question")]),
        thread=item.thread,
        reply_to=said[0].remote_id,
        room=item.room,
        ticket=ticket,
        buttons=_buttons(business, f"{hold_id}:{stands_in[-1]}"),
    )
    return True


def _buttons(business: Business, mark: str) -> tuple[Button, ...]:
    """They are about these words: an edit of the reply brings new ones."""
    return (
        Button(f"{SEND}:{mark}", business.tell_desk("hold_send")),
        Button(f"{DROP}:{mark}", business.tell_desk("hold_drop")),
    )


async def others_in(tx: Statements, business: Business, contact: Contact, words: Content) -> str:
    """Why an edit of a reply is not made at the customer's; empty when it may be. An edit cannot wait for a tap."""
    strange = await strange_in(tx, business, contact, words)
    return business.tell_desk("edit_others", details=strange) if strange else ""


async def strange_in(db: Reading, business: Business, contact: Contact | None, *words: Content) -> str:
    """What of another customer's is in words of staff, as it is shown to them; empty where nobody need be asked.

    Whatever way they go: as a reply, from a draft or a snippet, at their time, from a phone, to many (None)."""
    if not business.settings.desk.hold_others_details:
        return ""
    text = "\n".join(map(leaks.words_of, words))
    return ", ".join(await leaks.others(db, business, contact, text))[:LONGEST_SHOWN]


async def _doubts(
    tx: Statements, business: Business, item: Inbound, said: list[Said], everybody: Sequence[Ticket]
) -> Doubts:
    found: dict[str, str] = {}
    settings = business.settings.desk
    if settings.hold_seconds and (words := await _after_colleague(tx, business, item, everybody[0])):
        found[COLLEAGUE] = words
    if words := await about_others(tx, business, everybody, *(one.content for one in said)):
        found[DETAILS] = words
    return found


async def about_others(
    tx: Statements, business: Business, everybody: Sequence[Ticket], *words: Content
) -> str:
    """Why words should not go to all of these requests' customers; empty when they may."""
    for one in everybody:
        contact = await leaks.customer_of(tx, one.conversation_id)
        if strange := await strange_in(tx, business, contact, *words):
            return business.tell_desk("hold_details", details=strange)
    text = "\n".join(map(leaks.words_of, words))
    names = await together.named_in(tx, everybody, text)
    if names and business.settings.desk.hold_others_details:
        return business.tell_desk("hold_named", count=len(everybody), names=", ".join(names)[:LONGEST_SHOWN])
    return ""


async def _after_colleague(tx: Statements, business: Business, item: Inbound, ticket: Ticket) -> str:
    """By the platform's clock, where it tells: what waited for us since yesterday was not written just now."""
    last = await audits.last(tx, ticket.id, record.Did.REPLY)
    if last is None or item.sender is None or last.staff_id == item.sender.id:
        return ""
    now = item.at if item.at and last.told_at else business.clock.now()
    ago = now - (last.told_at if item.at and last.told_at else last.at)
    if abs(ago) >= business.settings.desk.hold_seconds * 1000:
        return ""
    return business.tell_desk("hold_colleague", name=last.staff_name, seconds=max(0, ago // 1000))
