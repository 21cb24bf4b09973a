"""The short way in: an ordinary post to a webhook goes past all that an application does for any request."""

from collections.abc import Mapping
from email.utils import formatdate
from typing import Final, Protocol

from aiohttp import StreamReader, hdrs, web
from aiohttp.http import RawRequestMessage
from multidict import CIMultiDictProxy

RETRY_AFTER_SECONDS: Final = "5"
REASONS: Final = {200: "OK", 403: "Forbidden", 500: "Internal Server Error", 503: "Service Unavailable"}
MORE: Final = {500: "Connection: close\r\n", 503: f"Retry-After: {RETRY_AFTER_SECONDS}\r\n"}
UNUSUAL: Final = (hdrs.TRANSFER_ENCODING, hdrs.CONTENT_ENCODING, hdrs.UPGRADE, hdrs.EXPECT)


class Taker(Protocol):
    """Who takes a channel's posts."""

    async def take(self, app: web.Application, headers: CIMultiDictProxy[str], body: bytes) -> int:
        """The status to answer with: 200, 403 or 503, with nothing to be said besides."""
        ...

    async def post(self, request: web.Request) -> web.StreamResponse:
        """The same for whatever is not ordinary."""
        ...


class WebhookRoute(web.AbstractRouteDef):
    """An application's route that the short way knows, too."""

    def __init__(self, path: str, taker: Taker) -> None:
        self.path, self.taker = path, taker

    def register(self, router: web.UrlDispatcher) -> list[web.AbstractRoute]:
        return [router.add_route(hdrs.METH_POST, self.path, self.taker.post)]


TAKERS = web.AppKey("takers", dict[str, Taker])
"""By the path of their webhook."""


class Post:
    """One that came whole."""

    __slots__ = ("headers", "payload", "taker")

    def __init__(self, taker: Taker, headers: CIMultiDictProxy[str], payload: StreamReader) -> None:
        self.taker, self.headers, self.payload = taker, headers, payload


def ordinary(
    takers: Mapping[str, Taker], message: object, payload: StreamReader, most_bytes: int
) -> Post | None:
    """The post, if nobody need look at how it came: all of it is here, plain, and its connection goes on."""
    if not isinstance(message, RawRequestMessage) or not payload.is_eof() or message.should_close:
        return None
    taker = takers.get(message.path)
    if taker is None or message.method != hdrs.METH_POST or payload.total_bytes > most_bytes:
        return None
    headers = message.headers
    if hdrs.CONTENT_LENGTH not in headers or any(name in headers for name in UNUSUAL):
        return None
    return Post(taker, headers, payload)


def answers() -> dict[int, bytes]:
    """All that the short way ever says, with the time that it is now."""
    date = formatdate(usegmt=True)
    return {
        status: (
            f"HTTP/1.1 {status} {reason}\r\nContent-Length: 0\r\n{MORE.get(status, '')}"
            f"Date: {date}\r\nServer: Svar\r\n\r\n"
        ).encode()
        for status, reason in REASONS.items()
    }
