"""python -m benchmarks.border: the CPU that one message costs at the border: read, sent, or refused as forged."""

import argparse
import asyncio
import multiprocessing
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from multiprocessing.connection import Connection
from typing import Any, Final

import aiohttp
import orjson
from aiohttp import web

from benchmarks.peers.running import fast_loop
from benchmarks.platforms import (
    ACCESS_TOKEN,
    APP_SECRET,
    SECRET,
    SENDER_ID,
    TELEGRAM,
    TOKEN,
    VERIFY_TOKEN,
    WHATSAPP,
    Kind,
)
from bot.channel import Channel
from bot.clock import SystemClock
from bot.content import Content, Media
from bot.update import Inbound, Unreadable
from handlers.channels.telegram import TelegramChannel
from handlers.channels.whatsapp import SIGNATURE, WhatsAppChannel, same, signature
from handlers.server import Server

ROOM: Final = 46_700_000_001
WORDS: Final = '"Hej! Har ni en bokhylla i ek?"'
ANSWER: Final = Content("Ja, Birk finns i ek, 80 cm bred, för 1 490 kr.")
ROUNDS: Final = 5
Work = Callable[[], Awaitable[object]]


async def nobody_receives(channel: Channel, items: Sequence[Inbound | Unreadable]) -> None:
    """Nothing is stored here."""


async def no_files(media: Media, most: int) -> bytes:
    return b""


def telegram(url: str) -> TelegramChannel:
    return TelegramChannel(
        token=TOKEN,
        api_url=url,
        receive=nobody_receives,
        clock=SystemClock(),
        delivery="webhook",
        webhook_secret=SECRET,
    )


def whatsapp(url: str) -> WhatsAppChannel:
    return WhatsAppChannel(
        access_token=ACCESS_TOKEN,
        sender_id=SENDER_ID,
        app_secret=APP_SECRET,
        verify_token=VERIFY_TOKEN,
        api_url=url,
        receive=nobody_receives,
        fetch_foreign=no_files,
        clock=SystemClock(),
    )


def body_of(kind: Kind) -> bytes:
    return kind.post(ROOM, 1, WORDS.encode()).partition(b"\r\n\r\n")[2]


class Answers(asyncio.Protocol):
    """The platforms, as cheap as they can be: whole requests in, whole answers out."""

    def connection_made(self, transport: Any) -> None:
        self._transport, self._got = transport, b""

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, found, body = self._got.partition(b"\r\n\r\n")
        length = next(
            (int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0
        )
        if not found or len(body) < length:
            return
        self._got = body[length:]
        kind: Kind = TELEGRAM if head.startswith(b"POST /bot") else WHATSAPP
        told = kind.reply(head, kind.room_of(head, body), 1)
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(told)
        self._transport.write(head + told)


def play_platforms(told: Connection) -> None:
    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(Answers, "127.0.0.1", 0)
        told.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    with asyncio.Runner(loop_factory=fast_loop) as runner:
        runner.run(serve())


def flood(told: Connection) -> None:
    """Posts when it is asked to: (port, path, headers, body, how often, how many at once) -> done."""

    async def post_all(
        port: int, path: str, headers: dict[str, str], body: bytes, times: int, at_once: int
    ) -> None:
        async def one(session: aiohttp.ClientSession) -> None:
            for _ in range(times // at_once):
                async with session.post(
                    f"http://127.0.0.1:{port}{path}", data=body, headers=headers
                ) as answer:
                    assert answer.status == 403

        async with aiohttp.ClientSession() as session:
            await asyncio.gather(*(one(session) for _ in range(at_once)))

    while (asked := told.recv()) is not None:
        with asyncio.Runner(loop_factory=fast_loop) as runner:
            runner.run(post_all(*asked))
        told.send("done")


def read_cost(work: Callable[[], object], times: int) -> float:
    """Microseconds of CPU for one, the best of several rounds."""
    found = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(times):
            work()
        found.append((time.process_time() - began) / times * 1e6)
    return min(found)


async def sent_cost(work: Work, times: int, at_once: int) -> float:
    async def several() -> None:
        for _ in range(times // at_once):
            await work()

    await work()
    began = time.process_time()
    await asyncio.gather(*(several() for _ in range(at_once)))
    return (time.process_time() - began) / times * 1e6


def bare(session: aiohttp.ClientSession, url: str, body: dict[str, Any]) -> Work:
    async def post() -> object:
        async with session.post(
            url, data=orjson.dumps(body), headers={"Content-Type": "application/json"}
        ) as answer:
            return orjson.loads(await answer.read())

    return post


async def measure_sending(port: int, times: int) -> None:
    url = f"http://127.0.0.1:{port}"
    at_telegram, at_whatsapp, session = telegram(url), whatsapp(url), aiohttp.ClientSession()
    text = {"body": ANSWER.text, "preview_url": False}
    to = {"messaging_product": "whatsapp", "to": str(ROOM), "type": "text", "text": text}
    works: dict[str, Work] = {
        "Telegram, aiohttp bare": bare(
            session, f"{url}/bot{TOKEN}/sendMessage", {"chat_id": ROOM, "text": ANSWER.text}
        ),
        "Telegram, channel.send": lambda: at_telegram.send(str(ROOM), ANSWER),
        "WhatsApp, aiohttp bare": bare(session, f"{url}/v26.0/{SENDER_ID}/messages", to),
        "WhatsApp, channel.send": lambda: at_whatsapp.send(str(ROOM), ANSWER, tracker="7"),
    }
    for at_once in (1, 32):
        found: dict[str, float] = dict.fromkeys(works, float("inf"))
        for _ in range(ROUNDS):
            for name, work in works.items():
                found[name] = min(found[name], await sent_cost(work, times, at_once))
        for name, cost in found.items():
            say(f"send: {name}, {at_once} at once", cost)
    await at_telegram.stop()
    await at_whatsapp.stop()
    await session.close()


async def measure_refusing(flooding: Connection, times: int) -> None:
    async def nothing(request: web.Request) -> web.Response:
        return web.Response(status=403)

    async def health() -> dict[str, object]:
        return {"status": "ok"}

    app = web.Application()
    app.add_routes([web.post("/nothing", nothing)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    routes = [*telegram("http://x").routes(), *whatsapp("http://x").routes()]
    server = Server("127.0.0.1", 0, routes, health, Counter())
    await server.start()
    bare = runner.addresses[0][1]
    wrong = {"X-Telegram-Bot-Api-Secret-Token": "x" * 40}
    posts = {
        "aiohttp bare": (bare, "/nothing", wrong, body_of(TELEGRAM)),
        "Telegram": (server.port, "/telegram/webhook", wrong, body_of(TELEGRAM)),
        "WhatsApp": (server.port, "/whatsapp/webhook", {SIGNATURE: "sha256=" + "0" * 64}, body_of(WHATSAPP)),
    }
    found: dict[str, float] = dict.fromkeys(posts, float("inf"))
    loop = asyncio.get_running_loop()
    for _ in range(ROUNDS):
        for name, post in posts.items():
            began = time.process_time()
            flooding.send((*post, times, 32))
            await loop.run_in_executor(None, flooding.recv)
            found[name] = min(found[name], (time.process_time() - began) / times * 1e6)
    for name, cost in found.items():
        say(f"refuse a forged post: {name}", cost)
    await server.stop()
    await runner.cleanup()


def measure_reading(times: int) -> None:
    at_telegram, at_whatsapp = telegram("http://x"), whatsapp("http://x")
    update, post = body_of(TELEGRAM), body_of(WHATSAPP)
    given = signature(APP_SECRET, post)
    say("read: Telegram's text update", read_cost(lambda: at_telegram.read(update), times))
    say("read: WhatsApp's text post", read_cost(lambda: at_whatsapp.read(post), times))
    say("check: WhatsApp's signature", read_cost(lambda: same(given, signature(APP_SECRET, post)), times))


def say(what: str, microseconds: float) -> None:
    print(f"{what:52} {microseconds:8.1f} µs", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser("python -m benchmarks.border", description=__doc__)
    parser.add_argument(
        "--times", type=int, default=20_000, help="how often each is done in a round (20,000)"
    )
    times = parser.parse_args().times
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    flooding, floods = spawn.Pipe()
    helpers = [
        spawn.Process(target=play_platforms, args=(theirs,), daemon=True),
        spawn.Process(target=flood, args=(floods,), daemon=True),
    ]
    for helper in helpers:
        helper.start()
    measure_reading(times)
    with asyncio.Runner(loop_factory=fast_loop) as runner:
        runner.run(measure_sending(ours.recv(), times // 10))
        runner.run(measure_refusing(flooding, times // 10))
    for helper in helpers:
        helper.terminate()


if __name__ == "__main__":
    main()
