"""As much HTTP as a platform's post needs, so that the load costs this machine less than the bot it is meant for."""

import asyncio
import re
import time
from collections import deque
from dataclasses import dataclass
from typing import Final, cast

END: Final = b"\r\n\r\n"
LENGTH: Final = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
RETRY_AFTER: Final = re.compile(rb"(?i)\r\nretry-after: *(\S+)")
STEP: Final = 20


@dataclass(frozen=True, slots=True)
class Answer:
    """What the bot said to a post, and how many seconds that took."""

    status: int
    seconds: float
    retry_after: str = ""

    @property
    def taken(self) -> bool:
        return 200 <= self.status < 300


class Broken(Exception):
    """The connection ended, or never came about, before there was an answer."""


class Line(asyncio.Protocol):
    """A kept-alive connection: one post at a time."""

    def __init__(self) -> None:
        self._buffer = b""
        self._answer: asyncio.Future[Answer] | None = None
        self._asked_at = 0.0
        self.is_open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self.is_open = True

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(Broken())

    def close(self) -> None:
        self._transport.close()

    async def post(self, request: bytes) -> Answer:
        """Raises Broken."""
        if not self.is_open:
            raise Broken
        self._answer = asyncio.get_running_loop().create_future()
        self._asked_at = time.perf_counter()
        self._transport.write(request)
        return await self._answer

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        start = self._buffer.find(END) + len(END)
        if start < len(END):
            return
        head = self._buffer[:start]
        found = LENGTH.search(head)
        end = start + (int(found[1]) if found else 0)
        if len(self._buffer) >= end and self._answer is not None and not self._answer.done():
            self._buffer = self._buffer[end:]
            wait = RETRY_AFTER.search(head)
            seconds = time.perf_counter() - self._asked_at
            self._answer.set_result(Answer(int(head[9:12]), seconds, wait[1].decode() if wait else ""))


class Lines:
    """At most so many connections to one port; those that broke are made anew."""

    def __init__(self, port: int, most: int) -> None:
        self._port = port
        self._free: deque[Line | None] = deque([None] * most)

    async def open(self) -> None:
        """All of them now, some at a time: platforms keep their connections, and no listener likes a stampede."""
        for _ in range(0, len(self._free), STEP):
            made = await asyncio.gather(*(self._connect() for _ in range(STEP)))
            for line in made:
                self._free.popleft()
                self._free.append(line)

    async def post(self, request: bytes) -> Answer:
        """By a line that is free now; there must be one. Raises Broken."""
        line = self._free.pop()
        try:
            if line is None or not line.is_open:
                line = await self._connect()
            return await line.post(request)
        finally:
            self._free.append(line)

    async def _connect(self) -> Line:
        try:
            _, line = await asyncio.get_running_loop().create_connection(Line, "127.0.0.1", self._port)
        except OSError as error:
            raise Broken from error
        return line

    def close(self) -> None:
        for line in self._free:
            if line is not None and line.is_open:
                line.close()


def request(path: str, headers: dict[str, str], body: bytes) -> bytes:
    """The bytes of a POST."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{lines}Content-Length: {len(body)}\r\n\r\n"
    return head.encode("utf-8", "surrogateescape") + body
