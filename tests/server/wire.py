"""HTTP by hand, for what no proper client would ever send; and a server whose patience is short."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

from aiohttp import web
from multidict import CIMultiDictProxy

from handlers.bodies import body_of
from handlers.limits import Limits
from handlers.server import Server
from handlers.short_way import WebhookRoute

PATIENCE = 0.5
SHORT = Limits(
    head_seconds=PATIENCE,
    known_seconds=1_000,
    body_seconds=PATIENCE,
    unread_seconds=PATIENCE,
    sweep_seconds=0.05,
)
LIMIT_SECONDS = 15.0
"""Within so many seconds whoever dawdles is cut, whatever the machine is busy with."""


@dataclass(slots=True)
class House:
    """The product's server with one door, which keeps what comes in: `/post`, and `/long` only the long way."""

    limits: Limits = SHORT
    trusted: tuple[str, ...] = ()
    bodies: list[bytes] = field(default_factory=list)
    hangs: bool = False
    """The answer does not come before `go_on`."""
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    health: dict[str, object] = field(default_factory=lambda: {"status": "ok"})

    @asynccontextmanager
    async def opened(self, **limits: Any) -> AsyncIterator[Server]:
        routes = [
            WebhookRoute("/post", self),
            web.post("/long", self.post),
            web.get("/large", self._give_large),
            web.post("/forged", self._refuse),
        ]
        server = Server(
            "127.0.0.1",
            0,
            routes,
            self._tell_health,
            Counter(),
            trusted_proxies=self.trusted,
            limits=replace(self.limits, **limits),
        )
        await server.start()
        try:
            yield server
        finally:
            self.go_on.set()
            await server.stop()

    async def take(self, app: web.Application, headers: CIMultiDictProxy[str], body: bytes) -> int:
        self.bodies.append(body)
        if self.hangs:
            await self.go_on.wait()
        if body == b"stumble":
            raise RuntimeError("as it was asked to")
        return 200

    async def post(self, request: web.Request) -> web.Response:
        return web.Response(status=await self.take(request.app, request.headers, await body_of(request)))

    async def _give_large(self, request: web.Request) -> web.Response:
        return web.Response(body=bytes(1_000_000))

    async def _refuse(self, request: web.Request) -> web.Response:
        return web.Response(status=403)

    async def _tell_health(self) -> dict[str, object]:
        if self.hangs:
            await self.go_on.wait()
        return dict(self.health)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes = b""


class Line:
    """One connection, over which bytes go as they are."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def to(cls, port: int, *, source: str = "127.0.0.1", room: int = 2**16) -> "Line":
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", port, local_addr=(source, 0), limit=max(room, 2)
        )
        return cls(reader, writer)

    def say(self, *parts: bytes) -> None:
        """Never raises: the other side may have hung up."""
        if not self._writer.is_closing():
            self._writer.write(b"".join(parts))

    async def hears(self, timeout: float = LIMIT_SECONDS) -> Answer:
        """The next answer. Raises EOFError or ConnectionError when there is none."""
        async with asyncio.timeout(timeout):
            head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.strip().split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)}
            body = await self._reader.readexactly(int(headers.get("content-length", 0)))
        return Answer(int(first.split()[1]), headers, body)

    async def is_cut(self, timeout: float = LIMIT_SECONDS) -> bytes:
        """Waits until the other side has hung up; what it said before. Raises TimeoutError."""
        said = b""
        try:
            async with asyncio.timeout(timeout):
                while part := await self._reader.read(65_536):
                    said += part
        except ConnectionError:
            pass
        return said

    async def close(self) -> None:
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()


def post(path: str = "/post", body: bytes = b"{}", *headers: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: bot.example", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


async def until(condition: Callable[[], object], timeout: float = LIMIT_SECONDS) -> None:
    async with asyncio.timeout(timeout):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
