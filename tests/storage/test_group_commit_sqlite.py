"""How SQLite groups: counted in its write-ahead log, seen by a second connection, refused when it cannot."""

import asyncio
import sqlite3
import struct
from pathlib import Path

import pytest

from storage import facts
from storage.database import Statements, StorageUnavailable
from storage.grouping import LARGEST_GROUP
from storage.sqlite import SqliteDatabase, open_sqlite
from tests.storage.conftest import names_in
from tests.storage.test_group_commit import put

FRAME_HEADER, WAL_HEADER = 24, 32
SYNCHRONOUS_FULL = 2


def commits(path: Path) -> int:
    """How many commits stand in the write-ahead log: a frame that ends one tells the database's size."""
    log = path.with_name(path.name + "-wal").read_bytes()
    page, salt = struct.unpack(">I", log[8:12])[0], log[16:24]
    frames = (log[at : at + FRAME_HEADER] for at in range(WAL_HEADER, len(log), FRAME_HEADER + page))
    return sum(frame[8:16] == salt and frame[4:8] != bytes(4) for frame in frames)


async def test_what_comes_in_one_turn_of_the_loop_is_one_commit(sqlite: SqliteDatabase, path: Path) -> None:
    before = commits(path)
    await asyncio.gather(*(sqlite.transaction(put(f"n{at}")) for at in range(100)))

    assert commits(path) - before == 1
    assert len(names_in(path)) == 100


async def test_what_comes_one_after_the_other_is_committed_one_by_one(
    sqlite: SqliteDatabase, path: Path
) -> None:
    before = commits(path)
    for at in range(5):
        await sqlite.transaction(put(f"n{at}"))
        assert f"n{at}" in names_in(path)

    assert commits(path) - before == 5


async def test_a_group_has_an_upper_limit(sqlite: SqliteDatabase, path: Path) -> None:
    before = commits(path)
    await asyncio.gather(*(sqlite.transaction(put(f"n{at}")) for at in range(LARGEST_GROUP + 1)))

    assert commits(path) - before == 2
    assert len(names_in(path)) == LARGEST_GROUP + 1


async def test_others_see_only_what_is_committed(sqlite: SqliteDatabase, path: Path) -> None:
    during: list[set[str]] = []

    async def work(tx: Statements) -> None:
        await facts.put(tx, "new", "1")
        assert await facts.find(tx, "new") == "1"
        during.append(names_in(path))

    await sqlite.transaction(work)

    assert during == [set()]
    assert await facts.find(sqlite, "new") == "1"


async def test_what_is_answered_is_synced(sqlite: SqliteDatabase) -> None:
    async def settings(tx: Statements) -> list[object]:
        rows = [
            await tx.fetch_one(f"PRAGMA {name}") for name in ("synchronous", "journal_mode", "foreign_keys")
        ]
        return [next(iter(row.values())) for row in rows if row]

    assert await sqlite.transaction(settings) == [SYNCHRONOUS_FULL, "wal", 1]


async def test_a_locked_file_is_told_to_all_who_wait_and_heals(sqlite: SqliteDatabase, path: Path) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    outcomes = await asyncio.gather(
        sqlite.transaction(put("a")), sqlite.transaction(put("b")), return_exceptions=True
    )
    other.execute("ROLLBACK")
    other.close()

    assert all(isinstance(outcome, StorageUnavailable) for outcome in outcomes)
    await sqlite.transaction(put("c"))
    assert names_in(path) == {"c"}


async def test_a_full_database_is_told_to_all_who_wait_keeps_what_was_there_and_heals(
    sqlite: SqliteDatabase, path: Path
) -> None:
    await sqlite.transaction(put("before"))

    async def limit(tx: Statements, pages: str) -> None:
        await tx.fetch(f"PRAGMA max_page_count = {pages}")

    async def large(tx: Statements) -> None:
        await facts.put(tx, "large", "x" * 1_000_000)

    await sqlite.transaction(lambda tx: limit(tx, "1"))
    outcomes = await asyncio.gather(
        sqlite.transaction(put("small")), sqlite.transaction(large), return_exceptions=True
    )
    assert all(isinstance(outcome, StorageUnavailable) for outcome in outcomes)
    assert await facts.find(sqlite, "before") == "1"

    await sqlite.transaction(lambda tx: limit(tx, "1000000"))
    await sqlite.transaction(large)
    assert names_in(path) == {"before", "large"}


async def test_closing_waits_for_what_was_asked_before(path: Path) -> None:
    database = await open_sqlite(path)
    tasks = [asyncio.create_task(database.transaction(put(f"n{at}"))) for at in range(5)]
    await asyncio.sleep(0)
    await database.close()
    await asyncio.gather(*tasks)

    assert len(names_in(path)) == 5


async def test_a_closed_database_says_so_instead_of_letting_its_callers_wait(path: Path) -> None:
    database = await open_sqlite(path)
    await database.close()

    async with asyncio.timeout(2):
        with pytest.raises(StorageUnavailable):
            await database.transaction(put("late"))
