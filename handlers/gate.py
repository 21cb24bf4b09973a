"""The gate before the application: whoever dawdles, takes too much or speaks no proper HTTP goes, cheaply."""

import asyncio
import logging
from typing import Any, Final

from aiohttp import StreamReader, hdrs, web

from handlers.bodies import LARGE_BODIES
from handlers.limits import Limits
from handlers.peers import Network, client_of, group_of, is_among
from handlers.seat import Seat, dress
from handlers.seats import Seats, Strangers, is_late
from handlers.short_way import TAKERS, Post, answers, ordinary

log = logging.getLogger(__name__)

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
BUFFERED: Final = 32 * 1024
"""Twice so much of a body waits in memory until somebody reads it."""
LINGER_SECONDS: Final = 1.0
"""So long the rest of a refused body is read, that its sender gets to hear the refusal."""
NEVER_SECONDS: Final = 86_400.0


class Gate(web.Server):
    """Makes the connections and looks over them once a second, so that no request pays for a timer."""

    def __init__(
        self, app: web.Application, server: web.Server, limits: Limits, trusted: tuple[Network, ...]
    ) -> None:
        super().__init__(
            self._answer,
            request_factory=server.request_factory,
            access_log=None,
            logger=log,
            keepalive_timeout=NEVER_SECONDS,
            lingering_time=LINGER_SECONDS,
            read_bufsize=BUFFERED,
            auto_decompress=False,
        )
        self._app, self._limits, self._trusted = server.request_handler, limits.affordable(), trusted
        self._rooms, self._bodies, self._takers = app, app[LARGE_BODIES], app.get(TAKERS, {})
        self._answers = answers()
        self.strangers = Strangers()
        self._seats = Seats(self._limits, self.strangers)
        self._sweeping: asyncio.TimerHandle | None = None
        self._sweep()

    def __call__(self) -> Seat:
        return Seat(self, loop=self._loop, **self._kwargs)

    def __len__(self) -> int:
        return len(self._seats)

    # Connections

    def admit(self, seat: Seat, peername: Any) -> bool:
        """A place for a newcomer, if need be somebody else's."""
        address = group_of(peername[0]) if isinstance(peername, tuple) else ""
        seat.is_proxy = bool(self._trusted) and bool(address) and is_among(peername[0], self._trusted)
        seat.peer = "" if seat.is_proxy else address
        seat.since = self._loop.time()
        return self._seats.admit(seat)

    def send_away(self, seat: Seat) -> None:
        self._seats.send_away(seat)

    def connection_lost(self, handler: web.RequestHandler, exc: BaseException | None = None) -> None:
        if isinstance(handler, Seat):
            self._seats.forget(handler)
            self._bodies.forget(handler)
        super().connection_lost(handler, exc)

    # Requests

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        seat = request.protocol
        assert isinstance(seat, Seat)
        seat.request, seat.since = request, self._loop.time()
        try:
            refusal = self._refusal(seat, request)
            response = await self._app(request) if not refusal else _refused(refusal)
        except web.HTTPException as error:
            _finish(request, error)
            raise
        except web.RequestPayloadError:
            response = _refused(400)
        finally:
            seat.request, seat.since = None, self._loop.time()
        if response.status == 200:
            seat.is_known |= request.method == "POST"
        elif response.status in (401, 403):
            self.strangers.refuse(seat.peer)
        _finish(request, response)
        return response

    # The short way

    def ordinary(self, seat: Seat, message: object, payload: StreamReader) -> Post | None:
        """What may go the short way, and is charged to whoever sent it."""
        post = ordinary(self._takers, message, payload, self._limits.body_bytes)
        if (
            post is not None
            and seat.is_proxy
            and not self._seats.charge(seat, client_of(post.headers, self._trusted))
        ):
            return None
        return post

    async def take(self, post: Post) -> int:
        self.requests_count += 1
        try:
            return await post.taker.take(self._rooms, post.headers, post.payload.read_nowait())
        except Exception:
            log.exception("a post was not taken")
            return 500

    def answer(self, seat: Seat, status: int) -> bytes:
        seat.is_known |= status == 200
        if status == 403:
            self.strangers.refuse(seat.peer)
        return self._answers[status]

    def _refusal(self, seat: Seat, request: web.BaseRequest) -> int:
        """The status for what nobody need look at; 0 for the rest."""
        if seat.is_proxy and not self._seats.charge(seat, client_of(request.headers, self._trusted)):
            return 503
        if request.method not in METHODS:
            return 405
        if request.raw_path[:1] != "/":
            return 400
        if hdrs.CONTENT_ENCODING in request.headers:
            return 415
        length = request.content_length
        if length is None:
            return 0 if request.headers.get(hdrs.TRANSFER_ENCODING, "chunked").lower() == "chunked" else 501
        return 413 if length > self._limits.body_bytes else 0

    # Once a second

    def _sweep(self) -> None:
        self._sweeping = self._loop.call_later(self._limits.sweep_seconds, self._sweep)
        now = self._loop.time()
        self._answers = answers()
        overdue = self._bodies.overdue(now)
        for seat in [seat for seat in self._seats if is_late(seat, self._limits, now) or seat in overdue]:
            self._seats.send_away(seat)
        self.strangers.tell(now)

    def leave(self) -> None:
        """No more looking around; whoever has not ended their post by now, or does not read, goes first."""
        if self._sweeping is not None:
            self._sweeping.cancel()
        for seat in [seat for seat in self._seats if seat.request is not None or seat.stalled_at]:
            if seat.dawdles() or seat.stalled_at:
                self._seats.send_away(seat)


class GateRunner(web.AppRunner):
    """Runs an application behind a gate."""

    def __init__(
        self, app: web.Application, limits: Limits, trusted: tuple[Network, ...], shutdown_timeout: float
    ) -> None:
        super().__init__(app, shutdown_timeout=shutdown_timeout)
        self._limits, self._trusted = limits, trusted

    async def _make_server(self) -> Gate:
        return Gate(self.app, await super()._make_server(), self._limits, self._trusted)

    @property
    def gate(self) -> Gate | None:
        return self.server if isinstance(self.server, Gate) else None


def _finish(request: web.BaseRequest, response: web.StreamResponse) -> None:
    """What comes after an upgrade that we did not make is lost on the parser: there the connection ends."""
    dress(response)
    if hdrs.UPGRADE in request.headers and isinstance(response, web.Response):
        response.force_close()


def _refused(status: int) -> web.Response:
    response = web.Response(status=status)
    response.force_close()
    return response
