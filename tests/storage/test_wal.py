"""The write-ahead log stays small under permanent load, and a reader that never ends is named."""

import asyncio
import logging
import os
import sqlite3
from pathlib import Path

import pytest

from storage import facts
from storage.database import Database
from storage.sqlite import open_sqlite
from storage.wal import MEGABYTE, WriteAheadLog

SIZE = 10_000


async def write(db: Database, commits: int) -> None:
    """Each commit changes some fifty pages: SQLite does not write again what is the same."""
    for _ in range(commits):
        await asyncio.gather(*(put(db, f"fact {number}", os.urandom(SIZE).hex()) for number in range(10)))


async def put(db: Database, name: str, value: str) -> None:
    await db.transaction(lambda tx: facts.put(tx, name, value))


async def test_writing_and_reading_all_the_time_the_log_stays_small(tmp_path: Path) -> None:
    db = await open_sqlite(tmp_path / "bot.db")
    written = asyncio.create_task(write(db, 300))
    while not written.done():
        await db.fetch("SELECT sum(length(value)) FROM facts")

    assert (tmp_path / "bot.db-wal").stat().st_size < 16 * MEGABYTE
    await db.close()


async def test_a_reader_that_never_ends_is_named_and_writing_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    db = await open_sqlite(tmp_path / "bot.db")
    await write(db, 1)
    other = sqlite3.connect(tmp_path / "bot.db", isolation_level=None)
    other.execute("BEGIN")
    other.execute("SELECT count(*) FROM facts").fetchone()
    with caplog.at_level(logging.ERROR, "storage.wal"):
        await write(db, 400)
    told = [record.getMessage() for record in caplog.records if record.name == "storage.wal"]
    other.close()
    await write(db, 2)

    assert len(told) == 1
    assert "has been reading the database for long" in told[0]
    assert (tmp_path / "bot.db-wal").stat().st_size <= 64 * MEGABYTE
    await db.close()


def test_it_is_told_again_only_when_the_log_has_doubled_or_was_small(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    log, wal = tmp_path / "bot.db-wal", WriteAheadLog(tmp_path / "bot.db", largest=100)
    for size in (90, 110, 120, 219, 221, 50, 101):
        log.write_bytes(bytes(size))
        wal.look()

    assert len(caplog.records) == 3
