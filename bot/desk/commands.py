"""What staff can tell the bot to do at the desk: one function a command."""

import hmac
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.business import Business
from bot.content import Content
from bot.desk import cards, replies, taking_back
from bot.outbound import close_topic, react_at_desk, say, tell
from bot.status import span, status_for_desk
from bot.update import Inbound, Pressed, Said
from storage import contacts, conversations, copies, tickets, updates
from storage.database import Reading, Statements
from storage.records import Ticket, Update

OBEYED = "👌"
LONGEST_LIST = 20


@dataclass(frozen=True, slots=True)
class Order:
    name: str
    words: str
    """What stands behind the command."""
    item: Inbound
    remote_id: str
    reply_to: str

    @property
    def staff(self) -> str:
        return self.item.sender.name if self.item.sender else ""


_NUMBER = re.compile(r"(?:^|-)0*(\d{1,9})\b")
"""The end of NF-000042; "42" and "nf-42" do as well."""
Command = Callable[[Business, list[Update], Order], Awaitable[None]]


def read(business: Business, item: Inbound, said: Said) -> Order | None:
    """The command in a message: of ours, not addressed to another bot, and said by who sent it."""
    if not is_one(said) or said.content.media or said.forwarded:
        return None
    word, _, words = said.content.text.strip()[1:].replace("\n", " ").partition(" ")
    name, _, address = word.lower().partition("@")
    username = business.desk.channel.username.lower() if business.desk.channel else ""
    if name not in COMMANDS or (address and address != username):
        return None
    return Order(name, words.strip(), item, said.remote_id, said.reply_to)


def is_one(said: Said) -> bool:
    """It reads as a command, ours or not, right or mistyped: never words for a customer."""
    return replies.reads_as_command(said.content.text)


async def refuse(business: Business, taken: list[Update], item: Inbound, said: Said) -> None:
    """No command of ours. Whoever meant a customer to read it is told; what is for other bots is theirs."""

    async def work(tx: Statements) -> None:
        await updates.finish(tx, taken)
        if said.answers_us:
            word = said.content.text.split(maxsplit=1)[0]
            text = business.tell_desk("unknown_command", command=word)
            await tell(tx, business, text, thread=item.thread, reply_to=said.remote_id)

    await business.db.transaction(work)


async def obey(business: Business, taken: list[Update], order: Order) -> None:
    await COMMANDS[order.name](business, taken, order)


def is_code(business: Business, said: Said) -> bool:
    """`/desk CODE` with the one-time code that `check` and the first start print."""
    word, code = (*said.content.text.split(maxsplit=1), "", "")[:2]
    expected = business.desk.code
    return (
        word.partition("@")[0].lower() == "/desk"
        and bool(expected)
        and not business.desk.fixed
        and hmac.compare_digest(code.strip().upper().encode(), expected.encode())
    )


async def resolve_by_button(business: Business, taken: list[Update], item: Inbound, pressed: Pressed) -> None:
    await _resolve(business, taken, Order("resolve", "", item, "", pressed.remote_id))


async def _resolve(business: Business, taken: list[Update], order: Order) -> None:
    """Hand the conversation back to the bot, and tell the customer."""
    meant = await _ticket_of(business.db, order)

    async def work(tx: Statements) -> None:
        if meant is not None:
            await conversations.lock(tx, meant.conversation_id)
        await updates.finish(tx, taken)
        ticket = await tickets.get(tx, meant.id) if meant is not None else None
        if ticket is None:
            await _answer(tx, business, order, business.tell_desk("which_ticket"))
        elif ticket.state == "resolved":
            await _answer(tx, business, order, business.tell_desk("already_resolved", ticket=ticket.number))
        else:
            await _close(tx, business, order, ticket)

    await business.db.transaction(work)


async def _close(tx: Statements, business: Business, order: Order, ticket: Ticket) -> None:
    conversation = await conversations.get(tx, ticket.conversation_id)
    contact = await contacts.get(tx, conversation.contact_id)
    await tickets.resolve(tx, ticket.id, order.staff, business.clock.now())
    await conversations.give_to(tx, conversation.id, "bot")
    text = business.say(contact.language, "resolved", ticket=ticket.number, name=business.settings.bot.name)
    if not contact.blocked_at and contact.room and contact.channel in business.channels:
        await say(tx, business, contact, conversation.id, Content(text=text), ticket_id=ticket.id)
    await cards.refresh(tx, business, ticket.id)
    await react_at_desk(tx, business, order.remote_id, OBEYED)
    await close_topic(tx, business, ticket)


async def _status(business: Business, taken: list[Update], order: Order) -> None:
    text = await status_for_desk(business)

    async def work(tx: Statements) -> None:
        await updates.finish(tx, taken)
        await _answer(tx, business, order, text)

    await business.db.transaction(work)


async def _tickets(business: Business, taken: list[Update], order: Order) -> None:
    """Open tickets, longest wait first, each with a link to its card."""

    async def work(tx: Statements) -> None:
        await updates.finish(tx, taken)
        unresolved = await tickets.all_open(tx, LONGEST_LIST + 1)
        lines = [await _line(tx, business, ticket) for ticket in unresolved[:LONGEST_LIST]]
        if len(unresolved) > LONGEST_LIST:
            lines.append("…")
        await _answer(tx, business, order, "\n".join(lines) or business.tell_desk("status_no_tickets"))

    await business.db.transaction(work)


async def _line(tx: Statements, business: Business, ticket: Ticket) -> str:
    conversation = await conversations.get(tx, ticket.conversation_id)
    contact = await contacts.get(tx, conversation.contact_id)
    waits = business.clock.now() - ticket.waiting_since if ticket.waiting_since else 0
    waited = (
        span(business, business.settings.desk.language, waits) if ticket.waiting_since else ticket.taken_by
    )
    card = await copies.card_of(tx, ticket.id, business.desk.room)
    channel = business.desk.channel
    link = channel.link_to(card.room, ticket.thread, card.remote_id) if channel and card else ""
    parts = (cards.SIGNS[ticket.state], ticket.number, cards.shown_name(contact), f"({waited})", link)
    return " ".join(part for part in parts if part)


async def _help(business: Business, taken: list[Update], order: Order) -> None:
    async def work(tx: Statements) -> None:
        await updates.finish(tx, taken)
        await _answer(tx, business, order, business.tell_desk("desk_help"))

    await business.db.transaction(work)


async def _desk(business: Business, taken: list[Update], order: Order) -> None:
    async def work(tx: Statements) -> None:
        await updates.finish(tx, taken)
        await _answer(tx, business, order, business.tell_desk("desk_is_here"))

    await business.db.transaction(work)


COMMANDS: dict[str, Command] = {
    "status": _status,
    "tickets": _tickets,
    "resolve": _resolve,
    "delete": taking_back.delete,
    "help": _help,
    "start": _help,
    "desk": _desk,
}


async def _ticket_of(db: Reading, order: Order) -> Ticket | None:
    """The one named, the one replied to, or the one whose topic this is."""
    if number := _NUMBER.search(order.words):
        return await tickets.find(db, int(number.group(1)))
    if order.reply_to:
        copy = await copies.find(db, order.item.channel, order.item.room, order.reply_to)
        if copy is not None and copy.ticket_id is not None:
            return await tickets.get(db, copy.ticket_id)
    return await tickets.find_by_thread(db, order.item.room, order.item.thread)


async def _answer(tx: Statements, business: Business, order: Order, text: str) -> None:
    await tell(tx, business, text, thread=order.item.thread, reply_to=order.remote_id)
