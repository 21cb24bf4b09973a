"""One business: what its rooms share. Nothing is global, so one process can run many."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.answer import Answerer
from bot.channel import Channel
from bot.clock import Clock
from bot.desk.place import Desk
from bot.knowledge.library import Library
from bot.settings import Settings
from bot.texts import Texts
from storage.database import Database


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
    started_at: int = 0
    wake_outbox: Callable[[], None] = _nobody
    """Something was queued: call it after the commit."""
    retry_outbox: Callable[[], None] = _nobody
    """What held deliveries back is mended: try them all now."""
    settle_lane: Callable[[str], None] = lambda lane: None
    """A delivery's fate became known without us: its lane may go on."""
    wake_lane: Callable[[str, int], None] = lambda lane, due_at: None
    """Something waits in the lane from `due_at` on: call it after the commit."""

    def say(self, language: str, key: str, /, **values: object) -> str:
        return self.texts.say(language, key, **values)

    def tell_desk(self, key: str, /, **values: object) -> str:
        """A sentence in the desk's language."""
        return self.texts.say(self.settings.desk.language, key, **values)
