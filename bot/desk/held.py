"""What becomes of a reply that waits: sent all the same, dropped, or changed by its author."""

from dataclasses import replace

import orjson

from bot.business import Business
from bot.desk import record, replies
from bot.desk.commands.order import Taps
from bot.desk.commands.sharing import settle_question
from bot.desk.holding import AS_IS, DROP, EDIT, LOST, SEND, TRANSLATION
from bot.desk.mirroring import mirror_edit
from bot.desk.speech import AS_WRITTEN, Speech, from_json
from bot.update import Edited, Inbound, Pressed, Said
from storage import conversations, holds, tickets, updates
from storage.database import Statements
from storage.records import Copy, Hold, Update

Heard = tuple[list[int], list[Inbound]]
"""The rows of the updates that a reply stands in, and what it says now."""


async def _send(business: Business, taken: list[Update], item: Inbound, pressed: Pressed, copy: Copy) -> str:
    return await _let_go(business, taken, item, pressed, copy, translated=True)


async def _send_as_written(
    business: Business, taken: list[Update], item: Inbound, pressed: Pressed, copy: Copy
) -> str:
    return await _let_go(business, taken, item, pressed, copy, translated=False)


async def _let_go(
    business: Business, taken: list[Update], item: Inbound, pressed: Pressed, copy: Copy, *, translated: bool
) -> str:
    hold, heard = await _held(business, pressed, copy)
    if hold is None or heard is None:
        return await _too_late(business, taken, hold)
    name = item.sender.name if item.sender else ""
    speech = from_json(hold.translation) if translated else AS_WRITTEN

    async def decide(tx: Statements) -> bool:
        if not await holds.decide(tx, hold.id, "sent", name):
            return False
        await record.did(tx, business, item, record.Did.SEND_HELD, ticket_id=hold.ticket_id)
        text = _said_of(business, hold, name, speech)
        await settle_question(tx, business, item, pressed, hold.ticket_id, text)
        return True

    first = heard[1][0]
    if isinstance(first.what, Edited):
        await mirror_edit(business, taken, first, first.what, speech=speech, decide=decide)
    else:
        agreed = frozenset(hold.reasons.split())
        await replies.pass_on(
            business, taken, heard[1], stands_in=heard[0], agreed=agreed, decide=decide, speech=speech
        )
    now = await holds.find(business.db, hold.id)
    return "" if now is None or now.decided_by == name else _who_was_quicker(business, now)


def _said_of(business: Business, hold: Hold, name: str, speech: Speech) -> str:
    """What the question turns into; a translation goes on standing there, for whoever reads on."""
    if speech.text:
        return business.tell_desk("translation_sent", name=name, text=speech.text)
    asked_to_translate = {TRANSLATION, LOST} & set(hold.reasons.split())
    return business.tell_desk("translation_sent_as_written" if asked_to_translate else "hold_sent", name=name)


async def _drop(business: Business, taken: list[Update], item: Inbound, pressed: Pressed, copy: Copy) -> str:
    """It was not meant: its words stay on record as a note, those of an edit nowhere."""
    hold, heard = await _held(business, pressed, copy)
    if hold is None or heard is None:
        return await _too_late(business, taken, hold)
    name = item.sender.name if item.sender else ""
    ticket = await tickets.get(business.db, hold.ticket_id)

    async def work(tx: Statements) -> str:
        await conversations.lock(tx, ticket.conversation_id)
        await updates.finish(tx, taken)
        if not await holds.decide(tx, hold.id, "dropped", name):
            now = await holds.find(tx, hold.id)
            return _who_was_quicker(business, now or hold)
        said = [one.what for one in heard[1] if isinstance(one.what, Said)]
        await record.did(tx, business, item, record.Did.DROP_HELD, ticket_id=hold.ticket_id)
        await record.keep_inside(tx, business, heard[1][0], said, ticket)
        text = business.tell_desk("hold_dropped" if said else "translation_edit_dropped", name=name)
        await settle_question(tx, business, item, pressed, hold.ticket_id, text)
        return ""

    return await business.db.transaction(work)


async def mend(business: Business, taken: list[Update], item: Inbound, edited: Edited) -> bool:
    """Its author changed a reply that waits: it is looked at as if it came now. Whether it was such a one."""
    hold = await holds.find_at(business.db, item.channel, item.room, edited.remote_id)
    if hold is None or hold.state != "held" or EDIT in hold.reasons.split():
        return False
    rows, items = await _heard(business, hold)
    if not items:
        return False
    name = item.sender.name if item.sender else ""
    rows += [update.id for update in taken]
    items = [_mended(one, edited) for one in items]

    async def decide(tx: Statements) -> bool:
        return await holds.decide(tx, hold.id, "sent", name)

    await replies.pass_on(business, taken, items, stands_in=rows, decide=decide)
    return True


async def _held(business: Business, pressed: Pressed, copy: Copy) -> tuple[Hold | None, Heard | None]:
    """The hold that a button is about, and its reply if it still waits with the words that the button showed."""
    _, number, newest, *_ = (*pressed.button.split(":"), "", "")
    is_one = number.isdecimal() and len(number) < 18
    hold = await holds.find(business.db, int(number)) if is_one else None
    if hold is None or copy.ticket_id != hold.ticket_id:
        return None, None
    rows, items = await (_edit if EDIT in hold.reasons.split() else _heard)(business, hold)
    if hold.state != "held" or not items or str(rows[-1]) != newest:
        return hold, None
    return hold, (rows, items)


async def _heard(business: Business, hold: Hold) -> Heard:
    """Nothing when what the platform sent was dropped since, because it is too old."""
    rows: list[int] = orjson.loads(hold.updates)
    items: list[Inbound] = []
    for row in rows:
        update = await updates.find(business.db, row)
        for item in business.read_again(update) if update is not None and update.raw else ():
            if isinstance(item.what, Edited):
                edited = item.what
                items = [_mended(one, edited) for one in items]
            else:
                items.append(item)
    return rows, items


async def _edit(business: Business, hold: Hold) -> Heard:
    """The newer words of a reply that was sent."""
    rows: list[int] = orjson.loads(hold.updates)
    update = await updates.find(business.db, rows[-1])
    items = business.read_again(update) if update is not None and update.raw else []
    return rows, [item for item in items if isinstance(item.what, Edited)]


def _mended(item: Inbound, edited: Edited) -> Inbound:
    said = item.what
    if not isinstance(said, Said) or said.remote_id != edited.remote_id:
        return item
    words = replace(said.content, text=edited.content.text, entities=edited.content.entities)
    return replace(item, what=replace(said, content=words))


async def _too_late(business: Business, taken: list[Update], hold: Hold | None) -> str:
    await business.db.transaction(lambda tx: updates.finish(tx, taken))
    return _who_was_quicker(business, hold) if hold is not None else ""


def _who_was_quicker(business: Business, hold: Hold) -> str:
    key = {"sent": "tap_sent", "dropped": "tap_dropped", "held": "tap_changed"}[hold.state]
    return business.tell_desk(key, name=hold.decided_by)


TAPS: Taps = {SEND: _send, AS_IS: _send_as_written, DROP: _drop}
