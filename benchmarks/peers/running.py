"""How a peer runs: an aiohttp server with a health page, on uvloop as the product is."""

import asyncio

from aiohttp import web

HEALTH = "/api/support/health"


async def _health(_: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


def run(app: web.Application, port: int) -> None:
    app.add_routes([web.get(HEALTH, _health)])
    web.run_app(app, host="127.0.0.1", port=port, print=lambda _: None, access_log=None, loop=fast_loop())


def fast_loop() -> asyncio.AbstractEventLoop:
    """uvloop's where it is installed."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
