"""What every webhook does with a post: is it really them, is there room, is it on disk; only then 200."""

import hashlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from aiohttp import web

from bot.channel import Channel
from bot.clock import Clock
from bot.inbound import CannotStore
from bot.update import Inbound, Unreadable
from handlers.bodies import body_of
from handlers.server import ADMISSION, REJECTED

log = logging.getLogger(__name__)

Receive = Callable[[Channel, Sequence[Inbound | Unreadable]], Awaitable[None]]
"""Puts updates on disk; returns when they are synced, raises `CannotStore` when they are not."""

Authentic = Callable[[web.Request, bytes], bool]

RETRY_AFTER_SECONDS: Final = "5"
SECONDS_BETWEEN_LINES: Final = 1.0


class Door:
    """Where one channel's platform posts to."""

    def __init__(self, channel: Channel, authentic: Authentic, receive: Receive, clock: Clock) -> None:
        self._channel, self._authentic, self._receive, self._clock = channel, authentic, receive, clock
        self._unsaid, self._said_at = 0, float("-inf")

    async def post(self, request: web.Request) -> web.Response:
        """Answer one post: 403 forged, 503 no room or not stored (the platform repeats it), 200 all else, even nonsense.

        Nonsense that is authentic is kept as such: an error would only make the platform repeat it."""
        body = await body_of(request)
        if not self._authentic(request, body):
            self._count(request)
            return web.Response(status=403)
        admission = request.app[ADMISSION]
        if not admission.has_room(body):
            return _not_now()
        with admission.place(body):
            try:
                await self._receive(self._channel, understand(self._channel, body))
            except CannotStore as error:
                log.error("webhook of %s not stored: %s", self._channel.name, error)
                return _not_now()
        return web.Response()

    def _count(self, request: web.Request) -> None:
        """A flood of forged posts must not become a flood of lines."""
        request.app[REJECTED][self._channel.name] += 1
        self._unsaid += 1
        now = self._clock.monotonic()
        if now - self._said_at >= SECONDS_BETWEEN_LINES:
            log.warning("webhook of %s: %d posts refused as forged", self._channel.name, self._unsaid)
            self._unsaid, self._said_at = 0, now


def _not_now() -> web.Response:
    return web.Response(status=503, headers={"Retry-After": RETRY_AFTER_SECONDS})


def understand(channel: Channel, body: bytes) -> Sequence[Inbound | Unreadable]:
    try:
        return channel.read(body)
    except ValueError as error:
        key = "sha256:" + hashlib.sha256(body).hexdigest()
        text = body.decode("utf-8", "replace").replace("\0", "\ufffd")  # PostgreSQL keeps no NUL
        return [Unreadable(key, text, str(error))]
