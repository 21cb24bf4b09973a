"""Opening the database: one process at a time, only what is ours, and a sentence that says what to do."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage import facts
from storage.database import DatabaseRefused
from storage.inspection import APPLICATION_ID
from storage.sqlite import open_sqlite, peek_sqlite

ROOT = Path(__file__).parents[2]
HOLD = """
import asyncio, sys
from pathlib import Path
from storage import facts
from storage.sqlite import open_sqlite

async def hold():
    db = await open_sqlite(Path(sys.argv[1]))
    await db.transaction(lambda tx: facts.put(tx, "held", "yes"))
    print("open", flush=True)
    await asyncio.Event().wait()

asyncio.run(hold())
"""


@pytest.fixture
def holder(path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process that has the database open."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


async def refusal(path: Path) -> DatabaseRefused:
    with pytest.raises(DatabaseRefused) as caught:
        await open_sqlite(path)
    assert "\n" not in str(caught.value)
    return caught.value


async def test_a_second_process_is_told_so_within_a_second(
    path: Path, holder: "subprocess.Popen[str]"
) -> None:
    started = time.monotonic()
    error = await refusal(path)

    assert time.monotonic() - started < 1
    assert error.in_use
    assert "in use by another Svar: stop that one first" in str(error)
    assert str(path) in str(error)


async def test_another_name_for_the_same_file_does_not_get_past_the_lock(
    path: Path, holder: "subprocess.Popen[str]", tmp_path: Path
) -> None:
    (tmp_path / "link").symlink_to(path.parent)
    assert (await refusal(tmp_path / "link" / path.name)).in_use


async def test_a_link_to_the_file_itself_does_not_get_past_the_lock(
    path: Path, holder: "subprocess.Popen[str]", tmp_path: Path
) -> None:
    (tmp_path / "other.db").symlink_to(path)
    assert (await refusal(tmp_path / "other.db")).in_use


async def test_a_second_opening_in_one_process_is_refused_too(path: Path) -> None:
    first = await open_sqlite(path)
    assert (await refusal(path)).in_use
    await first.close()

    second = await open_sqlite(path)
    await second.close()


async def test_the_lock_of_a_killed_process_is_no_obstacle(
    path: Path, holder: "subprocess.Popen[str]"
) -> None:
    os.kill(holder.pid, signal.SIGKILL)
    await asyncio.to_thread(holder.wait)

    db = await open_sqlite(path)
    assert await facts.find(db, "held") == "yes"
    await db.close()


async def test_what_is_committed_can_be_read_beside_the_process_that_has_it(
    path: Path, holder: "subprocess.Popen[str]"
) -> None:
    peek = await peek_sqlite(path)
    assert await facts.find(peek, "held") == "yes"
    await peek.close()


async def test_a_new_database_is_for_its_owner_s_eyes_only(path: Path) -> None:
    db = await open_sqlite(path)
    await db.transaction(lambda tx: facts.put(tx, "a", "b"))
    modes = {file.name: file.stat().st_mode & 0o077 for file in path.parent.iterdir()}
    await db.close()

    assert path.parent.stat().st_mode & 0o077 == 0
    assert modes.pop("bot.db") == 0
    assert set(modes.values()) <= {0}, modes


async def test_some_other_program_s_database_is_refused_and_left_as_it_is(path: Path) -> None:
    path.parent.mkdir()
    foreign = sqlite3.connect(path)
    foreign.execute("CREATE TABLE theirs (a TEXT)")
    foreign.commit()
    foreign.close()
    before = path.read_bytes()

    error = await refusal(path)
    assert "some other program's database" in str(error)
    assert "storage.url" in str(error)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "content", [b"hello, I am a text file\n" * 500, os.urandom(8192), b"SQLite format 3\0" + bytes(50)]
)
async def test_what_is_no_database_is_refused_and_left_as_it_is(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)

    assert "not a database, or it is damaged" in str(await refusal(path))
    assert path.read_bytes() == content


async def test_a_newer_database_is_refused(path: Path) -> None:
    await (await open_sqlite(path)).close()
    connection = sqlite3.connect(path)
    connection.execute("INSERT INTO schema_migrations VALUES (9999, 'later', '', 0)")
    connection.commit()
    connection.close()

    assert "newer Svar (schema 9999" in str(await refusal(path))


async def test_a_refused_database_is_not_kept_locked(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"no database at all" * 100)
    await refusal(path)
    path.unlink()

    await (await open_sqlite(path)).close()


async def test_our_mark_is_on_the_file(path: Path) -> None:
    await (await open_sqlite(path)).close()
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    connection.close()


async def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder", "utf-8")
    error = await refusal(tmp_path / "file" / "data" / "bot.db")

    assert "cannot be written" in str(error)
    assert "storage.url" in str(error)
    assert not error.in_use


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
async def test_a_folder_that_may_not_be_written_is_one_clear_line(path: Path) -> None:
    path.parent.mkdir(mode=0o500)
    assert "give this user the right to write" in str(await refusal(path))


async def test_a_folder_in_the_database_s_place_is_one_clear_line(path: Path) -> None:
    path.mkdir(parents=True)
    assert "cannot be written" in str(await refusal(path))
