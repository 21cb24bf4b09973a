"""Just as much HTTP as the benchmark needs, so that the load costs less than what is measured."""

import asyncio
import re
from collections.abc import Callable
from typing import Final, cast

LENGTH: Final = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
END: Final = b"\r\n\r\n"
REPLY: Final = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"


def size_of_first(buffer: bytes) -> tuple[int, int]:
    """Where the body of the first message begins and where it ends; (0, 0) while it is not whole."""
    start = buffer.find(END) + len(END)
    if start < len(END):
        return 0, 0
    found = LENGTH.search(buffer, 0, start)
    end = start + (int(found[1]) if found else 0)
    return (start, end) if len(buffer) >= end else (0, 0)


class Line(asyncio.Protocol):
    """A kept-alive connection of a platform to the bot: one post at a time."""

    def __init__(self, answered: "Callable[[Line, int], None]", lost: Callable[[], None]) -> None:
        self._answered, self._lost = answered, lost
        self._buffer = b""
        self.room = 0
        """Whose message is on its way."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost()

    def post(self, request: bytes) -> None:
        self._transport.write(request)

    def close(self) -> None:
        self._lost = lambda: None
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        _, end = size_of_first(self._buffer)
        if end:
            status, self._buffer = int(self._buffer[9:12]), self._buffer[end:]
            self._answered(self, status)


class Platform(asyncio.Protocol):
    """A connection of the bot to a platform: each call is told and answered, at once or after a pause."""

    def __init__(self, called: Callable[[bytes, bytes], bytes], pause: Callable[[], float]) -> None:
        self._called, self._pause = called, pause
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while True:
            start, end = size_of_first(self._buffer)
            if not end:
                return
            head, body = self._buffer[:start], self._buffer[start:end]
            self._buffer = self._buffer[end:]
            reply = self._called(head, body)
            if pause := self._pause():
                asyncio.get_running_loop().call_later(pause, self._reply, reply)
            else:
                self._reply(reply)

    def _reply(self, body: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(REPLY % (len(body), body))
