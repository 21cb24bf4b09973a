"""A database that is not what it was is refused and left alone: not mended in silence, not replaced by an empty one."""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from storage import facts, migrations
from storage.database import DatabaseRefused
from storage.sqlite import open_sqlite
from tests.backup.rows import fill, write

ROOT = Path(__file__).parents[2]
KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from storage.sqlite import open_sqlite
from tests.backup.rows import write

async def main():
    db = await open_sqlite(Path(sys.argv[1]))
    await write(db, int(sys.argv[3]), int(sys.argv[2]))
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""
SEEDS = 60


def killed(path: Path, start: int, count: int) -> None:
    """Another process writes so many messages and is killed; they are in the log."""
    command = [sys.executable, "-c", KILLED, str(path), str(start), str(count)]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == -signal.SIGKILL


def beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


async def refused(path: Path) -> str:
    """What it says; nothing may have changed."""
    before = contents(path.parent)
    with pytest.raises(DatabaseRefused) as caught:
        await open_sqlite(path)
    assert contents(path.parent) == before
    return str(caught.value)


def contents(folder: Path) -> dict[str, bytes]:
    """The index of a log is made anew at each opening: it holds nothing of its own."""
    return {
        file.name: file.read_bytes() for file in folder.iterdir() if not file.name.endswith(("-shm", ".lock"))
    }


async def count(path: Path) -> int:
    db = await open_sqlite(path)
    row = await db.fetch_one("SELECT count(*) AS messages FROM messages")
    await db.close()
    assert row is not None
    return int(row["messages"])


async def test_after_a_kill_all_is_there(path: Path) -> None:
    killed(path, 0, 100)
    killed(path, 100, 100)
    assert await count(path) == 200
    assert await count(path) == 200


@pytest.mark.parametrize("size", [100, 4096, 8192, 20 * 4096, -4096, -1])
async def test_one_that_is_cut_off_is_refused(path: Path, size: int) -> None:
    await fill(path, 500)
    os.truncate(path, size if size > 0 else path.stat().st_size + size)

    assert "restore a backup (python -m bot restore FILE)" in await refused(path)


async def test_one_that_became_empty_is_not_begun_anew(path: Path) -> None:
    await fill(path, 10)
    os.truncate(path, 0)
    assert "is empty, and was not when the bot last ran" in await refused(path)

    path.unlink()
    assert "is gone, and was not when the bot last ran" in await refused(path)
    beside(path, ".lock").unlink()
    assert await count(path) == 0, "whoever says so begins anew"


async def test_a_log_without_its_database_is_not_thrown_away(path: Path) -> None:
    killed(path, 0, 100)
    beside(path, ".lock").unlink()
    whole = path.read_bytes()
    os.truncate(path, 0)
    assert "bot.db-wal holds messages" in await refused(path)
    path.unlink()
    assert "bot.db-wal holds messages" in await refused(path)

    path.write_bytes(whole)
    assert await count(path) == 100


async def test_a_log_that_was_taken_away_is_missed(path: Path) -> None:
    await fill(path, 100)
    killed(path, 100, 100)
    kept = beside(path, "-wal").read_bytes()
    beside(path, "-wal").unlink()
    assert "bot.db-wal is gone, and the newest messages were in it" in await refused(path)

    beside(path, "-wal").write_bytes(kept)
    assert await count(path) == 200


async def test_the_log_of_another_database_is_noticed(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other" / "bot.db"
    await fill(other, 3000)
    killed(other, 3000, 500)
    await fill(path, 500)
    shutil.copy(beside(other, "-wal"), beside(path, "-wal"))

    assert "is damaged" in await refused(path)
    beside(path, "-wal").unlink()
    beside(path, "-shm").unlink(missing_ok=True)
    assert await count(path) == 500


async def test_an_old_file_under_a_newer_log_is_noticed(path: Path) -> None:
    """What comes of restoring by copying over the database and forgetting what lies beside it."""
    await fill(path, 300)
    old = path.read_bytes()
    db = await open_sqlite(path)
    await write(db, 3000, 300)
    await db.close()
    killed(path, 3300, 500)
    path.write_bytes(old)

    assert "is damaged" in await refused(path)


async def test_pages_of_rubbish_are_noticed(path: Path) -> None:
    """Each seed spoils another page; whatever SQLite would find is found at the start."""
    await fill(path, 400)
    whole, missed = path.read_bytes(), []
    for seed in range(SEEDS):
        chance = random.Random(seed)
        page = chance.randrange(1, len(whole) // 4096)
        path.write_bytes(whole[: page * 4096] + chance.randbytes(4096) + whole[(page + 1) * 4096 :])
        try:
            await (await open_sqlite(path)).close()
        except DatabaseRefused:
            continue
        missed.append(seed)
    assert missed == []


async def test_looking_takes_no_longer_than_it_may(path: Path) -> None:
    """However large it is: what there is no time for is left to the daily backup, which reads all of it."""
    from storage import inspection

    await fill(path, 20_000)
    connection = sqlite3.connect(path, check_same_thread=False)
    assert inspection._damage(connection, path, 0.001) == ""
    connection.close()


STEPS = """
import os, signal, sqlite3, sys
from pathlib import Path
from storage import migrations

left = int(sys.argv[3])
def step(statement):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)

connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA journal_mode = WAL")
connection.set_trace_callback(step)
migrations.apply(connection, Path(sys.argv[2]))
"""
MORE = "CREATE TABLE more (a TEXT);\nINSERT INTO more VALUES ('b');\nALTER TABLE facts ADD COLUMN c TEXT;\n"


def test_a_migration_may_be_killed_at_each_of_its_statements(tmp_path: Path) -> None:
    folder = tmp_path / "migrations"
    shutil.copytree(migrations.FOLDER, folder)
    (folder / "9001_more.sql").write_text(MORE, "utf-8")
    path = tmp_path / "bot.db"
    command = [sys.executable, "-c", STEPS, str(path), str(folder)]
    step, wanted = 0, made(tmp_path / "whole.db", folder)
    while subprocess.run([*command, str(step)], cwd=ROOT, check=False).returncode:
        assert made(path, folder) == wanted
        for file in tmp_path.glob("bot.db*"):
            file.unlink()
        step += 1
    assert step > 30


def made(path: Path, folder: Path) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path, isolation_level=None)
    migrations.apply(connection, folder)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert connection.execute("SELECT a FROM more").fetchall() == [("b",)]
    rows = connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
    connection.close()
    return rows


OPEN = "import asyncio, sys; from pathlib import Path; from storage.sqlite import open_sqlite\n"
OPEN += "async def main(): await (await open_sqlite(Path(sys.argv[1]))).close()\nasyncio.run(main())"


@pytest.fixture
def later_version(tmp_path: Path) -> Callable[[Path], "subprocess.CompletedProcess[str]"]:
    """The next version of the product, with a migration more, opens a database."""
    shutil.copytree(ROOT / "storage", tmp_path / "later/storage")
    (tmp_path / "later/storage/migrations/9001_more.sql").write_text(MORE, "utf-8")

    def opens(path: Path) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-c", OPEN, str(path)]
        return subprocess.run(command, cwd=tmp_path / "later", capture_output=True, text=True, check=False)

    return opens


async def test_before_a_migration_the_database_is_kept_as_it_is(
    path: Path, later_version: Callable[[Path], "subprocess.CompletedProcess[str]"]
) -> None:
    await fill(path, 200)
    done = later_version(path)
    assert done.returncode == 0, done.stderr
    (kept,) = path.parent.glob("bot.db.before-9001_more-*Z")
    assert str(kept) in done.stderr
    assert kept.stat().st_mode & 0o777 == 0o600
    assert "newer Svar (schema 9001" in await refused(path)

    assert later_version(path).returncode == 0
    assert len(list(path.parent.glob("bot.db.before-*"))) == 1, "only before it is changed"
    assert await count(kept) == 200, "the version before still opens it"


async def test_a_new_database_has_nothing_to_keep(
    path: Path, later_version: Callable[[Path], "subprocess.CompletedProcess[str]"]
) -> None:
    assert later_version(path).returncode == 0
    assert not list(path.parent.glob("bot.db.before-*"))


async def test_how_it_was_closed_is_noted_where_the_lock_is(path: Path) -> None:
    db = await open_sqlite(path)
    await db.transaction(lambda tx: facts.put(tx, "a", "b"))
    lock = beside(path, ".lock")
    assert lock.read_text() == "open\n"
    await db.close()
    assert lock.read_text() == "closed\n"
    assert lock.stat().st_mode & 0o077 == 0
