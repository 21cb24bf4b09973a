"""The same with PostgreSQL: backups of one moment, restored there, and moved from one engine to the other and back."""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from storage import dump, moving, processes
from storage.database import Database
from storage.opening import open_database
from storage.tables import Tally
from tests.backup.conftest import KEY, Home
from tests.backup.rows import fill, write
from tests.postgres import shared_server
from tests.postgres_keeper import _places

pytestmark = pytest.mark.timeout(120)
PROGRAMS = next((place for place in _places() if (place / "pg_dump").is_file()), None)
"""Of the version of the server that the tests start, as on a machine that was set up well."""

New = Callable[[], Awaitable[str]]


@pytest.fixture(autouse=True)
def programs(monkeypatch: pytest.MonkeyPatch) -> None:
    if PROGRAMS is None:
        pytest.skip("pg_dump is not installed here")
    monkeypatch.setenv("PATH", f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
async def new() -> AsyncIterator[New]:
    """Makes databases, and takes them away again."""
    server, made = shared_server(), list[str]()

    async def make() -> str:
        made.append(f"backup_{uuid.uuid4().hex[:12]}")
        return await server.create(made[-1])

    yield make
    for name in made:
        await server.drop(name)


async def filled(url: str, count: int) -> None:
    db = await open_database(url)
    await write(db, count)
    await db.close()


async def tallies(url: str) -> dict[str, Tally]:
    db = await open_database(url)
    try:
        return {table.name: await moving._tally(db, table) for table in moving.moved_tables()}
    finally:
        await db.close()


async def newest_number(db: Database) -> int:
    row = await db.fetch_one("SELECT max(id) AS id FROM messages")
    assert row is not None
    return int(row["id"])


async def test_it_goes_to_postgresql_and_back_and_nothing_has_changed(
    home: Home, other: Home, new: New
) -> None:
    await fill(home.database, 3000)
    here, there = f"sqlite:///{home.database}", await new()
    done = home.run("move", here, there)
    assert (done.returncode, done.stderr) == (0, "")
    assert await tallies(there) == await tallies(here)

    back = f"sqlite:///{other.database}"
    assert home.run("move", there, back).returncode == 0
    assert await tallies(back) == await tallies(here)


async def test_afterwards_postgresql_counts_on_behind_the_greatest_number(home: Home, new: New) -> None:
    await fill(home.database, 120)
    there = await new()
    assert home.run("move", f"sqlite:///{home.database}", there).returncode == 0
    db = await open_database(there)
    sql = "INSERT INTO messages (conversation_id, author, content, created_at) VALUES (1, 'bot', '{}', 1)"
    await db.transaction(lambda tx: tx.execute(sql))
    assert await newest_number(db) == 121
    await db.close()


async def test_from_one_postgresql_to_another_while_no_bot_lives_on_either(home: Home, new: New) -> None:
    first, second = await new(), await new()
    db = await open_database(first)
    await write(db, 50)
    await db.transaction(lambda tx: processes.add(tx, 7, 1))
    await db.close()
    assert home.run("move", first, second).returncode == 0, "a dead process keeps nobody"
    assert await tallies(second) == await tallies(first)
    assert "--force" in home.run("move", first, second).stderr


async def test_a_backup_is_of_one_moment_and_restored_is_what_was_there(
    home: Home, new: New, tmp_path: Path
) -> None:
    first, second = await new(), await new()
    db = await open_database(first)
    await write(db, 2000)
    home.environ |= {"DATABASE_URL": first, "BACKUP_KEY": KEY}
    running = home.start("backup", tmp_path / "copy")
    number = 2000
    while running.poll() is None:
        await write(db, 20, number)
        number += 20
    words = running.communicate()[0]
    assert running.returncode == 0, words
    await db.close()

    home.environ["DATABASE_URL"] = second
    done = home.run("restore", tmp_path / "copy")
    assert (done.returncode, done.stderr) == (0, "")
    db = await open_database(second)
    count = await db.fetch_one("SELECT count(*) AS messages, max(id) AS newest FROM messages")
    assert count is not None
    assert 2000 <= count["messages"] == count["newest"] < number
    await db.close()


async def test_what_is_in_the_way_is_backed_up_before_it_goes(home: Home, new: New, tmp_path: Path) -> None:
    first, second = await new(), await new()
    await filled(first, 100)
    await filled(second, 30)
    before = await tallies(second)
    home.environ["DATABASE_URL"] = first
    assert home.run("backup", tmp_path / "copy").returncode == 0

    home.environ["DATABASE_URL"] = second
    assert "--force" in home.run("restore", tmp_path / "copy").stderr
    assert await tallies(second) == before
    assert home.run("restore", "--force", tmp_path / "copy").returncode == 0
    assert await tallies(second) == await tallies(first)

    (kept,) = tmp_path.glob("before-restore-*.svar")
    assert home.run("restore", "--force", kept).returncode == 0
    assert await tallies(second) == before


async def test_a_backup_of_sqlite_is_restored_to_postgresql(home: Home, new: New, tmp_path: Path) -> None:
    await fill(home.database, 300)
    assert home.run("backup", tmp_path / "copy").returncode == 0
    there = await new()
    home.environ["DATABASE_URL"] = there
    done = home.run("restore", tmp_path / "copy")
    assert (done.returncode, done.stderr) == (0, "")
    del home.environ["DATABASE_URL"]
    assert await tallies(there) == await tallies(f"sqlite:///{home.database}")


async def test_a_backup_of_postgresql_says_how_it_comes_to_sqlite(
    home: Home, other: Home, new: New, tmp_path: Path
) -> None:
    home.environ["DATABASE_URL"] = await new()
    await filled(home.environ["DATABASE_URL"], 3)
    assert home.run("backup", tmp_path / "copy").returncode == 0
    assert "python -m bot move" in other.run("restore", tmp_path / "copy").stderr


async def test_texts_that_look_like_signs_of_the_dump_are_read_back(new: New, tmp_path: Path) -> None:
    url = await new()
    db = await open_database(url)
    odd = "a\tb\nc\\d \\N \\. \x0b\x0c\x08\r \u2028 \U0001fae8"
    sql = "INSERT INTO facts (name, value) VALUES (:name, :value)"
    for name in ("x", "\\N", "\\.", odd):
        await db.transaction(lambda tx, name=name: tx.execute(sql, name=name, value=odd))  # type: ignore[misc]
    await db.close()

    taken = await asyncio.to_thread(dump.take, url, tmp_path / "dump")
    assert taken.tallies["facts"].rows == 4
    assert dump.read_back(tmp_path / "dump") == taken
    assert (tmp_path / "dump").stat().st_mode & 0o777 == 0o600


async def test_without_the_program_there_is_a_clear_word(home: Home, new: New, tmp_path: Path) -> None:
    home.environ |= {"DATABASE_URL": await new(), "PATH": str(tmp_path)}
    await filled(home.environ["DATABASE_URL"], 3)
    done = home.run("backup", tmp_path / "copy")
    assert done.returncode == 1
    assert "pg_dump is not installed here" in done.stderr


def test_a_password_is_on_no_command_line() -> None:
    for dsn in ("postgresql://anna:geheim@db/x", "postgresql://anna@db/x?password=geheim&host=y"):
        assert "geheim" not in dump._without_password(dsn)
        assert "anna@db" in dump._without_password(dsn)
