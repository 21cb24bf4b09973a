"""News between the processes on one PostgreSQL: packed into notifications, and heard on a connection of its own."""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Callable, Iterable, Iterator

import asyncpg
import orjson

from storage.database import News, StorageUnavailable
from storage.line import LOST, PAUSES, Connection, Line

log = logging.getLogger(__name__)

LARGEST_PAYLOAD = 7900
"""Bytes; PostgreSQL takes fewer than 8,000."""
LOOK_SECONDS = 15.0
"""How often a silent connection is asked whether it still is one."""
ANSWER_SECONDS = 5.0
ANYTHING = News("lane", "*")
"""Something may have been missed: everybody looks at everything again."""


class Bulletin:
    """One process's ear and voice on a channel of the database."""

    def __init__(self, line: Line, schema: str) -> None:
        self._line = line
        self.channel = f"svar.{schema}" if schema else "svar"
        self._own = secrets.token_hex(8)
        self.hear: Callable[[News], None] = _ignore
        self._listening: asyncio.Task[None] | None = None
        self._hears = asyncio.Event()

    async def start(self) -> None:
        """From its return on nothing is missed, unless the connection is lost at once."""
        self._listening = asyncio.create_task(self._listen())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._hears.wait(), ANSWER_SECONDS)

    async def close(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
        await self._line.close()

    def statements(self, news: Iterable[News]) -> Iterator[str]:
        """What tells the others, to be sent with the commit."""
        for payload in _payloads(news, self._own):
            yield f"SELECT pg_notify({_quoted(self.channel)}, {_quoted(payload)})"

    async def _listen(self) -> None:
        tries, missed = 0, False
        while True:
            try:
                await self._attend(await self._line.connection(), missed=missed)
                tries = 0
            except (StorageUnavailable, TimeoutError, asyncpg.PostgresError, *LOST):
                self._line.drop()
                tries += 1
            except Exception:
                log.exception("news from other processes are not heard for a moment")
                self._line.drop()
                tries += 1
            missed = True
            await asyncio.sleep(PAUSES[min(tries, len(PAUSES) - 1)])

    async def _attend(self, connection: Connection, *, missed: bool) -> None:
        """Hear until the connection is gone."""
        gone = asyncio.Event()
        connection.add_termination_listener(lambda _: gone.set())
        await connection.add_listener(self.channel, self._take)
        self._hears.set()
        if missed:
            self._tell(ANYTHING)
        while not gone.is_set() and not connection.is_closed():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(gone.wait(), LOOK_SECONDS)
                return
            await connection.fetchval("SELECT 1", timeout=ANSWER_SECONDS)

    def _take(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        writer, _, body = str(payload).partition(" ")
        if writer == self._own:
            return
        try:
            for kind, name, due_at, row in orjson.loads(body):
                self._tell(News(kind, name, due_at, tuple(row)))
        except ValueError:
            self._tell(ANYTHING)

    def _tell(self, news: News) -> None:
        try:
            self.hear(news)
        except Exception:
            log.exception("news of %s were not taken", news.kind)


def _payloads(news: Iterable[News], own: str) -> Iterator[str]:
    """As many news in each as there is room for."""
    packed: list[bytes] = []
    size = 0
    for one in dict.fromkeys(news):
        written = orjson.dumps([one.kind, one.name, one.due_at, one.row])
        if len(written) > LARGEST_PAYLOAD // 2:
            written = orjson.dumps([ANYTHING.kind, ANYTHING.name, 0, ()])
        if packed and size + len(written) > LARGEST_PAYLOAD - len(own):
            yield f"{own} [{b','.join(packed).decode()}]"
            packed, size = [], 0
        packed.append(written)
        size += len(written) + 1
    if packed:
        yield f"{own} [{b','.join(packed).decode()}]"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _ignore(_: News) -> None:
    """Nobody listens yet."""
