"""`GET /metrics`: the business's figures in Prometheus' text, for those on this machine or with the secret."""

import asyncio
import hmac
import ipaddress
from typing import TYPE_CHECKING

from aiohttp import web

from bot.business import Business
from bot.health import Health
from bot.supervision import Supervisor
from storage import queues

if TYPE_CHECKING:
    from handlers.metric_families import Families

PATH = "/metrics"
SECRET_HEADER = "X-Internal-Secret"  # noqa: S105
PROXY_HEADERS = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP")
FRESH_SECONDS = 1.0
"""So often the database is asked at most, however many scrape."""


class Metrics:
    def __init__(self, business: Business, supervisor: Supervisor, health: Health) -> None:
        self._business, self._supervisor, self._health = business, supervisor, health
        self._secret = business.settings.secrets.internal_api_secret.get_secret_value()
        self._families: Families | None = None
        self._asking = asyncio.Lock()
        self._written, self._written_at = b"", float("-inf")

    def routes(self) -> list[web.RouteDef]:
        return [web.get(PATH, self._answer)]

    async def _answer(self, request: web.Request) -> web.Response:
        if not may_read(request, self._secret):
            return web.json_response(NOT_ALLOWED, status=401)
        async with self._asking:
            if self._business.clock.monotonic() - self._written_at > FRESH_SECONDS:
                self._written = await self._write()
                self._written_at = self._business.clock.monotonic()
        return web.Response(body=self._written, headers={"Content-Type": CONTENT_TYPE})

    async def _write(self) -> bytes:
        if self._families is None:  # the library takes 60 ms to import, and most runs are never asked
            self._families = await asyncio.to_thread(self._load)
        db = self._business.db
        self._families.waiting = {
            ("updates", ""): await queues.updates(db),
            ("tickets", ""): await queues.tickets(db),
            **{("deliveries", name): waiting for name, waiting in (await queues.deliveries(db)).items()},
        }
        self._families.health = str((await self._health.report())["status"])
        return self._families.write()

    def _load(self) -> "Families":
        from handlers.metric_families import Families

        return Families(self._business, self._supervisor)


CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
NOT_ALLOWED = {
    "error": {
        "code": "not_allowed",
        "message": f"Send INTERNAL_API_SECRET as {SECRET_HEADER} or as a bearer token.",
    }
}


def may_read(request: web.Request, secret: str) -> bool:
    """Who is on this machine and came by no proxy, or who knows the secret; an unset one nobody knows."""
    given = request.headers.get(SECRET_HEADER, "") or request.headers.get("Authorization", "").removeprefix(
        "Bearer "
    )
    if secret and hmac.compare_digest(given.encode("utf-8", "surrogatepass"), secret.encode()):
        return True
    by_proxy = any(name in request.headers for name in PROXY_HEADERS)
    return not by_proxy and not given and _is_here(request.remote or "") and _is_here(_host(request))


def _host(request: web.Request) -> str:
    """A page in a browser on this machine reaches us under its own name, not under ours."""
    host = request.host.rpartition(":")[0] or request.host
    return host.strip("[]")


def _is_here(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"
