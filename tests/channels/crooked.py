"""A platform at the level of bytes: it answers as no library would let it."""

import asyncio
import contextlib
import ssl
import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from enum import Enum
from socket import SO_LINGER, SOL_SOCKET


class Act(Enum):
    CLOSE = "close"
    RESET = "reset"
    HANG = "hang"
    BYE = "bye"
    """Close, and wait until the other side has closed, too."""


Answer = Sequence[bytes | Act]


class Crooked:
    """Answers its requests one after the other, each with the next of `answers`."""

    def __init__(self, answers: Sequence[Answer], scheme: str) -> None:
        self._answers, self._scheme = list(answers), scheme
        self._writers: list[asyncio.StreamWriter] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0
        self.heard: list[bytes] = []
        """Every request's head and body."""
        self.called = asyncio.Event()
        """There was a first one."""
        self.connections = 0
        self.left = asyncio.Event()
        """The other side closed after our BYE."""

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self.port}"

    def say(self, words: bytes) -> None:
        """On the last connection, though nobody asked."""
        self._writers[-1].write(words)

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        self._writers.append(writer)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
                self.heard.append(head + await reader.readexactly(length))
                self.called.set()
                for step in self._answers.pop(0):
                    await self._take(step, reader, writer)

    async def _take(
        self, step: bytes | Act, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        match step:
            case bytes():
                writer.write(step)
                await writer.drain()
                await asyncio.sleep(0)
            case Act.CLOSE:
                writer.close()
            case Act.RESET:
                linger = struct.pack("ii", 1, 0)
                writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, linger)
                writer.transport.abort()
            case Act.HANG:
                await asyncio.Event().wait()
            case Act.BYE:
                writer.write_eof()
                await reader.read()
                self.left.set()

    def end(self) -> None:
        for task in self._tasks:
            task.cancel()
        for writer in self._writers:
            writer.close()


@asynccontextmanager
async def crooked(
    *answers: Answer, tls: ssl.SSLContext | None = None, scheme: str = ""
) -> AsyncIterator[Crooked]:
    platform = Crooked(answers, scheme or ("https" if tls else "http"))
    server = await asyncio.start_server(platform.meet, "127.0.0.1", 0, ssl=tls)
    platform.port = server.sockets[0].getsockname()[1]
    try:
        yield platform
    finally:
        platform.end()
        server.close()


def good(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> bytes:
    lines = (b"HTTP/1.1 " + status, *headers, b"Content-Length: %d" % len(body))
    return b"\r\n".join((*lines, b"", body))
