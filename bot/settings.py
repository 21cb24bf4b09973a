"""What may be set in bot.toml: a class for each section, a field for each key, and what it may hold."""

import ipaddress
import zoneinfo
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, ValidationInfo

from bot import environment
from bot.config_errors import did_you_mean, shown
from bot.desk.settings import Desk, DeskName, OtherDesk
from bot.environment import Secrets
from bot.hours import Hours as OpenHours
from bot.promise_settings import Digest, Hours, Tickets
from bot.section import Address, Count, Language, Name, Positive, Section, address_or_none
from bot.settings_ai import OPENAI_KEY, Ai, Link, links
from bot.template_settings import WhatsAppTemplate
from storage.address import is_postgres, read_address
from storage.opening import SQLITE, file_of, password_of, place_of


def _network(value: str) -> str:
    try:
        return str(ipaddress.ip_network(value))
    except ValueError:
        raise ValueError(f'{shown(value)} is no network, as "127.0.0.1/32" or "10.0.0.0/8"') from None


def _no_doubles(values: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(values)) < len(values):
        raise ValueError("names a language twice")
    return values


def _timezone(value: str) -> str:
    try:
        zoneinfo.ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError(_no_timezone(value)) from None
    return value


def _no_timezone(value: str) -> str:
    known = zoneinfo.available_timezones()
    if not known:
        return "this machine knows no time zones: install its package tzdata"
    return f"{shown(value)} is no time zone{did_you_mean(value, known)}"


def _version(value: str) -> str:
    major, dot, minor = value.removeprefix("v").partition(".")
    if not (value.startswith("v") and dot and major.isdecimal() and minor.isdecimal()):
        raise ValueError(f'{shown(value)} is no version of the Cloud API, as "v26.0"')
    return value


def _base(info: ValidationInfo) -> Path:
    return info.context["folder"] if info.context else Path.cwd()


def _from_base(value: Path, info: ValidationInfo) -> Path:
    return _base(info) / value.expanduser()


def _database(url: SecretStr, info: ValidationInfo) -> SecretStr:
    value = url.get_secret_value().strip()
    if is_postgres(value):
        read_address(value)
        return SecretStr(value)
    path = value.removeprefix(SQLITE)
    if path == value or path.strip("/") in ("", ":memory:"):
        raise ValueError(
            f"{shown(value)} is neither a SQLite file, as sqlite:///data/bot.db, nor postgresql://…"
        )
    return SecretStr(f"{SQLITE}{_base(info) / path}")


def _folder_or_none(value: str, info: ValidationInfo) -> str:
    return str(_base(info) / Path(value).expanduser()) if value else value


class Bot(Section):
    name: Name = "Svar"
    company: Name = Field(default_factory=lambda others: others.get("name", "Svar"))
    languages: Annotated[
        tuple[Language, ...], Field(min_length=1, strict=False), AfterValidator(_no_doubles)
    ] = ("en",)
    """The first one is spoken until we know better."""
    timezone: Annotated[str, AfterValidator(_timezone)] = "UTC"
    manner: Annotated[str, Field(max_length=600)] = ""
    """How the bot speaks and what it leaves to people, in a few sentences."""


class Server(Section):
    host: Name = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    """0 takes any free one."""
    public_url: Annotated[str, AfterValidator(address_or_none)] = ""
    trusted_proxies: Annotated[tuple[Annotated[str, AfterValidator(_network)], ...], Field(strict=False)] = ()
    """Whose X-Forwarded-For is believed."""


class Telegram(Section):
    api_url: Address = "https://api.telegram.org"
    delivery: Literal["webhook", "polling"] = "polling"
    messages_per_second: Positive = 30
    chat_messages_per_second: Positive = 1
    group_messages_per_minute: Positive = 20


class WhatsApp(Section):
    api_url: Address = "https://graph.facebook.com"
    version: Annotated[str, AfterValidator(_version)] = "v26.0"
    messages_per_second: Positive = 80
    contact_seconds_per_message: Positive = 6.0
    """What one customer may be sent in the long run."""
    contact_burst: Count = 40
    """What one customer may be sent at once before that counts."""
    templates: Annotated[tuple[WhatsAppTemplate, ...], Field(strict=False)] = ()


class Knowledge(Section):
    folder: Annotated[Path, Field(strict=False), AfterValidator(_from_base)] = Path("knowledge-base")
    wrong_at_most: Annotated[float, Field(ge=0, le=1)] = 0.05
    """The share of answers that may be wrong; what is less sure goes to a person."""
    learn: bool = True
    """Staff are asked whether an answer of theirs shall be written down."""


class Learning(Section):
    propose_after: Count = 3
    days: Count = 90


class Storage(Section):
    url: Annotated[SecretStr, AfterValidator(_database)] = SecretStr(f"{SQLITE}data/bot.db")
    """PostgreSQL's holds a password."""
    keep_raw_days: Count = 30

    @property
    def file(self) -> Path:
        """SQLite's; PostgreSQL has none."""
        return file_of(self.url.get_secret_value())

    @property
    def place(self) -> str:
        """For people to read; without a password."""
        return place_of(self.url.get_secret_value())


class Delivery(Section):
    give_up_after_hours: Positive = 24


class Watch(Section):
    stall_seconds: Positive = 5
    exit_seconds: Annotated[float, Field(ge=0)] = 60
    """0: the process is never ended."""


class Backup(Section):
    daily: bool = True
    folder: Annotated[str, AfterValidator(_folder_or_none)] = ""
    """Empty: `backups` beside the SQLite file."""
    hour: Annotated[int, Field(ge=0, le=23)] = 3
    keep_days: Count = 7
    """All of so many days are kept, then one a week."""
    keep_weeks: Annotated[int, Field(ge=0)] = 4


class Log(Section):
    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["json", "text"] = "text"


class Tables(Section):
    """All of bot.toml."""

    bot: Bot
    server: Server
    telegram: Telegram
    whatsapp: WhatsApp
    ai: Ai
    knowledge: Knowledge
    tickets: Tickets
    hours: Hours
    desk: Desk
    learning: Learning
    desks: dict[DeskName, OtherDesk] = Field(default_factory=dict)
    digest: Digest
    storage: Storage
    delivery: Delivery
    watch: Watch
    backup: Backup
    log: Log


class Settings(Tables):
    """Everything that may be set, checked; paths are absolute."""

    secrets: Secrets
    folder: Path
    """Where bot.toml lies."""
    file: Path
    """bot.toml itself, whatever it is called."""
    warnings: tuple[str, ...] = Field(strict=False)
    """What is odd but stops nothing, a line each."""
    provider_keys: Mapping[str, SecretStr] = Field(default_factory=dict)
    """Of `ai.providers`, by the variables that hold them; those that are set."""

    @property
    def opening_hours(self) -> OpenHours:
        return OpenHours.of(self.hours.week, self.hours.holidays, self.bot.timezone)

    @property
    def backups(self) -> Path | None:
        """Where the daily backups belong; None when nobody said."""
        if self.backup.folder:
            return Path(self.backup.folder)
        return (
            self.storage.file.parent / "backups"
            if self.storage.url.get_secret_value().startswith(SQLITE)
            else None
        )

    @property
    def telegram_on(self) -> bool:
        return bool(self.secrets.telegram_bot_token)

    @property
    def whatsapp_on(self) -> bool:
        return not environment.missing_for_whatsapp(self.secrets)

    @property
    def links(self) -> tuple[Link, ...]:
        """The language models that can be asked, in their order."""
        ours = self.secrets
        return links(self.ai, {**self.provider_keys, OPENAI_KEY: ours.openai_api_key}, ours.openai_org_id)

    @property
    def ai_on(self) -> bool:
        return bool(self.links)

    def hidden(self) -> tuple[str, ...]:
        """What must never be read in a log."""
        password = password_of(self.storage.url.get_secret_value())
        keys = [key.get_secret_value() for key in self.provider_keys.values()]
        return (*self.secrets.hidden(), *keys, *([password] if password else []))
