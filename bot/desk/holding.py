"""Which replies wait for a second tap: right after a colleague's, or with what is another customer's."""

from collections.abc import Mapping, Sequence

import orjson

from bot.business import Business
from bot.content import Button, Content
from bot.desk import leaks, record, together
from bot.desk.speech import AS_WRITTEN, Speech, to_json
from bot.outbound import tell
from bot.update import Edited, Inbound, Said
from storage import audits, holds, tickets
from storage.database import Reading, Statements
from storage.records import Contact, Message, Ticket

SEND, DROP, AS_IS = "send", "drop", "as_is"
COLLEAGUE, DETAILS = "colleague", "details"
TRANSLATION, LOST, EDIT = "translation", "lost", "edit"
"""Its translation is to be read first; it lost details; and it is an edit of what was sent."""
BUTTONS = {
    "": ((SEND, "hold_send"), (DROP, "hold_drop")),
    TRANSLATION: (
        (SEND, "translation_send"),
        (AS_IS, "translation_as_written"),
        (DROP, "suggestion_cancel"),
    ),
    LOST: ((AS_IS, "translation_as_written"), (DROP, "suggestion_cancel")),
}
"""What can be tapped, by why it waits."""
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
    speech: Speech = AS_WRITTEN,
) -> bool:
    """Whether the reply waits: then its author is asked beneath it. `everybody` are the requests that it answers.

    `stands_in` are the rows of its updates, `agreed` the reasons that somebody waved through."""
    ticket = everybody[0]
    found = dict(await _doubts(tx, business, item, said, everybody))
    contact = await leaks.customer_of(tx, ticket.conversation_id) if speech.text else None
    if contact is not None:
        found |= _about_translation(business, contact, speech, "translation_preview")
    if not found or found.keys() <= agreed:
        return False
    await _ask(tx, business, item, said[0].remote_id, ticket, stands_in, found, speech)
    return True


async def holds_edit_back(
    tx: Statements,
    business: Business,
    item: Inbound,
    edited: Edited,
    message: Message,
    contact: Contact,
    stands_in: Sequence[int],
    speech: Speech,
) -> bool:
    """Whether newer words of a reply wait until somebody has read their translation."""
    if not speech.text or message.ticket_id is None:
        return False
    found = _about_translation(business, contact, speech, "translation_preview_edit")
    if not found:
        return False
    ticket = await tickets.get(tx, message.ticket_id)
    await _ask(tx, business, item, edited.remote_id, ticket, stands_in, {**found, EDIT: ""}, speech)
    return True


async def forget_edit(tx: Statements, item: Inbound, remote_id: str) -> None:
    """There are newer words: nobody can send those any more that were shown before."""
    hold = await holds.find_at(tx, item.channel, item.room, remote_id)
    if hold is not None and hold.state == "held" and EDIT in hold.reasons.split():
        await holds.decide(tx, hold.id, "dropped", item.sender.name if item.sender else "")


def _about_translation(business: Business, contact: Contact, speech: Speech, preview: str) -> dict[str, str]:
    """Why somebody has to look at the translation first; nothing where it may go."""
    if speech.lost:
        details = ", ".join(speech.lost)[:LONGEST_SHOWN]
        return {LOST: business.tell_desk("translation_lost", details=details)}
    if business.settings.desk.translate != "preview":
        return {}
    name = contact.name or contact.username or contact.phone or contact.room
    return {TRANSLATION: business.tell_desk(preview, name=name, text=speech.text)}


async def _ask(
    tx: Statements,
    business: Business,
    item: Inbound,
    remote_id: str,
    ticket: Ticket,
    stands_in: Sequence[int],
    found: Doubts,
    speech: Speech,
) -> None:
    reasons = " ".join(sorted(found))
    hold_id = await holds.add(
        tx,
        channel=item.channel,
        room=item.room,
        remote_id=remote_id,
        ticket_id=ticket.id,
        updates=orjson.dumps(list(stands_in)).decode(),
        reasons=reasons,
        staff_id=item.sender.id if item.sender else "",
        translation="" if speech.lost else to_json(speech),
        now=business.clock.now(),
    )
    await record.did(tx, business, item, record.Did.HOLD, ticket_id=ticket.id, detail=reasons)
    question = "" if TRANSLATION in found else business.tell_desk("hold_question")
    await tell(
        tx,
        business,
        "\n".join(line for line in (*found.values(), question) if line),
        thread=item.thread,
        reply_to=remote_id,
        room=item.room,
        ticket=ticket,
        buttons=_buttons(business, f"{hold_id}:{stands_in[-1]}", found),
    )


def _buttons(business: Business, mark: str, found: Doubts) -> tuple[Button, ...]:
    """They are about these words: an edit of the reply brings new ones."""
    choices = BUTTONS[LOST if LOST in found else TRANSLATION if TRANSLATION in found else ""]
    return tuple(Button(f"{verb}:{mark}", business.tell_desk(key)) for verb, key in choices)


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
