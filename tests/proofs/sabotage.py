"""python -m tests.proofs.sabotage WAY … -m bot …: a bot with one safeguard taken out, for the negative controls."""

import asyncio
import secrets
import sys
from collections.abc import Callable
from typing import Any

import bot.__main__
from bot import admission, inbound
from bot.desk import replies
from bot.update import Inbound, Unreadable
from handlers import webhook
from handlers.channels import telegram_read
from handlers.channels.telegram import TelegramChannel
from handlers.channels.whatsapp import WhatsAppChannel
from storage import copies, tickets, updates
from storage.records import Update

Json = dict[str, Any]


def let_everybody_in() -> None:
    """No limit to what may be on its way to the disk."""
    admission.Admission.has_room = lambda self, body: True  # type: ignore[method-assign]


def trust_everybody() -> None:
    """Neither the secret nor the signature is looked at."""
    TelegramChannel._is_telegrams = lambda self, headers, body: True  # type: ignore[method-assign]
    WhatsAppChannel._is_metas = lambda self, headers, body: True  # type: ignore[method-assign]


def trip_over_nonsense() -> None:
    """What cannot be read is not expected, neither of the bytes nor of what they say."""
    webhook.understand = lambda channel, body: channel.read(body)
    telegram_read.MALFORMED = ()  # type: ignore[misc,assignment]


def forget_what_came() -> None:
    """No update is known again, as if the index updates_once were not there."""
    add = updates.add

    async def add_anew(tx: Any, **given: Any) -> Update | None:
        return await add(tx, **(given | {"key": f"{given['key']}#{secrets.token_hex(4)}"}))

    updates.add = add_anew


def acknowledge_first() -> None:
    """200 before the commit."""
    receive, behind = inbound.receive, set()

    async def receive_later(business: Any, channel: Any, items: list[Inbound | Unreadable]) -> None:
        async def store() -> None:
            await asyncio.sleep(0.2)
            await receive(business, channel, items)

        task = asyncio.create_task(store())
        behind.add(task)
        task.add_done_callback(behind.discard)

    inbound.receive = receive_later  # type: ignore[assignment]


def pass_everything_on() -> None:
    """Any reply at the desk goes out, also one to a colleague's words or to the bot's own; and in a topic, as in
    bots that mirror, whatever is written there."""
    replies.GOES_OUT = ("card", "copy", "note", "origin")  # type: ignore[assignment]
    right = replies._answered

    async def whatever(db: Any, item: Inbound, replied_to: str) -> Any:
        ticket = None if replied_to else await tickets.find_by_thread(db, item.room, item.thread)
        if ticket is not None:
            return await copies.card_of(db, ticket.id, item.room)
        return await right(db, item, replied_to)

    replies._answered = whatever


def mix_customers_up() -> None:
    """A reply goes to whoever asked just before."""
    right = replies._ticket_for

    async def one_before(db: Any, answered: Any) -> Any:
        ticket = await right(db, answered)
        return await tickets.find(db, ticket.id - 1) or ticket if ticket is not None else None

    replies._ticket_for = one_before


WAYS: dict[str, Callable[[], None]] = {
    "unbounded": let_everybody_in,
    "trusting": trust_everybody,
    "fragile": trip_over_nonsense,
    "forgetful": forget_what_came,
    "hasty": acknowledge_first,
    "talkative": pass_everything_on,
    "confused": mix_customers_up,
}


def watcher(way: str) -> tuple[str, ...]:
    """What to put before the command that runs the bot; nothing for an honest one."""
    return (sys.executable, "-m", "tests.proofs.sabotage", way) if way else ()


if __name__ == "__main__":
    WAYS[sys.argv[1]]()
    sys.exit(bot.__main__.main(sys.argv[sys.argv.index("bot", 2) + 1 :]))
