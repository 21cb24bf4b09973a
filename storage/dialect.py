"""The portable SQL of the table files, as PostgreSQL and asyncpg want it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from storage.database import storable

TOKEN = re.compile(
    r"""
    '(?:[^']|'')*' | "(?:[^"]|"")*" | --[^\n]* | /\*.*?\*/ | ::   # passed over
    | :(?P<name>[A-Za-z_]\w*)
    | (?P<word>[A-Za-z_]\w*)
    | (?P<bracket>[()])
    """,
    re.VERBOSE | re.DOTALL,
)
VERBS = ("SELECT", "INSERT", "UPDATE", "DELETE", "VALUES")
NO_VERB_AFTER = ("FOR", "KEY", "DO", "ON")
"""FOR UPDATE, FOR NO KEY UPDATE, DO UPDATE, ON DELETE: no statements of their own."""
LARGEST_CACHE = 4096


@dataclass(frozen=True, slots=True)
class Statement:
    sql: str
    """With `$1`, `$2` …"""
    names: tuple[str, ...]
    """Which parameter each of them is."""
    many: str = ""
    """The same for several at once: its last parameter is a number that comes back as `_n` in each row.
    Empty where a statement cannot be wrapped."""
    touched: bool = False
    """`many` gives one row with the number of rows `touched`, since the statement itself returns none."""
    writes: bool = True

    def arguments(self, parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        clean = storable(parameters)
        return tuple([clean[name] for name in self.names])


@lru_cache(LARGEST_CACHE)
def translate(sql: str) -> Statement:
    """`:name` becomes `$n`, but not within quotes or comments."""
    names: list[str] = []

    def number(found: re.Match[str]) -> str:
        name = found["name"]
        if name is None:
            return found[0]
        if name not in names:
            names.append(name)
        return f"${names.index(name) + 1}"

    numbered = TOKEN.sub(number, sql)
    verb, returns, writes_within = _shape(sql)
    reads = verb in ("SELECT", "VALUES")
    many = (
        "" if reads and writes_within else _for_many(numbered, verb, f"${len(names) + 1}::int AS _n", returns)
    )
    return Statement(numbered, tuple(names), many, not reads and not returns, not reads or writes_within)


def _for_many(numbered: str, verb: str, mark: str, returns: bool) -> str:  # noqa: FBT001
    if not verb:
        return ""
    if verb in ("SELECT", "VALUES"):
        return f"SELECT {mark}, q.* FROM ({numbered}) q"  # noqa: S608
    if returns:
        return f"WITH q AS ({numbered}) SELECT {mark}, q.* FROM q"  # noqa: S608
    return f"WITH q AS ({numbered} RETURNING 1) SELECT {mark}, count(*) AS touched FROM q"  # noqa: S608


def _shape(sql: str) -> tuple[str, bool, bool]:
    """Its verb, whether it returns rows, and whether something within its brackets writes."""
    depth, verb, before, returns, writes_within = 0, "", "", False, False
    for found in TOKEN.finditer(sql):
        if bracket := found["bracket"]:
            depth += 1 if bracket == "(" else -1
        elif found["word"]:
            word = found["word"].upper()
            is_verb = word in VERBS and before not in NO_VERB_AFTER
            if depth == 0:
                verb = verb or (word if is_verb else "")
                returns = returns or word == "RETURNING"
            elif is_verb and word in ("INSERT", "UPDATE", "DELETE"):
                writes_within = True
            before = word
    return verb, returns, writes_within
