"""One business: what its rooms share. Nothing is global, so one process can run many."""

import logging
from collections import Counter
from collections.abc import Callable
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
from storage.database import Database, StorageUnavailable, T, Work
from storage.records import Update

log = logging.getLogger(__name__)

INSIST_SECONDS = 1.0


def _nobody() -> None: ...


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
    just_read: dict[int, Inbound] = field(default_factory=dict)
    """Updates that came a moment ago, by their rows: their turn need not read them again."""
    rejected: Counter[str] = field(default_factory=Counter)
    """How many posts were refused because they were not from the platform, by channel."""
    cannot_store: bool = False
    """The newest attempt to store what came failed."""
    started_at: int = 0
    wake_outbox: Callable[[], None] = _nobody
    """Something was queued: call it after the commit."""
    retry_outbox: Callable[[str], None] = lambda channel: None
    """What held a channel's deliveries back is mended: try them now."""
    settle: Callable[[str, int], None] = lambda lane, delivery_id: None
    """A delivery's fate became known by the platform's word: its lane may go on."""
    wake_lane: Callable[[str, int], None] = lambda lane, due_at: None
    """Something waits in the lane from `due_at` on: call it after the commit."""

    def read_again(self, update: Update) -> list[Inbound]:
        """What the update says: still in mind, or from disk. Nothing when its channel is off."""
        known = self.just_read.pop(update.id, None)
        if known is not None:
            return [known]
        channel = self.channels.get(update.channel)
        items = channel.read((update.raw or "").encode()) if channel else ()
        return [item for item in items if isinstance(item, Inbound)]

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
