"""Reading a post's body, so that no crowd of large ones fills the memory."""

import asyncio
from typing import Final

from aiohttp import web

SMALL_BYTES: Final = 64 * 1024
"""Up to here a body is nobody's concern: so much is bounded by the number of connections."""
LARGE_AT_ONCE: Final = 4
PATIENCE_SECONDS: Final = 2.0
"""Longer nobody keeps a large body's place that others want."""


class LargeBodies:
    """The places for bodies that are large, or do not say how large they are going to be."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(LARGE_AT_ONCE)
        self._since: dict[web.RequestHandler, float] = {}

    async def read(self, request: web.Request, most: int) -> bytes:
        """Raises web.HTTPRequestEntityTooLarge."""
        body = bytearray()
        while len(body) <= SMALL_BYTES:
            part = await request.content.readany()
            if not part:
                return bytes(body)
            body += part
        async with self._places:
            self._since[request.protocol] = asyncio.get_running_loop().time()
            try:
                return await _rest(request, body, most)
            finally:
                del self._since[request.protocol]

    def overdue(self, now: float) -> set[web.RequestHandler]:
        """Whose place others are waiting for."""
        if not self._places.locked():
            return set()
        return {seat for seat, since in self._since.items() if now - since > PATIENCE_SECONDS}


LARGE_BODIES = web.AppKey("large_bodies", LargeBodies)


async def body_of(request: web.Request) -> bytes:
    """The whole body. Raises web.HTTPRequestEntityTooLarge."""
    length = request.content_length
    bodies = None if length is not None and length <= SMALL_BYTES else request.app.get(LARGE_BODIES)
    return await (bodies.read(request, request.client_max_size) if bodies else request.read())


async def _rest(request: web.Request, body: bytearray, most: int) -> bytes:
    while part := await request.content.readany():
        body += part
        if len(body) > most:
            raise web.HTTPRequestEntityTooLarge(most)
    return bytes(body)
