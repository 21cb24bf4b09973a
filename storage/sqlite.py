"""SQLite behind the `Database` interface: one writer whose commits are grouped, and one reader."""

import logging
import os
import sqlite3
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, cast

from storage import inspection, migrations
from storage.checkpoints import Checkpoints
from storage.database import DatabaseRefused, News, Reading, Row, StorageUnavailable, T, Work
from storage.filelock import FileLock
from storage.grouping import Groups, Outcome, unavailable
from storage.owner import Owner
from storage.sqlite_thread import Names, Thread, ThreadStatements, drive, fetch_rows
from storage.tally import Tally
from storage.wal import LARGEST, WriteAheadLog

log = logging.getLogger(__name__)

BUSY_MILLISECONDS = 1000
PRAGMAS = (
    f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
    f"PRAGMA journal_size_limit = {LARGEST}",
)
UNAVAILABLE = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_NOMEM,
}
NOT_SYNCED = {sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_DIR_FSYNC}


async def open_sqlite(path: Path) -> "SqliteDatabase":
    """Open or create the file, bring it to this version and lock it for this process.

    Raises DatabaseRefused with a sentence that says what to do."""
    path = path.resolve()
    lock = inspection.lock(path)
    writer = Thread(lambda: _open(path, lock.read()), iter_chunk_size=64)
    try:
        await writer
        lock.write(inspection.OPEN)
    except (sqlite3.Error, DatabaseRefused, OSError) as error:
        await writer.end()
        lock.release()
        raise error if isinstance(error, DatabaseRefused) else _refusal(path, error) from error
    reader = Thread(lambda: _connect(path, read_only=True), iter_chunk_size=64)
    await reader
    return SqliteDatabase(writer, reader, lock, WriteAheadLog(path))


async def peek_sqlite(path: Path) -> "Peek":
    """Read what is committed while another process has the file."""
    reader = Thread(lambda: _connect(path, read_only=True), iter_chunk_size=64)
    await reader
    return Peek(reader)


class Peek:
    """The reading half of a database; the writing half is another process's."""

    shared = False

    def __init__(self, reader: Thread) -> None:
        self._reader = reader
        self._names: Names = {}
        self._owner = Owner()
        self.tally = Tally()

    async def fetch(self, sql: str, **parameters: Any) -> list[Row]:
        self._owner.check()
        return await self._reader.run(fetch_rows, self._reader.connection, self._names, sql, parameters)

    async def fetch_one(self, sql: str, **parameters: Any) -> Row | None:
        rows = await self.fetch(sql, **parameters)
        return rows[0] if rows else None

    async def look(self, work: Callable[[Reading], Awaitable[T]]) -> T:
        self._owner.check()
        return await self._reader.run(self._look, work)

    def _look(self, work: Callable[[Reading], Awaitable[T]]) -> T:
        """In the reader's thread."""
        connection = self._reader.connection
        connection.execute("BEGIN")
        try:
            return cast(
                "T",
                drive(cast("Coroutine[Any, Any, Any]", work(ThreadStatements(connection, self._names)))),
            )
        finally:
            connection.execute("COMMIT")

    async def transaction(self, work: Work[T]) -> T:
        raise StorageUnavailable("another process writes this database")

    def listen(self, hear: Callable[[News], None]) -> None:
        """Nothing is heard of another process's file."""

    async def close(self) -> None:
        await self._reader.close()


class SqliteDatabase(Peek):
    def __init__(self, writer: Thread, reader: Thread, lock: FileLock, wal: WriteAheadLog) -> None:
        super().__init__(reader)
        self._writer, self._lock, self._wal = writer, lock, wal
        self._checkpoints = Checkpoints(writer.connection)
        self._groups = Groups(self._outcomes, self.tally)

    async def transaction(self, work: Work[T]) -> T:
        return await self._groups.do(work)

    def listen(self, hear: Callable[[News], None]) -> None:
        self._groups.hear = hear

    async def close(self) -> None:
        await self._groups.rest()
        self._mark(inspection.CLOSING)
        await super().close()
        await self._writer.close()
        self._mark(inspection.CLOSED)
        self._lock.release()

    def _mark(self, word: str) -> None:
        try:
            self._lock.write(word)
        except OSError as error:  # a full disk: the next start looks closer, and that is all
            log.warning("how the database was closed could not be noted: %s", error)

    async def _outcomes(self, works: list[Work[Any]]) -> list[Outcome]:
        return await self._writer.run(self._commit, works)

    def _commit(self, works: list[Work[Any]]) -> list[Outcome]:
        """In the writer's thread: all in one transaction."""
        connection = self._writer.connection
        try:
            outcomes = self._all_or_none(connection, works) or self._each_by_itself(connection, works)
        except sqlite3.Error as error:
            _leave_if_not_synced(error)
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            return unavailable(works, StorageUnavailable(f"the database cannot be written: {error}"))
        self._carry_over()
        return outcomes

    def _carry_over(self) -> None:
        try:
            if self._checkpoints.after_commit():
                self._wal.look()
        except sqlite3.Error as error:
            _leave_if_not_synced(error)
            log.warning("the log of the database was not carried over: %s", error)

    def _all_or_none(self, connection: sqlite3.Connection, works: list[Work[Any]]) -> list[Outcome] | None:
        """Without a savepoint for each, which would cost as much as a statement or two. None: one of them failed."""
        connection.execute("BEGIN IMMEDIATE")
        outcomes = []
        for work in works:
            outcome = self._run(connection, work)
            if outcome.error is not None:
                connection.execute("ROLLBACK")
                return None
            outcomes.append(outcome)
        connection.execute("COMMIT")
        return outcomes

    def _each_by_itself(self, connection: sqlite3.Connection, works: list[Work[Any]]) -> list[Outcome]:
        """What one of them does wrong must not harm the others."""
        connection.execute("BEGIN IMMEDIATE")
        outcomes = []
        for work in works:
            connection.execute("SAVEPOINT work")
            outcome = self._run(connection, work)
            if outcome.error is not None:
                connection.execute("ROLLBACK TO work")
            connection.execute("RELEASE work")
            outcomes.append(outcome)
        connection.execute("COMMIT")
        return outcomes

    def _run(self, connection: sqlite3.Connection, work: Work[Any]) -> Outcome:
        tx = ThreadStatements(connection, self._names)
        try:
            value = drive(cast("Coroutine[Any, Any, Any]", work(tx)))
        except Exception as error:
            if isinstance(error, sqlite3.Error) and _is_unavailable(error):
                raise
            return Outcome(error=error)
        return Outcome(value=value, news=tx.news)


def _open(path: Path, last: str) -> sqlite3.Connection:
    """In the writer's thread: look, connect, and bring it to this version."""
    inspection.inspect(path, last)
    inspection.create(path)
    connection = _connect(path, read_only=False)
    try:
        inspection.keep_before_migrating(connection, path)
        migrations.apply(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _connect(path: Path, *, read_only: bool) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rwc'}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=512,
    )
    try:
        if not read_only:
            inspection.mark_as_ours(connection)
        for pragma in PRAGMAS[:1] if read_only else PRAGMAS:
            connection.execute(pragma)
    except BaseException:
        connection.close()
        raise
    return connection


def _refusal(path: Path, error: sqlite3.Error | OSError) -> DatabaseRefused:
    code = getattr(error, "sqlite_errorcode", None)
    if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        return DatabaseRefused(
            f"{path} is not a database, or it is damaged: {inspection.MEND}, or move it away"
        )
    return DatabaseRefused(f"{path} cannot be opened: {error}")


def _leave_if_not_synced(error: sqlite3.Error) -> None:
    """The disk did not keep what it was given, and the kernel may have forgotten it: asked again, it would say
    that all is well. Only a start from what is really there is sure, so end as a kill would."""
    if getattr(error, "sqlite_errorcode", None) in NOT_SYNCED:
        log.critical(
            "the disk did not keep what was written (%s): leaving, to start again from what it has", error
        )
        logging.shutdown()
        os._exit(1)


def _is_unavailable(error: sqlite3.Error) -> bool:
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return code is not None and (code & 0xFF) in UNAVAILABLE
