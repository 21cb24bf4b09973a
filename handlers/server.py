"""One aiohttp application out of every door."""

import asyncio
import errno
import os
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence

from aiohttp import web

from bot.admission import Admission
from handlers.bodies import LARGE_BODIES, LargeBodies
from handlers.gate import GateRunner
from handlers.limits import Limits
from handlers.peers import networks
from handlers.short_way import TAKERS, WebhookRoute

SHUTDOWN_SECONDS = 2.0
BACKLOG = 1024
ADMISSION = web.AppKey("admission", Admission)
REJECTED = web.AppKey("rejected", Counter[str])
"""How many posts each channel refused because they were not from its platform."""

Health = Callable[[], Awaitable[dict[str, object]]]
"""What the health page says; `status` is "cannot store" while no messages can be taken."""


class PortInUse(Exception):
    """We cannot listen there; the message says what to do."""


class Server:
    """Listens until it is stopped. `port` is the one really taken, once started."""

    def __init__(
        self,
        host: str,
        port: int,
        routes: Iterable[web.AbstractRouteDef],
        health: Health,
        rejected: Counter[str],
        *,
        trusted_proxies: Sequence[str] = (),
        limits: Limits | None = None,
        admission: Admission | None = None,
    ) -> None:
        self._host, self.port = host, port
        limits = limits or Limits()
        self._health, self._patience = health, limits.health_seconds
        self._app = web.Application(client_max_size=limits.body_bytes)
        self._app[REJECTED], self._app[ADMISSION] = rejected, admission or Admission()
        self._app[LARGE_BODIES] = LargeBodies()
        routes = [*routes]
        self._app[TAKERS] = {route.path: route.taker for route in routes if isinstance(route, WebhookRoute)}
        self._app.add_routes([*routes, web.get("/api/support/health", self._tell_health)])
        self._runner = GateRunner(self._app, limits, networks(trusted_proxies), SHUTDOWN_SECONDS)

    async def start(self) -> None:
        """Raises PortInUse."""
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self.port, backlog=BACKLOG).start()
        except OSError as error:
            raise PortInUse(self._complaint(error.errno or 0)) from error
        self.port = self._runner.addresses[0][1]

    def figures(self) -> dict[str, int]:
        """Connections that are open; since the start: connections cut, requests refused."""
        gate = self._runner.gate
        counts = (len(gate), gate.strangers.cut, gate.strangers.refused) if gate is not None else (0, 0, 0)
        return dict(zip(("connections", "connections_cut", "requests_refused"), counts, strict=True))

    def _complaint(self, number: int) -> str:
        where = f"cannot listen on {self._host}:{self.port} ({os.strerror(number)})"
        if number == errno.EADDRNOTAVAIL:
            return (
                f"server.host: {where}: this machine has no such address; use 127.0.0.1, or 0.0.0.0 for all"
            )
        return f"server.port: {where}: stop what listens there, or set another port in bot.toml"

    async def stop(self) -> None:
        if self._runner.gate is not None:
            self._runner.gate.leave()
        await self._runner.cleanup()

    async def _tell_health(self, request: web.Request) -> web.Response:
        """A disk that hangs is as bad as one that is full."""
        try:
            async with asyncio.timeout(self._patience):
                found = await self._health()
        except TimeoutError:
            found = {"status": "cannot store"}
        return web.json_response(
            found | self.figures(), status=503 if found["status"] == "cannot store" else 200
        )
