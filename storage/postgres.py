"""PostgreSQL behind the `Database` interface: one writer whose commits are grouped, readers, and an ear for news."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, cast

import asyncpg
from asyncpg.connect_utils import SessionAttribute

from storage.address import Address, read_address
from storage.bulletin import Bulletin
from storage.database import DatabaseRefused, News, Reading, Row, StorageUnavailable, T, Work
from storage.dialect import translate
from storage.grouping import Groups
from storage.line import LOST, Connection, Line, unavailable_because
from storage.migrations import postgres as migrations
from storage.owner import Owner
from storage.tally import Tally
from storage.writing import Writer, run

OLDEST_VERSION = 13
READERS = 2
CONNECT_SECONDS = 2.0
READ_SECONDS = 20.0
MIGRATE_SECONDS = 600.0
SESSION = {
    "application_name": "svar",
    "synchronous_commit": "on",
    "standard_conforming_strings": "on",
    "lock_timeout": "5000",  # milliseconds, like the next ones
    "statement_timeout": "15000",
    "idle_in_transaction_session_timeout": "4000",
    "jit": "off",
}
"""A process that stands still in mid-transaction lets go of its locks before the others stop waiting for them."""
PLAIN = {"lock_timeout": "0", "statement_timeout": "0"}
"""A migration may wait for others and take its time."""
READ_ONLY = {"default_transaction_read_only": "on"}
LOOK = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


async def open_postgres(url: str) -> "PostgresDatabase":
    """Connect, and bring the database to this version; several processes may.

    Raises DatabaseRefused with a sentence that says what to do."""
    address = _address(url)
    with _refusals(address):
        connection = await _connect(address, PLAIN)
        try:
            _refuse_old(connection, address)
            async with asyncio.timeout(MIGRATE_SECONDS):
                await migrations.apply(connection, address.schema)
        finally:
            await connection.close(timeout=CONNECT_SECONDS)
    database = PostgresDatabase(address)
    await database.start()
    return database


async def peek_postgres(url: str) -> "PostgresPeek":
    """Read what is committed, and change nothing. Raises DatabaseRefused."""
    address = _address(url)
    with _refusals(address):
        await (await _connect(address, READ_ONLY)).close(timeout=CONNECT_SECONDS)
    return PostgresPeek(address)


class PostgresPeek:
    """The reading half."""

    shared = True

    def __init__(self, address: Address, settings: Mapping[str, str] = READ_ONLY) -> None:
        self._schema = address.schema
        self._owner = Owner()
        self.tally = Tally()
        self._lines = [Line(lambda: _connect(address, settings)) for _ in range(READERS)]
        self._idle: asyncio.LifoQueue[Line] = asyncio.LifoQueue()
        for line in self._lines:
            self._idle.put_nowait(line)

    async def fetch(self, sql: str, **parameters: Any) -> list[Row]:
        statement = translate(sql)
        arguments = statement.arguments(parameters)

        async def ask(connection: Connection) -> list[Row]:
            return [dict(record.items()) for record in await connection.fetch(statement.sql, *arguments)]

        return await self._read(ask)

    async def fetch_one(self, sql: str, **parameters: Any) -> Row | None:
        rows = await self.fetch(sql, **parameters)
        return rows[0] if rows else None

    async def look(self, work: Callable[[Reading], Awaitable[T]]) -> T:
        return await self._read(lambda connection: _look(connection, work, self._schema))

    async def transaction(self, work: Work[T]) -> T:
        raise StorageUnavailable("this database was opened for reading only")

    def listen(self, hear: Callable[[News], None]) -> None:
        """Who only looks hears nothing."""

    async def close(self) -> None:
        await asyncio.gather(*(line.close() for line in self._lines))

    async def _read(self, ask: Callable[[Connection], Awaitable[T]]) -> T:
        self._owner.check()
        line = await self._idle.get()
        try:
            return await self._read_on(line, ask)
        except asyncio.CancelledError:
            line.drop()  # it may be in the middle of something
            raise
        finally:
            self._idle.put_nowait(line)

    async def _read_on(self, line: Line, ask: Callable[[Connection], Awaitable[T]]) -> T:
        """Reading twice does no harm, so that a connection which turns out to be dead is noticed by nobody."""
        try:
            async with line.used(READ_SECONDS) as connection:
                return await ask(connection)
        except StorageUnavailable as error:
            if error.__cause__ is None or isinstance(error.__cause__, TimeoutError):
                raise
        async with line.used(READ_SECONDS) as connection:
            return await ask(connection)


class PostgresDatabase(PostgresPeek):
    def __init__(self, address: Address) -> None:
        super().__init__(address, {})
        self._bulletin = Bulletin(Line(lambda: _connect(address, {})), address.schema)
        self._writer = Writer(Line(lambda: _connect(address, {})), self._bulletin, address.schema)
        self._groups = Groups(self._writer.commit, self.tally)

    async def start(self) -> None:
        await asyncio.gather(self._bulletin.start(), self._writer.line.connection())

    async def transaction(self, work: Work[T]) -> T:
        return await self._groups.do(work)

    def listen(self, hear: Callable[[News], None]) -> None:
        self._groups.hear = self._bulletin.hear = hear

    async def close(self) -> None:
        await self._groups.rest()
        await asyncio.gather(super().close(), self._writer.line.close(), self._bulletin.close())


async def _look(connection: Connection, work: Work[T], schema: str) -> T:
    (one,) = (await run(connection, [work], LOOK, schema, lambda _: "COMMIT")).doing
    assert one.outcome is not None
    if one.outcome.error is not None:
        raise one.outcome.error
    return cast("T", one.outcome.value)


async def _connect(address: Address, more: Mapping[str, str]) -> Connection:
    path = {"search_path": f'"{address.schema}"'} if address.schema else {}
    return await asyncpg.connect(
        address.dsn,
        timeout=CONNECT_SECONDS,
        server_settings={**SESSION, **path, **more},
        statement_cache_size=1024,
        max_cached_statement_lifetime=0,
        target_session_attrs=SessionAttribute.any if more is READ_ONLY else SessionAttribute.read_write,
    )


def _address(url: str) -> Address:
    try:
        return read_address(url)
    except ValueError as error:
        raise DatabaseRefused(f"storage.url is no address of a PostgreSQL: {error}") from None


def _refuse_old(connection: Connection, address: Address) -> None:
    version = connection.get_server_version().major
    if version < OLDEST_VERSION:
        raise DatabaseRefused(
            f"the PostgreSQL at {address.place} is version {version}: Svar needs {OLDEST_VERSION} or newer"
        )


@contextlib.contextmanager
def _refusals(address: Address) -> Iterator[None]:
    """What goes wrong at the opening, as a sentence that says what to do. No password is in any of them."""
    try:
        yield
    except (OSError, ValueError, asyncpg.PostgresError, *LOST) as error:
        raise DatabaseRefused(_sentence(error, address)) from None


def _sentence(error: Exception, address: Address) -> str:
    place, user = address.place, address.user or "this user"
    match error:
        case asyncpg.InvalidPasswordError() | asyncpg.InvalidAuthorizationSpecificationError():
            return (
                f"the PostgreSQL at {place} does not let {user} in:"
                " check the name and the password in storage.url or DATABASE_URL"
            )
        case asyncpg.InvalidCatalogNameError():
            name = place.rpartition("/")[2]
            return f'the PostgreSQL at {place} has no database "{name}": make it with CREATE DATABASE {name}'
        case asyncpg.InsufficientPrivilegeError():
            return (
                f"{user} may not create tables in {place}:"
                f" GRANT CREATE ON SCHEMA public TO {user}, or make {user} the database's owner"
            )
        case asyncpg.PostgresError():
            return f"the PostgreSQL at {place} cannot be used now: {unavailable_because(error)}"
        case asyncpg.TargetServerAttributeNotMatched():
            return f"the PostgreSQL at {place} is read-only (a standby?): name the one that may be written"
        case OSError():
            return (
                f"no PostgreSQL answers at {place} ({type(error).__name__}):"
                " start it, or correct storage.url or DATABASE_URL"
            )
    return f"the PostgreSQL at {place} cannot be opened ({type(error).__name__}): check storage.url"
