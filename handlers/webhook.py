"""What every webhook does with a post: is it really them, is there room, is it on disk; only then 200."""

import hashlib
import logging
from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web

from bot.channel import Channel
from bot.inbound import CannotStore
from bot.update import Inbound, Unreadable
from handlers.server import ADMISSION, REJECTED

log = logging.getLogger(__name__)

Receive = Callable[[Channel, Sequence[Inbound | Unreadable]], Awaitable[None]]
"""Puts updates on disk; returns when they are synced, raises `CannotStore` when they are not."""

Authentic = Callable[[web.Request, bytes], bool]

RETRY_AFTER_SECONDS = "5"


async def accept(
    request: web.Request, channel: Channel, authentic: Authentic, receive: Receive
) -> web.Response:
    """Answer one post: 403 forged, 503 no room or not stored (the platform repeats it), 200 all else, even nonsense.

    Nonsense that is authentic is kept as such: an error would only make the platform repeat it."""
    body = await request.read()
    if not authentic(request, body):
        request.app[REJECTED][channel.name] += 1
        return web.Response(status=403)
    admission = request.app[ADMISSION]
    if not admission.has_room(body):
        return _not_now()
    with admission.place(body):
        try:
            await receive(channel, understand(channel, body))
        except CannotStore as error:
            log.error("webhook of %s not stored: %s", channel.name, error)
            return _not_now()
    return web.Response()


def _not_now() -> web.Response:
    return web.Response(status=503, headers={"Retry-After": RETRY_AFTER_SECONDS})


def understand(channel: Channel, body: bytes) -> Sequence[Inbound | Unreadable]:
    try:
        return channel.read(body)
    except ValueError as error:
        key = "sha256:" + hashlib.sha256(body).hexdigest()
        text = body.decode("utf-8", "replace").replace("\0", "\ufffd")  # PostgreSQL keeps no NUL
        return [Unreadable(key, text, str(error))]
