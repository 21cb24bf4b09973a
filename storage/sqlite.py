"""SQLite behind the `Database` interface: one writer whose commits are grouped, and one reader."""

import asyncio
import logging
import os
import sqlite3
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

import aiosqlite

from storage import migrations
from storage.database import DatabaseRefused, Reading, Row, StorageUnavailable, T, Work
from storage.filelock import FileLock
from storage.wal import LARGEST, WriteAheadLog

log = logging.getLogger(__name__)

APPLICATION_ID = 0x53766172  # "Svar"
BUSY_MILLISECONDS = 1000
LARGEST_GROUP = 256
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
R = TypeVar("R")


async def open_sqlite(path: Path) -> "SqliteDatabase":
    """Open or create the file, bring it to this version and lock it for this process.

    Raises DatabaseRefused with a sentence that says what to do."""
    path = path.resolve()
    lock = _lock(path)
    writer = _Thread(lambda: _connect(path, read_only=False), iter_chunk_size=64)
    try:
        await writer
        await writer.run(migrations.apply, writer.connection)
    except (sqlite3.Error, DatabaseRefused) as error:
        await writer.end()
        lock.release()
        raise error if isinstance(error, DatabaseRefused) else _refusal(path, error) from error
    reader = _Thread(lambda: _connect(path, read_only=True), iter_chunk_size=64)
    await reader
    return SqliteDatabase(writer, reader, lock, WriteAheadLog(path))


async def peek_sqlite(path: Path) -> "Peek":
    """Read what is committed while another process has the file."""
    reader = _Thread(lambda: _connect(path, read_only=True), iter_chunk_size=64)
    await reader
    return Peek(reader)


class Peek:
    """The reading half of a database; the writing half is another process's."""

    def __init__(self, reader: "_Thread") -> None:
        self._reader = reader

    async def fetch(self, sql: str, **parameters: Any) -> list[Row]:
        return await self._reader.run(_fetch, self._reader.connection, sql, parameters)

    async def fetch_one(self, sql: str, **parameters: Any) -> Row | None:
        rows = await self.fetch(sql, **parameters)
        return rows[0] if rows else None

    async def look(self, work: Callable[[Reading], Awaitable[T]]) -> T:
        return await self._reader.run(self._look, work)

    def _look(self, work: Callable[[Reading], Awaitable[T]]) -> T:
        """In the reader's thread."""
        connection = self._reader.connection
        connection.execute("BEGIN")
        try:
            return cast("T", _drive(cast("Coroutine[Any, Any, Any]", work(_ThreadStatements(connection)))))
        finally:
            connection.execute("COMMIT")

    async def transaction(self, work: Work[T]) -> T:
        raise StorageUnavailable("another process writes this database")

    async def close(self) -> None:
        await self._reader.close()


class SqliteDatabase(Peek):
    def __init__(self, writer: "_Thread", reader: "_Thread", lock: FileLock, wal: WriteAheadLog) -> None:
        super().__init__(reader)
        self._writer, self._lock, self._wal = writer, lock, wal
        self._statements = _ThreadStatements(writer.connection)
        self._waiting: list[_Waiting] = []
        self._committing: asyncio.Task[None] | None = None

    async def transaction(self, work: Work[T]) -> T:
        # A caller that is cancelled stops waiting; its work is still done wholly or not at all.
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(work, future))
        if self._committing is None:
            self._committing = asyncio.create_task(self._commit_groups())
        return cast("T", await future)

    async def close(self) -> None:
        if self._committing is not None:
            await self._committing
        await super().close()
        await self._writer.close()
        self._lock.release()

    async def _commit_groups(self) -> None:
        """Commit all that this turn of the loop brought, then all that came meanwhile, and so on."""
        try:
            while self._waiting:
                group, self._waiting = self._waiting[:LARGEST_GROUP], self._waiting[LARGEST_GROUP:]
                for waiting, outcome in zip(group, await self._outcomes(group), strict=True):
                    outcome.settle(waiting.future)
        finally:
            self._committing = None

    async def _outcomes(self, group: "list[_Waiting]") -> "list[_Outcome]":
        """Nobody waits for ever: whatever the thread says, everybody in the group hears of it."""
        try:
            return await self._writer.run(self._commit, [waiting.work for waiting in group])
        except Exception as error:
            log.exception("a group of transactions was not committed")
            unavailable = StorageUnavailable(f"the database cannot be written: {type(error).__name__}")
            return [_Outcome(error=unavailable) for _ in group]

    def _commit(self, works: list[Work[Any]]) -> "list[_Outcome]":
        """In the writer's thread: one transaction, a savepoint for each work in it."""
        connection = self._writer.connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            outcomes = [self._run(connection, work) for work in works]
            connection.execute("COMMIT")
            self._wal.look()
        except sqlite3.Error as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            unavailable = StorageUnavailable(f"the database cannot be written: {error}")
            return [_Outcome(error=unavailable) for _ in works]
        return outcomes

    def _run(self, connection: sqlite3.Connection, work: Work[Any]) -> "_Outcome":
        connection.execute("SAVEPOINT work")
        try:
            value = _drive(cast("Coroutine[Any, Any, Any]", work(self._statements)))
        except Exception as error:
            if isinstance(error, sqlite3.Error) and _is_unavailable(error):
                raise
            connection.execute("ROLLBACK TO work")
            connection.execute("RELEASE work")
            return _Outcome(error=error)
        connection.execute("RELEASE work")
        return _Outcome(value=value)


@dataclass(frozen=True, slots=True)
class _Waiting:
    work: Work[Any]
    future: "asyncio.Future[Any]"


@dataclass(frozen=True, slots=True)
class _Outcome:
    value: Any = None
    error: Exception | None = None

    def settle(self, future: "asyncio.Future[Any]") -> None:
        if future.done():
            return
        if self.error is None:
            future.set_result(self.value)
        else:
            future.set_exception(self.error)


class _Thread(aiosqlite.Connection):
    """aiosqlite's connection and thread, with whole functions run there instead of single statements."""

    @property
    def connection(self) -> sqlite3.Connection:
        return self._conn

    async def run(self, function: Callable[..., R], *arguments: Any) -> R:
        done = self._execute(function, *arguments)  # type: ignore[no-untyped-call]
        return cast("R", await done)

    async def end(self) -> None:
        """Close it, opened or not, and wait for its thread: it speaks to the loop until its end."""
        await self.close()
        await asyncio.to_thread(self._thread.join)


class _ThreadStatements:
    """Statements that are finished when they return: only ever used in the writer's thread."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    async def fetch(self, sql: str, **parameters: Any) -> list[Row]:
        return _fetch(self._connection, sql, parameters)

    async def fetch_one(self, sql: str, **parameters: Any) -> Row | None:
        rows = _fetch(self._connection, sql, parameters)
        return rows[0] if rows else None

    async def execute(self, sql: str, **parameters: Any) -> int:
        return self._connection.execute(sql, parameters).rowcount


def _fetch(connection: sqlite3.Connection, sql: str, parameters: dict[str, Any]) -> list[Row]:
    cursor = connection.execute(sql, parameters)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _drive(work: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine whose every await is already answered."""
    try:
        work.send(None)
    except StopIteration as finished:
        return finished.value
    work.close()
    raise RuntimeError("a transaction may await its own statements only")


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
            _be_sure_it_is_ours(connection, path)
        for pragma in PRAGMAS[:1] if read_only else PRAGMAS:
            connection.execute(pragma)
    except BaseException:
        connection.close()
        raise
    return connection


def _be_sure_it_is_ours(connection: sqlite3.Connection, path: Path) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if tables and application != APPLICATION_ID:
        raise DatabaseRefused(f"{path} is some other program's database: choose another storage.url")
    if not tables:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")


def _lock(path: Path) -> FileLock:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        lock = FileLock(path.with_name(path.name + ".lock"))
    except OSError as error:
        raise DatabaseRefused(
            f"{path} cannot be written ({error.strerror}): give this user the right to write in"
            f" {path.parent}, or set storage.url to another place"
        ) from error
    if not lock.acquire():
        raise DatabaseRefused(f"{path} is in use by another Svar: stop that one first", in_use=True)
    return lock


def _refusal(path: Path, error: sqlite3.Error) -> DatabaseRefused:
    if error.sqlite_errorcode == sqlite3.SQLITE_NOTADB:
        return DatabaseRefused(
            f"{path} is not a database, or it is damaged: restore a backup, or move it away"
        )
    return DatabaseRefused(f"{path} cannot be opened: {error}")


def _is_unavailable(error: sqlite3.Error) -> bool:
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return code is not None and (code & 0xFF) in UNAVAILABLE
