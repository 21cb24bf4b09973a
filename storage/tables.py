"""The tables as the migrations make them, and a digest of what is in one, the same on every engine."""

import hashlib
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from storage import migrations

RECORD = "schema_migrations"
PASSING = frozenset({RECORD, "facts", "processes", "duties", "firings", "budgets"})
"""What a bot writes that was only started."""
DIGEST_BYTES = 16
WHOLE = 1 << (8 * DIGEST_BYTES)


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    """The columns of the primary key."""
    parents: frozenset[str]
    """Other tables that its rows point to."""
    own: tuple[str, ...]
    """Columns that point to rows of the table itself."""
    texts: frozenset[str]
    """The columns that hold text."""

    numbered: bool
    """Its key is a number that the database gives."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many rows, and the sum of their digests: the engines need not agree on an order of text."""

    rows: int
    digest: str


Tallies = Mapping[str, Tally]


class Counter:
    """Counts rows, each a sequence of values in the order of the table's columns."""

    def __init__(self) -> None:
        self._rows = self._sum = 0

    def add(self, rows: Iterable[Sequence[Any]]) -> None:
        # ascii() spells a value the same way in every version of Python; repr() follows Unicode's tables.
        for row in rows:
            digest = hashlib.blake2b(ascii(tuple(row)).encode(), digest_size=DIGEST_BYTES).digest()
            self._sum += int.from_bytes(digest, "big")
            self._rows += 1

    @property
    def tally(self) -> Tally:
        return Tally(self._rows, f"{self._sum % WHOLE:0{2 * DIGEST_BYTES}x}")


def as_json(tallies: Tallies) -> dict[str, dict[str, Any]]:
    return {name: asdict(tally) for name, tally in tallies.items()}


def from_json(value: Mapping[str, Mapping[str, Any]]) -> dict[str, Tally]:
    return {name: Tally(int(tally["rows"]), str(tally["digest"])) for name, tally in value.items()}


def known() -> tuple[Table, ...]:
    """The tables of this version, each after those that its rows point to."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        migrations.apply(connection)
        return tuple(table for table in of(connection) if table.name != RECORD)
    finally:
        connection.close()


def of(connection: sqlite3.Connection) -> tuple[Table, ...]:
    """The tables of an open SQLite database, each after those that its rows point to."""
    rows = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY name"
    )
    return _parents_first([_table(connection, name) for (name,) in rows.fetchall()])


def _table(connection: sqlite3.Connection, name: str) -> Table:
    columns = connection.execute(
        "SELECT name, type, pk FROM pragma_table_info(:name)", {"name": name}
    ).fetchall()
    links = connection.execute(
        'SELECT "table", "from" FROM pragma_foreign_key_list(:name)', {"name": name}
    ).fetchall()
    return Table(
        name=name,
        columns=tuple(column for column, _, _ in columns),
        key=tuple(column for column, _, place in sorted(columns, key=lambda row: row[2]) if place),
        parents=frozenset(to for to, _ in links) - {name},
        own=tuple(column for to, column in links if to == name),
        texts=frozenset(column for column, kind, _ in columns if kind == "TEXT"),
        numbered=[kind for _, kind, place in columns if place] == ["INTEGER"],
    )


def _parents_first(tables: list[Table]) -> tuple[Table, ...]:
    placed: dict[str, Table] = {}
    while len(placed) < len(tables):
        free = [table for table in tables if table.name not in placed and table.parents <= placed.keys()]
        if not free:
            raise RuntimeError("tables point to each other in a circle")
        placed |= {table.name: table for table in free}
    return tuple(placed.values())
