"""Wires the rooms together: the only file that sees all of them."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from zoneinfo import ZoneInfo

from bot import at_once, conversation, elsewhere, inbound, local_files
from bot.admission import Admission
from bot.ai.chain import Chain
from bot.ai.purse import Purse
from bot.answer import Answerer
from bot.attempt import Attempt
from bot.budgets import budgets
from bot.business import Business
from bot.channel import Channel
from bot.clock import Clock, SystemClock
from bot.content import Content, Media
from bot.delivery import Outbox
from bot.desk import hearing, linking
from bot.desk.finding import look_anew, take_up_desk
from bot.desk.notices import tell_of_budget
from bot.desk.own_files import FETCHES
from bot.desk.place import Desk
from bot.health import Health
from bot.jobs import run_jobs
from bot.knowledge import small_talk
from bot.knowledge.library import Library, Sureness
from bot.knowledge.threshold import Target
from bot.logs import Tally
from bot.opening import open_channel
from bot.outbound import Priority, at_desk
from bot.presence import Presence
from bot.settings import Settings
from bot.spending import Spending
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
from storage import updates
from storage.database import Database, News
from storage.opening import open_database, peek_database
from storage.records import Queued, Update

log = logging.getLogger(__name__)

STOP_TURNS_SECONDS, STOP_SENDING_SECONDS = 3.0, 4.0
"""With the server's own seconds they stay under the ten that SIGTERM gives."""
LARGEST_FILE = 100 * 1024 * 1024


class App:
    """One business, running."""

    def __init__(self, business: Business) -> None:
        self.business = business
        self._spending = Spending(business, budgets(business.settings))
        self._attempt = Attempt(business, self._spending)
        self._outbox = Outbox(business, self._attempt, self._spending)
        self._presence = Presence(business)
        self.observers = Observers(business.settings)
        self._turns = Turns(business, self.observers.turning(self._take_turn), self._give_up)
        self.supervisor = Supervisor(business.clock, business.figures, self._tell_of_death)
        watch = business.settings.watch
        self.watchdog = Watchdog(
            business.figures, stall_seconds=watch.stall_seconds, exit_seconds=watch.exit_seconds
        )
        self._admission = _admission(business)
        self.health = Health(business, self.supervisor, self.watchdog, self._admission)
        self._ours: list[Kept] = []
        self._tally = Tally(business.figures.log_lines)
        doors = _doors(business, self.supervisor.keep, self.observers, self._presence)
        business.channels.update(doors)
        routes = [route for door in doors.values() for route in door.routes()]
        routes += Metrics(business, self.supervisor, self.health).routes()
        settings = business.settings.server
        self.server = Server(
            settings.host,
            settings.port,
            routes,
            self.health.report,
            business.rejected,
            trusted_proxies=settings.trusted_proxies,
            admission=self._admission,
        )

    async def start(self) -> None:
        """Open every door and take up what an earlier process left. Raises PortInUse."""
        business = self.business
        business.started_at = business.clock.now()
        business.by_heart = at_once.by_heart(business)
        business.claim_turn, business.begin_turn = self._turns.claim, self._turns.begin
        business.reserve, business.depart = self._outbox.reserve, self._outbox.depart
        business.retry_outbox, business.take_up = self._outbox.retry, self._take_up
        business.db.listen(self._hear)
        business.figures.budget_left = self._spending.left
        logging.getLogger().addHandler(self._tally)
        self.observers.start()
        self.watchdog.start()
        await take_up_desk(business)
        await self.server.start()
        keep = self.supervisor.keep
        self._ours = [
            keep("presence", self._presence.run, may_end=True),
            keep("turns", self._turns.run),
            keep("outbox", self._outbox.run),
            keep("outbox sweep", self._outbox.sweep_for_ever),
            keep("library", business.library.watch),
            keep("small talk", partial(asyncio.to_thread, small_talk.learn), may_end=True),
        ]
        if business.answerer.model is not None:
            self._ours.append(keep("model", business.answerer.model.start, may_end=True))
        for channel in business.channels.values():
            opening = partial(open_channel, business, channel, self.health.closed)
            self._ours.append(keep(f"opening {channel.name}", opening, may_end=True))
        self._ours.append(keep("jobs", partial(run_jobs, business)))

    async def stop(self) -> None:
        """Finish what is in flight and leave; what is not finished in time stays on disk."""
        for kept in reversed(self._ours):
            await kept.stop()
        await self.server.stop()
        await self._turns.stop(STOP_TURNS_SECONDS)
        await self._outbox.stop(STOP_SENDING_SECONDS)
        await self._presence.end()
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

    async def _tell_of_death(self, task: str, died_of: str) -> None:
        business = self.business
        words = Content(text=business.tell_desk("task_died", task=task, error=died_of))
        await business.db.transaction(
            lambda tx: at_desk(tx, business, words, lane="desk", priority=Priority.WORD, role="note")
        )

    def _take_up(self) -> None:
        self._turns.soon.ring()
        self._outbox.soon.ring()

    def _hear(self, news: News) -> None:
        """What a commit brought, ours or another process's."""
        if news.name == "*":
            self._take_up()
        elif news.kind == "waiting":
            self._turns.wake(news.name, news.due_at)
        elif news.kind == "queued":
            self._outbox.line_up(Queued(*news.row))
        elif news.kind == "lane":
            self._outbox.look_again(news.name)
        elif news.kind == "moved":
            self._outbox.move(news.row[0], news.name, news.row[1])
        elif self.business.db.shared:
            self.supervisor.keep("look at the desk", partial(look_anew, self.business), may_end=True)

    async def _take_turn(self, lane: str, taken: list[Update]) -> None:
        await TAKERS[lane.partition(":")[0]](self.business, lane, taken)

    async def _give_up(self, lane: str, taken: list[Update], error: str) -> None:
        if lane.startswith("conversation:"):
            await conversation.give_up(self.business, lane, taken, error)
        elif lane.startswith(elsewhere.LANE):
            await elsewhere.give_up(self.business, lane, taken, error)
        else:
            await hearing.give_up(self.business, taken, error)


def _admission(business: Business) -> Admission:
    async def late(before: int, most: int) -> int:
        return await updates.count_late(business.db, before, most)

    def is_desks(body: bytes) -> bool:
        return any(room and room.encode() in body for room in business.desk.rooms)

    return Admission(business.clock, late, is_desks)


TakeTurn = Callable[[Business, str, list[Update]], Awaitable[None]]
TAKERS: dict[str, TakeTurn] = {
    "conversation": conversation.take_turn,
    "desk": hearing.take_turn,
    "strangers": linking.hear_strangers,
    elsewhere.LANE: elsewhere.take_turn,
}


async def assemble(settings: Settings, clock: Clock | None = None, *, library: Library | None = None) -> App:
    """Build one business, not started yet. Its articles are read after the start, while it takes what comes;
    a `library` that is loaded already may be handed in. Raises DatabaseRefused, FolderMissing."""
    clock = clock or SystemClock()
    if library is None:
        library = library_of(settings, clock)
        library.look_for_folder()
    db = await open_database(settings.storage.url.get_secret_value())
    return App(_business(settings, clock, db, library))


async def look_only(settings: Settings) -> App:
    """A business that another process runs: its channels and what it remembers, for those who only look."""
    clock = SystemClock()
    library = library_of(settings, clock)
    library.look_for_folder()
    db = await peek_database(settings.storage.url.get_secret_value())
    return App(_business(settings, clock, db, library))


def library_of(settings: Settings, clock: Clock) -> Library:
    sureness = Sureness(Target(wrong=settings.knowledge.wrong_at_most))
    zone = ZoneInfo(settings.bot.timezone)
    return Library(settings.knowledge.folder, settings.bot.languages, sureness, clock=clock, zone=zone)


def _business(settings: Settings, clock: Clock, db: Database, library: Library) -> Business:
    business = Business(
        settings=settings,
        clock=clock,
        db=db,
        texts=Texts(),
        library=library,
        answerer=Answerer(library),
        desk=Desk(),
    )
    if settings.ai_on:
        purse = Purse(db, clock, settings.ai, settings.bot.timezone, partial(tell_of_budget, business))
        business.answerer.model = Chain(settings.links, settings.ai, clock, purse)
    return business


def _doors(
    business: Business, keep: Keep, observers: Observers, presence: Presence
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
        if media.channel == local_files.HERE:
            return await local_files.fetch(business, media, min(most, LARGEST_FILE), FETCHES)
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
            is_polled_here=partial(presence.holds, "telegram poll"),
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


__all__ = ["App", "PortInUse", "assemble", "library_of", "look_only"]
