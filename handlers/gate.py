"""The gate before the application: whoever dawdles, takes too much or speaks no proper HTTP goes, cheaply."""

import asyncio
import logging
import sys
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any, Final

from aiohttp import StreamReader, hdrs, web

from handlers.bodies import LARGE_BODIES
from handlers.peers import Network, client_of, group_of, is_among
from handlers.seat import Seat, dress
from handlers.short_way import TAKERS, Post, answers, ordinary

if sys.platform != "win32":
    import resource

log = logging.getLogger(__name__)

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
BUFFERED: Final = 32 * 1024
"""Twice so much of a body waits in memory until somebody reads it."""
LINGER_SECONDS: Final = 1.0
"""So long the rest of a refused body is read, that its sender gets to hear the refusal."""
NEVER_SECONDS: Final = 86_400.0
QUIET_SECONDS: Final = 60.0
SHARE_THAT_GOES: Final = 8
OWN_FILES: Final = 256


@dataclass(frozen=True, slots=True)
class Limits:
    """What strangers may take: seconds, bytes and connections."""

    connections: int = 2_000
    """In all; when they are used up, those who dawdle go, the longest first, and a newcomer gets in."""
    connections_of_one: int = 500
    """Of one address (of IPv6: one /64)."""
    head_seconds: float = 10.0
    """From the connection, or the last answer, until the next request's head is complete."""
    known_seconds: float = 75.0
    """The same where a post was taken before: the platforms keep their connections."""
    body_seconds: float = 10.0
    body_bytes_per_second: int = 16 * 1024
    """Who sends at least so much may take longer."""
    unread_seconds: float = 10.0
    """How long our answers may lie unread."""
    body_bytes: int = 4 * 1024 * 1024
    """Meta posts up to 3 MB."""
    sweep_seconds: float = 1.0
    health_seconds: float = 5.0
    """Longer the health page waits for nobody."""

    def affordable(self) -> "Limits":
        """With no more connections than the system lets us have files, less our own."""
        if sys.platform == "win32":
            return self
        files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        if files == resource.RLIM_INFINITY:
            return self
        return replace(self, connections=max(OWN_FILES // 2, min(self.connections, files - OWN_FILES)))


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
        self._seats: set[Seat] = set()
        self._of_one: Counter[str] = Counter()
        self._sweeping: asyncio.TimerHandle | None = None
        self.cut, self.refused = 0, 0
        self._last, self._told, self._tell_at = "", (0, 0), 0.0
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
        if len(self._seats) >= self._limits.connections and not self._make_room(self._seats):
            return False
        if not self._may_have_more(seat.peer):
            return False
        self._seats.add(seat)
        self._of_one[seat.peer] += 1
        return True

    def _may_have_more(self, peer: str) -> bool:
        if not peer or self._of_one[peer] < self._limits.connections_of_one:
            return True
        return self._make_room({seat for seat in self._seats if seat.peer == peer})

    def _make_room(self, seats: set[Seat]) -> bool:
        """An eighth of those who dawdle goes at once, so that a flood pays for looking around only now and then."""
        idle = sorted(filter(Seat.dawdles, seats), key=lambda seat: (seat.is_known, seat.since))
        for seat in idle[: len(idle) // SHARE_THAT_GOES + 1]:
            self.send_away(seat)
        return bool(idle)

    def send_away(self, seat: Seat) -> None:
        """Cut, without waiting for the other side to take what we have written."""
        if seat not in self._seats:
            return
        self._forget(seat)
        self.cut += 1
        self._last = seat.peer or self._last
        seat.abort()

    def connection_lost(self, handler: web.RequestHandler, exc: BaseException | None = None) -> None:
        if isinstance(handler, Seat):
            self._forget(handler)
            self._bodies.forget(handler)
        super().connection_lost(handler, exc)

    def _forget(self, seat: Seat) -> None:
        if seat not in self._seats:
            return
        self._seats.discard(seat)
        self._uncount(seat.peer)

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
            self.refused += 1
            self._last = seat.peer
        _finish(request, response)
        return response

    # The short way

    def ordinary(self, seat: Seat, message: object, payload: StreamReader) -> Post | None:
        """What may go the short way, and is charged to whoever sent it."""
        post = ordinary(self._takers, message, payload, self._limits.body_bytes)
        if (
            post is not None
            and seat.is_proxy
            and not self._charge(seat, client_of(post.headers, self._trusted))
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
            self.refused += 1
            self._last = seat.peer
        return self._answers[status]

    def _refusal(self, seat: Seat, request: web.BaseRequest) -> int:
        """The status for what nobody need look at; 0 for the rest."""
        if seat.is_proxy and not self._charge(seat, client_of(request.headers, self._trusted)):
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

    def _charge(self, seat: Seat, client: str) -> bool:
        """A proxy's connection counts as that of the one it speaks for."""
        if client == seat.peer:
            return True
        self._recount(seat, "")
        if not self._may_have_more(client):
            return False
        self._recount(seat, client)
        return True

    def _recount(self, seat: Seat, peer: str) -> None:
        self._uncount(seat.peer)
        seat.peer = peer
        self._of_one[peer] += 1

    def _uncount(self, peer: str) -> None:
        self._of_one[peer] -= 1
        if not self._of_one[peer]:
            del self._of_one[peer]

    # Once a second

    def _sweep(self) -> None:
        self._sweeping = self._loop.call_later(self._limits.sweep_seconds, self._sweep)
        now = self._loop.time()
        self._answers = answers()
        overdue = self._bodies.overdue(now)
        for seat in [seat for seat in self._seats if self._is_late(seat, now) or seat in overdue]:
            self.send_away(seat)
        self._tell(now)

    def _is_late(self, seat: Seat, now: float) -> bool:
        limits, waited = self._limits, now - seat.since
        if seat.stalled_at and now - seat.stalled_at > limits.unread_seconds:
            return True
        if seat.taking is not None:
            return False
        if seat.request is None:
            return waited > (limits.known_seconds if seat.is_known else limits.head_seconds)
        body = seat.request.content
        return (
            not body.is_eof()
            and waited > limits.body_seconds + body.total_bytes / limits.body_bytes_per_second
        )

    def _tell(self, now: float) -> None:
        """A flood fills no log: the first line at once, the next one a minute later."""
        if now < self._tell_at or (self.refused, self.cut) == self._told:
            return
        refused, cut = self.refused - self._told[0], self.cut - self._told[1]
        log.warning("strangers: %d refused, %d cut off, the last one from %s", refused, cut, self._last)
        self._told, self._tell_at = (self.refused, self.cut), now + QUIET_SECONDS

    def leave(self) -> None:
        """No more looking around; whoever has not ended their post by now, or does not read, goes first."""
        if self._sweeping is not None:
            self._sweeping.cancel()
        for seat in [seat for seat in self._seats if seat.request is not None or seat.stalled_at]:
            if seat.dawdles() or seat.stalled_at:
                self.send_away(seat)


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
