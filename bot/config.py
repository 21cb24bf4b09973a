"""bot.toml and the environment become Settings, or one ConfigError with every mistake in them."""

import ipaddress
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr, ValidationError

from bot import environment
from bot.config_errors import PROVIDERS, ConfigError, Known, explain
from bot.environment import NAMES, Secrets
from bot.settings import Settings, Tables
from bot.settings_ai import OPENAI_KEY, Provider

__all__ = ["ConfigError", "Settings", "load"]

Problem = tuple[str, str]
"""Which setting, and what is wrong with it."""

KNOWN: Known = {
    "": tuple(Tables.model_fields),
    **{
        name: tuple(field.annotation.model_fields)  # type: ignore[union-attr]
        for name, field in Tables.model_fields.items()
        if name != "desks"
    },
    "desks": (),  # whoever sets it names its keys
    PROVIDERS: tuple(Provider.model_fields),
}


def load(path: Path, environ: Mapping[str, str]) -> Settings:
    """Read bot.toml, the .env beside it and the environment. Raises ConfigError with all that is wrong."""
    path = path.absolute()
    dotenv_path = path.parent / ".env"
    raw, problems = _read_toml(path)
    dotenv, unreadable = environment.read_dotenv(dotenv_path)
    values = environment.merge(environ, dotenv)

    secrets, secret_problems = _secrets(values)
    tables, table_problems = _tables(raw, values.get("database_url", ""), path.parent)
    found = [*table_problems, *secret_problems]
    named = {setting for setting, _ in found}
    found += [fault for fault in _faults(tables, secrets) if fault[0] not in named]

    problems += unreadable + [f"{_where(setting, path, environ)}: {words}" for setting, words in found]
    if problems:
        raise ConfigError(problems)
    keys = environment.named(
        {one.key for one in tables.ai.providers if one.key != OPENAI_KEY}, environ, dotenv
    )
    warnings = [
        *environment.misspelt({*environ, *dotenv}),
        *(environment.too_open(dotenv_path) if dotenv else []),
        *(
            f"{_where(setting, path, environ)}: {words}"
            for setting, words in _oddities(tables, secrets, keys)
        ),
    ]
    return Settings(
        **dict(tables),
        secrets=secrets,
        folder=path.parent,
        file=path,
        warnings=tuple(warnings),
        provider_keys={name: SecretStr(key) for name, key in keys.items()},
    )


def _where(setting: str, path: Path, environ: Mapping[str, str]) -> str:
    if setting not in NAMES:
        return f"{path.name}: {setting}"
    return f"{'environment' if environ.get(setting, '').strip() else '.env'}: {setting}"


def _read_toml(path: Path) -> tuple[dict[str, Any], list[str]]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig")), []
    except FileNotFoundError:
        reason = f"is not in {path.parent}: copy the one that comes with Svar, or name yours with --config"
    except UnicodeDecodeError as mistake:
        reason = f"is not UTF-8 (byte {mistake.start}): save it as UTF-8"
    except OSError as mistake:
        reason = f"cannot be read: {mistake.strerror}"
    except tomllib.TOMLDecodeError as mistake:
        words, line = _syntax(str(mistake))
        reason = f"{line}is not TOML: {words}"
    return {}, [f"{path.name}: {reason}"]


def _syntax(words: str) -> tuple[str, str]:
    """`Invalid value (at line 3, column 8)` as its words and `line 3: `."""
    found = re.fullmatch(r"(.*) \(at (?:line (\d+), column \d+|end of document)\)", words, re.DOTALL)
    if not found:
        return words, ""
    return found[1], f"line {found[2]}: " if found[2] else "at its end: "


def _tables(raw: dict[str, Any], database_url: str, folder: Path) -> tuple[Tables, list[Problem]]:
    """The sections, with the default wherever a key is wrong, so that the rest is looked at too."""
    given: dict[str, Any] = {name: {} for name in KNOWN[""]} | raw
    if database_url and isinstance(given["storage"], dict):
        given["storage"] = {**given["storage"], "url": database_url}
    context = {"folder": folder}
    try:
        return Tables.model_validate(given, context=context), []
    except ValidationError as mistakes:
        errors = [error for error in mistakes.errors() if error["type"] != "default_factory_not_called"]
    problems = [explain(error, KNOWN, NAMES) for error in errors]
    if database_url:
        problems = [("DATABASE_URL" if name == "storage.url" else name, words) for name, words in problems]
    for error in errors:
        _leave_out(given, error["loc"])
    return Tables.model_validate(given, context=context), problems


def _leave_out(given: dict[str, Any], place: tuple[int | str, ...]) -> None:
    section, *key = (str(part) for part in place[:2])
    if key:
        given[section] = {name: value for name, value in given[section].items() if name != key[0]}
    elif section in KNOWN[""]:
        given[section] = {}
    else:
        given.pop(section, None)


def _secrets(values: dict[str, str]) -> tuple[Secrets, list[Problem]]:
    try:
        return Secrets.model_validate(values), []
    except ValidationError as mistakes:
        errors = mistakes.errors(include_input=False)
    wrong = {str(error["loc"][0]): str(error["ctx"]["error"]) for error in errors}
    rest = {name: value for name, value in values.items() if name not in wrong}
    return Secrets.model_validate(rest), [(name.upper(), words) for name, words in wrong.items()]


def _faults(tables: Tables, secrets: Secrets) -> Iterator[Problem]:
    """What is wrong only together; the bot does not start with it."""
    if tables.telegram.delivery == "webhook":
        yield from _webhook_faults(
            tables.server.public_url, secrets.telegram_webhook_secret.get_secret_value()
        )
    yield from _desk_faults(tables, secrets.telegram_chat_id)
    if environment.missing_for_whatsapp(secrets) == ["WHATSAPP_APP_SECRET"]:
        yield (
            "WHATSAPP_APP_SECRET",
            "is not set: without it anybody could write in a customer's name (Meta's app dashboard shows it)",
        )


def _desk_faults(tables: Tables, main: int | None) -> Iterator[Problem]:
    taken = {main: "TELEGRAM_CHAT_ID"} if main is not None else {}
    for name, desk in tables.desks.items():
        if desk.chat_id >= 0:
            yield f"desks.{name}.chat_id", "is no group's id: those are negative"
        elif desk.chat_id in taken:
            yield (
                f"desks.{name}.chat_id",
                f"is the same group as {taken[desk.chat_id]}: each desk has its own",
            )
        taken.setdefault(desk.chat_id, f"desks.{name}.chat_id")


def _webhook_faults(public_url: str, secret: str) -> Iterator[Problem]:
    if not public_url:
        yield "server.public_url", 'is empty, and telegram.delivery = "webhook" needs it (or use "polling")'
    elif urlsplit(public_url).scheme != "https" and not _is_loopback(urlsplit(public_url).hostname or ""):
        yield "server.public_url", "must start with https://: Telegram delivers nowhere else"
    if not re.fullmatch(r"[A-Za-z0-9_-]{32,256}", secret) or "changeme" in secret.lower():
        verdict = "does not do" if secret else "is not set"
        wanted = "32 to 256 random characters of A-Z a-z 0-9 _ - (openssl rand -hex 32 makes some)"
        yield "TELEGRAM_WEBHOOK_SECRET", f'{verdict}: telegram.delivery = "webhook" needs {wanted}'


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _has_alert_template(tables: Tables) -> bool:
    return any(template.purpose == "alert" for template in tables.whatsapp.templates)


def _oddities(tables: Tables, secrets: Secrets, keys: Mapping[str, str]) -> Iterator[Problem]:
    """What is probably not meant, but stops nothing."""
    known = {*keys, "", *([OPENAI_KEY] if secrets.openai_api_key else [])}
    for one in tables.ai.providers:
        if one.key not in known:
            yield "ai.providers", f'"{one.name}" is off until {one.key} is set'
    missing = environment.missing_for_whatsapp(secrets)
    if 0 < len(missing) < len(environment.WHATSAPP):
        yield (
            missing[0],
            f"WhatsApp is off until {' and '.join(missing)} {'are' if missing[1:] else 'is'} set too",
        )
    if secrets.whatsapp_sender_id and not secrets.whatsapp_sender_id.isdecimal():
        yield "WHATSAPP_SENDER_ID", "is no number: it is Meta's phone number id, not the phone number"
    if secrets.whatsapp_admin_phone and not missing and not _has_alert_template(tables):
        yield (
            "WHATSAPP_ADMIN_PHONE",
            "hears nothing when it has not written for 24 hours: Meta then takes only a template, and "
            'whatsapp.templates has none with purpose = "alert"',
        )
    if (secrets.telegram_chat_id or 0) > 0:
        yield "TELEGRAM_CHAT_ID", "is a person, not a group: groups' ids are negative"
    if 0 < len(secrets.internal_api_secret) < 16:
        yield "INTERNAL_API_SECRET", "is short: 32 random characters keep it from being guessed"
