"""A shop to tell stories in: the product itself between emulated platforms, all on this machine."""

import asyncio
import itertools
import os
import re
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Self

from aiohttp import ClientSession

from bot.app import App, assemble
from bot.clock import Clock, SystemClock
from bot.config import load
from bot.knowledge.library import Library
from bot.settings import Settings
from handlers.server import PortInUse
from sandbox.telegram.chat import Message
from sandbox.telegram.emulator import TelegramEmulator
from sandbox.telegram.group import TelegramGroup
from sandbox.whatsapp.customer import WhatsAppCustomer
from sandbox.whatsapp.emulator import WhatsAppEmulator
from sandbox.whatsapp.payloads import signature
from tests.people import Customer as Customer
from tests.people import Read, is_card
from tests.postgres import database_of

REPOSITORY = Path(__file__).parent.parent
SECRET = "a-webhook-secret-of-forty-characters-0000"
PUBLIC_URL = "https://bot.nordmobler.example"
UNKNOWN = "Do you sell bicycles for elephants?"
"""What no article answers, so that a person is asked."""
ENGINE = "SVAR_TEST_DATABASE"
ARTICLES = "SVAR_TEST_ARTICLES"
"""The folder of the articles where it is not the repository's."""
NUMBER = re.compile("NF-[0-9]{6}")


@dataclass
class Shop:
    """`async with Shop(folder) as shop` runs it. The desk has two of staff, Stina and Kalle."""

    folder: Path
    forum: bool = True
    delivery: str = "webhook"
    clock: Clock = field(default_factory=SystemClock)
    environ: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, str] = field(default_factory=dict)
    """More lines for bot.toml, by their table."""
    templates: str = ""
    """WhatsApp's, as they stand in bot.toml."""
    knows_desk: bool = True
    basic: bool = False
    """The desk is an old-style group that may be upgraded."""
    default_limits: bool = False
    """The limits that stand in bot.toml when nobody sets any, instead of none."""
    database: str = ""
    """Its URL. Empty: what SVAR_TEST_DATABASE says, PostgreSQL or a SQLite file in the folder."""
    library: Library | None = None
    """What it answers from. None: the articles that its settings name, read once for all tests."""
    record: bool = True
    """False: the emulators forget what is old, for stories of a million messages."""

    def __post_init__(self) -> None:
        seconds = getattr(self.clock, "seconds", time.time)
        self.telegram = TelegramEmulator(clock=seconds, record=self.record)
        self.whatsapp = WhatsAppEmulator(clock=seconds, record=self.record)
        self.staff = self.telegram.add_user("Stina", language="sv")
        self.colleague = self.telegram.add_user("Kalle", language="sv")
        self.desk = self.group("Nordmöbler desk", basic=self.basic)
        self.app: App | None = None
        self._phones = itertools.count(46701234567)

    async def __aenter__(self) -> Self:
        if not self.database and os.environ.get(ENGINE) == "postgresql":
            self.database = await database_of(self.folder)
        await asyncio.gather(self.telegram.start(), self.whatsapp.start())
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
        await asyncio.gather(self.telegram.stop(), self.whatsapp.stop())

    # Opening and closing

    async def open(self) -> None:
        """Start the bot, and wait until both platforms know where it is."""
        await self.begin()
        if "telegram" not in self.running.business.channels:
            return
        if self.delivery == "webhook":
            await self.telegram.until(lambda: self.telegram.webhook.url)
        else:
            await self.telegram.until(lambda: self.telegram.updates.polled)
        await self.telegram.delivered()

    async def begin(self) -> None:
        """Start the bot without waiting for Telegram, which may be down."""
        for left in (2, 1, 0):
            settings = self.settings()
            self.app = await assemble(settings, self.clock, library=self.library or shared_library(settings))
            try:
                await self.app.start()
                break
            except PortInUse:  # somebody was quicker on the port that was free a moment ago
                await self.close()
                if not left:
                    raise
        if "whatsapp" in self.running.business.channels:
            await self.whatsapp.verify(f"{self.url}/whatsapp/webhook")

    async def close(self) -> None:
        if self.app is not None:
            app, self.app = self.app, None
            await app.stop()

    async def restart(self) -> None:
        await self.close()
        await self.open()

    @property
    def running(self) -> App:
        assert self.app is not None, "the bot is not running"
        return self.app

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.running.server.port}"

    def settings(self) -> Settings:
        self.folder.mkdir(parents=True, exist_ok=True)
        port = free_port()
        self.telegram.tunnels[PUBLIC_URL] = f"http://127.0.0.1:{port}"
        path = self.folder / "bot.toml"
        path.write_text(
            "\n".join(f"[{name}]\n{lines}" for name, lines in self.tables_at(port).items()), "utf-8"
        )
        return load(path, {**self.secrets(), **self.environ})

    def tables_at(self, port: int) -> dict[str, str]:
        fast = not self.default_limits
        return {
            "bot": 'name = "Maja"\ncompany = "Nordmöbler"\nlanguages = ["en", "sv", "nb"]\ntimezone = "Europe/Stockholm"',
            "server": f'port = {port}\npublic_url = "{PUBLIC_URL}"',
            "telegram": f'api_url = "{self.telegram.url}"\ndelivery = "{self.delivery}"\n{FAST_TELEGRAM * fast}',
            "whatsapp": f'api_url = "{self.whatsapp.url}"\n{FAST_WHATSAPP * fast}\n{self.templates}',
            "knowledge": f'folder = "{os.environ.get(ARTICLES) or REPOSITORY / "knowledge-base"}"',
            **self.tables,
            "tickets": self._tickets(),
        }

    def _tickets(self) -> str:
        """In most stories several customers ask the same, and each has a card: unless the story is about that."""
        wanted = self.tables.get("tickets", "")
        return wanted if "join_minutes" in wanted else f"join_minutes = 0\n{wanted}"

    def secrets(self) -> dict[str, str]:
        desk = {"TELEGRAM_CHAT_ID": str(self.desk.id)} if self.knows_desk else {}
        return {
            "TELEGRAM_BOT_TOKEN": self.telegram.token,
            "TELEGRAM_WEBHOOK_SECRET": SECRET,
            "WHATSAPP_ACCESS_TOKEN": self.whatsapp.access_token,
            "WHATSAPP_SENDER_ID": self.whatsapp.phone_number_id,
            "WHATSAPP_APP_SECRET": self.whatsapp.app_secret,
            "WHATSAPP_VERIFY_TOKEN": self.whatsapp.verify_token,
            **desk,
            **({"DATABASE_URL": self.database} if self.database else {}),
        }

    # People

    def customer(self, channel: str, name: str = "Anna", **more: Any) -> Customer:
        """Somebody who writes to the shop; on WhatsApp with a number and a user id of their own."""
        return (
            self.telegram.add_user(name, **more) if channel == "telegram" else self.on_whatsapp(name, **more)
        )

    def on_whatsapp(self, name: str = "Anna", **more: Any) -> WhatsAppCustomer:
        number = next(self._phones)
        ids = {"phone": str(number), "user_id": f"SE.{number - 46_000_000_000}"}
        return self.whatsapp.add_customer(name, **(ids | more))

    def group(self, title: str, *, basic: bool = False) -> TelegramGroup:
        """A group with both of staff in it, where the bot is an administrator."""
        group = self.telegram.add_group(title, forum=self.forum, basic=basic)
        group.join([self.staff, self.colleague])
        return group

    async def hands_over(self, customer: Customer, words: str = UNKNOWN) -> Message:
        """The customer asks what only a person can answer; returns the card that staff see."""
        customer.says(words)
        told = await customer.reads("NF-")
        number = NUMBER.search(told.text)
        assert number, f"no ticket in {told.text!r}"
        return await self.card(number[0])

    async def card(self, containing: str = "") -> Message:
        """The newest card at the desk with these words."""
        return await self.desk.sees(containing, where=is_card)

    async def copy(self, containing: str = "", **where: Any) -> Message:
        """The newest of what else the bot shows at the desk with these words."""
        return await self.desk.sees(containing, where=lambda message: not is_card(message), **where)

    async def reacted(self, message: Message, emoji: str) -> None:
        """Wait until the bot's sign stands on the message; "" for none."""
        await self.telegram.until(lambda: self.sign_on(message) == emoji)

    def sign_on(self, message: Message) -> str:
        return "".join(message.reactions.get(self.telegram.bot["id"], ()))

    def file(self, message: Read) -> bytes:
        """The bytes of the message's file."""
        if isinstance(message, Message):
            return self.telegram.files.by_id[message.file_id].content
        medium = self.whatsapp.shelf.find(message.media_id)
        assert medium is not None, f"no file in {message}"
        return medium.content

    # What is under the surface

    async def rows(self, sql: str, **parameters: Any) -> list[dict[str, Any]]:
        return await self.running.business.db.fetch(sql, **parameters)

    async def count(self, sql: str, **parameters: Any) -> int:
        """The first number that a query finds."""
        (row,) = await self.rows(sql, **parameters)
        return int(next(iter(row.values())))

    async def rests(self, timeout: float = 10) -> None:
        """Wait until all that came in is decided on and all that is due has left."""
        async with asyncio.timeout(timeout):
            while True:
                before = self._activity()
                await self.telegram.delivered()
                await self.whatsapp.delivered()
                if not await self._waiting() and before == self._activity():
                    return

    async def until(self, condition: Callable[[], object], timeout: float = 10) -> None:
        """Wait for what no emulator tells of, by looking at the database in between."""
        async with asyncio.timeout(timeout):
            while not condition():
                await self.rows("SELECT 1")

    def _activity(self) -> tuple[int, ...]:
        told = (self.telegram.updates.count, len(self.whatsapp.posts))
        return (*told, len(self.telegram.calls), len(self.whatsapp.calls))

    async def _waiting(self) -> bool:
        """Something could be done now; what waits for a room that is held back could not."""
        rows = await self.rows(
            "SELECT '' AS room, 0 AS due_at FROM updates WHERE state IN ('waiting', 'taken') UNION ALL"
            " SELECT '', 0 FROM deliveries WHERE state = 'sending' UNION ALL"
            " SELECT channel || room, due_at FROM deliveries WHERE state = 'queued'"
        )
        now = self.clock.now()
        held = {row["room"] for row in rows if row["due_at"] > now}
        return any(row["room"] not in held for row in rows)

    async def post_telegram(self, body: bytes, secret: str | None = SECRET) -> int:
        """Post to the webhook as Telegram would; returns the status."""
        headers = {} if secret is None else {"X-Telegram-Bot-Api-Secret-Token": secret}
        return await self._post("/telegram/webhook", body, headers)

    async def post_whatsapp(self, body: bytes, signed: str | None = "") -> int:
        """Post to the webhook as Meta would; `signed` is another signature, None for none."""
        right = signature(self.whatsapp.app_secret, body)
        headers = {} if signed is None else {"X-Hub-Signature-256": signed or right}
        return await self._post("/whatsapp/webhook", body, headers)

    async def _post(self, path: str, body: bytes, headers: Mapping[str, str]) -> int:
        async with (
            ClientSession() as session,
            session.post(self.url + path, data=body, headers=headers) as answer,
        ):
            return answer.status


FAST_TELEGRAM = (
    "messages_per_second = 1000\nchat_messages_per_second = 1000\ngroup_messages_per_minute = 60000"
)
FAST_WHATSAPP = "messages_per_second = 1000\ncontact_seconds_per_message = 0.001"


@cache
def _read_library(folder: Path, languages: tuple[str, ...]) -> Library:
    library = Library(folder, languages, clock=SystemClock())
    library.load()
    return library


def shared_library(settings: Settings) -> Library:
    """The articles of the repository, read once for all tests: that takes a quarter of a second."""
    return _read_library(settings.knowledge.folder, settings.bot.languages)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
