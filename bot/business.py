"""One business: what its rooms share. Nothing is global, so one process can run many."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.answer import Answerer
from bot.channel import Channel
from bot.clock import Clock
from bot.desk.place import Desk
from bot.figures import Figures
from bot.knowledge.library import Library
from bot.settings import Settings
from bot.texts import Texts
from bot.update import Inbound
from storage.database import Database, Statements, StorageUnavailable, T, Work
from storage.records import Claim, Delivery, Known, Message, Update

log = logging.getLogger(__name__)

INSIST_SECONDS = 1.0
MOST_KNOWN = 5_000


def _nobody() -> None: ...


@dataclass(frozen=True, slots=True)
class Fresh:
    """What the way in knew of an update a moment ago: its turn need not read it again."""

    item: Inbound
    known: Known | None = None
    message: Message | None = None
    """What the customer said in it."""


@dataclass(frozen=True, slots=True)
class Berth:
    """A lane that is kept free for a message which is about to be decided on, and may leave at once."""

    lane: str
    claim: Claim
    spend: Callable[[Statements], Awaitable[float]]
    """Takes it of the platform's limits, in the transaction that claims; more than 0 seconds: it must wait."""


@dataclass(slots=True)
class Business:
    settings: Settings
    clock: Clock
    db: Database
    texts: Texts
    library: Library
    answerer: Answerer
    desk: Desk
    channels: dict[str, Channel] = field(default_factory=dict)
    figures: Figures = field(default_factory=Figures)
    process: int = 0
    """Our row among the processes on this database."""
    present: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when we have that row: nothing is taken before."""
    fresh: dict[int, Fresh] = field(default_factory=dict)
    """Of updates that came a moment ago, by their rows."""
    known: dict[tuple[str, str, str], Known] = field(default_factory=dict)
    """Whom we heard from of late, as they were then, by channel, account and the sender's id: a guess, to be checked."""
    by_heart: "Business | None" = None
    """The same business without its database, to decide on what needs no look at it."""
    rejected: Counter[str] = field(default_factory=Counter)
    """How many posts were refused because they were not from the platform, by channel."""
    cannot_store: bool = False
    """The newest attempt to store what came failed."""
    started_at: int = 0
    claim_turn: Callable[[], Claim | None] = lambda: None
    """For an update that is about to be stored: its turn may begin at once. None: it waits in its lane."""
    begin_turn: Callable[[Update], None] = lambda update: None
    """An update was stored with such a claim."""
    reserve: Callable[[str, str], Berth | None] = lambda channel, room: None
    """Keep a room's lane free for a message; None when it would have to wait anyway."""
    depart: Callable[[Berth, Delivery | None], None] = lambda berth, delivery: None
    """What came of a berth: the delivery that was queued with its claim, or none."""
    to_translate: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a customer's words wait for a translation."""
    take_up: Callable[[], None] = _nobody
    """A process is dead: look for what it had taken."""
    retry_outbox: Callable[[str], None] = lambda channel: None
    """What held a channel's deliveries back is mended: try them now."""

    def read_again(self, update: Update) -> list[Inbound]:
        """What the update says: still in mind, or from disk. Nothing when its channel is off."""
        fresh = self.fresh.pop(update.id, None)
        if fresh is not None:
            return [fresh.item]
        channel = self.channels.get(update.channel)
        items = channel.read((update.raw or "").encode()) if channel else ()
        return [item for item in items if isinstance(item, Inbound)]

    def remember(self, item: Inbound, known: Known) -> None:
        """Who sent it, as they are now."""
        if item.sender is None:
            return
        self.known[item.channel, item.account, item.sender.id] = known
        if len(self.known) > MOST_KNOWN:
            del self.known[next(iter(self.known))]

    async def insist(self, work: Work[T]) -> T:
        """A transaction that must not be given up: tries until it is stored, however full the disk is."""
        while True:
            try:
                return await self.db.transaction(work)
            except StorageUnavailable as error:
                log.error("%s; trying again", error)
                await self.clock.sleep(INSIST_SECONDS)

    def say(self, language: str, key: str, /, **values: object) -> str:
        return self.texts.say(language, key, **values)

    def tell_desk(self, key: str, /, **values: object) -> str:
        """A sentence in the desk's language."""
        return self.texts.say(self.settings.desk.language, key, **values)
