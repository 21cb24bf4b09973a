"""What became of a delivery, written down and shown: on the staff's own message, by a reaction."""

import logging

from bot import alerts
from bot import content as contents
from bot.business import Business
from bot.content import Content
from bot.desk import cards, mending, offers, parting, windows
from bot.desk.signs import DELIVERED, FAILED, READ, SIGN_OF, TAKEN_BACK
from bot.escalation import Why, hand_over_silently
from bot.outbound import Priority, at_desk, react_at_desk, tell
from bot.update import Progress, Progressed, Reason
from storage import contacts, conversations, copies, deliveries, messages, tickets
from storage.database import Statements
from storage.records import Contact, Delivery, DeliveryState, Message, Ticket

log = logging.getLogger(__name__)

BLOCKING = (Reason.BLOCKED, Reason.UNREACHABLE)
FAILURES = ("failed", "uncertain", "expired")
ENDS: dict[Reason, DeliveryState] = {Reason.EXPIRED: "expired", Reason.UNCONFIRMED: "uncertain"}
STATE_OF: dict[Progress, DeliveryState] = {
    Progress.SENT: "sent",
    Progress.DELIVERED: "delivered",
    Progress.READ: "read",
}


async def sent(tx: Statements, business: Business, delivery: Delivery, remote_ids: tuple[str, ...]) -> None:
    """The platform took it. Remember where it stands, so that a reply to it is understood."""
    first = remote_ids[0] if remote_ids else ""
    state = await deliveries.sent(tx, delivery.id, first, business.clock.now())
    for remote_id in remote_ids:
        await copies.add(
            tx,
            channel=delivery.channel,
            room=delivery.room,
            remote_id=remote_id,
            role=delivery.role,
            message_id=delivery.message_id,
            ticket_id=delivery.ticket_id,
        )
    if delivery.action == "take_back" and delivery.message_id is not None:
        await _show_taken_back(tx, business, await messages.get(tx, delivery.message_id))
    if delivery.ticket_id is not None and delivery.role == "reply" and delivery.action == "say":
        channel = business.channels.get(delivery.channel)
        reports = channel is not None and channel.echoes_tracker
        await _show(tx, business, delivery, SIGN_OF[state] if reports else DELIVERED)


async def progressed(tx: Statements, business: Business, channel: str, what: Progressed) -> None:
    """The platform told how far a message is; nothing, when that was known already."""
    delivery = await _delivery_of(tx, channel, what)
    if delivery is None:
        return
    if what.progress is Progress.FAILED:
        is_of_another_try = delivery.remote_id and what.remote_id != delivery.remote_id
        if delivery.state not in ("delivered", "read", "failed") and not is_of_another_try:
            await ended(tx, business, delivery, what.reason or Reason.NOT_NOW, what.detail)
        return
    state = STATE_OF[what.progress]
    if not await deliveries.rise(tx, delivery, state, what.remote_id):
        return
    await copies.add(
        tx,
        channel=delivery.channel,
        room=delivery.room,
        remote_id=what.remote_id,
        role=delivery.role,
        message_id=delivery.message_id,
        ticket_id=delivery.ticket_id,
    )
    await _show(tx, business, delivery, SIGN_OF[state])


async def ended(tx: Statements, business: Business, delivery: Delivery, reason: Reason, detail: str) -> None:
    """It will not arrive, or nobody can know: say so to those who must know."""
    message = await messages.get(tx, delivery.message_id) if delivery.message_id is not None else None
    if message is not None:
        await conversations.lock(tx, message.conversation_id)
    if not await deliveries.end(tx, delivery, ENDS.get(reason, "failed"), reason=reason, detail=detail):
        return
    if delivery.role == "alert":
        await alerts.failed(tx, business, delivery, reason)
    if message is not None:
        await _tell(tx, business, delivery, message, reason)


async def _tell(
    tx: Statements, business: Business, delivery: Delivery, message: Message, reason: Reason
) -> None:
    conversation = await conversations.get(tx, message.conversation_id)
    contact = await contacts.get(tx, conversation.contact_id)
    if delivery.role == "copy":
        await _show_without_file(tx, business, delivery, contact, reason)
    if tell_of := UNDONE.get(delivery.action):
        await tell_of(tx, business, message, reason)
    if delivery.role != "reply" or delivery.action != "say":
        return
    if reason in BLOCKING:
        await contacts.block(tx, contact.id, business.clock.now())
    if message.author == "staff":
        await _tell_author(tx, business, delivery, message, contact, reason)
    elif message.ticket_id is None and reason not in BLOCKING:
        await hand_over_silently(tx, business, conversation, contact, Why.UNDELIVERED)


async def _show_without_file(
    tx: Statements, business: Business, delivery: Delivery, contact: Contact, reason: Reason
) -> None:
    """What a customer sent cannot be shown: staff read its words and that there was something; they may reply to it."""
    content = contents.from_json(delivery.content)
    why = business.tell_desk(f"refused_{reason}")
    sentence = business.tell_desk("copy_failed", name=cards.shown_name(contact), reason=why)
    if not content.media:
        await tell(tx, business, sentence, ticket=await _ticket(tx, delivery.ticket_id))
        return
    await at_desk(
        tx,
        business,
        Content(text="\n".join(part for part in (content.text, sentence) if part), entities=content.entities),
        lane=delivery.lane,
        priority=Priority.WORD,
        role="copy",
        message_id=delivery.message_id,
        ticket_id=delivery.ticket_id,
        room=delivery.room,
    )


async def _ticket(tx: Statements, ticket_id: int | None) -> Ticket | None:
    return await tickets.get(tx, ticket_id) if ticket_id else None


async def _tell_editor(tx: Statements, business: Business, message: Message, reason: Reason) -> None:
    """Staff mended a reply, and the customer still reads the old words."""
    if message.author == "staff":
        await offers.tell_unmended(tx, business, message, reason)


async def _tell_taker(tx: Statements, business: Business, message: Message, reason: Reason) -> None:
    """Staff took a reply back, and the customer reads it still."""
    if message.author == "staff":
        text = business.tell_desk("delete_failed", reason=business.tell_desk(f"refused_{reason}"))
        room, origin = offers.place_of(await offers.origin_of(tx, business, message.id))
        await tell(
            tx, business, text, room=room, reply_to=origin, ticket=await _ticket(tx, message.ticket_id)
        )


async def _tell_reactor(tx: Statements, business: Business, message: Message, reason: Reason) -> None:
    """Staff put a reaction on a customer's message, and the customer cannot see it."""
    if message.author == "customer":
        text = business.tell_desk("reaction_failed", reason=business.tell_desk(f"refused_{reason}"))
        await tell(tx, business, text, ticket=await _ticket(tx, message.ticket_id))


UNDONE = {"edit": _tell_editor, "take_back": _tell_taker, "react": _tell_reactor}
"""Who is told when it could not be done."""


async def _tell_author(
    tx: Statements, business: Business, delivery: Delivery, message: Message, contact: Contact, reason: Reason
) -> None:
    """Whoever replied sees it on their message, and reads why beneath it; once, however many parts failed."""
    parts = await mending.parts_of(tx, message.id)
    if any(part.state in FAILURES and part.id != delivery.id for part in parts):
        return
    await _show(tx, business, delivery, FAILED)
    if await offers.origin_of(tx, business, message.id) is None:
        await alerts.tell_failure(tx, business, message, reason)
    if reason is Reason.WINDOW_CLOSED and message.ticket_id:
        await windows.note_closed(tx, business, message.ticket_id)
    await offers.tell_failure(tx, business, message, contact, reason, refused=delivery.content)
    if message.ticket_id:
        await tickets.wait(tx, message.ticket_id, business.clock.now())
        await cards.refresh(tx, business, message.ticket_id)


async def _show(tx: Statements, business: Business, delivery: Delivery, sign: str) -> None:
    """Put the sign on the staff's message; with several parts, only when all of them are that far."""
    if delivery.message_id is None or delivery.role != "reply":
        return
    message = await messages.get(tx, delivery.message_id)
    if message.author != "staff":
        return
    await conversations.lock(tx, message.conversation_id)
    if sign in (DELIVERED, READ):
        await _note_reached(tx, business, message)
    if message.withdrawn_at or (sign != FAILED and not await _all_as_far(tx, delivery)):
        return
    if origin := await offers.origin_of(tx, business, message.id):
        await react_at_desk(tx, business, origin.remote_id, sign, origin.room)
    elif not await parting.show_fate(tx, business, message):
        await alerts.show(tx, business, message.id, sign)


async def _note_reached(tx: Statements, business: Business, message: Message) -> None:
    """Whoever gets a reply has not blocked us, or not any more."""
    conversation = await conversations.get(tx, message.conversation_id)
    contact = await contacts.get(tx, conversation.contact_id)
    if contact.blocked_at:
        await contacts.block(tx, contact.id, 0)
        if message.ticket_id:
            await cards.refresh(tx, business, message.ticket_id)


async def _show_taken_back(tx: Statements, business: Business, message: Message) -> None:
    """Not where only a part went, because newer words are shorter."""
    origin = await offers.origin_of(tx, business, message.id) if message.withdrawn_at else None
    if origin is not None:
        await react_at_desk(tx, business, origin.remote_id, TAKEN_BACK, origin.room)


async def _all_as_far(tx: Statements, delivery: Delivery) -> bool:
    assert delivery.message_id is not None
    parts = await mending.parts_of(tx, delivery.message_id)
    mine = next(part for part in parts if part.id == delivery.id)
    least = deliveries.RANK[mine.state]
    return all(part.state != "failed" and deliveries.RANK[part.state] >= least for part in parts)


async def _delivery_of(tx: Statements, channel: str, what: Progressed) -> Delivery | None:
    if what.tracker.isdecimal() and len(what.tracker) < 18:
        found = await deliveries.find(tx, int(what.tracker))
        return found if found and found.channel == channel else None
    return await deliveries.find_by_remote_id(tx, channel, what.remote_id)
