"""Newer words for what stands somewhere already, or still waits: part by part, wherever that can be."""

from dataclasses import replace
from itertools import zip_longest

from bot import content as contents
from bot import split
from bot.business import Business
from bot.channel import SendRefused
from bot.content import Content
from bot.outbound import Priority, touch
from bot.update import Reason
from storage import copies, deliveries, queued
from storage.database import Reading, Statements
from storage.records import Contact, Delivery

LATE = "#"
"""Before a delivery's number: the message that it will have become when this one's turn comes."""
LOST = ("failed", "uncertain", "expired")


async def parts_of(tx: Statements, message_id: int) -> list[Delivery]:
    """What the message was cut into for the customer, as far as it still counts."""
    found = await deliveries.of_message(tx, message_id)
    return [one for one in found if one.action == "say" and one.role == "reply"]


async def lost_of(tx: Statements, message_id: int) -> Delivery | None:
    """The first part that did not arrive."""
    return next((part for part in await parts_of(tx, message_id) if part.state in LOST), None)


async def at_customer(
    tx: Statements, business: Business, contact: Contact, message_id: int, newer: Content
) -> Reason | None:
    """Say the newer words where the old ones stand or wait; files stay as they are.

    Returns why that cannot be, None when it is on its way."""
    parts = await parts_of(tx, message_id)
    channel = business.channels.get(contact.channel)
    if not parts or channel is None or _is_template(parts):
        return Reason.NOT_EDITABLE
    left = [part for part in parts if part.state != "queued" and part.state not in LOST]
    if left and not channel.limits.edits:
        return Reason.NOT_EDITABLE
    pieces = split.parts(newer, channel.limits)
    carried, worded = _apart([contents.from_json(part.content) for part in parts])
    new_carried, new_worded = _apart(pieces)
    if len(carried) != len(new_carried):
        return Reason.NOT_EDITABLE
    for at, then in zip(carried, new_carried, strict=True):
        await say_anew(tx, business, parts[at], pieces[then])
    for place, then_place in zip_longest(worded, new_worded):
        if place is None:
            await _add(tx, business, parts[-1], pieces[then_place])
        elif then_place is None:
            await take_back(tx, business, parts[place])
        else:
            await say_anew(tx, business, parts[place], pieces[then_place])
    return None


def _is_template(parts: list[Delivery]) -> bool:
    return any(contents.from_json(part.content).template for part in parts if part.state not in LOST)


def _apart(bodies: list[Content]) -> tuple[list[int], list[int]]:
    """The places of those that carry something, and of those that are words alone."""
    carries = [bool(body.media or body.place or body.shared) for body in bodies]
    return [at for at, one in enumerate(carries) if one], [at for at, one in enumerate(carries) if not one]


async def say_anew(tx: Statements, business: Business, part: Delivery, piece: Content) -> None:
    """As it waits, where it stands, or where it will stand; what was lost is sent again with the newer words."""
    body = contents.to_json(replace(piece, buttons=()))
    if body == part.content or (part.state == "queued" and await queued.rewrite(tx, part.id, body)):
        return
    if part.state in LOST:
        await queued.rewrite_failed(tx, part.id, body)
        return
    await touch(
        tx,
        business,
        "edit",
        channel=part.channel,
        room=part.room,
        lane=part.lane,
        target=part.remote_id or f"{LATE}{part.id}",
        content=piece,
        role=part.role,
        message_id=part.message_id,
        ticket_id=part.ticket_id,
    )


async def take_back(tx: Statements, business: Business, part: Delivery) -> bool:
    """Whether it never left. What has left is deleted where the platform lets us: an album's files one by one."""
    if part.state in LOST or (part.state == "queued" and await queued.drop(tx, part)):
        return True
    targets = [part.remote_id or f"{LATE}{part.id}"]
    if len(contents.from_json(part.content).media) > 1 and part.message_id is not None:
        standing = await copies.of_message(tx, part.message_id, "reply")
        targets = [copy.remote_id for copy in standing if copy.room == part.room] or targets
    for target in targets:
        await touch(
            tx,
            business,
            "take_back",
            channel=part.channel,
            room=part.room,
            lane=part.lane,
            target=target,
            role=part.role,
            message_id=part.message_id,
            ticket_id=part.ticket_id,
        )
    return False


async def target_of(db: Reading, change: Delivery) -> str:
    """What to change, though it may not have been sent yet when the change was queued. Raises SendRefused."""
    if change.target and not change.target.startswith(LATE):
        return change.target
    remote_id = ""
    if change.target:
        part = await deliveries.find(db, int(change.target.removeprefix(LATE)))
        remote_id = part.remote_id if part else ""
    elif change.role == "card" and change.ticket_id:
        card = await copies.card_of(db, change.ticket_id, change.room)
        remote_id = card.remote_id if card else ""
    if not remote_id:
        raise SendRefused(Reason.TARGET_GONE)
    return remote_id


async def _add(tx: Statements, business: Business, last: Delivery, piece: Content) -> None:
    """The newer words are longer: one more message."""
    await again(tx, business, last, contents.to_json(piece), last.room)


async def again(tx: Statements, business: Business, part: Delivery, body: str, room: str) -> None:
    """Queue what belongs to the same reply of staff; the platform's limits and the order are as ever."""
    await deliveries.add(
        tx,
        channel=part.channel,
        room=room,
        lane=f"{part.channel}:{room}",
        action="say",
        priority=Priority.ANSWER,
        content=body,
        role="reply",
        reply_to=part.reply_to if part.state in LOST else "",
        message_id=part.message_id,
        ticket_id=part.ticket_id,
        now=business.clock.now(),
    )
