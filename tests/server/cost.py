"""python -m tests.server.cost: the CPU that a post costs in the server alone, before anybody looks at what it says."""

import asyncio
import subprocess
import sys
import time
from collections import Counter

import orjson
import uvloop
from aiohttp import web
from multidict import CIMultiDictProxy

from handlers.server import Server
from handlers.short_way import WebhookRoute

POSTS, ROUNDS, CONNECTIONS = 10_000, 15, 16
BODY = b'{"update_id": 1, "message": "' + b"x" * 500 + b'"}'
HEAD = (
    b" HTTP/1.1\r\nHost: bot.example\r\nContent-Type: application/json\r\n"
    b"X-Telegram-Bot-Api-Secret-Token: " + b"s" * 40 + b"\r\nContent-Length: %d\r\n\r\n" % len(BODY)
)
ASK = b"GET /api/support/health HTTP/1.1\r\nHost: bot.example\r\n\r\n"
WAYS = {"through the application": b"POST /post", "the short way": b"POST /webhook"}


class Nobody:
    """Takes a post and does nothing with it."""

    async def take(self, app: web.Application, headers: CIMultiDictProxy[str], body: bytes) -> int:
        return 200

    async def post(self, request: web.Request) -> web.Response:
        await request.read()
        return web.Response()


async def serve() -> None:
    """The product's own server with a handler that does nothing, until standard input ends."""

    async def health() -> dict[str, object]:
        return {"status": "ok", "cpu": time.process_time()}

    routes = [web.post("/post", Nobody().post), WebhookRoute("/webhook", Nobody())]
    server = Server("127.0.0.1", 0, routes, health, Counter())
    await server.start()
    sys.stdout.write(f"{server.port}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    await server.stop()


async def ask(port: int) -> float:
    """The CPU seconds that the server has used."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(ASK)
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split()[0])
    told = orjson.loads(await reader.readexactly(length))
    writer.close()
    return float(told["cpu"])


async def post(port: int, words: bytes, times: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(times):
        writer.write(words)
        answer = await reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200"), answer
    writer.close()


async def measure(port: int) -> dict[str, float]:
    """Microseconds of CPU a post, the best of some rounds: what else runs here only adds."""
    found = dict.fromkeys(WAYS, float("inf"))
    for _ in range(ROUNDS):
        for way, line in WAYS.items():
            before = await ask(port)
            words = line + HEAD + BODY
            await asyncio.gather(*(post(port, words, POSTS // CONNECTIONS) for _ in range(CONNECTIONS)))
            found[way] = min(found[way], (await ask(port) - before) / POSTS * 1e6)
    return found


def main() -> None:
    if sys.argv[1:] == ["serve"]:
        uvloop.run(serve())
        return
    command = [sys.executable, "-m", "tests.server.cost", "serve"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        costs = uvloop.run(measure(int(server.stdout.readline())))
        server.stdin.close()
    for way, cost in costs.items():
        sys.stdout.write(
            f"CPU of the server for a post, {way}: {cost:.1f} µs (best of {ROUNDS} rounds of {POSTS:,})\n"
        )


if __name__ == "__main__":
    main()
