"""The way in: an update becomes a stored message, once, before anybody is told that we have it."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bot import at_once, elsewhere
from bot import content as contents
from bot.at_once import Foreseen
from bot.business import Business, Fresh
from bot.channel import Channel
from bot.desk import commands, receipts
from bot.desk.rating_signs import OPT_OUT, RATE
from bot.escalation import PERSON_BUTTON
from bot.identity import meet, names_of, recognise
from bot.update import (
    Edited,
    Inbound,
    Pressed,
    Progressed,
    Reacted,
    Renamed,
    Said,
    StandingChanged,
    Unknown,
    Unreadable,
    Withdrawn,
)
from bot.waiting import claim, due_at
from storage import conversations, copies, messages, updates
from storage.database import Statements, StorageUnavailable
from storage.records import Delivery, Known, Message, Update, UpdateState

log = logging.getLogger(__name__)

CUSTOMERS = (Said, Edited, Withdrawn, Reacted, Pressed, StandingChanged, Renamed)
"""What a private room may tell us."""
MOST_REMEMBERED = 1000


class CannotStore(Exception):
    """The updates are not on disk; whoever sent them must send them again."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """What became of one update; `update` is None when it was known, or needs no decision."""

    outcome: Literal["stored", "repeated", "unreadable"] = "stored"

    update: Update | None = None
    known: Known | None = None
    message: Message | None = None
    leaving: Delivery | None = None
    """What was said to it at once, and may leave."""


REPEATED = Admitted("repeated")


async def receive(business: Business, channel: Channel, items: Sequence[Inbound | Unreadable]) -> None:
    """Put updates on disk, each once. Returns when they are synced. Raises CannotStore."""
    if len(items) == 1:
        outcomes = [await _outcome(business, channel, items[0], alone=True)]
    else:
        outcomes = await asyncio.gather(*(_outcome(business, channel, item, alone=False) for item in items))
    failures = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    business.cannot_store = bool(failures)
    if failures:
        raise CannotStore(str(failures[0])) from failures[0]


async def _outcome(
    business: Business, channel: Channel, item: Inbound | Unreadable, *, alone: bool
) -> Admitted | Exception:
    foreseen = _foresee(business, item) if alone else None
    leaving: Delivery | None = None
    try:
        admitted = await _store(business, channel, item, foreseen)
        leaving = admitted.leaving
    except Exception as error:
        return error
    finally:
        if foreseen is not None and foreseen.berth is not None:
            business.depart(foreseen.berth, leaving)
    business.figures.updates[channel.name, _kind(item), admitted.outcome] += 1
    if admitted.update is not None and isinstance(item, Inbound):
        _go_on(business, item, admitted, admitted.update)
    return admitted


def _foresee(business: Business, item: Inbound | Unreadable) -> Foreseen | None:
    """What is one of several is decided on in their order; so is what comes late, or in pieces."""
    if not isinstance(item, Inbound) or not isinstance(item.what, Said) or claim(business, item) is None:
        return None
    if _lane_without_contact(business, item) is not None:
        return None
    return at_once.foresee(business, item, item.what)


def _go_on(business: Business, item: Inbound, admitted: Admitted, update: Update) -> None:
    if admitted.known is not None:
        business.remember(item, admitted.known)
        commands.count_customers(business, item)
    if update.state == "done":
        business.figures.turns["done"] += 1
        return
    _remember(business, update.id, Fresh(item, admitted.known, admitted.message))
    if update.state == "taken":
        business.begin_turn(update)


def _kind(item: Inbound | Unreadable) -> str:
    """A closed set: what a platform calls what we do not know is its own affair."""
    return type(item.what if isinstance(item, Inbound) else item).__name__.lower()


def _remember(business: Business, update_id: int, fresh: Fresh) -> None:
    business.fresh[update_id] = fresh
    if len(business.fresh) > MOST_REMEMBERED:
        del business.fresh[next(iter(business.fresh))]


async def _store(
    business: Business, channel: Channel, item: Inbound | Unreadable, foreseen: Foreseen | None
) -> Admitted:
    try:
        return await business.db.transaction(lambda tx: _admit(tx, business, channel, item, foreseen))
    except StorageUnavailable:
        raise
    except Exception as error:
        if isinstance(item, Unreadable):
            raise
        if foreseen is not None:
            log.exception("not answered at once: %s", type(error).__name__)
            return await _store(business, channel, item, None)
        # Our own mistake must not make the platform repeat the update for ever: keep it where it is seen.
        log.exception("update kept aside: %s", type(error).__name__)
        aside = Unreadable(item.key, item.raw, f"{type(error).__name__} while it was stored")
        return await _store(business, channel, aside, None)


async def _admit(
    tx: Statements,
    business: Business,
    channel: Channel,
    item: Inbound | Unreadable,
    foreseen: Foreseen | None,
) -> Admitted:
    if isinstance(item, Unreadable):
        return await _keep_aside(tx, business, channel, item)
    if isinstance(item.what, Progressed):
        return await _note_progress(tx, business, item, item.what)
    lane = _lane_without_contact(business, item)
    if lane is None:
        return await _admit_customer(tx, business, item, foreseen)
    update = await _add(tx, business, item, lane, "waiting" if lane else "kept")
    return REPEATED if update is None else Admitted(update=update)


def _lane_without_contact(business: Business, item: Inbound) -> str | None:
    """The desk's lane, a strange group's, "" for what nobody needs; None: it is a customer's."""
    sender = item.sender
    if isinstance(item.what, Unknown):
        return ""
    if lane := elsewhere.lane_of(business, item):
        return lane
    if business.desk.is_here(item.channel, item.room):
        return f"desk:{sender.id if sender else ''}"
    if item.is_group:
        needed = isinstance(item.what, StandingChanged | Said)
        return f"strangers:{item.channel}:{item.room}" if needed else ""
    if sender is None or sender.is_bot or not isinstance(item.what, CUSTOMERS):
        return ""
    return None


async def _admit_customer(
    tx: Statements, business: Business, item: Inbound, foreseen: Foreseen | None
) -> Admitted:
    assert item.sender is not None
    await tx.lock(*names_of(item, item.sender))
    recognised = await recognise(tx, item, item.sender)
    conversation = recognised.conversation
    if foreseen is not None and not await at_once.still_holds(tx, business, foreseen, recognised):
        foreseen = None
    if conversation is not None:
        lane = lane_of(conversation.id)
        update = await _add(tx, business, item, lane, "waiting", decided=foreseen is not None)
    else:
        update = await _add(tx, business, item, "", "kept")
    if update is None:
        return REPEATED
    contact = await meet(tx, business, item, item.sender, recognised)
    if conversation is None:
        conversation = await conversations.of_contact(tx, contact.id, update.id)
        update = await updates.put_in_lane(tx, update, lane_of(conversation.id), claim(business, item))
    said = _said(item)
    message = (
        await _keep_message(tx, business, item, said, update.id, conversation.id)
        if said is not None
        else None
    )
    known = Known(contact, conversation)
    if foreseen is None or message is None or update.state != "done":
        return Admitted("stored", update, known, message)
    leaving = await at_once.carry_out(tx, business, foreseen, known, message)
    return Admitted("stored", update, known, message, leaving)


def _said(item: Inbound) -> Said | None:
    """The customer's words in it. A tap on our own button asks for a person, and says nothing."""
    if isinstance(item.what, Pressed) and not item.what.button.startswith((PERSON_BUTTON, RATE, OPT_OUT)):
        return item.what.said
    return item.what if isinstance(item.what, Said) else None


def lane_of(conversation_id: int) -> str:
    return f"conversation:{conversation_id}"


async def _add(
    tx: Statements,
    business: Business,
    item: Inbound,
    lane: str,
    state: UpdateState,
    *,
    decided: bool = False,
) -> Update | None:
    return await updates.add(
        tx,
        channel=item.channel,
        account=item.account,
        key=item.key,
        kind=item.what.kind if isinstance(item.what, Unknown) else type(item.what).__name__.lower(),
        lane=lane,
        raw=item.raw,
        state=state,
        now=business.clock.now(),
        due_at=due_at(business, item),
        claim=claim(business, item) if state == "waiting" else None,
        decided=decided,
    )


async def _keep_message(
    tx: Statements, business: Business, item: Inbound, said: Said, update_id: int, conversation_id: int
) -> Message:
    quoted = await copies.find(tx, item.channel, item.room, said.reply_to) if said.reply_to else None
    message = await messages.add(
        tx,
        conversation_id=conversation_id,
        author="customer",
        content=contents.to_json(said.content),
        update_id=update_id,
        album=said.album,
        reply_to=quoted.message_id if quoted else None,
        now=business.clock.now(),
    )
    await copies.add(
        tx,
        channel=item.channel,
        room=item.room,
        remote_id=said.remote_id,
        role="origin",
        message_id=message.id,
    )
    return message


async def _note_progress(tx: Statements, business: Business, item: Inbound, what: Progressed) -> Admitted:
    if await _add(tx, business, item, "", "done") is None:
        return REPEATED
    await receipts.progressed(tx, business, item.channel, what)
    return Admitted()


async def _keep_aside(tx: Statements, business: Business, channel: Channel, item: Unreadable) -> Admitted:
    added = await updates.add(
        tx,
        channel=channel.name,
        account=channel.account,
        key=item.key,
        kind="unreadable",
        lane="",
        raw=item.raw,
        state="quarantined",
        now=business.clock.now(),
        error=item.reason,
    )
    if added:
        log.warning("update %s of %s is unreadable and kept aside", added.id, channel.name)
    return Admitted("unreadable") if added else REPEATED
