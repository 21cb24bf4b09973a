"""A copy of a SQLite database, of one moment, made while another process writes it; and reading one back."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from storage import copying, tables
from storage.database import DatabaseRefused
from storage.inspection import APPLICATION_ID
from storage.tables import Counter, Tally

BATCH = 1000


@dataclass(frozen=True, slots=True)
class Snapshot:
    schema: int
    """The number of its newest migration."""
    tallies: dict[str, Tally]


class Damaged(Exception):
    """It cannot be read, or is not what it was when it was written; the message says how."""


def take(source: Path, target: Path) -> Snapshot:
    """Copy to `target`, which must not exist yet. Raises DatabaseRefused, Damaged, OSError.

    The connection only reads: it neither writes nor checkpoints beside the process that does."""
    with _reading(source) as connection:
        # One read transaction around both: what is copied is what is counted, whatever is written meanwhile.
        # It begins with the first thing that is read, not with its name.
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        copying.copy(connection, target)
        return _look(connection)


def read_back(path: Path) -> Snapshot:
    """What is in a file that nobody writes. Raises Damaged, DatabaseRefused."""
    with _reading(path) as connection:
        (verdict,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
        if verdict != "ok":
            raise Damaged(f"{path.name} is damaged inside: {verdict.splitlines()[-1]}")
        return _look(connection)


def is_used(path: Path) -> bool:
    """Whether anything but the bot's own notes is in it. Raises Damaged, DatabaseRefused."""
    with _reading(path) as connection:
        names = [table.name for table in tables.of(connection)]
        return any(
            connection.execute(f'SELECT 1 FROM "{name}" LIMIT 1').fetchone()  # noqa: S608
            for name in names
            if name not in tables.PASSING
        )


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    if not path.is_file():
        raise DatabaseRefused(f"there is no database at {path}")
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
    except sqlite3.Error as error:
        raise Damaged(f"{path} cannot be opened: {error}") from error
    try:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        if application != APPLICATION_ID:
            raise DatabaseRefused(f"{path} is not a database of Svar's")
        yield connection
    except sqlite3.Error as error:
        raise Damaged(f"{path.name} cannot be read: {error}") from error
    finally:
        connection.close()


def _look(connection: sqlite3.Connection) -> Snapshot:
    found = tables.of(connection)
    if tables.RECORD not in {table.name for table in found}:
        raise DatabaseRefused("the database holds nothing yet: start the bot once")
    (schema,) = connection.execute(f"SELECT max(number) FROM {tables.RECORD}").fetchone()  # noqa: S608
    return Snapshot(schema or 0, {table.name: _tally(connection, table) for table in found})


def _tally(connection: sqlite3.Connection, table: tables.Table) -> Tally:
    columns = ", ".join(f'"{column}"' for column in table.columns)
    cursor = connection.execute(f'SELECT {columns} FROM "{table.name}"')  # noqa: S608
    counter = Counter()
    while rows := cursor.fetchmany(BATCH):
        counter.add(rows)
    return counter.tally
