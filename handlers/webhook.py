"""What every webhook does with a post: is it really them, is there room, is it on disk; only then 200."""

import hashlib
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from aiohttp import web
from multidict import CIMultiDictProxy

from bot.channel import Channel
from bot.clock import Clock
from bot.inbound import CannotStore
from bot.update import Inbound, Unreadable
from handlers.bodies import body_of
from handlers.server import ADMISSION, REJECTED
from handlers.short_way import RETRY_AFTER_SECONDS

log = logging.getLogger(__name__)

Receive = Callable[[Channel, Sequence[Inbound | Unreadable]], Awaitable[None]]
"""Puts updates on disk; returns when they are synced, raises `CannotStore` when they are not."""

Authentic = Callable[[CIMultiDictProxy[str], bytes], bool]

NOT_NOW: Final = {"Retry-After": RETRY_AFTER_SECONDS}
SECONDS_BETWEEN_LINES: Final = 1.0


class Door:
    """Where one channel's platform posts to."""

    def __init__(self, channel: Channel, authentic: Authentic, receive: Receive, clock: Clock) -> None:
        self._channel, self._authentic, self._receive, self._clock = channel, authentic, receive, clock
        self._unsaid, self._said_at = 0, float("-inf")

    async def take(self, app: web.Application, headers: CIMultiDictProxy[str], body: bytes) -> int:
        """How to answer: 403 forged, 503 no room or not stored (the platform repeats it), 200 all else, even nonsense.

        Nonsense that is authentic is kept as such: an error would only make the platform repeat it."""
        if not self._authentic(headers, body):
            self._count(app[REJECTED])
            return 403
        admission = app[ADMISSION]
        if not admission.has_room(body):
            return 503
        with admission.place(body):
            try:
                await self._receive(self._channel, understand(self._channel, body))
            except CannotStore as error:
                log.error("webhook of %s not stored: %s", self._channel.name, error)
                return 503
        return 200

    async def post(self, request: web.Request) -> web.Response:
        status = await self.take(request.app, request.headers, await body_of(request))
        return web.Response(status=status, headers=NOT_NOW if status == 503 else None)

    def _count(self, rejected: Counter[str]) -> None:
        """A flood of forged posts must not become a flood of lines."""
        rejected[self._channel.name] += 1
        self._unsaid += 1
        now = self._clock.monotonic()
        if now - self._said_at >= SECONDS_BETWEEN_LINES:
            log.warning("webhook of %s: %d posts refused as forged", self._channel.name, self._unsaid)
            self._unsaid, self._said_at = 0, now


def understand(channel: Channel, body: bytes) -> Sequence[Inbound | Unreadable]:
    try:
        return channel.read(body)
    except ValueError as error:
        key = "sha256:" + hashlib.sha256(body).hexdigest()
        text = body.decode("utf-8", "replace").replace("\0", "\ufffd")  # PostgreSQL keeps no NUL
        return [Unreadable(key, text, str(error))]
