"""Puts the stage up: emulated platforms, the real product between them, and people to play with."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import SecretStr

from bot import logs
from bot.app import App, assemble
from bot.config import load
from bot.environment import Secrets
from bot.settings import Settings
from bot.template_settings import PLACE, WhatsAppTemplate
from sandbox.faults import EVERY, Fault, Faults
from sandbox.openai import OpenAIEmulator
from sandbox.suggestions import SUGGESTIONS
from sandbox.telegram import TelegramEmulator, TelegramGroup, TelegramUser
from sandbox.telegram.view import group_view, user_view
from sandbox.whatsapp import WhatsAppCustomer, WhatsAppEmulator

Json = dict[str, Any]
Delivery = Literal["webhook", "polling"]

PUBLIC_URL = "https://svar.invalid"
"""Where the bot thinks it is reached; the emulated Telegram knows the way to this machine."""
WEBHOOK_SECRET = "sandbox_webhook_secret_0123456789abcdef"
OPENING_SECONDS = 10.0
HOUR = 3600
FIRST_PHONE = 46_70_1740605
"""Of the numbers that Sweden keeps for films and books: nobody has them."""
THINKING_SECONDS = 1.5
"""How long the emulated model takes for an answer: time to see that somebody is typing."""
TROUBLES: dict[str, Fault | None] = {
    "none": None,
    "slow": Fault.slow(3),
    "busy": Fault.status(429, retry_after=5),
    "down": Fault.status(502),
}
"""What may be wrong with a platform; "busy" is its "too many requests"."""


TEMPLATES = tuple(
    WhatsAppTemplate(name="answer", language=language, body=body)
    for language, body in (
        ("en", "Hello {{name}}, about your request {{ticket}}: {{text}}\n\nBest wishes, {{company}}"),
        ("sv", "Hej {{name}}, om ditt ärende {{ticket}}: {{text}}\n\nHälsningar, {{company}}"),
        ("nb", "Hei {{name}}, om saken din {{ticket}}: {{text}}\n\nHilsen {{company}}"),
    )
)
"""What a business would have approved, where bot.toml names none."""


@dataclass(slots=True)
class Play:
    """A running sandbox: who is in it, and how the platforms are today."""

    telegram: TelegramEmulator
    whatsapp: WhatsAppEmulator
    app: App
    group: TelegramGroup
    staff: TelegramUser
    delivery: Delivery
    model: OpenAIEmulator | None = None
    trouble: dict[str, str] = field(default_factory=lambda: {"telegram": "none", "whatsapp": "none"})
    hours_ahead: int = 0

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call `callback()` whenever anybody could see something new."""
        self.telegram.on_change(callback)
        self.whatsapp.on_change(callback)

    def view(self) -> Json:
        """What all phones and the staff's group show now."""
        settings = self.app.business.settings
        customers = [user for user in self.telegram.users.values() if user is not self.staff]
        return {
            "bot": {
                "id": self.telegram.bot["id"],
                "name": settings.bot.name,
                "company": settings.bot.company,
            },
            "telegram": {"users": [user_view(user) for user in customers]},
            "whatsapp": {
                "users": [
                    customer.view() | {"looking": customer.looking} for customer in self.whatsapp.customers
                ]
            },
            "desk": group_view(self.group) | {"staff": {"id": self.staff.id, "name": self.staff.name}},
            "stage": {
                "trouble": self.trouble,
                "hours_ahead": self.hours_ahead,
                "delivery": self.delivery,
                "model": self.model is not None,
            },
            "suggestions": SUGGESTIONS,
            "languages": self.languages,
        }

    @property
    def languages(self) -> tuple[str, ...]:
        """What a customer's Telegram may be set to: what the bot speaks, and some that it does not."""
        return tuple(dict.fromkeys((*SUGGESTIONS, *self.app.business.settings.bot.languages, "fi", "de")))

    def faults_of(self, platform: str) -> Faults:
        return {"telegram": self.telegram.faults, "whatsapp": self.whatsapp.faults}[platform]

    def make_trouble(self, platform: str, kind: str) -> None:
        """Let the platform's calls go wrong as `kind` of TROUBLES says, until the next word. Raises KeyError."""
        faults, fault = self.faults_of(platform), TROUBLES[kind]
        faults.calm()
        if fault is not None:
            faults.always(EVERY, fault)
        self.trouble[platform] = kind
        self.telegram.pulse.beat()

    def let_pass(self, hours: int) -> None:
        """Move WhatsApp's clock: its window for free answers closes after 24 hours."""
        self.hours_ahead += hours
        self.whatsapp.advance(hours * HOUR)

    def switch_topics(self, *, on: bool) -> None:
        """Make the group a forum or a plain one. The bot is told nothing, so its rights are given anew."""
        self.group.switch_topics(on=on)
        self.group.promote_bot(self.staff)

    def meet_on_telegram(self, name: str, language: str) -> TelegramUser:
        user = self.telegram.add_user(name, language)
        self.telegram.pulse.beat()
        return user

    def meet_on_whatsapp(self, name: str) -> WhatsAppCustomer:
        number = len(self.whatsapp.customers) + 1
        return self.whatsapp.add_customer(
            name, str(FIRST_PHONE + number - 1), f"SE.90000000000{number:02}", looking=True
        )


@asynccontextmanager
async def put_up(
    config: Path, *, plain: bool = False, delivery: Delivery = "webhook", ai: bool = False
) -> AsyncIterator[Play]:
    """A play, running until the block ends; nothing of it stays on disk. `ai`: with an emulated model.

    Raises ConfigError, DatabaseRefused, FolderMissing, PortInUse, NotVerified, TimeoutError."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="svar-sandbox-")))
        telegram, whatsapp = TelegramEmulator(), WhatsAppEmulator()
        model = await stack.enter_async_context(OpenAIEmulator()) if ai else None
        for emulator in (telegram, whatsapp):
            stack.push_async_callback(emulator.stop)
            await emulator.start()
        staff = telegram.add_user("Ingrid", "en", username="ingrid")
        group = telegram.add_group("Nordmöbler desk", forum=not plain, members=[staff])
        group.members[staff.id] = "administrator"
        settings = _with_model(_settings(config, folder, telegram, whatsapp, group, delivery), model)
        telegram.bot["first_name"] = settings.bot.name
        logs.setup("error", "text", settings.hidden())
        app = await assemble(settings)
        stack.push_async_callback(app.stop)
        await app.start()
        telegram.tunnels[PUBLIC_URL] = f"http://127.0.0.1:{app.server.port}"
        await _open(telegram, whatsapp, app)
        await app.business.library.until_read()
        play = Play(telegram, whatsapp, app, group, staff, delivery, model)
        play.meet_on_telegram("Anna", "en")
        play.meet_on_whatsapp("Erik")
        yield play


async def _open(telegram: TelegramEmulator, whatsapp: WhatsAppEmulator, app: App) -> None:
    """Wait until both platforms know where the bot is."""
    async with asyncio.timeout(OPENING_SECONDS):
        await whatsapp.verify(f"http://127.0.0.1:{app.server.port}/whatsapp/webhook")
        await telegram.until(lambda: telegram.webhook.url or telegram.updates.polled, OPENING_SECONDS + 1)


def _settings(
    config: Path,
    folder: Path,
    telegram: TelegramEmulator,
    whatsapp: WhatsAppEmulator,
    group: TelegramGroup,
    delivery: Delivery,
) -> Settings:
    """The business's own settings, with all that leads outside or to its records replaced."""
    secrets = _secrets(telegram, whatsapp, group)
    told = {name.upper(): _plain(value) for name, value in secrets if value}
    real = load(config, {**told, "DATABASE_URL": f"sqlite:///{folder / 'bot.db'}"})
    changed: Json = {
        "server": {"host": "127.0.0.1", "port": 0, "public_url": PUBLIC_URL},
        "telegram": {"api_url": telegram.url, "delivery": delivery},
        "whatsapp": {"api_url": whatsapp.url, "templates": _approved(whatsapp, real.whatsapp.templates)},
    }
    sections = {name: getattr(real, name).model_copy(update=update) for name, update in changed.items()}
    return real.model_copy(update={**sections, "secrets": secrets, "warnings": ()})


def _approved(whatsapp: WhatsAppEmulator, ours: tuple[WhatsAppTemplate, ...]) -> tuple[WhatsAppTemplate, ...]:
    """The business's own templates, or some to try; this Meta approves them all."""
    known = ours or TEMPLATES
    for template in known:
        words = list(dict.fromkeys(PLACE.findall(template.body)))
        numbered = PLACE.sub(lambda place, words=words: f"{{{{{words.index(place[1]) + 1}}}}}", template.body)  # type: ignore[misc]
        whatsapp.add_template(template.name, numbered, template.language)
    return known


def _with_model(settings: Settings, model: OpenAIEmulator | None) -> Settings:
    if model is None:
        return settings
    model.faults.always("chat", Fault.slow(THINKING_SECONDS))
    secrets = settings.secrets.model_copy(update={"openai_api_key": SecretStr(model.api_key)})
    ai = settings.ai.model_copy(update={"base_url": model.url, "model": model.model, "providers": ()})
    return settings.model_copy(update={"secrets": secrets, "ai": ai})


def _secrets(telegram: TelegramEmulator, whatsapp: WhatsAppEmulator, group: TelegramGroup) -> Secrets:
    return Secrets.model_validate(
        {
            "telegram_bot_token": telegram.token,
            "telegram_chat_id": str(group.id),
            "telegram_webhook_secret": WEBHOOK_SECRET,
            "whatsapp_access_token": whatsapp.access_token,
            "whatsapp_sender_id": whatsapp.phone_number_id,
            "whatsapp_app_secret": whatsapp.app_secret,
            "whatsapp_verify_token": whatsapp.verify_token,
        }
    )


def _plain(value: Any) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)
