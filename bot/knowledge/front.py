"""Front matter: what an article says about itself, between two lines of `---` or in a file beside it."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.config_errors import nearest, unknown_word
from bot.knowledge.audience import Audience

FOREVER = 2**63 - 1
FENCE, ENDS = "---", ("---", "...")
MOST_LINES = 200
_LIKE_OURS = 0.75
_KEY = re.compile(r"([^\s:#\[{-][^:]{0,60})[ \t]*:(?:[ \t]+(.*))?")
_COMMENT = re.compile(r"(?:^|\s)#.*$")
_LANGUAGE = re.compile(r"[a-z]{2,3}")


class FrontMistake(Exception):
    """The front matter says what cannot be meant; the message says where, what and what to do.

    `unsafe` where it may have meant to keep readers out: then no version of the article may be told."""

    def __init__(self, reason: str, *, unsafe: bool = False) -> None:
        super().__init__(reason)
        self.unsafe = unsafe


@dataclass(frozen=True, slots=True)
class Front:
    title: str = ""
    language: str = ""
    """Empty: the file's name tells."""
    audience: Audience | None = None
    """None: the folder tells."""
    aliases: tuple[str, ...] = ()
    """Other names of what the article is about."""
    valid_from: int = 0
    valid_until: int = FOREVER
    """Milliseconds since 1970: told from the first of them to just before the second."""
    unknown: tuple[tuple[str, int], ...] = ()
    """Keys that are not ours, and their lines; other programs write into front matter, too."""


NOTHING_SAID = Front()


def split_front(text: str) -> tuple[list[str], str, int]:
    """The lines of front matter, what follows, and how many lines were taken off. Raises FrontMistake."""
    if text.partition("\n")[0].rstrip() != FENCE:
        return [], text, 0
    lines = text.split("\n", MOST_LINES + 2)
    for number, line in enumerate(lines[1 : MOST_LINES + 2], 1):
        if line.rstrip() in ENDS:
            return lines[1:number], "\n".join(lines[number + 1 :]), number + 1
    if len(lines) > 1 and _KEY.fullmatch(lines[1].rstrip()):
        raise FrontMistake('line 1: the front matter has no end: a line of "---"', unsafe=True)
    return [], text, 0


def read_front(lines: list[str], zone: ZoneInfo, first_line: int = 2) -> Front:
    """What the lines of `key: value` say. Raises FrontMistake."""
    said: dict[str, object] = {}
    unknown = []
    for key, values, number in _entries(lines, first_line):
        name = _SHORT.get(key.lower(), key.lower().replace("-", "_"))
        read = _KEYS.get(name)
        if read is None:
            _refuse_if_mistyped(key, number)
            unknown.append((key, number))
        elif name in said:
            raise FrontMistake(f"line {number}: {key} stands there twice", unsafe=name == "audience")
        else:
            said[name] = _read(read, key, values, number, zone)
    front = Front(**said, unknown=tuple(unknown))  # type: ignore[arg-type]
    if front.valid_from >= front.valid_until:
        raise FrontMistake("the front matter ends its validity (valid-until) before it begins (valid-from)")
    return front


def moment(written: str, zone: ZoneInfo, *, end: bool = False) -> int:
    """ "2026-12-24" or "2026-12-24 15:00" in milliseconds since 1970; a day's last moment for an `end`.

    Raises ValueError, with a sentence."""
    try:
        if len(written) <= len("2026-12-24"):
            day = date.fromisoformat(written) + timedelta(days=1 if end else 0)
            at = datetime.combine(day, time(), zone)
        else:
            at = datetime.fromisoformat(written)
            at = at if at.tzinfo else at.replace(tzinfo=zone)
        return int(at.timestamp() * 1000)
    except (ValueError, OverflowError):
        raise ValueError(f'"{written}" is no date, as 2026-12-24, and no time, as 2026-12-24 15:00') from None


def _entries(lines: list[str], first_line: int) -> Iterator[tuple[str, list[str], int]]:
    """Each key with its values, plain or as a list, and its line. What is nested deeper is left out."""
    key, values, at = "", list[str](), 0
    for number, line in enumerate(lines, first_line):
        found = _KEY.fullmatch(line.rstrip())
        if found:
            if key:
                yield key, values, at
            key, values, at = _plain(found[1]), list(_values((found[2] or "").strip())), number
        elif key and line.lstrip().startswith("- "):
            values.append(_plain(line.lstrip()[2:]))
        elif line.strip() and not line.startswith((" ", "\t", "#")):
            raise FrontMistake(f'line {number}: is no "key: value" of front matter', unsafe=True)
    if key:
        yield key, values, at


def _values(written: str) -> Iterator[str]:
    bare = written if written.startswith(('"', "'")) else _COMMENT.sub("", written).strip()
    if bare.startswith("[") and bare.endswith("]"):
        yield from (_plain(part) for part in bare[1:-1].split(",") if part.strip())
    elif bare:
        yield _plain(bare)


def _plain(written: str) -> str:
    written = written.strip()
    quoted = len(written) > 1 and written[0] == written[-1] and written[0] in "\"'"
    return written[1:-1] if quoted else written


def _read(read: "Reader", key: str, values: list[str], number: int, zone: ZoneInfo) -> object:
    try:
        return read(values, zone)
    except ValueError as error:
        raise FrontMistake(f"line {number}: {key}: {error}", unsafe=key.lower() == "audience") from None


def _refuse_if_mistyped(key: str, number: int) -> None:
    """ "audiance: staff" must not be read as nothing."""
    if meant := nearest(key.replace("_", "-"), KEYS, _LIKE_OURS):
        raise FrontMistake(
            f'line {number}: "{key}" is no key of front matter (did you mean "{meant}"?)',
            unsafe=meant == "audience",
        )


def _one(values: list[str]) -> str:
    if len(values) != 1:
        raise ValueError("wants one value")
    return values[0]


def _language(values: list[str], _: ZoneInfo) -> str:
    written = _one(values).lower()
    if not _LANGUAGE.fullmatch(written):
        raise ValueError(f'"{_one(values)}" is no language code, as "sv"')
    return written


def _audience(values: list[str], _: ZoneInfo) -> Audience:
    written = _one(values).lower()
    if written not in list(Audience):
        raise ValueError(unknown_word(_one(values), list(Audience)))
    return Audience(written)


def _aliases(values: list[str], _: ZoneInfo) -> tuple[str, ...]:
    return tuple(alias.strip() for value in values for alias in value.split("|") if alias.strip())


Reader = Callable[[list[str], ZoneInfo], object]
_KEYS: Mapping[str, Reader] = {
    "title": lambda values, _: _one(values),
    "language": _language,
    "audience": _audience,
    "aliases": _aliases,
    "valid_from": lambda values, zone: moment(_one(values), zone),
    "valid_until": lambda values, zone: moment(_one(values), zone, end=True),
}
_SHORT = {"lang": "language"}
KEYS = tuple(name.replace("_", "-") for name in _KEYS)
