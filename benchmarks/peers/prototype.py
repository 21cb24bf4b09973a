"""aiohttp 3.14 on uvloop, sqlite3 with a group commit of our own (FULL), BM25 on numpy 2: durable, and nothing else."""

import asyncio
import hmac
import sqlite3
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any, Final

import orjson
from aiohttp import ClientSession, TCPConnector, web

from benchmarks.peers.bm25 import Bm25
from benchmarks.peers.running import run
from benchmarks.platforms import SECRET, TOKEN
from bot.knowledge.reading import read_article

JSON: Final = {"Content-Type": "application/json"}
SCHEMA: Final = (
    "CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY, room TEXT NOT NULL, remote_id TEXT NOT NULL,"
    " body TEXT NOT NULL, reply TEXT NOT NULL, answer TEXT NOT NULL DEFAULT '', UNIQUE (room, remote_id))"
)
KEEP: Final = "INSERT OR IGNORE INTO messages (room, remote_id, body, reply) VALUES (?, ?, ?, ?)"
SENT: Final = "UPDATE messages SET answer = ? WHERE room = ? AND remote_id = ?"
Statement = tuple[str, tuple[Any, ...], "asyncio.Future[int] | None"]


class Store:
    """All statements that came while the last group was committed are the next group."""

    def __init__(self, path: str) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: list[Statement] = []
        self._busy = False
        self._groups: SimpleQueue[list[Statement]] = SimpleQueue()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        for statement in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", SCHEMA):
            self._db.execute(statement)
        Thread(target=self._commit, daemon=True).start()

    def put(self, sql: str, *values: Any) -> None:
        self._add(sql, values, None)

    def ask(self, sql: str, *values: Any) -> "asyncio.Future[int]":
        """How many rows it touched, once they are synced."""
        future: asyncio.Future[int] = self._loop.create_future()
        self._add(sql, values, future)
        return future

    def _add(self, sql: str, values: tuple[Any, ...], future: "asyncio.Future[int] | None") -> None:
        self._waiting.append((sql, values, future))
        if not self._busy:
            self._busy = True
            self._loop.call_soon(self._next)

    def _next(self) -> None:
        group, self._waiting = self._waiting, []
        self._groups.put(group)

    def _commit(self) -> None:
        """In a thread."""
        while True:
            group = self._groups.get()
            self._db.execute("BEGIN IMMEDIATE")
            touched = [self._db.execute(sql, values).rowcount for sql, values, _ in group]
            self._db.execute("COMMIT")
            self._loop.call_soon_threadsafe(self._done, group, touched)

    def _done(self, group: list[Statement], touched: list[int]) -> None:
        for (_, _, future), rows in zip(group, touched, strict=True):
            if future is not None and not future.done():
                future.set_result(rows)
        self._busy = bool(self._waiting)
        if self._busy:
            self._next()


def prototype(api_url: str, database: str, folder: Path) -> web.Application:
    app = web.Application()
    url = f"{api_url}/bot{TOKEN}/sendMessage"
    known = Bm25([p for file in sorted(folder.glob("*.md")) for p in read_article(file, folder)])
    sending: set[asyncio.Task[None]] = set()
    parts: dict[str, Any] = {}

    async def send(room: int, remote_id: int, text: str) -> None:
        body = orjson.dumps({"chat_id": room, "text": text})
        async with parts["session"].post(url, data=body, headers=JSON) as answer:
            sent = orjson.loads(await answer.read())["result"]["message_id"]
        parts["store"].put(SENT, str(sent), str(room), str(remote_id))

    async def post(request: web.Request) -> web.Response:
        given = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
        if not hmac.compare_digest(given.encode(), SECRET.encode()):
            return web.Response(status=403)
        message = orjson.loads(await request.read())["message"]
        room, remote_id = message["chat"]["id"], message["message_id"]
        reply = known.best(message["text"])
        if await parts["store"].ask(KEEP, str(room), str(remote_id), message["text"], reply):
            task = asyncio.create_task(send(room, remote_id, reply))
            sending.add(task)
            task.add_done_callback(sending.discard)
        return web.Response()

    async def running(_: web.Application) -> AsyncIterator[None]:
        parts["store"] = Store(database)
        async with ClientSession(connector=TCPConnector(limit=0)) as session:
            parts["session"] = session
            yield

    app.add_routes([web.post("/telegram/webhook", post)])
    app.cleanup_ctx.append(running)
    return app


if __name__ == "__main__":
    run(prototype(sys.argv[2], sys.argv[3], Path(sys.argv[4])), int(sys.argv[1]))
