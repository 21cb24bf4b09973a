"""Several real processes of one business on one PostgreSQL, behind a gateway that hands posts to each in turn."""

import asyncio
import itertools
import os
import signal
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

import asyncpg

from tests.crash.front import Front
from tests.crash.process import BotProcess
from tests.postgres import connected
from tests.shop import PUBLIC_URL, Shop, free_port

START_SECONDS = 30.0
LEAVE_SECONDS = 12.0
RETRY_SECONDS = 0.3
OPEN = (
    "SELECT (SELECT count(*) FROM updates WHERE state IN ('waiting', 'taken'))"
    " + (SELECT count(*) FROM deliveries WHERE state IN ('queued', 'sending'))"
)
OPEN_ROWS = (
    "SELECT 'update' AS kind, id, lane, state, attempts, due_at, leased_until, taken_by FROM updates"
    " WHERE state IN ('waiting', 'taken') UNION ALL"
    " SELECT 'delivery', id, lane, state, attempts, due_at, leased_until, taken_by FROM deliveries"
    " WHERE state IN ('queued', 'sending') ORDER BY 1, 2 LIMIT 50"
)


class Company:
    """`async with Company(folder, url) as company` runs `size` of them; the emulators are in `company.shop`."""

    def __init__(
        self,
        folder: Path,
        url: str,
        size: int = 3,
        *,
        delivery: str = "webhook",
        default_limits: bool = False,
        knows_desk: bool = True,
        basic: bool = False,
        forum: bool = True,
        module: tuple[str, ...] = ("bot",),
        tables: Mapping[str, str] | None = None,
    ) -> None:
        self.url, self.size, self.module = url, size, module
        self.shop = Shop(
            folder,
            database=url,
            delivery=delivery,
            default_limits=default_limits,
            knows_desk=knows_desk,
            basic=basic,
            forum=forum,
            tables=tables or {},
        )
        self.front = Front()
        self.bots: list[BotProcess] = []
        self.ports: list[int] = []
        self._turn = itertools.count()

    async def __aenter__(self) -> Self:
        """They run, and both platforms know where the gateway is."""
        shop = self.shop
        await asyncio.gather(shop.telegram.start(), shop.whatsapp.start())
        await self.front.start("")
        for number in range(self.size):
            self._hire(number)
        self.front.on_post = self._next
        self._next()
        shop.telegram.tunnels[PUBLIC_URL] = self.front.url
        shop.telegram.webhook.retry_cap = shop.whatsapp.webhook.retry_cap_seconds = RETRY_SECONDS
        shop.telegram.webhook.retry_after_cap = RETRY_SECONDS
        shop.whatsapp.webhook.retry_base_seconds = 0.1
        for bot in self.bots:
            bot.start()
        await self.until(lambda row: row["alive"] >= self.size, PRESENT)
        await asyncio.gather(*(self._answers(port) for port in self.ports))
        if shop.delivery == "webhook":
            await shop.telegram.until(lambda: shop.telegram.webhook.url, START_SECONDS)
        await shop.whatsapp.verify(f"{self.front.url}/whatsapp/webhook")
        return self

    async def __aexit__(self, *_: object) -> None:
        for bot in self.bots:
            if bot.runs:
                bot.kill()
                bot.bury()
        await asyncio.gather(self.shop.telegram.stop(), self.shop.whatsapp.stop())
        await self.front.stop()

    def _hire(self, number: int) -> None:
        shop = self.shop
        here = shop.folder / f"process {number}"
        here.mkdir(parents=True)
        port = free_port()
        tables = shop.tables_at(port)
        config = here / "bot.toml"
        config.write_text("\n".join(f"[{name}]\n{lines}" for name, lines in tables.items()), "utf-8")
        self.ports.append(port)
        self.bots.append(BotProcess(config, {**shop.secrets(), **shop.environ}, module=self.module))

    def _next(self) -> None:
        """As nginx does: one after another, and whoever does not run is passed over."""
        for _ in range(self.size):
            number = next(self._turn) % self.size
            if self.bots[number].runs or not any(bot.runs for bot in self.bots):
                break
        self.front.target = f"http://127.0.0.1:{self.ports[number]}"

    async def _answers(self, port: int) -> None:
        async with asyncio.timeout(START_SECONDS):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except OSError:
                    await asyncio.sleep(0.05)
                else:
                    writer.close()
                    return

    # What happens to them

    def kill(self, number: int) -> None:
        self.bots[number].kill()
        self.bots[number].bury()

    def stop(self, number: int) -> None:
        """It stands still where it is, with all its connections."""
        os.kill(self.bots[number].pid, signal.SIGSTOP)

    def go_on(self, number: int) -> None:
        os.kill(self.bots[number].pid, signal.SIGCONT)

    async def number_of(self, process: int) -> int:
        """Which of them has this row: each says so in its log."""
        logs = [bot.log.read_text("utf-8", "replace") for bot in self.bots]
        return next(number for number, log in enumerate(logs) if f"we are process {process} " in log)

    async def leave(self) -> None:
        codes = await asyncio.gather(
            *(asyncio.to_thread(bot.leave, LEAVE_SECONDS) for bot in self.bots if bot.runs)
        )
        assert set(codes) <= {0}, f"SIGTERM ended them with {codes}"

    # What is under the surface

    async def rows(self, sql: str) -> list[dict[str, Any]]:
        async with connected(self.url) as connection:
            return [dict(row) for row in await connection.fetch(sql)]

    async def until(
        self, condition: Callable[[dict[str, Any]], object], sql: str, seconds: float = START_SECONDS
    ) -> None:
        """Wait until the query's first row is as wanted; a server that restarts is waited for."""
        deadline, row = time.monotonic() + seconds, {}
        while time.monotonic() < deadline:
            try:
                (row, *_) = await self.rows(sql)
                if condition(row):
                    return
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                """It is on its way back."""
            await asyncio.sleep(0.05)
        logs = "\n".join(bot.last_words() for bot in self.bots)
        raise AssertionError(f"{sql}: {row} after {seconds:g} s\n{logs}")

    async def rests(self, seconds: float = 60) -> None:
        """Wait until the platforms have told everything and all of it is decided on and sent."""
        deadline, quiet = time.monotonic() + seconds, 0
        while quiet < 3:
            if time.monotonic() > deadline:
                raise AssertionError(f"no rest after {seconds:g} s:\n{await self.what_is_open()}")
            await asyncio.sleep(0.05)
            told = not self.shop.telegram.updates.pending and not self.shop.telegram.webhook.busy
            told = told and all(post.done for post in self.shop.whatsapp.posts)
            (row,) = await self.rows(OPEN)
            quiet = quiet + 1 if told and not next(iter(row.values())) else 0

    async def what_is_open(self) -> str:
        """A line for each row that still needs somebody, and who is there; nothing of what anybody wrote."""
        alive = [row["id"] for row in await self.rows("SELECT id FROM processes ORDER BY id")]
        now = time.time() * 1000
        lines = [
            f"{row['kind']} {row['id']} in {row['lane']}: {row['state']} (try {row['attempts']}),"
            f" due in {(row['due_at'] - now) / 1000:.1f} s,"
            f" leased for {max(row['leased_until'] - now, 0) / 1000:.1f} s by {row['taken_by']}"
            for row in await self.rows(OPEN_ROWS)
        ]
        telegram, whatsapp = self.shop.telegram, self.shop.whatsapp
        untold = [len(telegram.updates.pending), sum(not post.done for post in whatsapp.posts)]
        return "\n".join([f"alive: {alive}; posts not delivered yet: {untold}", *lines])


PRESENT = "SELECT count(*) AS alive FROM processes"
