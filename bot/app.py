"""Wires the rooms together: the only file that sees all of them."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Sequence

from bot import conversation, inbound
from bot.ai.model import OpenAIModel
from bot.answer import Answerer
from bot.attempt import Attempt
from bot.budgets import budgets
from bot.business import Business
from bot.channel import Channel, SendLater, SendRefused
from bot.clock import Clock, SystemClock
from bot.content import Media
from bot.delivery import Outbox
from bot.desk import hearing, standing
from bot.desk.place import CODE_FACT, ROOM_FACT, TOPICS_FACT, Desk
from bot.jobs import schedule
from bot.knowledge.library import Library, Sureness
from bot.knowledge.threshold import Target
from bot.presence import Presence
from bot.settings import Settings
from bot.texts import Texts
from bot.turns import Turns
from bot.update import Inbound, Unreadable
from handlers.channels.telegram import TelegramChannel
from handlers.channels.whatsapp import WhatsAppChannel
from handlers.server import PortInUse, Server
from storage import facts, moving
from storage.database import Database, DatabaseRefused, News, StorageUnavailable
from storage.records import Queued, Update
from storage.sqlite import open_sqlite, peek_sqlite

log = logging.getLogger(__name__)

STOP_TURNS_SECONDS, STOP_SENDING_SECONDS = 3.0, 4.0
"""With the server's own seconds they stay under the ten that SIGTERM gives."""
LARGEST_FILE = 100 * 1024 * 1024
FIRST_PAUSE_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 60.0
CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 10
PROBE_BYTES = 65_536


class App:
    """One business, running."""

    def __init__(self, business: Business) -> None:
        self.business = business
        self._attempt = Attempt(business)
        self._outbox = Outbox(business, self._attempt, budgets(business.settings))
        self._turns = Turns(business, self._take_turn, self._give_up)
        self._tasks: list[asyncio.Task[None]] = []
        self._presence = Presence(business)
        self._probed_at = float("-inf")
        self._jobs = schedule(business)
        settings = business.settings.server
        doors = _doors(business)
        business.channels.update(doors)
        routes = [route for door in doors.values() for route in door.routes()]
        self.server = Server(settings.host, settings.port, routes, self._health, business.rejected)

    async def start(self) -> None:
        """Open every door and take up what an earlier process left. Raises PortInUse."""
        business = self.business
        business.started_at = business.clock.now()
        business.claim_turn, business.begin_turn = self._turns.claim, self._turns.begin
        business.reserve, business.depart = self._outbox.reserve, self._outbox.depart
        business.retry_outbox, business.take_up = self._outbox.retry, self._take_up
        business.db.listen(self._hear)
        await find_desk(business)
        await self.server.start()
        for work in (self._turns.run, self._outbox.run, self._outbox.sweep_for_ever, self._presence.run):
            self._tasks.append(asyncio.create_task(work()))
        self._tasks.append(asyncio.create_task(business.library.watch()))
        if business.answerer.model is not None:
            self._tasks.append(asyncio.create_task(business.answerer.model.start()))
        self._tasks += [asyncio.create_task(self._open(channel)) for channel in business.channels.values()]
        self._jobs.start()

    async def stop(self) -> None:
        """Finish what is in flight and leave; what is not finished in time stays on disk."""
        if self._jobs.running:
            self._jobs.shutdown(wait=False)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.server.stop()
        await self._turns.stop(STOP_TURNS_SECONDS)
        await self._outbox.stop(STOP_SENDING_SECONDS)
        await self._presence.end()
        await self.close_unstarted()

    async def close_unstarted(self) -> None:
        """End what `assemble` opened; all there is to do for those who only look."""
        if self.business.answerer.model is not None:
            await self.business.answerer.model.close()
        await asyncio.gather(*(channel.stop() for channel in self.business.channels.values()))
        await self.business.db.close()

    async def _open(self, channel: Channel) -> None:
        """A platform that is down now must not keep the other one closed: try until it opens."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                await channel.start()
            except SendLater as later:
                log.error("%s cannot be opened yet: %s", channel.name, later.detail)
                await self.business.clock.sleep(max(pause, later.seconds or 0))
                pause = min(LONGEST_PAUSE_SECONDS, pause * 2)
            except SendRefused as refused:
                log.error("%s stays closed: %s", channel.name, refused.detail or refused.reason)
                return
            except Exception:
                log.exception("%s cannot be opened", channel.name)
                await self.business.clock.sleep(pause)
                pause = min(LONGEST_PAUSE_SECONDS, pause * 2)
            else:
                log.info("%s is open", channel.name)
                if channel is self.business.desk.channel:
                    await standing.look(self.business)
                    await standing.come_back(self.business)
                return

    def _take_up(self) -> None:
        self._turns.soon.ring()
        self._outbox.soon.ring()

    def _hear(self, news: News) -> None:
        """What a commit brought, ours or another process's."""
        if news.kind == "waiting":
            self._turns.wake(news.name, news.due_at)
        elif news.kind == "queued":
            self._outbox.line_up(Queued(*news.row))
        elif news.kind == "lane":
            self._outbox.look_again(news.name)

    async def _take_turn(self, lane: str, taken: list[Update]) -> None:
        await TAKERS[lane.partition(":")[0]](self.business, lane, taken)

    async def _give_up(self, lane: str, taken: list[Update], error: str) -> None:
        if lane.startswith("conversation:"):
            await conversation.give_up(self.business, lane, taken, error)
        else:
            await hearing.give_up(self.business, taken, error)

    async def _health(self) -> dict[str, object]:
        settings = self.business.settings
        return {
            "status": "ok" if await self._can_store() else "cannot store",
            "openai_configured": settings.ai_on,
            "telegram_configured": settings.telegram_on,
            "whatsapp_configured": settings.whatsapp_on,
            "posts_refused": sum(self.business.rejected.values()),
            "desk_known": bool(self.business.desk.room),
            "passages": self.business.library.summary().passages,
        }

    async def _can_store(self) -> bool:
        """Tried out at most once a second; after a failure with as much as a message takes."""
        now = self.business.clock.monotonic()
        if now - self._probed_at < 1:
            return not self.business.cannot_store
        self._probed_at = now
        probe = f"{self.business.clock.now():0{PROBE_BYTES if self.business.cannot_store else 1}}"
        try:
            await self.business.db.transaction(lambda tx: facts.put(tx, "health", probe))
        except StorageUnavailable:
            self.business.cannot_store = True
            return False
        self.business.cannot_store = False
        return True


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
    try:
        await moving.refuse_unfinished(db)
    except DatabaseRefused:
        await db.close()
        raise
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


def _doors(business: Business) -> dict[str, TelegramChannel | WhatsAppChannel]:
    """The channels whose secrets are there. The desk is at Telegram."""

    async def receive(channel: Channel, items: Sequence[Inbound | Unreadable]) -> None:
        await inbound.receive(business, channel, items)

    async def fetch_foreign(media: Media, most: int) -> bytes:
        return await business.channels[media.channel].fetch(media, min(most, LARGEST_FILE))

    found: dict[str, TelegramChannel | WhatsAppChannel] = {}
    settings, keys = business.settings, business.settings.secrets
    if settings.telegram_on:
        telegram = TelegramChannel(
            token=keys.telegram_bot_token.get_secret_value(),
            api_url=settings.telegram.api_url,
            delivery=settings.telegram.delivery,
            public_url=settings.server.public_url,
            webhook_secret=keys.telegram_webhook_secret.get_secret_value(),
            receive=receive,
            fetch_foreign=fetch_foreign,
            clock=business.clock,
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
            receive=receive,
            fetch_foreign=fetch_foreign,
            clock=business.clock,
        )
        found[whatsapp.name] = whatsapp
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
