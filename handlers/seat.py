"""One connection: what it is doing, and since when."""

import asyncio
from typing import TYPE_CHECKING, Any, Final, cast

from aiohttp import hdrs, web

from handlers.short_way import Post

if TYPE_CHECKING:
    from handlers.gate import Gate

HEAD_BYTES: Final = 32 * 1024
"""A request's line and headers together; the platforms need less than one thousand."""
MOST_AHEAD: Final = 8
"""So many requests may wait behind the one that is answered; no client that we know sends even one ahead."""
BUSY: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
)
LARGE_HEAD: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
)


class Seat(web.RequestHandler):
    """aiohttp's protocol, and what the gate wants to know of it."""

    __slots__ = (
        "_gate",
        "_head",
        "_resting",
        "_wire",
        "is_known",
        "is_proxy",
        "peer",
        "request",
        "since",
        "stalled_at",
        "taking",
    )

    def __init__(self, gate: "Gate", **options: Any) -> None:
        super().__init__(gate, **options)
        self._gate, self._head = gate, 0
        self._wire: asyncio.Transport | None = None
        self._resting: asyncio.Future[None] | None = None
        """What aiohttp's own loop over this connection's requests waits for, while it is not to wake."""
        self.taking: asyncio.Task[None] | None = None
        """The post that is being taken by the short way."""
        self.peer = ""
        """Whose it is; empty where nobody counts."""
        self.is_proxy = False
        """Whoever is at the other end speaks for others, and we believe it."""
        self.is_known = False
        """A post that came this way was taken."""
        self.request: web.BaseRequest | None = None
        """The one that is being answered."""
        self.since = 0.0
        """When this request began, or the waiting for the next one."""
        self.stalled_at = 0.0
        """Since when the other side does not read; 0 while it does."""

    def dawdles(self) -> bool:
        """Nobody but the other side can make this go on."""
        if self.taking is not None:
            return False
        return self.request is None or not self.request.content.is_eof()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._wire = cast("asyncio.Transport", transport)
        if self._gate.admit(self, transport.get_extra_info("peername")):
            super().connection_made(transport)
        else:
            self._turn_away(BUSY)

    def data_received(self, data: bytes) -> None:
        self._rest()
        super().data_received(data)
        if self.taking is None and not self._take_short_way():
            self._go_on()
        if self._waiter is not None and not self._messages:
            self._head += len(data)
            if self._head > HEAD_BYTES:
                self._turn_away(LARGE_HEAD)
            return
        self._head = 0
        if len(self._messages) > MOST_AHEAD:
            self._gate.send_away(self)

    def connection_lost(self, exc: BaseException | None) -> None:
        super().connection_lost(exc)
        if self.taking is None:
            self._go_on()

    # The short way: while it is taken, aiohttp's loop rests, and what comes meanwhile waits as behind any request.

    def _rest(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._resting, self._waiter = self._waiter, None

    def _take_short_way(self) -> bool:
        if self._resting is None or len(self._messages) != 1 or self.writing_paused or self._force_close:
            return False
        post = self._gate.ordinary(self, *self._messages[0])
        if post is None:
            return False
        self._messages.clear()
        if self._parser is not None:
            self._parser.message_consumed()
        self.taking = self._loop.create_task(self._take(post))
        return True

    async def shutdown(self, timeout: float | None = 15.0) -> None:
        await super().shutdown(timeout)
        if self.taking is not None:
            self.taking.cancel()

    async def _take(self, post: Post) -> None:
        status = 500
        try:
            status = await self._gate.take(post)
        finally:
            self.since, self.taking = self._loop.time(), None
            self._reply(status)

    def _reply(self, status: int) -> None:
        if self.transport is not None:
            self.transport.write(self._gate.answer(self, status))
            if status == 500:
                self.force_close()
        self._go_on()

    def _go_on(self) -> None:
        """aiohttp's loop has its waiter back: it wakes for what waits, and ends where the connection has."""
        waiter, self._resting = self._resting, None
        if waiter is None or waiter.done():
            return
        self._waiter = waiter
        if self._force_close or self._close:
            waiter.cancel()
        elif self._messages:
            waiter.set_result(None)

    def pause_writing(self) -> None:
        super().pause_writing()
        self.stalled_at = self._loop.time()

    def resume_writing(self) -> None:
        super().resume_writing()
        self.stalled_at = 0.0

    def abort(self) -> None:
        if self._wire is not None:
            self._wire.abort()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Our own mistakes are logged; what strangers do wrong is their own affair."""
        if status < 500 or isinstance(exc, ConnectionError):
            response: web.StreamResponse = web.Response(status=min(status, 400))
            response.force_close()
        else:
            response = super().handle_error(request, status, exc, message)
        dress(response)
        return response

    def _turn_away(self, words: bytes) -> None:
        if self._wire is not None:
            self._wire.write(words)
            self._wire.close()
        self.force_close()


def dress(response: web.StreamResponse) -> None:
    """No word of what we are made of; and what is text stays text."""
    response.headers[hdrs.SERVER] = "Svar"
    if not isinstance(response, web.Response) or response.body is not None:
        response.headers["X-Content-Type-Options"] = "nosniff"
