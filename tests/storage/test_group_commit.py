"""Many transactions become one commit, and each of them is still whole or not there."""

import asyncio
import sqlite3
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from storage import facts
from storage.database import Statements, StorageUnavailable
from storage.grouping import LARGEST_GROUP
from storage.sqlite import SqliteDatabase, open_sqlite

FRAME_HEADER, WAL_HEADER = 24, 32
SYNCHRONOUS_FULL = 2


def commits(path: Path) -> int:
    """How many commits stand in the write-ahead log: a frame that ends one tells the database's size."""
    log = path.with_name(path.name + "-wal").read_bytes()
    page, salt = struct.unpack(">I", log[8:12])[0], log[16:24]
    frames = (log[at : at + FRAME_HEADER] for at in range(WAL_HEADER, len(log), FRAME_HEADER + page))
    return sum(frame[8:16] == salt and frame[4:8] != bytes(4) for frame in frames)


def seen_by_others(path: Path) -> set[str]:
    connection = sqlite3.connect(path)
    names = {name for (name,) in connection.execute("SELECT name FROM facts")}
    connection.close()
    return names


def put(*names: str) -> Callable[[Statements], Awaitable[None]]:
    async def work(tx: Statements) -> None:
        for name in names:
            await facts.put(tx, name, "1")

    return work


def put_and_raise(*names: str, error: BaseException) -> Callable[[Statements], Awaitable[None]]:
    async def work(tx: Statements) -> None:
        await put(*names)(tx)
        raise error

    return work


async def test_what_comes_in_one_turn_of_the_loop_is_one_commit(db: SqliteDatabase, path: Path) -> None:
    before = commits(path)
    await asyncio.gather(*(db.transaction(put(f"n{at}")) for at in range(100)))

    assert commits(path) - before == 1
    assert len(seen_by_others(path)) == 100


async def test_what_comes_one_after_the_other_is_committed_one_by_one(db: SqliteDatabase, path: Path) -> None:
    before = commits(path)
    for at in range(5):
        await db.transaction(put(f"n{at}"))
        assert f"n{at}" in seen_by_others(path)

    assert commits(path) - before == 5


async def test_a_group_has_an_upper_limit(db: SqliteDatabase, path: Path) -> None:
    before = commits(path)
    await asyncio.gather(*(db.transaction(put(f"n{at}")) for at in range(LARGEST_GROUP + 1)))

    assert commits(path) - before == 2
    assert len(seen_by_others(path)) == LARGEST_GROUP + 1


async def test_each_caller_gets_its_own_result_in_its_own_order(db: SqliteDatabase) -> None:
    async def count(tx: Statements) -> int:
        await tx.execute("INSERT INTO facts (name, value) SELECT 'n' || count(*), '' FROM facts")
        row = await tx.fetch_one("SELECT count(*) AS n FROM facts")
        assert row is not None
        return int(row["n"])

    assert await asyncio.gather(*(db.transaction(count) for _ in range(20))) == list(range(1, 21))


@pytest.mark.parametrize("error", [ValueError("mine"), LookupError("none"), RuntimeError()], ids=repr)
async def test_one_that_fails_leaves_nothing_and_hurts_nobody(
    db: SqliteDatabase, path: Path, error: Exception
) -> None:
    works = [put("first"), put_and_raise("half", "whole", error=error), put("last")]
    outcomes = await asyncio.gather(*map(db.transaction, works), return_exceptions=True)

    assert outcomes == [None, error, None]
    assert seen_by_others(path) == {"first", "last"}


async def test_a_broken_constraint_is_its_caller_s_alone(db: SqliteDatabase, path: Path) -> None:
    async def twice(tx: Statements) -> None:
        for _ in range(2):
            await tx.execute("INSERT INTO facts (name, value) VALUES ('same', '')")

    outcomes = await asyncio.gather(
        db.transaction(put("first")),
        db.transaction(twice),
        db.transaction(put("last")),
        return_exceptions=True,
    )

    assert isinstance(outcomes[1], sqlite3.IntegrityError)
    assert seen_by_others(path) == {"first", "last"}


async def test_a_body_that_waits_for_something_else_is_refused_whole(db: SqliteDatabase, path: Path) -> None:
    async def wait_for_somebody(tx: Statements) -> None:
        await facts.put(tx, "half", "1")
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="own statements only"):
        await db.transaction(wait_for_somebody)
    await db.transaction(put("after"))

    assert seen_by_others(path) == {"after"}


async def test_a_caller_that_is_cancelled_leaves_the_whole_effect_and_no_open_transaction(
    db: SqliteDatabase, path: Path
) -> None:
    for turns in range(4):
        task = asyncio.create_task(db.transaction(put(f"one{turns}", f"other{turns}")))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        outcome = (await asyncio.gather(task, return_exceptions=True))[0]
        await db.transaction(put(f"after{turns}"))

        there = seen_by_others(path)
        assert {f"one{turns}", f"other{turns}"} <= there or not {f"one{turns}", f"other{turns}"} & there
        assert f"after{turns}" in there
        assert outcome is None or isinstance(outcome, asyncio.CancelledError)
        assert turns == 0 or f"one{turns}" in there, "once it was queued, it is done"


async def test_the_neighbours_of_a_cancelled_caller_are_served(db: SqliteDatabase, path: Path) -> None:
    tasks = [asyncio.create_task(db.transaction(put(f"n{at}"))) for at in range(10)]
    await asyncio.sleep(0)
    tasks[3].cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)

    assert [outcome for outcome in outcomes if outcome is not None] == [outcomes[3]]
    assert seen_by_others(path) == {f"n{at}" for at in range(10)}


async def test_others_see_only_what_is_committed(db: SqliteDatabase, path: Path) -> None:
    during: list[set[str]] = []

    async def work(tx: Statements) -> None:
        await facts.put(tx, "new", "1")
        assert await facts.find(tx, "new") == "1"
        during.append(seen_by_others(path))

    await db.transaction(work)

    assert during == [set()]
    assert await facts.find(db, "new") == "1"


async def test_what_is_answered_is_synced(db: SqliteDatabase) -> None:
    async def settings(tx: Statements) -> list[object]:
        rows = [
            await tx.fetch_one(f"PRAGMA {name}") for name in ("synchronous", "journal_mode", "foreign_keys")
        ]
        return [next(iter(row.values())) for row in rows if row]

    assert await db.transaction(settings) == [SYNCHRONOUS_FULL, "wal", 1]


async def test_a_locked_file_is_told_to_all_who_wait_and_heals(db: SqliteDatabase, path: Path) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    outcomes = await asyncio.gather(
        db.transaction(put("a")), db.transaction(put("b")), return_exceptions=True
    )
    other.execute("ROLLBACK")
    other.close()

    assert all(isinstance(outcome, StorageUnavailable) for outcome in outcomes)
    await db.transaction(put("c"))
    assert seen_by_others(path) == {"c"}


async def test_a_full_database_is_told_to_all_who_wait_keeps_what_was_there_and_heals(
    db: SqliteDatabase, path: Path
) -> None:
    await db.transaction(put("before"))

    async def limit(tx: Statements, pages: str) -> None:
        await tx.fetch(f"PRAGMA max_page_count = {pages}")

    async def large(tx: Statements) -> None:
        await facts.put(tx, "large", "x" * 1_000_000)

    await db.transaction(lambda tx: limit(tx, "1"))
    outcomes = await asyncio.gather(
        db.transaction(put("small")), db.transaction(large), return_exceptions=True
    )
    assert all(isinstance(outcome, StorageUnavailable) for outcome in outcomes)
    assert await facts.find(db, "before") == "1"

    await db.transaction(lambda tx: limit(tx, "1000000"))
    await db.transaction(large)
    assert seen_by_others(path) == {"before", "large"}


async def test_closing_waits_for_what_was_asked_before(path: Path) -> None:
    database = await open_sqlite(path)
    tasks = [asyncio.create_task(database.transaction(put(f"n{at}"))) for at in range(5)]
    await asyncio.sleep(0)
    await database.close()
    await asyncio.gather(*tasks)

    assert len(seen_by_others(path)) == 5


async def test_a_closed_database_says_so_instead_of_letting_its_callers_wait(path: Path) -> None:
    database = await open_sqlite(path)
    await database.close()

    async with asyncio.timeout(2):
        with pytest.raises(StorageUnavailable):
            await database.transaction(put("late"))
