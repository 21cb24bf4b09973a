"""A connection to PostgreSQL that is made again whenever it is lost, and what its errors mean."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeAlias

import asyncpg

from storage.database import StorageUnavailable

Connection: TypeAlias = Any
"""asyncpg's, which has no types."""
log = logging.getLogger(__name__)

PAUSES = (0.0, 0.1, 0.2, 0.4, 0.8)
"""Seconds before each try to come back; the last one again and again."""
REST_SECONDS = 0.1
"""After a try that failed, so that a flood of callers does not become a flood of connections."""
CLOSE_SECONDS = 2.0
UNAVAILABLE = (
    "08",  # connection
    "25006",  # read-only: a standby, or a disk that ran full
    "25P03",  # idle in a transaction for too long
    "28",  # no longer let in
    "3D",  # no longer there
    "42501",  # rights taken away
    "53",  # disk full, memory, too many connections
    "54",  # the queue of notifications is full
    "55P03",  # a lock was not to be had in time
    "57",  # shut down, starting up, statement time-out
    "58",  # input and output
    "XX",  # internal, damaged files
)
AGAIN = ("40", "0A000")
"""Deadlock, serialization; a plan that a migration made stale."""
LOST = (OSError, asyncpg.InterfaceError, asyncpg.InternalClientError, asyncpg.PostgresConnectionError)


def means_again(error: Exception) -> bool:
    """The same works may get through when they are tried again."""
    stale = isinstance(error, asyncpg.OutdatedSchemaCacheError)
    return stale or (_state(error).startswith(AGAIN) and not means_unavailable(error))


def means_unavailable(error: Exception) -> bool:
    """Nobody's fault among the works: the server, the disk or the way there."""
    if isinstance(error, asyncpg.OutdatedSchemaCacheError):
        return False
    return isinstance(error, LOST) or _state(error).startswith(UNAVAILABLE)


def _state(error: Exception) -> str:
    state: str | None = getattr(error, "sqlstate", None)
    return state or ""


def unavailable_because(error: BaseException) -> StorageUnavailable:
    """Without the server's details, which may hold a customer's words."""
    words = error.args[0] if isinstance(error, asyncpg.PostgresError) and error.args else ""
    return StorageUnavailable(": ".join(filter(None, ("PostgreSQL", type(error).__name__, str(words)))))


def without_words(error: Exception) -> Exception:
    """The same error without the values that were written: they may be a customer's, and errors are logged."""
    if isinstance(error, asyncpg.DataError):
        return ValueError(str(error).partition(":")[0])
    if isinstance(error, asyncpg.PostgresError):
        error.detail = None
    return error


class Line:
    """One connection. Not for two at once: its callers take turns."""

    def __init__(self, connect: Callable[[], Awaitable[Connection]]) -> None:
        self._connect = connect
        self._connection: Connection | None = None
        self._connecting = asyncio.Lock()
        self._coming_back: asyncio.Task[None] | None = None
        self._failed: tuple[float, StorageUnavailable] = (float("-inf"), StorageUnavailable())
        self._closed = False

    async def connection(self) -> Connection:
        """As it is, or a new one. Raises StorageUnavailable."""
        if self._connection is not None and not self._connection.is_closed():
            return self._connection
        async with self._connecting:
            if self._connection is not None and not self._connection.is_closed():
                return self._connection
            return await self._make()

    @contextlib.asynccontextmanager
    async def used(self, seconds: float) -> AsyncIterator[Connection]:
        """The connection, for so long. What cannot be blamed on the caller is StorageUnavailable."""
        connection = await self.connection()
        try:
            async with asyncio.timeout(seconds):
                yield connection
        except Exception as error:
            if not means_unavailable(error) and not isinstance(error, TimeoutError):
                raise
            self.drop()
            raise unavailable_because(error) from error

    def drop(self) -> None:
        """Hang up, whatever state it is in: the next caller gets a new one."""
        connection, self._connection = self._connection, None
        if connection is not None and not connection.is_closed():
            connection.terminate()

    async def close(self) -> None:
        self._closed = True
        if self._coming_back is not None:
            self._coming_back.cancel()
            await asyncio.gather(self._coming_back, return_exceptions=True)
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(TimeoutError, asyncpg.PostgresError, *LOST):
                await connection.close(timeout=CLOSE_SECONDS)

    async def _make(self) -> Connection:
        now = asyncio.get_running_loop().time
        failed_at, failure = self._failed
        if self._closed:
            raise StorageUnavailable("the database is closed")
        if now() - failed_at < REST_SECONDS:
            raise failure
        try:
            connection = await self._connect()
        except (OSError, ValueError, asyncpg.PostgresError, *LOST) as error:
            self._failed = (now(), unavailable_because(error))
            raise self._failed[1] from error
        connection.add_termination_listener(self._lost)
        self._connection = connection
        return connection

    def _lost(self, connection: object) -> None:
        """On the loop, as soon as the connection is known to be gone."""
        if self._connection is connection:
            self._connection = None
        if not self._closed and self._coming_back is None:
            self._coming_back = asyncio.create_task(self._come_back())

    async def _come_back(self) -> None:
        """Be there again before somebody asks."""
        try:
            tries = 0
            while True:
                await asyncio.sleep(PAUSES[min(tries, len(PAUSES) - 1)])
                tries += 1
                with contextlib.suppress(StorageUnavailable):
                    await self.connection()
                    return
        except Exception:
            log.exception("the connection to PostgreSQL stays down until somebody needs it")
        finally:
            self._coming_back = None
