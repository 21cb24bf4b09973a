"""A shop to tell stories in: the product itself between emulated platforms, all on this machine."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.app import App, assemble
from bot.clock import Clock, SystemClock
from bot.config import load
from bot.settings import Settings
from sandbox.telegram.emulator import TelegramEmulator
from sandbox.telegram.group import TelegramGroup
from sandbox.telegram.user import TelegramUser
from sandbox.whatsapp.customer import WhatsAppCustomer
from sandbox.whatsapp.emulator import WhatsAppEmulator

REPOSITORY = Path(__file__).parent.parent
SECRET = "a-webhook-secret-of-forty-characters-0000"
PUBLIC_URL = "https://bot.nordmobler.example"
Customer = TelegramUser | WhatsAppCustomer


@dataclass
class Shop:
    folder: Path
    forum: bool = True
    delivery: str = "webhook"
    clock: Clock = field(default_factory=SystemClock)
    environ: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, str] = field(default_factory=dict)
    """More lines for bot.toml, by their table."""
    knows_desk: bool = True

    def __post_init__(self) -> None:
        self.telegram = TelegramEmulator()
        self.whatsapp = WhatsAppEmulator()
        self.staff = self.telegram.add_user("Stina", language="sv")
        self.colleague = self.telegram.add_user("Kalle", language="sv")
        self.desk: TelegramGroup = self.telegram.add_group("Nordmöbler desk", forum=self.forum)
        self.app: App | None = None

    async def __aenter__(self) -> "Shop":
        await asyncio.gather(self.telegram.start(), self.whatsapp.start())
        self.desk.join([self.staff, self.colleague])
        self.desk.add_bot(self.staff, admin=True)
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
        await asyncio.gather(self.telegram.stop(), self.whatsapp.stop())

    async def open(self) -> None:
        self.app = await assemble(self.settings(), self.clock)
        await self.app.start()
        await self.whatsapp.verify(f"{self.url}/whatsapp/webhook")
        if self.delivery == "webhook":
            await self.telegram.until(lambda: self.telegram.webhook.url)
        else:
            await self.telegram.until(lambda: self.telegram.called("getUpdates"))

    async def close(self) -> None:
        if self.app is not None:
            await self.app.stop()
            self.app = None

    @property
    def url(self) -> str:
        assert self.app is not None
        return f"http://127.0.0.1:{self.app.server.port}"

    def settings(self) -> Settings:
        self.folder.mkdir(parents=True, exist_ok=True)
        port = free_port() if self.app is None else self.app.server.port
        self.telegram.tunnels[PUBLIC_URL] = f"http://127.0.0.1:{port}"
        tables = {
            "bot": 'name = "Maja"\ncompany = "Nordmöbler"\nlanguages = ["en", "sv", "nb"]\ntimezone = "Europe/Stockholm"',
            "server": f'port = {port}\npublic_url = "{PUBLIC_URL}"',
            "telegram": f'api_url = "{self.telegram.url}"\ndelivery = "{self.delivery}"\n{FAST_TELEGRAM}',
            "whatsapp": f'api_url = "{self.whatsapp.url}"\n{FAST_WHATSAPP}',
            "knowledge": f'folder = "{REPOSITORY / "knowledge-base"}"',
            **self.tables,
        }
        path = self.folder / "bot.toml"
        path.write_text("\n".join(f"[{name}]\n{lines}" for name, lines in tables.items()), "utf-8")
        return load(path, {**self.secrets(), **self.environ})

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
        }

    def customer(self, channel: str, name: str = "Anna", **more: Any) -> Customer:
        if channel == "telegram":
            return self.telegram.add_user(name, **more)
        return self.whatsapp.add_customer(name, **more)


FAST_TELEGRAM = "messages_per_second = 1000\nchat_messages_per_second = 1000\ngroup_messages_per_minute = 60000"
FAST_WHATSAPP = "messages_per_second = 1000\ncontact_seconds_per_message = 0.001"


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
