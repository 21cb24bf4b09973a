"""What staff can do with one tap about a reply that failed or cannot be mended: a button each, for whoever is first."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import orjson

from bot import content as contents
from bot import split, templates
from bot.business import Business
from bot.content import Button, Content, Entity, Style
from bot.desk import cards, mending, record
from bot.desk.commands.order import Taps
from bot.desk.signs import QUEUED
from bot.desk.speech import as_read
from bot.outbound import lane_of_ticket, react_at_desk, say, tell, touch
from bot.status import span
from bot.update import Inbound, Pressed, Reason
from storage import contacts, conversations, copies, deliveries, messages, offers, tickets, updates
from storage.database import Statements
from storage.offers import Offer
from storage.records import Contact, Copy, Message, Ticket, Update

OFFER = "offer"
"""Begins a button's id: offer:12:0 is the first choice of the twelfth."""
AGAIN, CORRECT = "again", "correct"
AS_IT_WAS = ""
"""A choice that sends the same once more."""
POINTLESS = (
    Reason.TOO_LONG,
    Reason.TOO_LARGE,
    Reason.MEDIA_GONE,
    Reason.MEDIA_REFUSED,
    Reason.MALFORMED,
)
"""What fails for these fails again."""
MOST_PREVIEWED = 2_000
"""Characters; with one more preview a note still fits into a message, and keeps its buttons."""
BY_TEMPLATE = (Reason.WINDOW_CLOSED, Reason.TEMPLATE)


@dataclass(frozen=True, slots=True)
class Tap:
    """A button that was tapped first, and by whom."""

    offer: Offer
    choice: str
    name: str
    item: Inbound
    note: Copy
    """The note that the button stands under."""


@dataclass(frozen=True, slots=True)
class Choice:
    title: str
    body: str


async def tell_failure(
    tx: Statements,
    business: Business,
    message: Message,
    contact: Contact,
    reason: Reason,
    *,
    refused: str = "",
    mended: bool = False,
) -> None:
    """Why it failed, in words, and what can be done about it. `refused` is the body that was not taken; it is
    worth another try in any case where it was `mended` since."""
    ticket = await tickets.get(tx, message.ticket_id) if message.ticket_id else None
    await offers.withdraw(tx, message.id, business.clock.now())
    tried = contents.from_json(refused).template if refused else None
    offered = []
    if reason in BY_TEMPLATE:
        words = await as_read(tx, message)
        offered = _as_templates(business, words, contact, ticket, tried.name if tried else "")
    key = "reply_uncertain" if reason is Reason.UNCONFIRMED else "reply_failed"
    by_template = "_templates" if offered and reason is Reason.WINDOW_CLOSED else ""
    why = business.tell_desk(f"refused_{reason}{by_template}")
    lines = [business.tell_desk(key, name=cards.shown_name(contact), reason=why)]
    lines += [preview for _, preview in offered]
    choices = [choice for choice, _ in offered]
    if mended or reason not in POINTLESS:
        choices.append(Choice(business.tell_desk("offer_again"), AS_IT_WAS))
    buttons = await _make(tx, business, AGAIN, message.id, choices)
    room, origin = place_of(await origin_of(tx, business, message.id))
    text = "\n\n".join(lines)
    await tell(tx, business, text, room=room, reply_to=origin, ticket=ticket, buttons=buttons)


def _as_templates(
    business: Business, words: Content, contact: Contact, ticket: Ticket | None, refused: str
) -> list[tuple[Choice, str]]:
    """Each template that may carry the reply, and how it would read."""
    found: list[tuple[Choice, str]] = []
    for template in templates.for_reply(business, contact):
        if sum(split.units(preview) for _, preview in found) > MOST_PREVIEWED:
            break
        if template.name == refused or (words.wordless and templates.carries_text(template)):
            continue
        body = templates.filled(template, templates.values_for(business, contact, ticket, words.text))
        title = business.tell_desk("offer_template", template=template.name)
        preview = business.tell_desk("offer_preview", template=template.name, text=body.text)
        found.append((Choice(title[:64], contents.to_json(body)), preview))
    return found


async def tell_unmended(tx: Statements, business: Business, message: Message, reason: Reason) -> None:
    """Staff mended a reply, and the customer still reads the old words: a correction is one tap away."""
    ticket = await tickets.get(tx, message.ticket_id) if message.ticket_id else None
    text = business.tell_desk("edit_failed", reason=business.tell_desk(f"refused_{reason}"))
    await offers.withdraw(tx, message.id, business.clock.now())
    newer = await as_read(tx, message)
    words = Content(text=newer.text, entities=newer.entities)
    choices = (
        [] if words.wordless else [Choice(business.tell_desk("offer_correction"), contents.to_json(words))]
    )
    buttons = await _make(tx, business, CORRECT, message.id, choices)
    room, origin = place_of(await origin_of(tx, business, message.id))
    await tell(tx, business, text, room=room, reply_to=origin, ticket=ticket, buttons=buttons)


async def _make(
    tx: Statements, business: Business, kind: str, message_id: int, choices: list[Choice]
) -> tuple[Button, ...]:
    if not choices:
        return ()
    bodies = orjson.dumps([choice.body for choice in choices]).decode()
    offer = await offers.make(tx, kind=kind, message_id=message_id, choices=bodies, now=business.clock.now())
    return tuple(Button(f"{OFFER}:{offer}:{at}", choice.title) for at, choice in enumerate(choices))


async def _press(business: Business, taken: list[Update], item: Inbound, pressed: Pressed, copy: Copy) -> str:
    """Done once, by whoever of staff taps first; whoever comes later is told by whom."""
    _, number, place, *_ = (*pressed.button.split(":"), "", "")
    is_ours = number.isdecimal() and place.isdecimal() and len(number) < 18
    offer = await offers.find(business.db, int(number)) if is_ours else None
    message = await messages.get(business.db, offer.message_id) if offer else None

    async def work(tx: Statements) -> str:
        if message is not None:
            await conversations.lock(tx, message.conversation_id)
        await updates.finish(tx, taken)
        choices = orjson.loads(offer.choices) if offer else []
        is_theirs = message is not None and copy.ticket_id == message.ticket_id
        if offer is None or int(place) >= len(choices) or not is_theirs:
            return business.tell_desk("offer_gone")
        name = item.sender.name if item.sender else ""
        if not await offers.take(tx, offer.id, name, business.clock.now()):
            return await _too_late(tx, business, offer.id)
        return await DOES[offer.kind](tx, business, Tap(offer, choices[int(place)], name, item, copy))

    return await business.db.transaction(work)


async def _too_late(tx: Statements, business: Business, offer_id: int) -> str:
    offer = await offers.find(tx, offer_id)
    if offer is None or not offer.taken_by:
        return business.tell_desk("offer_gone")
    ago = span(business, business.settings.desk.language, business.clock.now() - offer.taken_at)
    return business.tell_desk("offer_taken", name=offer.taken_by, ago=ago)


async def _send_again(tx: Statements, business: Business, tap: Tap) -> str:
    """The parts that did not arrive, as they were or all of them as one template."""
    message = await messages.get(tx, tap.offer.message_id)
    contact = await _contact_of(tx, message)
    parts = [part for part in await mending.parts_of(tx, message.id) if part.state in mending.LOST]
    if not parts or contact.channel not in business.channels or not contact.room:
        return business.tell_desk("offer_gone")
    await deliveries.supersede(tx, message.id)
    bodies = [part.content for part in parts] if tap.choice == AS_IT_WAS else [tap.choice]
    for part, body in zip(parts, bodies, strict=False):
        await mending.again(tx, business, part, body, contact.room)
    room, origin = place_of(await origin_of(tx, business, message.id))
    await react_at_desk(tx, business, origin, QUEUED, room)
    did, said = record.Did.RETRY, business.tell_desk("offer_sent_again", name=tap.name)
    if tap.choice != AS_IT_WAS:
        text = contents.from_json(tap.choice).text
        did, said = record.Did.TEMPLATE, business.tell_desk("offer_sent_template", name=tap.name, text=text)
    await record.did(tx, business, tap.item, did, ticket_id=message.ticket_id)
    await _close_note(tx, business, tap, message, said)
    if message.ticket_id:
        who = tap.item.sender.id if tap.item.sender else ""
        await tickets.take(tx, message.ticket_id, tap.name, who, business.clock.now())
        await cards.refresh(tx, business, message.ticket_id)
    return ""


async def _correct(tx: Statements, business: Business, tap: Tap) -> str:
    message = await messages.get(tx, tap.offer.message_id)
    contact = await _contact_of(tx, message)
    if contact.channel not in business.channels or not contact.room:
        return business.tell_desk("offer_gone")
    await say(
        tx,
        business,
        contact,
        message.conversation_id,
        _headed(business.say(contact.language, "correction"), contents.from_json(tap.choice)),
        author="staff",
        staff_name=tap.name,
        ticket_id=message.ticket_id,
        quoted=message.id,
    )
    await record.did(tx, business, tap.item, record.Did.CORRECT, ticket_id=message.ticket_id)
    await _close_note(tx, business, tap, message, business.tell_desk("offer_corrected", name=tap.name))
    return ""


def _headed(head: str, words: Content) -> Content:
    lead = split.units(head) + 1
    moved = tuple(replace(entity, offset=entity.offset + lead) for entity in words.entities)
    title = Entity(Style.BOLD, 0, split.units(head))
    return replace(words, text=f"{head}\n{words.text}", entities=(title, *moved))


async def _close_note(tx: Statements, business: Business, tap: Tap, message: Message, text: str) -> None:
    """The note says what was done, and has no buttons any more."""
    await touch(
        tx,
        business,
        "edit",
        channel=tap.note.channel,
        room=tap.note.room,
        lane=lane_of_ticket(message.ticket_id) if message.ticket_id else "desk",
        target=tap.note.remote_id,
        content=Content(text=text),
        ticket_id=message.ticket_id,
    )


async def origin_of(tx: Statements, business: Business, message_id: int) -> Copy | None:
    """The staff's own message in their group; of an album, its first."""
    for copy in await copies.of_message(tx, message_id, "origin"):
        if business.desk.is_here(copy.channel, copy.room):
            return copy
    return None


def place_of(copy: Copy | None) -> tuple[str, str]:
    """Room and id; both empty for none."""
    return (copy.room, copy.remote_id) if copy else ("", "")


async def _contact_of(tx: Statements, message: Message) -> Contact:
    conversation = await conversations.get(tx, message.conversation_id)
    return await contacts.get(tx, conversation.contact_id)


DOES: dict[str, Callable[[Statements, Business, Tap], Awaitable[str]]] = {
    AGAIN: _send_again,
    CORRECT: _correct,
}
"""Each answers the tap with a word, or with none where what happened can be seen."""
TAPS: Taps = {OFFER: _press}
