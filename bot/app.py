"""Wires the rooms together: the only file that sees all of them."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

from bot import conversation, inbound
from bot.ai.model import OpenAIModel
from bot.answer import Answerer
from bot.attempt import Attempt
from bot.budgets import budgets
from bot.business import Business
from bot.channel import Channel, SendLater, SendRefused
from bot.clock import Clock, SystemClock
from bot.content import Content, Media
from bot.delivery import Outbox
from bot.desk import hearing, standing
from bot.desk.place import CODE_FACT, ROOM_FACT, TOPICS_FACT, Desk
from bot.health import Health
from bot.jobs import schedule
from bot.knowledge.library import Library, Sureness
from bot.knowledge.threshold import Target
from bot.logs import Tally
from bot.outbound import Priority, at_desk
from bot.settings import Settings
from bot.supervision import Keep, Kept, Supervisor
from bot.texts import Texts
from bot.turns import Turns
from bot.update import Inbound, Said, Unreadable
from bot.watchdog import Watchdog
from handlers.channels.telegram import TelegramChannel
from handlers.channels.whatsapp import WhatsAppChannel
from handlers.metrics import Metrics
from handlers.observers import Observers
from handlers.server import PortInUse, Server
from storage import facts
from storage.database import Database
from storage.records import Update
from storage.sqlite import open_sqlite, peek_sqlite

log = logging.getLogger(__name__)

STOP_TURNS_SECONDS, STOP_SENDING_SECONDS = 3.0, 4.0
"""With the server's own seconds they stay under the ten that SIGTERM gives."""
LARGEST_FILE = 100 * 1024 * 1024
FIRST_PAUSE_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 60.0
CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 10
JOBS_LOOK_SECONDS = 60.0
JOBS_LATE_SECONDS = 300


class App:
    """One business, running."""

    def __init__(self, business: Business) -> None:
        self.business = business
        self._attempt = Attempt(business)
        self._outbox = Outbox(business, self._attempt, budgets(business.settings))
        self.observers = Observers(business.settings)
        self._turns = Turns(business, self.observers.turning(self._take_turn), self._give_up)
        self.supervisor = Supervisor(business.clock, business.figures, self._tell_of_death)
        watch = business.settings.watch
        self.watchdog = Watchdog(
            business.figures, stall_seconds=watch.stall_seconds, exit_seconds=watch.exit_seconds
        )
        self.health = Health(business, self.supervisor, self.watchdog)
        self._ours: list[Kept] = []
        self._tally = Tally(business.figures.log_lines)
        doors = _doors(business, self.supervisor.keep, self.observers)
        business.channels.update(doors)
        routes = [route for door in doors.values() for route in door.routes()]
        routes += Metrics(business, self.supervisor, self.health).routes()
        settings = business.settings.server
        self.server = Server(settings.host, settings.port, routes, self.health.report, business.rejected)

    async def start(self) -> None:
        """Open every door and take up what an earlier process left. Raises PortInUse."""
        business = self.business
        business.started_at = business.clock.now()
        business.wake_outbox, business.retry_outbox = self._outbox.wake, self._outbox.retry
        business.wake_lane, business.settle = self._turns.wake, self._outbox.settle
        logging.getLogger().addHandler(self._tally)
        self.observers.start()
        self.watchdog.start()
        await find_desk(business)
        await self.server.start()
        self._turns.start()
        await self._outbox.start()
        keep = self.supervisor.keep
        self._ours = [keep("library", business.library.watch)]
        if business.answerer.model is not None:
            self._ours.append(keep("model", business.answerer.model.start, may_end=True))
        for channel in business.channels.values():
            self._ours.append(keep(f"opening {channel.name}", partial(self._open, channel), may_end=True))
        self._ours.append(keep("jobs", self._run_jobs))

    async def stop(self) -> None:
        """Finish what is in flight and leave; what is not finished in time stays on disk."""
        self.business.wake_lane = _leave_on_disk
        for kept in reversed(self._ours):
            await kept.stop()
        await self.server.stop()
        await self._turns.stop(STOP_TURNS_SECONDS)
        await self._outbox.stop(STOP_SENDING_SECONDS)
        await self.close_unstarted()
        await self.watchdog.stop()
        logging.getLogger().removeHandler(self._tally)

    async def close_unstarted(self) -> None:
        """End what `assemble` opened; all there is to do for those who only look."""
        if self.business.answerer.model is not None:
            await self.business.answerer.model.close()
        await asyncio.gather(*(channel.stop() for channel in self.business.channels.values()))
        await self.supervisor.stop()
        await self.observers.stop()
        await self.business.db.close()

    async def _run_jobs(self) -> None:
        """The timetable; made anew when its clock stands, which twice in a row cannot be chance."""
        jobs = schedule(self.business)
        jobs.start()
        late = 0
        try:
            while late < 2:
                await self.business.clock.sleep(JOBS_LOOK_SECONDS)
                before = datetime.now(UTC) - timedelta(seconds=JOBS_LATE_SECONDS)
                late = late + 1 if any(job.next_run_time < before for job in jobs.get_jobs()) else 0
        finally:
            jobs.shutdown(wait=False)

    async def _tell_of_death(self, task: str, died_of: str) -> None:
        business = self.business
        words = Content(text=business.tell_desk("task_died", task=task, error=died_of))
        await business.db.transaction(
            lambda tx: at_desk(tx, business, words, lane="desk", priority=Priority.WORD, role="note")
        )
        business.wake_outbox()

    async def _open(self, channel: Channel) -> None:
        """A platform that is down now must not keep the other one closed: try until it opens."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                await channel.start()
            except SendLater as later:
                self.health.closed[channel.name] = "cannot be opened yet"
                log.error("%s cannot be opened yet: %s", channel.name, later.detail)
                await self.business.clock.sleep(max(pause, later.seconds or 0))
                pause = min(LONGEST_PAUSE_SECONDS, pause * 2)
            except SendRefused as refused:
                self.health.closed[channel.name] = f"stays closed: {refused.reason}"
                log.error("%s stays closed: %s", channel.name, refused.detail or refused.reason)
                return
            else:
                self.health.closed.pop(channel.name, None)
                log.info("%s is open", channel.name)
                if channel is self.business.desk.channel:
                    await standing.look(self.business)
                    await standing.come_back(self.business)
                return

    async def _take_turn(self, lane: str, taken: list[Update]) -> None:
        await TAKERS[lane.partition(":")[0]](self.business, lane, taken)

    async def _give_up(self, lane: str, taken: list[Update], error: str) -> None:
        if lane.startswith("conversation:"):
            await conversation.give_up(self.business, lane, taken, error)
        else:
            await hearing.give_up(self.business, taken, error)


def _leave_on_disk(lane: str, due_at: int) -> None:
    """We are leaving: what comes now is for the next start."""


TakeTurn = Callable[[Business, str, list[Update]], Awaitable[None]]
TAKERS: dict[str, TakeTurn] = {
    "conversation": conversation.take_turn,
    "desk": hearing.take_turn,
    "strangers": hearing.hear_strangers,
}


async def assemble(settings: Settings, clock: Clock | None = None, *, library: Library | None = None) -> App:
    """Build one business, not started yet; a `library` that is loaded already may be handed in.

    Raises DatabaseRefused, FolderMissing."""
    clock = clock or SystemClock()
    if library is None:
        library = library_of(settings, clock)
        await asyncio.to_thread(library.load)
    db = await open_sqlite(settings.storage.file)
    return App(_business(settings, clock, db, library))


async def look_only(settings: Settings) -> App:
    """A business that another process runs: its channels and what it remembers, for those who only look."""
    clock = SystemClock()
    library = library_of(settings, clock)
    await asyncio.to_thread(library.load)
    return App(_business(settings, clock, await peek_sqlite(settings.storage.file), library))


def library_of(settings: Settings, clock: Clock) -> Library:
    sureness = Sureness(Target(wrong=settings.knowledge.wrong_at_most))
    return Library(settings.knowledge.folder, settings.bot.languages, sureness, clock=clock)


def _business(settings: Settings, clock: Clock, db: Database, library: Library) -> Business:
    return Business(
        settings=settings,
        clock=clock,
        db=db,
        texts=Texts(),
        library=library,
        answerer=Answerer(library, _model(settings, clock)),
        desk=Desk(None),
    )


def _model(settings: Settings, clock: Clock) -> OpenAIModel | None:
    if not settings.ai_on:
        return None
    return OpenAIModel(
        base_url=settings.ai.base_url,
        model=settings.ai.model,
        api_key=settings.secrets.openai_api_key.get_secret_value(),
        organization=settings.secrets.openai_org_id,
        timeout_seconds=settings.ai.timeout_seconds,
        clock=clock,
    )


def _doors(
    business: Business, keep: Keep, observers: Observers
) -> dict[str, TelegramChannel | WhatsAppChannel]:
    """The channels whose secrets are there. The desk is at Telegram."""
    figures, monotonic = business.figures, business.clock.monotonic

    async def receive(channel: Channel, items: Sequence[Inbound | Unreadable]) -> None:
        began = monotonic()
        said = [item.room for item in items if isinstance(item, Inbound) and isinstance(item.what, Said)]
        figures.ask(channel.name, said, began)
        try:
            await inbound.receive(business, channel, items)
        except inbound.CannotStore:
            figures.not_stored[channel.name] += 1
            raise
        figures.stored[channel.name].note(monotonic() - began)

    async def fetch_foreign(media: Media, most: int) -> bytes:
        return await business.channels[media.channel].fetch(media, min(most, LARGEST_FILE))

    observed = observers.receiving(receive)
    found: dict[str, TelegramChannel | WhatsAppChannel] = {}
    settings, keys = business.settings, business.settings.secrets
    if settings.telegram_on:
        telegram = TelegramChannel(
            token=keys.telegram_bot_token.get_secret_value(),
            api_url=settings.telegram.api_url,
            delivery=settings.telegram.delivery,
            public_url=settings.server.public_url,
            webhook_secret=keys.telegram_webhook_secret.get_secret_value(),
            receive=observed,
            fetch_foreign=fetch_foreign,
            clock=business.clock,
            keep=keep,
        )
        found[telegram.name] = business.desk.channel = telegram
    if settings.whatsapp_on:
        whatsapp = WhatsAppChannel(
            access_token=keys.whatsapp_access_token.get_secret_value(),
            sender_id=keys.whatsapp_sender_id,
            app_secret=keys.whatsapp_app_secret.get_secret_value(),
            verify_token=keys.whatsapp_verify_token.get_secret_value(),
            api_url=settings.whatsapp.api_url,
            version=settings.whatsapp.version,
            receive=observed,
            fetch_foreign=fetch_foreign,
            clock=business.clock,
        )
        found[whatsapp.name] = whatsapp
    for channel in found.values():
        observers.sending(channel)
    return found


async def find_desk(business: Business) -> None:
    """The group from the environment, else the one that was told the code, else a code to tell."""
    desk, fixed = business.desk, business.settings.secrets.telegram_chat_id
    desk.had_topics = await facts.find(business.db, TOPICS_FACT) == "1"
    if fixed is not None:
        moved = await facts.find(business.db, f"moved:{fixed}")
        desk.room, desk.fixed = moved or str(fixed), True
        return
    desk.room = await facts.find(business.db, ROOM_FACT) or ""
    if not desk.room:
        desk.code = await code_of(business.db)


async def code_of(db: Database) -> str:
    """The one-time code that makes a group the desk; made on the first call, kept until it is used."""
    made = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
    known = await facts.find(db, CODE_FACT)
    if known is None:
        await db.transaction(lambda tx: facts.put(tx, CODE_FACT, made))
    return known or made


__all__ = ["App", "PortInUse", "assemble", "find_desk", "library_of", "look_only"]
