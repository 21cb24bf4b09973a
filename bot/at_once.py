"""What can be decided without waiting is decided before it is stored: one commit holds the question and its answer."""

import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any

from bot import content as contents
from bot.business import Berth, Business
from bot.conversation import conclude, turn_of
from bot.desk.silence import is_silenced
from bot.identity import Recognised
from bot.reply import Reply, Turn
from bot.replying import decide
from bot.update import Inbound, Said
from storage import conversations
from storage.database import News, Reading, Row, Statements, T, Work
from storage.records import Conversation, Delivery, Known, Message
from storage.tally import Tally

log = logging.getLogger(__name__)


class MustLook(Exception):
    """The decision rests on more than what is in mind."""


class Unread:
    """In place of a database, for decisions that must do without: a query that was begun could not be dropped again."""

    shared = False

    def __init__(self) -> None:
        self.tally = Tally()

    async def fetch(self, sql: str, **parameters: Any) -> list[Row]:
        raise MustLook

    async def fetch_one(self, sql: str, **parameters: Any) -> Row | None:
        raise MustLook

    async def look(self, work: Callable[[Reading], Awaitable[T]]) -> T:
        raise MustLook

    async def transaction(self, work: Work[T]) -> T:
        raise MustLook

    def listen(self, hear: Callable[[News], None]) -> None:
        raise MustLook

    async def close(self) -> None: ...


def by_heart(business: Business) -> Business:
    """The same business without its database."""
    return replace(business, db=Unread())


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A reply that holds as long as the contact and the conversation are as they were when it was worked out."""

    turn: Turn
    reply: Reply
    berth: Berth | None


def foresee(business: Business, item: Inbound, said: Said) -> Foreseen | None:
    """The reply to what one message says, from what is in mind of who wrote it.

    None when it takes more than that: a model that is asked, a look at the disk, a stranger, a mistake of ours;
    then the update is stored first, and its turn is taken as any other."""
    sender = item.sender
    known = business.known.get((item.channel, item.account, sender.id)) if sender else None
    if known is None or known.conversation is None or business.answerer.model is not None:
        return None
    if is_silenced(business, known.contact):
        return None
    message = _not_stored_yet(known.conversation, said)
    turn = turn_of(business, known.conversation, known.contact, [item], [message])
    try:
        reply = _without_waiting(decide(business.by_heart or by_heart(business), turn))
    except MustLook:
        return None
    except Exception:
        log.exception("not decided at once")
        return None
    if reply is None:
        return None
    berth = business.reserve(known.contact.channel, known.contact.room) if reply.says else None
    return Foreseen(turn, reply, berth)


async def carry_out(
    tx: Statements, business: Business, foreseen: Foreseen, known: Known, message: Message
) -> Delivery | None:
    """In the transaction that stores the message. Returns what may leave at once."""
    assert known.conversation is not None
    turn = replace(foreseen.turn, said=[message])
    reply = replace(foreseen.reply, rest=(message,)) if foreseen.reply.rest else foreseen.reply
    return await conclude(tx, business, known.conversation, known.contact, turn, reply, foreseen.berth)


async def still_holds(tx: Statements, business: Business, foreseen: Foreseen, who: Recognised) -> bool:
    """Whether the reply may be given: contact and conversation are what it was worked out from."""
    turn = foreseen.turn
    if (who.conversation, who.contact) != (turn.conversation, turn.contact):
        return False
    if not business.db.shared:
        return True
    await conversations.lock(tx, turn.conversation.id)
    return await conversations.with_contact(tx, turn.conversation.id) == (turn.conversation, turn.contact)


def _not_stored_yet(conversation: Conversation, said: Said) -> Message:
    return Message(
        id=0,
        conversation_id=conversation.id,
        author="customer",
        content=contents.to_json(said.content),
        update_id=None,
        ticket_id=None,
        reply_to=None,
        album="",
        sources="",
        staff_name="",
        created_at=0,
        edited_at=0,
        withdrawn_at=0,
    )


def _without_waiting(work: Coroutine[Any, Any, Reply]) -> Reply | None:
    """What it returns, when nothing keeps it waiting."""
    try:
        work.send(None)
    except StopIteration as finished:
        reply: Reply = finished.value
        return reply
    work.close()
    return None
