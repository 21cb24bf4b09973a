"""Stands between us and PostgreSQL, and can keep the answer to a commit to itself: it is done, and we do not know."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Self

COMMIT = b"COMMIT"
AT_REST = b"Z\x00\x00\x00\x05I"
"""How an answer ends when no transaction is open."""
CHUNK = 1 << 16


class Relay:
    """`async with Relay(folder of the server's socket) as relay`; `relay.port` is on 127.0.0.1."""

    def __init__(self, folder: str, port: int = 5432) -> None:
        self._socket = f"{folder}/.s.PGSQL.{port}"
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self.swallows: Callable[[], Awaitable[bool]] = nothing
        """Asked at each commit when it is done and nobody knows it yet; True: the connection is cut instead."""
        self.swallowed = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    def url(self, database: str, user: str) -> str:
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}?sslmode=disable"

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)
        there, back = await asyncio.open_unix_connection(self._socket)
        connection = _Connection(self, reader, writer, there, back)
        ways = [asyncio.create_task(connection.forth()), asyncio.create_task(connection.back())]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            for end in (writer, back):
                end.transport.abort()


class _Connection:
    def __init__(
        self,
        relay: Relay,
        ours: asyncio.StreamReader,
        to_us: asyncio.StreamWriter,
        theirs: asyncio.StreamReader,
        to_them: asyncio.StreamWriter,
    ) -> None:
        self._relay, self._ours, self._to_us, self._theirs, self._to_them = (
            relay,
            ours,
            to_us,
            theirs,
            to_them,
        )
        self._commits = False

    async def forth(self) -> None:
        with contextlib.suppress(OSError):
            while asked := await self._ours.read(CHUNK):
                self._commits = COMMIT in asked
                self._to_them.write(asked)

    async def back(self) -> None:
        answer = b""
        with contextlib.suppress(OSError):
            while more := await self._theirs.read(CHUNK):
                answer += more
                if self._commits:
                    if not answer.endswith(AT_REST):
                        continue
                    self._commits = False
                    if await self._relay.swallows():
                        self._relay.swallowed += 1
                        return
                self._to_us.write(answer)
                answer = b""


async def nothing() -> bool:
    return False
