"""`/later`, `/snooze`, `/remind`: what shall happen at a time that a colleague names."""

from zoneinfo import ZoneInfo

from bot import content as contents
from bot.business import Business
from bot.content import Button, Content
from bot.desk import cards, holding, record, when
from bot.desk.commands.order import Commands, Order, Taps, only_answer
from bot.desk.speaking import Addressee, addressee, behind, problem, where
from bot.moments import at_time
from bot.outbound import Priority, at_desk, lane_of_ticket
from bot.update import Inbound, Pressed, Said
from storage import conversations, copies, tickets, timers, updates
from storage.database import Reading, Statements
from storage.desk_records import TimerKind
from storage.records import Copy, Ticket, Update

MOST_LISTED = 8
STAFF_ASKED: tuple[TimerKind, TimerKind, TimerKind] = ("later", "remind", "snooze")


async def _later(business: Business, taken: list[Update], order: Order) -> None:
    """Without words it lists what waits; with a time and words it is a reply that leaves then."""
    if not order.words:
        await _list(business, taken, order)
        return
    time, words = _read(business, order)
    meant = await about(business.db, order)
    if time is None or words.wordless or meant is None:
        key = "later_which" if time is not None and not words.wordless else "usage_later"
        await only_answer(business, taken, order, business.tell_desk(key))
        return
    to = await addressee(business.db, meant.ticket_id or 0)
    if wrong := problem(business, to.contact):
        await only_answer(business, taken, order, wrong)
        return
    if strange := await holding.strange_in(business.db, business, to.contact, words):
        await only_answer(business, taken, order, business.tell_desk("later_strange", details=strange))
        return
    text = business.tell_desk("later_set", name=where(to.contact), time=at_time(business, time.at))
    await _set(business, taken, order, "later", time.at, text, meant=meant, content=words)


async def _remind(business: Business, taken: list[Update], order: Order) -> None:
    time, words = _read(business, order)
    if time is None:
        await only_answer(business, taken, order, business.tell_desk("usage_remind"))
        return
    meant = await about(business.db, order)
    text = business.tell_desk("remind_set", time=at_time(business, time.at))
    await _set(business, taken, order, "remind", time.at, text, meant=meant, content=words)


async def _snooze(business: Business, taken: list[Update], order: Order) -> None:
    time, _ = _read(business, order)
    meant = await about(business.db, order)
    ticket = await tickets.get(business.db, meant.ticket_id) if meant and meant.ticket_id else None
    if time is None or ticket is None or ticket.state == "resolved":
        key = "usage_snooze" if time is None else "later_which" if ticket is None else "already_resolved"
        values = {"ticket": ticket.number} if ticket else {}
        await only_answer(business, taken, order, business.tell_desk(key, **values))
        return
    text = business.tell_desk("snooze_set", ticket=ticket.number, time=at_time(business, time.at))
    await _set(business, taken, order, "snooze", time.at, text, meant=meant)


def _read(business: Business, order: Order) -> tuple[when.When | None, Content]:
    """The time and the words behind it, with their line breaks and styles."""
    said = order.item.what
    content = said.content if isinstance(said, Said) else Content()
    text = content.text
    start = len(text) - len(text.lstrip())
    start += len(text[start:].split(maxsplit=1)[0]) if text.strip() else 0
    start += len(text[start:]) - len(text[start:].lstrip())
    found = when.read(text[start:], business.clock.now(), ZoneInfo(business.settings.bot.timezone))
    return found, behind(content, start + found.end) if found else Content()


async def about(db: Reading, order: Order) -> Copy | None:
    """What the command answers, when that belongs to a request; else the request whose topic this is."""
    if order.reply_to:
        copy = await copies.find(db, order.item.channel, order.item.room, order.reply_to)
        if copy is not None and copy.ticket_id is not None:
            return copy
    ticket = await tickets.find_by_thread(db, order.item.room, order.item.thread)
    return Copy(order.item.channel, order.item.room, "", "card", None, ticket.id) if ticket else None


async def _set(
    business: Business,
    taken: list[Update],
    order: Order,
    kind: TimerKind,
    due_at: int,
    text: str,
    *,
    meant: Copy | None,
    content: Content | None = None,
) -> None:
    quoted = meant.message_id if meant and meant.role == "copy" else None
    ticket_id = meant.ticket_id if meant else None

    async def work(tx: Statements) -> None:
        if ticket_id is not None:
            await conversations.lock(tx, (await tickets.get(tx, ticket_id)).conversation_id)
        await updates.finish(tx, taken)
        if kind == "snooze" and ticket_id is not None:
            await timers.cancel_of_ticket(tx, ticket_id, kind)
        timer_id = await timers.add(
            tx,
            kind=kind,
            due_at=due_at,
            now=business.clock.now(),
            ticket_id=ticket_id,
            message_id=quoted,
            content=contents.to_json(content) if content else "",
            staff_name=order.staff,
            room=order.item.room,
            thread=order.item.thread,
            remote_id=order.remote_id,
        )
        await record.did(tx, business, order.item, record.Did.PLAN, ticket_id=ticket_id, detail=kind)
        await _say(tx, business, order, ticket_id, text, ((timer_id, business.tell_desk("timer_cancel")),))
        if kind == "snooze" and ticket_id is not None:
            await cards.refresh(tx, business, ticket_id)

    await business.db.transaction(work)


async def _say(
    tx: Statements,
    business: Business,
    order: Order,
    ticket_id: int | None,
    text: str,
    cancels: tuple[tuple[int, str], ...],
) -> None:
    buttons = tuple(Button(f"timer:{number}:cancel", title) for number, title in cancels)
    await at_desk(
        tx,
        business,
        Content(text=text, buttons=buttons),
        lane=lane_of_ticket(ticket_id) if ticket_id else "desk",
        priority=Priority.WORD,
        role="note",
        thread=order.item.thread,
        reply_to=order.remote_id,
        ticket_id=ticket_id,
        room=order.item.room,
    )


async def _list(business: Business, taken: list[Update], order: Order) -> None:
    async def work(tx: Statements) -> None:
        await updates.finish(tx, taken)
        found = await timers.waiting(tx, STAFF_ASKED)
        lines, cancels = [], []
        for place, timer in enumerate(found[:MOST_LISTED], 1):
            to = await addressee(tx, timer.ticket_id) if timer.ticket_id else None
            words = contents.from_json(timer.content).text if timer.content else ""
            lines.append(
                business.tell_desk(
                    f"timer_{timer.kind}",
                    place=place,
                    time=at_time(business, timer.due_at),
                    name=_named(to) if to else timer.staff_name,
                    words=" ".join(words.split())[:80],
                ).rstrip()
            )
            cancels.append((timer.id, f"✖ {place}"))
        if len(found) > MOST_LISTED:
            lines.append("…")
        text = "\n".join(lines) or business.tell_desk("timers_none")
        await _say(tx, business, order, None, text, tuple(cancels))

    await business.db.transaction(work)


def _named(to: Addressee) -> str:
    return f"{to.ticket.number} {cards.shown_name(to.contact)}"


async def _cancel(
    business: Business, taken: list[Update], item: Inbound, pressed: Pressed, copy: Copy
) -> str:
    """A timer's Cancel."""
    number = (*pressed.button.split(":"), "")[1]
    timer = await timers.find(business.db, int(number)) if number.isdecimal() else None
    about: Ticket | None = (
        await tickets.find(business.db, timer.ticket_id) if timer and timer.ticket_id else None
    )

    async def work(tx: Statements) -> bool:
        if about is not None:
            await conversations.lock(tx, about.conversation_id)
        await updates.finish(tx, taken)
        if timer is None or not await timers.cancel(tx, timer.id):
            return False
        name = item.sender.name if item.sender else ""
        text = business.tell_desk("timer_cancelled", name=name)
        lane = lane_of_ticket(about.id) if about else "desk"
        await at_desk(
            tx,
            business,
            Content(text=text),
            lane=lane,
            priority=Priority.WORD,
            role="note",
            thread=item.thread,
            reply_to=timer.remote_id,
            ticket_id=about.id if about else None,
            room=item.room,
        )
        if timer.kind == "snooze" and about is not None:
            await cards.refresh(tx, business, about.id)
        return True

    done = await business.db.transaction(work)
    return "" if done else business.tell_desk("timer_over")


TAPS: Taps = {"timer": _cancel}
COMMANDS: Commands = {"later": _later, "snooze": _snooze, "remind": _remind}
