"""The secrets: from the environment and from .env beside bot.toml; never printed."""

import io
import re
import stat
from collections.abc import Collection, Mapping
from pathlib import Path

from dotenv.parser import parse_stream
from pydantic import BaseModel, ConfigDict, SecretStr, field_validator

from bot.config_errors import nearest

_UNSET = SecretStr("")
SHORTEST_KEY = 32


class Secrets(BaseModel):
    """One field for each name of .env.example. An unset one is empty, and so false; None for the number."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    telegram_bot_token: SecretStr = _UNSET
    telegram_chat_id: int | None = None
    """The desk's group."""
    telegram_webhook_secret: SecretStr = _UNSET
    whatsapp_access_token: SecretStr = _UNSET
    whatsapp_sender_id: str = ""
    """Meta's id of our phone number, which is not the number."""
    whatsapp_app_secret: SecretStr = _UNSET
    whatsapp_verify_token: SecretStr = _UNSET
    whatsapp_admin_phone: str = ""
    """E.164 digits without "+"."""
    openai_api_key: SecretStr = _UNSET
    openai_org_id: str = ""
    internal_api_secret: SecretStr = _UNSET
    database_url: SecretStr = _UNSET
    """Stands in for storage.url."""
    sentry_dsn: SecretStr = _UNSET
    otel_exporter_otlp_endpoint: str = ""
    backup_key: SecretStr = _UNSET
    """Backups are encrypted with it."""

    @field_validator("telegram_bot_token")
    @classmethod
    def _token_has_its_form(cls, token: SecretStr) -> SecretStr:
        if not re.fullmatch(r"\d+:[A-Za-z0-9_-]{35}", token.get_secret_value()):
            raise ValueError("is not a bot token: @BotFather gives digits, a colon and 35 characters")
        return token

    @field_validator("telegram_chat_id", mode="before")
    @classmethod
    def _group_is_a_number(cls, value: str) -> int:
        if not re.fullmatch(r"[-+]?\d{1,18}", value, re.ASCII) or int(value) == 0:
            raise ValueError("is not a whole number; a group's id looks like -1001234567890")
        return int(value)

    @field_validator("whatsapp_admin_phone")
    @classmethod
    def _phone_is_whole(cls, phone: str) -> str:
        digits = re.sub(r"[\s()./-]", "", phone).removeprefix("+")
        if not re.fullmatch(r"[1-9]\d{6,14}", digits, re.ASCII):
            raise ValueError("is not a phone number with its country code, as +46701234567")
        return digits

    @field_validator("backup_key")
    @classmethod
    def _key_is_long(cls, key: SecretStr) -> SecretStr:
        if len(key.get_secret_value()) < SHORTEST_KEY:
            raise ValueError(
                f"is too short: {SHORTEST_KEY} random characters or more (openssl rand -hex 32 makes some)"
            )
        return key

    def hidden(self) -> tuple[str, ...]:
        """What must never be read in a log."""
        values = [value.get_secret_value() for _, value in self if isinstance(value, SecretStr)]
        return tuple(value for value in values if value)


NAMES = tuple(name.upper() for name in Secrets.model_fields)
_OURS = ("TELEGRAM_", "WHATSAPP_", "OPENAI_", "INTERNAL_", "DATABASE_", "BACKUP_")
_LIKENESS = 0.75


WHATSAPP = ("whatsapp_access_token", "whatsapp_sender_id", "whatsapp_app_secret", "whatsapp_verify_token")
"""What the channel cannot be without."""


def missing_for_whatsapp(secrets: Secrets) -> list[str]:
    return [name.upper() for name in WHATSAPP if not getattr(secrets, name)]


def read_dotenv(path: Path) -> tuple[dict[str, str], list[str]]:
    """The values of a .env file, none if there is no file, and the lines that cannot be read."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return {}, []
    except (OSError, UnicodeDecodeError) as mistake:
        reason = "is not UTF-8" if isinstance(mistake, UnicodeDecodeError) else mistake.strerror
        return {}, [f"{path.name}: cannot be read: {reason}"]
    bindings = list(parse_stream(io.StringIO(text)))
    problems = [
        f"{path.name}: line {binding.original.line}: is not NAME=value"
        for binding in bindings
        if binding.error
    ]
    return {binding.key: binding.value or "" for binding in bindings if binding.key}, problems


def merge(environ: Mapping[str, str], dotenv: Mapping[str, str]) -> dict[str, str]:
    """The values that are set, by field name. The environment wins; an empty value is none at all."""
    both = {name: environ.get(name, "").strip() or dotenv.get(name, "").strip() for name in NAMES}
    return {name.lower(): value for name, value in both.items() if value}


def named(names: Collection[str], environ: Mapping[str, str], dotenv: Mapping[str, str]) -> dict[str, str]:
    """The values of names that bot.toml brought up; the environment wins, and what is empty is left out."""
    both = {name: environ.get(name, "").strip() or dotenv.get(name, "").strip() for name in names}
    return {name: value for name, value in both.items() if value}


def misspelt(names: Collection[str]) -> list[str]:
    """A warning for each name that is probably meant as one of ours."""
    strangers = [name for name in names if name.startswith(_OURS) and name not in NAMES]
    pairs = [(name, nearest(name, NAMES, _LIKENESS)) for name in sorted(strangers)]
    return [f"{name}: is read by nobody (did you mean {meant}?)" for name, meant in pairs if meant]


def too_open(path: Path) -> list[str]:
    """A warning if others on this machine may read the secrets."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return []
    readable = mode & (stat.S_IRGRP | stat.S_IROTH)
    return [f"{path.name}: others on this machine may read it: chmod 600 {path}"] if readable else []
