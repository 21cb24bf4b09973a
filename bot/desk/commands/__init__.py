"""What staff can tell the bot to do at the desk: a family of commands a file, each with its table COMMANDS."""

import hmac

from bot.business import Business
from bot.desk.commands import listing, resolving, snippets, system, timing
from bot.desk.commands.order import Commands, Order
from bot.desk.commands.resolving import resolve_by_button as resolve_by_button
from bot.outbound import tell
from bot.update import Inbound, Said
from storage import updates
from storage.database import Statements
from storage.records import Update

COMMANDS: Commands = {
    **listing.COMMANDS,
    **resolving.COMMANDS,
    **snippets.COMMANDS,
    **timing.COMMANDS,
    **system.COMMANDS,
}
"""In the order of the menu."""


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
    text = said.content.text.lstrip()
    return text.startswith("/") and text[1:2].isalpha()


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
