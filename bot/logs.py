"""What the process writes about itself: lines for people or JSON for machines, without secrets."""

import json
import logging
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Literal, TextIO
from urllib.parse import quote

from bot.traces import trace

Redaction = Callable[[str], str]

OURS = ("bot", "handlers", "storage", "sandbox")
"""Who may say more than warnings: libraries write every call, with the token in its address (httpx) or a
customer's words among its parameters (aiosqlite)."""

_CREDENTIAL_FORMS = r"(?<!\d)\d{6,}:[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])|(?<=Bearer )[^\s\"']+"
"""What a bot token and an access token look like, ours or not."""

_GONE = "[secret]"
_SHORTEST = 4
"""Shorter values stand in ordinary words: taking them out would tell more than it hides."""

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")

ABOUT: ContextVar[Mapping[str, object]] = ContextVar("about", default=MappingProxyType({}))
"""What the lines of this task are about: ids, which each line carries. Read only for lines that are written."""

_USUAL = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


def redaction(secrets: Iterable[str]) -> Redaction:
    """Takes the secrets out of a text, as they are and as they stand in an address or in JSON."""
    values = [secret for secret in secrets if len(secret) >= _SHORTEST]
    forms = {form for value in values for form in (value, quote(value, safe=""), json.dumps(value)[1:-1])}
    longest_first = sorted(forms, key=len, reverse=True)
    pattern = re.compile("|".join([*map(re.escape, longest_first), _CREDENTIAL_FORMS]))
    return lambda text: pattern.sub(_GONE, text)


def _extras(record: logging.LogRecord, redact: Redaction) -> dict[str, object]:
    """What was given as `extra=`; everything but numbers as text."""
    given = {name: value for name, value in record.__dict__.items() if name not in _USUAL}
    given = {**ABOUT.get(), **given}
    return {
        name: value if isinstance(value, bool | int | float | None) else redact(str(value))
        for name, value in given.items()
    }


def _at(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def _words(record: logging.LogRecord) -> str:
    """The message; of a call with wrong arguments its parts, not a trace past the redaction."""
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):
        return f"{record.msg} {record.args}"


def _escaped(control: re.Match[str]) -> str:
    """A line break or an escape sequence could forge a line or confuse a terminal."""
    return control[0].encode("unicode_escape").decode()


class _Lines(logging.Formatter):
    """Redacts last, when the exception is part of the text."""

    def __init__(self, redact: Redaction) -> None:
        super().__init__()
        self.redact = redact

    def trouble(self, record: logging.LogRecord) -> str:
        """The exception and the stack, "" for none."""
        error = record.exc_info[1] if record.exc_info else None
        parts = [trace(error) if error else "", record.stack_info or ""]
        return self.redact("\n".join(part for part in parts if part))


class TextLines(_Lines):
    def format(self, record: logging.LogRecord) -> str:
        extras = "".join(f" {name}={value}" for name, value in _extras(record, self.redact).items())
        line = f"{_at(record)} {record.levelname:<7} {record.name}: {self.redact(_words(record))}{extras}"
        line = _CONTROLS.sub(_escaped, line)
        trouble = self.trouble(record)
        return f"{line}\n{trouble}" if trouble else line


class JsonLines(_Lines):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            **_extras(record, self.redact),
            "at": _at(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self.redact(_words(record)),
        }
        trouble = self.trouble(record)
        return json.dumps(line | ({"exception": trouble} if trouble else {}))


class Tally(logging.Handler):
    """Counts what is written, by level."""

    def __init__(self, lines: Counter[str]) -> None:
        super().__init__()
        self._lines = lines

    def handle(self, record: logging.LogRecord) -> bool:
        self._lines[record.levelname.lower()] += 1
        return True


def about(**ids: object) -> None:
    """From here on each line of this task (and of those that it starts) carries these ids, too."""
    ABOUT.set({**ABOUT.get(), **ids})


_FORMATS: dict[str, type[_Lines]] = {"text": TextLines, "json": JsonLines}


def setup(
    level: str, format: Literal["json", "text"], secrets: Iterable[str] = (), stream: TextIO | None = None
) -> None:
    """Log to `stream` (standard error), without the `secrets`. A second call replaces the first."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_FORMATS[format](redaction(secrets)))
    root = logging.getLogger()
    root.handlers[:] = [
        *(other for other in root.handlers if not isinstance(other.formatter, _Lines)),
        handler,
    ]
    root.setLevel(max(logging.WARNING, logging.getLevelName(level.upper())))
    for name in OURS:
        logging.getLogger(name).setLevel(level.upper())
    logging.captureWarnings(capture=True)
