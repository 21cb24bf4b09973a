"""aiohttp 3.14 in, aiohttp 3.14 out, on uvloop and orjson: stores nothing, looks nothing up. The main baseline."""

import asyncio
import hmac
import sys
from collections.abc import AsyncIterator

import orjson
from aiohttp import ClientSession, TCPConnector, web

from benchmarks.peers.running import run
from benchmarks.platforms import SECRET, TOKEN

JSON = {"Content-Type": "application/json"}


def relay(api_url: str) -> web.Application:
    app = web.Application()
    url = f"{api_url}/bot{TOKEN}/sendMessage"
    sending: set[asyncio.Task[None]] = set()

    async def send(session: ClientSession, room: int, text: str) -> None:
        body = orjson.dumps({"chat_id": room, "text": text})
        async with session.post(url, data=body, headers=JSON) as answer:
            orjson.loads(await answer.read())

    async def post(request: web.Request) -> web.Response:
        given = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
        if not hmac.compare_digest(given.encode(), SECRET.encode()):
            return web.Response(status=403)
        message = orjson.loads(await request.read())["message"]
        task = asyncio.create_task(send(session_of[0], message["chat"]["id"], message["text"]))
        sending.add(task)
        task.add_done_callback(sending.discard)
        return web.Response()

    session_of: list[ClientSession] = []

    async def running(_: web.Application) -> AsyncIterator[None]:
        async with ClientSession(connector=TCPConnector(limit=0)) as session:
            session_of.append(session)
            yield

    app.add_routes([web.post("/telegram/webhook", post)])
    app.cleanup_ctx.append(running)
    return app


if __name__ == "__main__":
    run(relay(sys.argv[2]), int(sys.argv[1]))
