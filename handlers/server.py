"""One aiohttp application out of every door."""

import errno
import logging
import os
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable

from aiohttp import web

log = logging.getLogger(__name__)

MOST_BYTES = 4 * 1024 * 1024
"""Meta posts up to 3 MB."""
SHUTDOWN_SECONDS = 2.0
REJECTED = web.AppKey("rejected", Counter[str])
"""How many posts each channel refused because they were not from its platform."""

Health = Callable[[], Awaitable[dict[str, object]]]
"""What the health page says; `status` is "cannot store" while no messages can be taken."""


class PortInUse(Exception):
    """We cannot listen there; the message says what to do."""


class Server:
    """Listens until it is stopped. `port` is the one really taken, once started."""

    def __init__(
        self, host: str, port: int, routes: Iterable[web.RouteDef], health: Health, rejected: Counter[str]
    ) -> None:
        self._host, self.port = host, port
        self._app = web.Application(client_max_size=MOST_BYTES)
        self._app[REJECTED] = rejected
        self._app.add_routes([*routes, web.get("/api/support/health", _answer_with(health))])
        log.addFilter(_is_no_rubbish)
        self._runner = web.AppRunner(
            self._app, access_log=None, logger=log, shutdown_timeout=SHUTDOWN_SECONDS
        )

    async def start(self) -> None:
        """Raises PortInUse."""
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self.port).start()
        except OSError as error:
            raise PortInUse(self._complaint(error.errno or 0)) from error
        self.port = self._runner.addresses[0][1]

    def _complaint(self, number: int) -> str:
        where = f"cannot listen on {self._host}:{self.port} ({os.strerror(number)})"
        if number == errno.EADDRNOTAVAIL:
            return (
                f"server.host: {where}: this machine has no such address; use 127.0.0.1, or 0.0.0.0 for all"
            )
        return f"server.port: {where}: stop what listens there, or set another port in bot.toml"

    async def stop(self) -> None:
        await self._runner.cleanup()


def _is_no_rubbish(record: logging.LogRecord) -> bool:
    """A request that is not HTTP is answered 400; anybody could fill the log with the rest of it."""
    kind = record.exc_info[0] if record.exc_info else None
    return kind is None or not kind.__module__.startswith("aiohttp.http")


def _answer_with(health: Health) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        found = await health()
        return web.json_response(found, status=503 if found["status"] == "cannot store" else 200)

    return answer
