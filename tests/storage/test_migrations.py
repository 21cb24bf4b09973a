"""Numbered files, each wholly or not at all, and a clear word where a database is not ours to open."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage import migrations
from storage.database import DatabaseRefused

ONE = "CREATE TABLE one (a TEXT);\n-- a comment; with a semicolon\nINSERT INTO one VALUES ('a;b');\n"
TWO = "CREATE TABLE two (b TEXT);\nINSERT INTO two VALUES ('x');\n"


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    made = sqlite3.connect(tmp_path / "bot.db", isolation_level=None)
    yield made
    made.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "migrations"
    made.mkdir()
    (made / "0001_one.sql").write_text(ONE, "utf-8")
    return made


def tables(connection: sqlite3.Connection) -> set[str]:
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    return {name for (name,) in rows} - {"schema_migrations"}


def test_each_file_is_applied_once_and_put_on_record(connection: sqlite3.Connection, folder: Path) -> None:
    assert migrations.apply(connection, folder) == 1
    assert migrations.apply(connection, folder) == 0
    (folder / "0002_two.sql").write_text(TWO, "utf-8")
    assert migrations.apply(connection, folder) == 1

    assert tables(connection) == {"one", "two"}
    assert connection.execute("SELECT a FROM one").fetchall() == [("a;b",)]
    record = connection.execute("SELECT number, name, length(sha256) FROM schema_migrations").fetchall()
    assert record == [(1, "0001_one", 64), (2, "0002_two", 64)]


def test_one_that_fails_half_way_leaves_nothing_of_itself(
    connection: sqlite3.Connection, folder: Path
) -> None:
    (folder / "0002_two.sql").write_text(TWO + "INSERT INTO nowhere VALUES (1);\n", "utf-8")
    with pytest.raises(sqlite3.OperationalError):
        migrations.apply(connection, folder)

    assert tables(connection) == {"one"}
    assert not connection.in_transaction
    (folder / "0002_two.sql").write_text(TWO, "utf-8")
    assert migrations.apply(connection, folder) == 1
    assert tables(connection) == {"one", "two"}


def test_one_that_is_cut_off_by_the_end_of_its_process_leaves_nothing(folder: Path, tmp_path: Path) -> None:
    """As a kill would: the connection is dropped in the middle of the transaction."""
    first = sqlite3.connect(tmp_path / "bot.db", isolation_level=None)
    migrations.apply(first, folder)
    first.execute("BEGIN IMMEDIATE")
    first.execute("CREATE TABLE two (b TEXT)")
    first.close()

    (folder / "0002_two.sql").write_text(TWO, "utf-8")
    second = sqlite3.connect(tmp_path / "bot.db", isolation_level=None)
    assert migrations.apply(second, folder) == 1
    assert tables(second) == {"one", "two"}
    second.close()


def test_a_file_that_was_changed_afterwards_is_refused(connection: sqlite3.Connection, folder: Path) -> None:
    migrations.apply(connection, folder)
    (folder / "0001_one.sql").write_text(ONE + "\n", "utf-8")
    (folder / "0002_two.sql").write_text(TWO, "utf-8")

    with pytest.raises(DatabaseRefused, match=r"0001_one .*released file"):
        migrations.apply(connection, folder)
    assert tables(connection) == {"one"}


def test_a_database_of_a_newer_version_is_refused_and_not_touched(
    connection: sqlite3.Connection, folder: Path
) -> None:
    (folder / "0002_two.sql").write_text(TWO, "utf-8")
    migrations.apply(connection, folder)
    (folder / "0002_two.sql").unlink()

    with pytest.raises(DatabaseRefused, match=r"newer Svar \(schema 2, this one knows 1\)"):
        migrations.apply(connection, folder)
    assert tables(connection) == {"one", "two"}


def test_a_last_statement_without_a_semicolon_is_not_forgotten(
    connection: sqlite3.Connection, folder: Path
) -> None:
    (folder / "0002_two.sql").write_text(TWO.rstrip().rstrip(";"), "utf-8")
    migrations.apply(connection, folder)

    assert connection.execute("SELECT b FROM two").fetchall() == [("x",)]


def test_a_trigger_is_one_statement(connection: sqlite3.Connection, folder: Path) -> None:
    trigger = "CREATE TRIGGER seen AFTER INSERT ON one BEGIN\n  DELETE FROM one;\n  SELECT 1;\nEND;\n"
    (folder / "0002_trigger.sql").write_text(trigger, "utf-8")

    assert migrations.apply(connection, folder) == 2


def test_the_released_files_are_numbered_without_a_gap() -> None:
    numbers = [migration.number for migration in migrations.known()]

    assert numbers == list(range(1, len(numbers) + 1))
    assert numbers
