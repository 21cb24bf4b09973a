"""The ceiling: an aiohttp handler that reads the post, answers 200 and does nothing with it."""

import sys

from aiohttp import web

from benchmarks.peers.running import run


def bare() -> web.Application:
    async def post(request: web.Request) -> web.Response:
        await request.read()
        return web.Response()

    app = web.Application()
    app.add_routes([web.post("/telegram/webhook", post), web.post("/whatsapp/webhook", post)])
    return app


if __name__ == "__main__":
    run(bare(), int(sys.argv[1]))
