"""Numbered files that bring a database from any earlier version to this one."""

import hashlib
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from storage.database import DatabaseRefused

FOLDER = Path(__file__).parent
OVERRIDE = ".postgres.sql"
"""`0002_name.postgres.sql` stands in for `0002_name.sql` on PostgreSQL."""
RECORD = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    applied_at BIGINT NOT NULL
)
"""


@dataclass(frozen=True, slots=True)
class Migration:
    number: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def known(folder: Path = FOLDER, engine: Literal["sqlite", "postgres"] = "sqlite") -> list[Migration]:
    files = [file for file in sorted(folder.glob("[0-9]*.sql")) if not file.name.endswith(OVERRIDE)]
    return [
        Migration(int(file.name[:4]), file.stem, _written_for(engine, file).read_text("utf-8"))
        for file in files
    ]


def _written_for(engine: str, file: Path) -> Path:
    other = file.with_name(file.stem + OVERRIDE)
    return other if engine == "postgres" and other.exists() else file


def apply(connection: sqlite3.Connection, folder: Path = FOLDER) -> int:
    """Apply what is missing, a transaction each; returns how many. Raises DatabaseRefused."""
    found = pending(connection, folder)
    for migration in found:
        _apply_one(connection, migration)
    return len(found)


def pending(connection: sqlite3.Connection, folder: Path = FOLDER) -> list[Migration]:
    """What this SQLite database does not have yet; all of it when it is new. Raises DatabaseRefused."""
    connection.execute(RECORD)
    applied = dict(connection.execute("SELECT number, sha256 FROM schema_migrations").fetchall())
    return missing(applied, known(folder))


def missing(applied: dict[int, str], migrations: list[Migration]) -> list[Migration]:
    """What is still to be applied, in order. Raises DatabaseRefused."""
    _refuse_newer(applied, migrations)
    return [migration for migration in migrations if not _is_applied(migration, applied)]


def _refuse_newer(applied: dict[int, str], migrations: list[Migration]) -> None:
    newest = max((migration.number for migration in migrations), default=0)
    if max(applied, default=0) > newest:
        raise DatabaseRefused(
            f"the database is of a newer Svar (schema {max(applied)}, this one knows {newest}):"
            " run that version, or restore a backup made by this one"
        )


def _is_applied(migration: Migration, applied: dict[int, str]) -> bool:
    sha256 = applied.get(migration.number)
    if sha256 is not None and sha256 != migration.sha256:
        raise DatabaseRefused(
            f"migration {migration.name} is not the one that made this database: use the released file"
        )
    return sha256 is not None


def _apply_one(connection: sqlite3.Connection, migration: Migration) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement in statements(migration.sql):
            connection.execute(statement)
        connection.execute(
            "INSERT INTO schema_migrations (number, name, sha256, applied_at) VALUES (?, ?, ?, ?)",
            (migration.number, migration.name, migration.sha256, time.time_ns() // 1_000_000),
        )
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def statements(sql: str) -> list[str]:
    """A file's statements, one by one: executing it as a whole would commit in between."""
    found, rest = [], ""
    for line in sql.splitlines(keepends=True):
        rest += line
        if sqlite3.complete_statement(rest):
            found.append(rest)
            rest = ""
    return [*found, rest] if _says_something(rest) else found


def _says_something(sql: str) -> bool:
    return any(line.strip() and not line.lstrip().startswith("--") for line in sql.splitlines())
