"""The set of a story with a real process in it: both platforms, the gateway before the bot, and the bot."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from tests.crash.evidence import Database, is_at_rest, what_waits
from tests.crash.front import Front
from tests.crash.process import BotProcess
from tests.shop import PUBLIC_URL, Shop, free_port

START_SECONDS = 15.0
REST_SECONDS = 90.0
"""A WhatsApp send that nobody can vouch for is repeated after 20 s; that may come twice in a row."""
RETRY_SECONDS = 0.3


class Stage:
    """`tables` are more lines for bot.toml, as `Shop` takes them; a secret that is "" in `environ` is not set."""

    def __init__(
        self,
        folder: Path,
        *,
        forum: bool = True,
        liar: bool = False,
        tables: Mapping[str, str] | None = None,
        environ: Mapping[str, str] | None = None,
        watcher: Sequence[str] = (),
        module: Sequence[str] = ("bot",),
        record: bool = True,
        url: str = "",
    ) -> None:
        """`url` is a PostgreSQL's; without one it is a SQLite file in the folder."""
        self.shop = Shop(
            folder, forum=forum, tables=tables or {}, environ=environ or {}, record=record, database=url
        )
        self.front = Front(answers_first=liar)
        self.watcher, self.module = watcher, module
        self.file = folder / "data" / "bot.db"
        self.database: Database = url or self.file
        self.bot: BotProcess

    async def __aenter__(self) -> Self:
        """All but the bot is open when this returns."""
        shop = self.shop
        await asyncio.gather(shop.telegram.start(), shop.whatsapp.start())
        shop.desk.join([shop.staff])
        shop.desk.add_bot(shop.staff, admin=True)
        self.port = shop.settings().server.port
        await self.front.start(self.bot_url)
        shop.telegram.tunnels[PUBLIC_URL] = self.front.url
        shop.telegram.webhook.retry_cap = shop.whatsapp.webhook.retry_cap_seconds = RETRY_SECONDS
        shop.telegram.webhook.retry_after_cap = RETRY_SECONDS
        shop.whatsapp.webhook.retry_base_seconds = 0.1
        self.bot = BotProcess(shop.folder / "bot.toml", self._secrets(), self.watcher, self.module)
        self.bots, self.ports = [self.bot], [self.port]
        return self

    def hire(self, number: int) -> BotProcess:
        """A process more on the same PostgreSQL, not started; it listens at `ports[number]`."""
        shop, here = self.shop, self.shop.folder / f"process {number}"
        here.mkdir()
        self.ports.append(free_port())
        tables = shop.tables_at(self.ports[-1])
        config = here / "bot.toml"
        config.write_text("\n".join(f"[{name}]\n{lines}" for name, lines in tables.items()), "utf-8")
        self.bots.append(BotProcess(config, self._secrets(), self.watcher, self.module))
        return self.bots[-1]

    def _secrets(self) -> dict[str, str]:
        given = {**self.shop.secrets(), **self.shop.environ}
        return {name: value for name, value in given.items() if value}

    async def __aexit__(self, *_: object) -> None:
        for bot in self.bots:
            if bot.runs:
                bot.kill()
                bot.bury()
        await asyncio.gather(self.shop.telegram.stop(), self.shop.whatsapp.stop())
        await self.front.stop()

    @property
    def bot_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def first_start(self) -> None:
        """Start the bot and let both platforms know where it is."""
        telegram = self.shop.telegram
        telegram.webhook.url = ""  # of an earlier start
        self.start()
        await telegram.until(lambda: telegram.webhook.url, START_SECONDS)
        await self.shop.whatsapp.verify(f"{self.front.url}/whatsapp/webhook")

    def start(self, **more: str) -> None:
        """`more` is for the environment of this one process."""
        self.front.expect_a_start()
        self.bot.start(**more)

    async def first_answer(self) -> float:
        """Wait until this process took a post; the seconds since it was started."""

        def answered() -> bool:
            assert self.bot.runs, f"the bot ended by itself: {self.bot.last_words()}"
            return self.front.first_taken_at > 0

        await self.shop.telegram.until(answered, START_SECONDS)
        return self.front.first_taken_at - self.bot.started_at

    async def rest(self, seconds: float = REST_SECONDS) -> None:
        """Wait until the platforms have told everything and the bot has said everything."""
        deadline = time.monotonic() + seconds
        quiet = 0
        while quiet < 3:
            assert time.monotonic() < deadline, f"no rest within {seconds:g} s: {self._waiting()}"
            assert self.bot.runs, f"the bot ended by itself: {self.bot.last_words()}"
            await asyncio.sleep(0.1)
            quiet = quiet + 1 if self.is_at_rest() else 0

    def is_at_rest(self) -> bool:
        told = not self.shop.telegram.updates.pending and not self.shop.telegram.webhook.busy
        told = told and all(post.done for post in self.shop.whatsapp.posts)
        return told and is_at_rest(self.database)

    def _waiting(self) -> str:
        untold = sum(not post.done for post in self.shop.whatsapp.posts)
        platforms = f"telegram has {len(self.shop.telegram.updates.pending)} updates, whatsapp {untold} posts"
        return f"{platforms}, {what_waits(self.database)}"
