"""What every webhook does with a post: is it really them, can we read it, is it on disk; only then 200."""

import hashlib
import logging
from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web

from bot.channel import Channel
from bot.inbound import CannotStore
from bot.update import Inbound, Unreadable
from handlers.bodies import body_of
from handlers.server import REJECTED

log = logging.getLogger(__name__)

Receive = Callable[[Channel, Sequence[Inbound | Unreadable]], Awaitable[None]]
"""Puts updates on disk; returns when they are synced, raises `CannotStore` when they are not."""

Authentic = Callable[[web.Request, bytes], bool]

RETRY_AFTER_SECONDS = "5"


async def accept(
    request: web.Request, channel: Channel, authentic: Authentic, receive: Receive
) -> web.Response:
    """Answer one post: 403 forged, 503 not stored (the platform repeats it), 200 all else, even nonsense.

    Nonsense that is authentic is kept as such: an error would only make the platform repeat it."""
    body = await body_of(request)
    if not authentic(request, body):
        request.app[REJECTED][channel.name] += 1
        return web.Response(status=403)
    try:
        await receive(channel, understand(channel, body))
    except CannotStore as error:
        log.error("webhook of %s not stored: %s", channel.name, error)
        return web.Response(status=503, headers={"Retry-After": RETRY_AFTER_SECONDS})
    return web.Response()


def understand(channel: Channel, body: bytes) -> Sequence[Inbound | Unreadable]:
    try:
        return channel.read(body)
    except ValueError as error:
        key = "sha256:" + hashlib.sha256(body).hexdigest()
        return [Unreadable(key, body.decode("utf-8", "replace"), str(error))]
