"""Whoever gets the alerts answers there: quoting one, or with a request's number, as staff do at the desk."""

import re
from dataclasses import replace

import orjson

from bot import alerts
from bot import content as contents
from bot.business import Business
from bot.channel import shown_channel
from bot.content import Button, Content, Entity
from bot.desk import cards, holding, record, replies
from bot.desk.interpreter import speech_for
from bot.desk.speech import AS_WRITTEN, Speech, from_json, to_json
from bot.outbound import tell
from bot.update import Edited, Inbound, Pressed, Said, Withdrawn
from storage import contacts, conversations, copies, facts, suggestions, tickets, updates
from storage.database import Reading, Statements
from storage.desk_records import Suggestion
from storage.records import Ticket, Update

LANE = "elsewhere"
HELD = "held"
"""Begins a button's id: held:12:yes sends the twelfth suggestion."""
EDGE = " \t\n:;,.–—-"
"""What may stand between a request's number and the words."""


def lane_of(business: Business, item: Inbound) -> str:
    """The lane of one of the destinations' own messages; empty for anybody else's."""
    if not business.settings.secrets.whatsapp_admin_phone or item.sender is None:
        return ""
    who = {item.sender.id, item.sender.phone}
    for one in alerts.destinations(business):
        if one.channel == item.channel and one.room in who:
            return f"{LANE}:{one.channel}:{one.room}"
    return ""


async def take_turn(business: Business, lane: str, taken: list[Update]) -> None:
    _, channel, room = lane.split(":", 2)
    destination = alerts.Destination(channel, room)
    for update in taken:
        items = business.read_again(update)
        what = items[0].what if items else None
        if isinstance(what, Said):
            await _hear(business, destination, update, items[0], what)
        elif isinstance(what, Pressed):
            await _decide(business, destination, update, items[0], what)
        else:
            unheard = isinstance(what, Edited | Withdrawn)
            await _finish(business, destination, update, "alert_no_edits" if unheard else "")


async def _finish(business: Business, destination: alerts.Destination, update: Update, key: str) -> None:
    async def work(tx: Statements) -> None:
        await updates.finish(tx, [update])
        if key:
            await alerts.write(tx, business, destination, business.tell_desk(key))

    await business.db.transaction(work)


async def give_up(business: Business, lane: str, taken: list[Update], error: str) -> None:
    """It could not be carried out, whatever we tried: they are told."""
    _, channel, room = lane.split(":", 2)

    async def work(tx: Statements) -> None:
        await updates.quarantine(tx, taken, error)
        text = business.tell_desk("desk_failed", count=len(taken))
        await alerts.write(tx, business, alerts.Destination(channel, room), text)

    await business.db.transaction(work)


async def _hear(
    business: Business, destination: alerts.Destination, update: Update, item: Inbound, said: Said
) -> None:
    meant = await _meant(business, destination, said)
    content = _without_number(business, said.content)
    speech = await speech_for(business, meant[0], content) if len(meant) == 1 else AS_WRITTEN
    speech = AS_WRITTEN if speech.lost else speech  # a phone has no button for it: it goes as it was written

    async def work(tx: Statements) -> None:
        if len(meant) == 1:
            await conversations.lock(tx, meant[0].conversation_id)
        await updates.finish(tx, [update])
        await facts.put(tx, alerts.WROTE.format(destination.room), str(business.clock.now()))
        if len(meant) == 1:
            words = replace(said, content=content)
            await _pass_on(tx, business, destination, meant[0], item, words, speech)
        else:
            text = business.tell_desk("alert_which" if meant else "alert_unclear")
            await alerts.write(tx, business, destination, text, reply_to=said.remote_id)

    await business.db.transaction(work)


async def _meant(business: Business, destination: alerts.Destination, said: Said) -> list[Ticket]:
    """The requests that the message names or quotes: it goes out only when that is one."""
    db: Reading = business.db
    numbers = {int(found[1]) for found in _number(business).finditer(said.content.text)}
    if said.reply_to:
        copy = await copies.find(db, destination.channel, destination.room, said.reply_to)
        if copy is not None and copy.role == "alert" and copy.ticket_id:
            numbers.add(copy.ticket_id)
    found = [await tickets.find(db, number) for number in sorted(numbers)]
    return [ticket for ticket in found if ticket is not None]


def _number(business: Business) -> re.Pattern[str]:
    """With its prefix: a bare number may be anything."""
    return re.compile(rf"\b{business.settings.tickets.prefix}-?0*(\d{{1,9}})\b", re.IGNORECASE)


def _without_number(business: Business, content: Content) -> Content:
    """The number says whom it is for; at the edge of the words it is not one of them."""
    text, lead = content.text, 0
    if begin := re.match(rf"\s*{_number(business).pattern}", text, re.IGNORECASE):
        rest = text[begin.end() :].lstrip(EDGE)
        lead, text = len(text) - len(rest), rest
    elif end := re.search(rf"{_number(business).pattern}\s*$", text, re.IGNORECASE):
        text = text[: end.start()].rstrip(EDGE)
    kept: tuple[Entity, ...] = content.entities if not lead else ()
    return replace(content, text=text, entities=kept)


async def _pass_on(
    tx: Statements,
    business: Business,
    destination: alerts.Destination,
    ticket: Ticket,
    item: Inbound,
    said: Said,
    speech: Speech,
) -> None:
    """The same way as a reply at the desk, which sees it too."""
    conversation = await conversations.get(tx, ticket.conversation_id)
    contact = await contacts.get(tx, conversation.contact_id)
    if problem := replies.problem_of(business, contact, said.content):
        await alerts.write(tx, business, destination, problem, reply_to=said.remote_id)
        return
    if strange := await holding.strange_in(tx, business, contact, said.content):
        await _hold(tx, business, destination, ticket, item, said, strange, speech)
        return
    await _send(tx, business, destination, ticket, item, said, speech)


async def _hold(
    tx: Statements,
    business: Business,
    destination: alerts.Destination,
    ticket: Ticket,
    item: Inbound,
    said: Said,
    strange: str,
    speech: Speech,
) -> None:
    """Something in it is another customer's: nothing goes before a second tap, there as at the desk."""
    more = {"room": destination.room, "remote_id": said.remote_id, "translation": to_json(speech)}
    held = await suggestions.add(
        tx,
        kind="snippet",
        content=contents.to_json(said.content),
        more=orjson.dumps(more).decode(),
        ticket_id=ticket.id,
        now=business.clock.now(),
    )
    await record.did(tx, business, item, record.Did.HOLD, ticket_id=ticket.id, detail=holding.DETAILS)
    lines = [business.tell_desk("hold_details", details=strange), business.tell_desk("hold_question")]
    buttons = (
        Button(f"{HELD}:{held.id}:yes", business.tell_desk("hold_send")),
        Button(f"{HELD}:{held.id}:no", business.tell_desk("hold_drop")),
    )
    text = "\n".join(lines)
    await alerts.write(
        tx, business, destination, text, ticket_id=ticket.id, reply_to=said.remote_id, buttons=buttons
    )


async def _decide(
    business: Business, destination: alerts.Destination, update: Update, item: Inbound, pressed: Pressed
) -> None:
    """The second tap, for whoever is first; of one that was held for this very destination."""
    begin, number, verb = (*pressed.button.split(":"), "", "", "")[:3]
    is_one = begin == HELD and number.isdecimal() and len(number) < 18
    held = await suggestions.find(business.db, int(number)) if is_one else None
    more = orjson.loads(held.more) if held is not None else {}
    if held is None or more.get("room") != destination.room or held.ticket_id is None:
        await _finish(business, destination, update, "")
        return
    ticket = await tickets.get(business.db, held.ticket_id)

    async def work(tx: Statements) -> None:
        await conversations.lock(tx, ticket.conversation_id)
        await updates.finish(tx, [update])
        await facts.put(tx, alerts.WROTE.format(destination.room), str(business.clock.now()))
        await _carry_out(tx, business, destination, held, item, goes=verb == "yes")

    await business.db.transaction(work)


async def _carry_out(
    tx: Statements,
    business: Business,
    destination: alerts.Destination,
    held: Suggestion,
    item: Inbound,
    *,
    goes: bool,
) -> None:
    name, now = _name_of(item, destination), business.clock.now()
    if not await suggestions.decide(tx, held.id, "accepted" if goes else "discarded", name, now):
        found = await suggestions.find(tx, held.id) or held
        text = business.tell_desk("suggestion_decided", name=found.staff_name)
        await alerts.write(tx, business, destination, text)
        return
    said = Said(orjson.loads(held.more)["remote_id"], contents.from_json(held.content))
    did = record.Did.SEND_HELD if goes else record.Did.DROP_HELD
    await record.did(tx, business, item, did, ticket_id=held.ticket_id)
    ticket = await tickets.get(tx, held.ticket_id or 0)
    if goes:
        speech = from_json(orjson.loads(held.more).get("translation", ""))
        await _send(tx, business, destination, ticket, item, said, speech)
        return
    await record.keep_inside(tx, business, item, [said], ticket)
    text = business.tell_desk("hold_dropped", name=name)
    await alerts.write(tx, business, destination, text, reply_to=said.remote_id)


def _name_of(item: Inbound, destination: alerts.Destination) -> str:
    return item.sender.name if item.sender and item.sender.name else f"+{destination.room}"


async def _send(
    tx: Statements,
    business: Business,
    destination: alerts.Destination,
    ticket: Ticket,
    item: Inbound,
    said: Said,
    speech: Speech,
) -> None:
    name = _name_of(item, destination)
    mine = replace(item, what=said)
    await replies.send(tx, business, ticket.id, None, mine, [said], name=name, speech=speech)
    words = said.content.text or cards.kind_of(said.content)
    channel = shown_channel(destination.channel)
    text = business.tell_desk("answered_elsewhere", name=name, channel=channel, text=words)
    await tell(tx, business, text, ticket=await tickets.get(tx, ticket.id))
