"""`/tickets`: what is open, longest wait first, a page at a time; each with a button that leads to its topic."""

from dataclasses import dataclass

from bot.business import Business
from bot.content import Button, Content
from bot.desk import cards
from bot.desk.commands.order import Commands, Order, Taps, answer
from bot.outbound import touch
from bot.status import span
from bot.update import Inbound, Pressed
from storage import tickets, updates
from storage.database import Reading, Statements
from storage.records import Copy, OpenTicket, Update

PAGE = 8
READ_AT_ONCE = 100
"""Where a word is looked for, so many are looked through in one query."""
MORE = "more"
LONGEST_WORD = 32
"""Bytes; with the place in the queue it has to fit into a button."""
FILTERS = ("mine", "unassigned", "waiting")


@dataclass(frozen=True, slots=True)
class Wish:
    """Which of the open tickets, and from where on."""

    words: str
    """One of FILTERS, or what the customer's name or words, or the number must have in it; empty is all."""
    staff_id: str
    room: str
    after: tuple[int, int] = (-1, 0)


async def _tickets(business: Business, taken: list[Update], order: Order) -> None:
    wish = Wish(_cut(order.words), order.staff_id, order.item.room)

    async def work(tx: Statements) -> None:
        await updates.finish(tx, taken)
        page = await _draw(tx, business, wish)
        await answer(tx, business, order, page.text, page.buttons)

    await business.db.transaction(work)


async def _turn_page(
    business: Business, taken: list[Update], item: Inbound, pressed: Pressed, copy: Copy
) -> str:
    """The list itself turns its page: it costs none of the group's messages."""
    _, since, after, *words = (*pressed.button.split(":", 3), "", "")
    if not (_is_number(since) and _is_number(after)):
        await business.db.transaction(lambda tx: updates.finish(tx, taken))
        return ""
    staff_id = item.sender.id if item.sender else ""
    wish = Wish(words[0], staff_id, item.room, (int(since), int(after)))

    async def work(tx: Statements) -> str:
        await updates.finish(tx, taken)
        await touch(
            tx,
            business,
            "edit",
            channel=item.channel,
            room=item.room,
            lane=f"list:{item.room}:{pressed.remote_id}",
            target=pressed.remote_id,
            content=await _draw(tx, business, wish),
        )
        return ""

    return await business.db.transaction(work)


def _is_number(text: str) -> bool:
    return text.removeprefix("-").isdecimal() and len(text) < 18


async def _draw(db: Reading, business: Business, wish: Wish) -> Content:
    found = await _find(db, business, wish)
    shown, more = found[:PAGE], len(found) > PAGE
    lines = [_line(business, one) for one in shown]
    buttons = [button for one in shown if (button := _button(business, one)) is not None]
    if wish.after != (-1, 0):
        buttons.append(_pager(business, wish, (-1, 0), "list_first"))
    if more:
        buttons.append(_pager(business, wish, tickets.key_of(shown[-1].ticket), "list_more"))
    nothing = business.tell_desk("list_none", words=wish.words) if wish.words else ""
    text = "\n".join(lines) or nothing or business.tell_desk("status_no_tickets")
    return Content(text=text, buttons=tuple(buttons))


def _pager(business: Business, wish: Wish, after: tuple[int, int], key: str) -> Button:
    return Button(f"{MORE}:{after[0]}:{after[1]}:{wish.words}", business.tell_desk(key))


async def _find(db: Reading, business: Business, wish: Wish) -> list[OpenTicket]:
    """A page's and one more."""
    desk = business.desk.name_of(wish.room) if business.desk.others else None
    if not wish.words or wish.words in FILTERS:
        whose = {"mine": wish.staff_id, "unassigned": ""}.get(wish.words)
        waiting = wish.words == "waiting"
        return await tickets.page(
            db, after=wish.after, limit=PAGE + 1, taken_id=whose, waiting=waiting, desk=desk
        )
    return await _find_word(db, wish, desk)


async def _find_word(db: Reading, wish: Wish, desk: str | None) -> list[OpenTicket]:
    """Databases do not agree on what a small Ö is, so it is looked for here."""
    found: list[OpenTicket] = []
    after, word = wish.after, wish.words.casefold()
    while len(found) <= PAGE:
        read = await tickets.page(db, after=after, limit=READ_AT_ONCE, desk=desk)
        found += [one for one in read if word in _words_of(one).casefold()]
        if len(read) < READ_AT_ONCE:
            break
        after = tickets.key_of(read[-1].ticket)
    return found[: PAGE + 1]


def _words_of(one: OpenTicket) -> str:
    ticket = one.ticket
    return f"{ticket.number} {one.contact} {ticket.question} {ticket.taken_by}"


def _line(business: Business, one: OpenTicket) -> str:
    ticket, language = one.ticket, business.settings.desk.language
    waits = business.clock.now() - ticket.waiting_since
    waited = span(business, language, waits) if ticket.waiting_since else ""
    brackets = ", ".join(part for part in (waited, ticket.taken_by) if part)
    return f"{cards.SIGNS[ticket.state]} {ticket.number} {one.contact}" + (
        f" ({brackets})" if brackets else ""
    )


def _button(business: Business, one: OpenTicket) -> Button | None:
    """Leads to its card in its topic; basic groups have no such addresses."""
    channel, ticket = business.desk.channel, one.ticket
    url = channel.link_to(ticket.desk_room, ticket.thread, one.card) if channel and one.card else ""
    return Button("", f"{ticket.number} {one.contact}"[:40], url) if url else None


def _cut(words: str) -> str:
    known = words.strip().casefold()
    if known in FILTERS:
        return known
    return words.strip().encode()[:LONGEST_WORD].decode(errors="ignore").strip()


COMMANDS: Commands = {"tickets": _tickets}
TAPS: Taps = {MORE: _turn_page}
