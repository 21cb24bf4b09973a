"""How the business is: whether it can take messages, and what does not work. Closed words only: anybody may read it."""

from collections.abc import Iterator

from bot.admission import Admission
from bot.business import Business
from bot.supervision import Supervisor
from bot.watchdog import Watchdog
from storage import facts
from storage.database import StorageUnavailable

PROBE_BYTES = 65_536
Trouble = tuple[str, str]
"""Which part, and what is wrong with it."""


class Health:
    """`closed` says by channel why one that is set up is not open."""

    def __init__(
        self, business: Business, supervisor: Supervisor, watchdog: Watchdog, admission: Admission
    ) -> None:
        self._business, self._supervisor, self._watchdog = business, supervisor, watchdog
        self._admission = admission
        self._probed_at = float("-inf")
        self.closed: dict[str, str] = {}

    async def report(self) -> dict[str, object]:
        """`status`: ok, degraded (it takes messages; `troubles` says what does not work) or cannot store."""
        settings = self._business.settings
        troubles = list(self._troubles())
        status = "degraded" if troubles else "ok"
        return {
            "status": status if await self._can_store() else "cannot store",
            "troubles": [{"part": part, "why": why} for part, why in troubles],
            "openai_configured": settings.ai_on,
            "telegram_configured": settings.telegram_on,
            "whatsapp_configured": settings.whatsapp_on,
            "posts_refused": sum(self._business.rejected.values()),
            "posts_put_off": self._admission.put_off,
            "desk_known": bool(self._business.desk.room),
            "passages": self._business.library.summary().passages,
        }

    def _troubles(self) -> Iterator[Trouble]:
        yield from ((f"task {name}", f"died of {kind}") for name, kind in self._supervisor.troubles().items())
        yield from self._channels()
        yield from self._desk()
        model = self._business.answerer.model
        if model is not None and model.left_alone:
            yield "model", "is left alone for a while, because calls failed"
        if self._watchdog.stalled or self._watchdog.recent:
            yield "loop", f"stood still for {self._watchdog.recent:.0f} s within the last minute"

    def _channels(self) -> Iterator[Trouble]:
        for name, channel in self._business.channels.items():
            if name in self.closed:
                yield name, self.closed[name]
            elif channel.last_error:
                yield name, "its last call failed"

    def _desk(self) -> Iterator[Trouble]:
        desk = self._business.desk
        if desk.channel is not None and not desk.room:
            yield "desk", "is not known yet"
        elif desk.channel is not None and not desk.open:
            yield "desk", "cannot be reached"

    async def _can_store(self) -> bool:
        """Tried out at most once a second; after a failure with as much as a message takes."""
        business = self._business
        now = business.clock.monotonic()
        if now - self._probed_at < 1:
            return not business.cannot_store
        self._probed_at = now
        probe = f"{business.clock.now():0{PROBE_BYTES if business.cannot_store else 1}}"
        try:
            await business.db.transaction(lambda tx: facts.put(tx, "health", probe))
        except StorageUnavailable:
            business.cannot_store = True
            return False
        business.cannot_store = False
        return True
