"""What is due now: each timer is done in the transaction that ends it, once, whichever process comes first."""

import logging
from collections.abc import Awaitable, Callable, Mapping

from bot import content as contents
from bot.business import Business
from bot.content import Content
from bot.desk import cards, holding
from bot.desk.record import Did, did
from bot.desk.speaking import Addressee, addressee, problem, speak, where
from bot.outbound import Priority, at_desk, lane_of_ticket
from storage import conversations, tickets, timers
from storage.database import Statements
from storage.desk_records import Timer, TimerKind

log = logging.getLogger(__name__)

AGAIN_MILLISECONDS = 60_000
MOST_TRIES = 5
SLOW: frozenset[TimerKind] = frozenset({"draft", "lesson", "proof", "broadcast"})
"""These ask the model, write files or send many messages before they end their timer: one at a time."""
CLAIM_MILLISECONDS = 120_000
Ring = Callable[[Business, Timer], Awaitable[None]]
"""Does what the timer is for, and ends it or puts it off."""


async def ring_due(business: Business, rings: Mapping[TimerKind, Ring]) -> int:
    """All that should have happened by now; what stumbles is tried again. Returns how many there were."""
    found = await timers.due(business.db, business.clock.now())
    for timer in found:
        if timer.kind in SLOW and not await _claim(business, timer):
            continue
        try:
            await rings[timer.kind](business, timer)
        except Exception:
            log.exception("timer %s (%s) stumbled", timer.id, timer.kind)
            await _again_or_tell(business, timer)
    return len(found)


async def _claim(business: Business, timer: Timer) -> bool:
    until = business.clock.now() + CLAIM_MILLISECONDS
    return await business.db.transaction(lambda tx: timers.claim(tx, timer, until))


async def _again_or_tell(business: Business, timer: Timer) -> None:
    async def work(tx: Statements) -> None:
        if timer.tries + 1 < MOST_TRIES:
            await timers.put_off(tx, timer.id, business.clock.now() + AGAIN_MILLISECONDS)
        elif await timers.finish(tx, timer.id):
            await tell_about(tx, business, timer, business.tell_desk("timer_failed"))

    await business.db.transaction(work)


async def later(business: Business, timer: Timer) -> None:
    """A reply that was written for now leaves, unless the request was closed meanwhile."""
    content = contents.from_json(timer.content)

    async def work(tx: Statements) -> None:
        if not await begin(tx, timer):
            return
        to = await addressee(tx, timer.ticket_id or 0)
        wrong = problem(business, to.contact)
        if to.ticket.state == "resolved":
            wrong = business.tell_desk("later_resolved", ticket=to.ticket.number)
        if wrong:
            await tell_about(tx, business, timer, wrong)
            return
        if await holding.strange_in(tx, business, to.contact, content):
            await _ask(tx, business, timer, to, content)
            return
        await speak(
            tx,
            business,
            to,
            content,
            timer.staff_name,
            quoted=timer.message_id,
            origin=timer.remote_id,
            origin_room=timer.room,
        )
        await did(
            tx,
            business,
            None,
            Did.SEND_PLANNED,
            ticket_id=to.ticket.id,
            contact_id=to.contact.id,
            detail=timer.staff_name,
        )

    await business.db.transaction(work)


async def _ask(tx: Statements, business: Business, timer: Timer, to: Addressee, content: Content) -> None:
    """Since it was planned something in it turned out to be another customer's: a person decides now."""
    from bot.desk.suggestion_kinds import KINDS  # which knows this file
    from bot.desk.suggestions import suggest

    await suggest(
        tx,
        business,
        KINDS,
        "snippet",
        content,
        more={"to": where(to.contact), "planned": "1"},
        ticket_id=to.ticket.id,
        message_id=timer.message_id,
        room=timer.room,
        thread=timer.thread,
        reply_to=timer.remote_id,
    )


async def remind(business: Business, timer: Timer) -> None:
    words = contents.from_json(timer.content).text if timer.content else ""

    async def work(tx: Statements) -> None:
        if await begin(tx, timer):
            text = business.tell_desk("reminder", name=timer.staff_name, words=words)
            await tell_about(tx, business, timer, text.strip())

    await business.db.transaction(work)


async def snooze(business: Business, timer: Timer) -> None:
    """The request that was put aside is there again."""

    async def work(tx: Statements) -> None:
        if not await begin(tx, timer) or timer.ticket_id is None:
            return
        ticket = await tickets.get(tx, timer.ticket_id)
        if ticket.state != "resolved" and ticket.waiting_since <= timer.created_at:
            text = business.tell_desk("snooze_over", ticket=ticket.number, name=timer.staff_name)
            await tell_about(tx, business, timer, text)
            await cards.refresh(tx, business, ticket.id)

    await business.db.transaction(work)


async def begin(tx: Statements, timer: Timer) -> bool:
    """Takes the ticket's lock and ends the timer; False when somebody else did."""
    if timer.ticket_id is not None:
        await conversations.lock(tx, (await tickets.get(tx, timer.ticket_id)).conversation_id)
    return await timers.finish(tx, timer.id)


async def tell_about(tx: Statements, business: Business, timer: Timer, text: str) -> None:
    """At the desk, under the message that set the timer."""
    await at_desk(
        tx,
        business,
        Content(text=text),
        lane=lane_of_ticket(timer.ticket_id) if timer.ticket_id else "desk",
        priority=Priority.WORD,
        role="note",
        thread=timer.thread,
        reply_to=timer.remote_id,
        ticket_id=timer.ticket_id,
        room=timer.room,
    )
