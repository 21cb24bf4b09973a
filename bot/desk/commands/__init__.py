"""What staff can tell the bot to do at the desk: a family of commands a file, each with its table COMMANDS."""

import hmac
from typing import Literal

from bot.business import Business
from bot.desk import record
from bot.desk.commands import (
    asking,
    banning,
    broadcasting,
    digest,
    listing,
    moving,
    resolving,
    sharing,
    snippets,
    system,
    taking_back,
    timing,
)
from bot.desk.commands.order import Command, Commands, Order, only_answer
from bot.desk.hidden import HIDDEN
from bot.outbound import tell
from bot.update import Edited, Inbound, Said
from storage import tickets, updates
from storage.database import Statements
from storage.records import Update

SLASHES = "/／⁄∕"
"""What looks like a slash is none, and was meant as one: never words for a customer."""
Refused = Literal["caption", "forwarded", "edited", "other_bot", "lookalike", "unknown"]


async def _help(business: Business, taken: list[Update], order: Order) -> None:
    lines = [f"/{name} – {words}" for name, words in menu(business).items()]
    await only_answer(business, taken, order, "\n".join([business.tell_desk("desk_help"), "", *lines]))


COMMANDS: Commands = {
    **listing.COMMANDS,
    **sharing.COMMANDS,
    **moving.COMMANDS,
    **resolving.COMMANDS,
    **taking_back.COMMANDS,
    **asking.COMMANDS,
    **snippets.COMMANDS,
    **timing.COMMANDS,
    **digest.COMMANDS,
    **broadcasting.COMMANDS,
    **system.COMMANDS,
    **banning.COMMANDS,
    "help": _help,
    "start": _help,
}
"""In the order of the menu."""
NOT_IN_MENU = ("start", "desk")
FOR_ALL = ("start", "help", "status")
"""Customers have commands of these names, too."""


def menu(business: Business, language: str = "") -> dict[str, str]:
    """The commands with a few words each, as Telegram offers them."""
    language = language or business.settings.desk.language
    offered = [name for name in COMMANDS if name not in NOT_IN_MENU]
    if not business.desk.others:
        offered.remove("move")
    return {name: business.say(language, f"menu_{name}") for name in offered}


def read(business: Business, item: Inbound, said: Said) -> Order | None:
    """The command in a message: of ours, not addressed to another bot, and said by who sent it."""
    if not is_one(said) or said.content.media or said.forwarded:
        return None
    word, _, words = said.content.text.strip()[1:].replace("\n", " ").partition(" ")
    name, _, address = word.lower().partition("@")
    if not said.content.text.lstrip().startswith("/"):
        return None
    if name not in COMMANDS or (address and address != _us(business)):
        return None
    return Order(name, words.strip(), item, said.remote_id, said.reply_to)


def is_one(said: Said) -> bool:
    """It reads as a command, ours or not, right or mistyped: never words for a customer."""
    return reads_as_one(said.content.text)


def reads_as_one(text: str) -> bool:
    """Right or mistyped, ours or not, whatever is hidden in it."""
    seen = HIDDEN.sub("", text).lstrip()
    return seen[:1] in tuple(SLASHES) and seen[1:2].isalpha()


def _us(business: Business) -> str:
    return business.desk.channel.username.lower() if business.desk.channel else ""


async def refuse(business: Business, taken: list[Update], item: Inbound, said: Said) -> None:
    """No command of ours. Whoever meant a customer to read it is told; what is for other bots is theirs."""
    business.figures.refused_orders[_why_not(business, said)] += 1

    async def work(tx: Statements) -> None:
        await updates.finish(tx, taken)
        ticket = await tickets.find_by_thread(tx, item.room, item.thread)
        await record.keep_inside(tx, business, item, [said], ticket)
        if said.answers_us:
            word = said.content.text.split(maxsplit=1)[0]
            text = business.tell_desk("unknown_command", command=word)
            await tell(tx, business, text, thread=item.thread, reply_to=said.remote_id, room=item.room)

    await business.db.transaction(work)


def _why_not(business: Business, said: Said) -> Refused:
    if said.forwarded:
        return "forwarded"
    if said.content.media:
        return "caption"
    text = HIDDEN.sub("", said.content.text).lstrip()
    word, _, address = text.split(maxsplit=1)[0].partition("@")
    if address and address.lower() != _us(business):
        return "other_bot"
    return "unknown" if word.isascii() and text == said.content.text.lstrip() else "lookalike"


def count_edit(business: Business, edited: Edited) -> None:
    """A message that became a command by an edit is none."""
    if reads_as_one(edited.content.text):
        business.figures.refused_orders["edited"] += 1


def count_customers(business: Business, item: Inbound) -> None:
    """A customer wrote what would be a command at the desk."""
    text = item.what.content.text if isinstance(item.what, Said) else ""
    if not text.startswith("/") or len(text) < 2:
        return
    name = text[1:].split(maxsplit=1)[0].partition("@")[0].lower()
    if name in COMMANDS and name not in FOR_ALL:
        business.figures.refused_orders["customer"] += 1


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


__all__ = ["COMMANDS", "Command", "Order", "menu", "obey", "read", "refuse"]
