"""The crashes themselves: start, let it work, end it at a moment that hurts, look at the file, start again."""

import asyncio
import random
import shutil
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.faults import WEBHOOK, Rude
from tests.crash.evidence import is_at_rest, what_waits
from tests.crash.front import Front
from tests.crash.load import Load
from tests.crash.process import BotProcess
from tests.crash.verdict import Verdict, judge
from tests.shop import PUBLIC_URL, Shop

START_SECONDS = 15.0
LONGEST_UP_SECONDS = 0.6
MOMENT_SECONDS = 2.0
REST_SECONDS = 90.0
"""A WhatsApp send that nobody can vouch for is repeated after 20 s; that may come twice in a row."""
RETRY_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class Plan:
    kills: int = 50
    seed: int = 1
    minutes: float = 10.0
    """No kill after that."""
    forum: bool = True
    customers: int = 5
    """On each channel."""
    moments: tuple[str, ...] = ()
    """Of MOMENTS, those at which it is killed; empty: all of them."""
    liar: bool = False
    """The gateway says 200 before the bot has anything: the checks must see what that loses."""
    spoil: Callable[[sqlite3.Connection], None] | None = None
    """Does something to the database before the first customer comes."""


@dataclass(slots=True)
class Outcome:
    verdict: Verdict
    kills: "Counter[str]"
    restarts: list[float]
    """Seconds from each start to the first 2xx of that process; starts that never got there are left out."""
    damaged: list[str] = field(default_factory=list)
    """What `PRAGMA integrity_check` said if it was not "ok"."""
    errors: list[str] = field(default_factory=list)
    """Lines of the bot's log at level error."""


async def run(plan: Plan, folder: Path) -> Outcome:
    campaign = Campaign(plan, folder)
    try:
        return await campaign.run()
    finally:
        await campaign.end()


class Campaign:
    def __init__(self, plan: Plan, folder: Path) -> None:
        self.plan = plan
        self.shop = Shop(folder, forum=plan.forum)
        self.front = Front(answers_first=plan.liar)
        self.load = Load(self.shop, plan.seed)
        self.database = folder / "data" / "bot.db"
        self._dice = random.Random(plan.seed)
        self._kills: Counter[str] = Counter()
        self._restarts: list[float] = []
        self._damaged: list[str] = []
        self.bot: BotProcess

    async def run(self) -> Outcome:
        await self._open_shop()
        deadline = time.monotonic() + self.plan.minutes * 60
        self.load.start(self.plan.customers)
        while self._kills.total() < self.plan.kills and time.monotonic() < deadline:
            self._start()
            await self._until_the_moment()
            self.bot.kill()
            self._bury()
        self._start()
        await self._first_answer()
        await self.load.stop()
        await self._rest()
        code = await asyncio.to_thread(self.bot.leave)
        self._look_at_file()
        verdict = judge(self.shop, self.front, self.load, self.database)
        verdict.check("clean exits refused", [f"SIGTERM ended it with {code}"] if code else [])
        verdict.check("damaged databases", self._damaged)
        return Outcome(verdict, self._kills, self._restarts, self._damaged, self._errors())

    async def end(self) -> None:
        if hasattr(self, "bot") and self.bot.runs:
            self.bot.kill()
            self.bot.bury()
        await self.load.stop()
        await asyncio.gather(self.shop.telegram.stop(), self.shop.whatsapp.stop())
        await self.front.stop()

    async def _open_shop(self) -> None:
        """Both platforms, the gateway before the bot, and a first start that nothing disturbs."""
        shop = self.shop
        await asyncio.gather(shop.telegram.start(), shop.whatsapp.start())
        shop.desk.join([shop.staff])
        shop.desk.add_bot(shop.staff, admin=True)
        settings = shop.settings()
        await self.front.start(f"http://127.0.0.1:{settings.server.port}")
        shop.telegram.tunnels[PUBLIC_URL] = self.front.url
        self.bot = BotProcess(shop.folder / "bot.toml", shop.secrets())
        self.bot.start()
        await shop.telegram.until(lambda: shop.telegram.webhook.url, START_SECONDS)
        await shop.whatsapp.verify(f"{self.front.url}/whatsapp/webhook")
        await asyncio.to_thread(self.bot.leave)
        if self.plan.spoil:
            connection = sqlite3.connect(self.database)
            self.plan.spoil(connection)
            connection.close()
        self._be_rude()

    def _be_rude(self) -> None:
        """Both platforms tell some updates twice, and do not wait long before they try again."""
        telegram, whatsapp = self.shop.telegram, self.shop.whatsapp
        telegram.webhook.retry_cap = whatsapp.webhook.retry_cap_seconds = RETRY_SECONDS
        whatsapp.webhook.retry_base_seconds = 0.1
        for at, faults in enumerate((telegram.faults, whatsapp.faults)):
            faults.random(self.plan.seed + at, 0.15, [Rude.DUPLICATE, Rude.UNHEARD], names=[WEBHOOK])

    def _start(self) -> None:
        self.front.expect_a_start()
        self.bot.start()

    # The moments at which it is ended

    async def _until_the_moment(self) -> None:
        names = self.plan.moments or tuple(MOMENTS)
        name = self._dice.choices(names, [MOMENTS[one][0] for one in names])[0]
        await MOMENTS[name][1](self)
        self._kills[name] += 1

    async def _first_answer(self) -> None:
        """Wait until this process took a post."""

        def answered() -> bool:
            assert self.bot.runs, f"the bot ended by itself: see {self.bot.log}"
            return self.front.first_taken_at > 0

        await self.shop.telegram.until(answered, START_SECONDS)
        self._restarts.append(self.front.first_taken_at - self.bot.started_at)

    async def while_starting(self) -> None:
        await asyncio.sleep(self._dice.uniform(0.0, 1.0))

    async def while_working(self) -> None:
        await self._first_answer()
        await asyncio.sleep(self._dice.uniform(0.0, LONGEST_UP_SECONDS))

    async def as_a_post_comes_in(self) -> None:
        await self._first_answer()
        later, kill = self._dice.uniform(0.0, 0.004), self.bot.death()
        await self._once("on_post", lambda: asyncio.get_running_loop().call_later(later, kill))

    async def as_it_acknowledges(self) -> None:
        await self._first_answer()
        await self._once("on_taken", self.bot.death())

    async def _once(self, event: str, act: Callable[[], Any]) -> None:
        setattr(self.front, event, act)
        try:
            await self._until_dead()
        finally:
            setattr(self.front, event, lambda: None)

    async def as_a_send_is_accepted(self) -> None:
        """The platform has it and the bot will not hear of it."""
        await self._first_answer()
        telegram, whatsapp = self.shop.telegram, self.shop.whatsapp
        at_telegram, at_whatsapp, kill = len(telegram.calls), len(whatsapp.calls), self.bot.death()

        def look() -> None:
            new = telegram.calls[at_telegram:], whatsapp.calls[at_whatsapp:]
            sent = any(call.method == "sendMessage" for call in new[0])
            if sent or any(call.name == "messages" for call in new[1]):
                kill()

        ends = [telegram.on_change(look), whatsapp.on_change(look)]
        try:
            await self._until_dead()
        finally:
            for end in ends:
                end()

    async def _until_dead(self) -> None:
        await asyncio.to_thread(self.bot.dies_within, MOMENT_SECONDS)

    # Afterwards

    def _bury(self) -> None:
        code = self.bot.bury()
        assert code == -9, f"the bot ended by itself with {code}: see {self.bot.log}"
        self._look_at_file()

    def _look_at_file(self) -> None:
        """On a copy, so that the next start finds the file as the kill left it."""
        with tempfile.TemporaryDirectory() as folder:
            for file in self.database.parent.glob("bot.db*"):
                if not file.name.endswith(("-shm", ".lock")):
                    shutil.copy(file, folder)
            connection = sqlite3.connect(Path(folder) / "bot.db")
            found = connection.execute("PRAGMA integrity_check").fetchone()[0]
            connection.close()
        if found != "ok":
            self._damaged.append(f"after {self._kills.total()} kills: {found}")

    async def _rest(self) -> None:
        """Wait until the platforms have told everything and the bot has said everything."""
        deadline = time.monotonic() + REST_SECONDS
        quiet = 0
        while quiet < 3:
            assert time.monotonic() < deadline, f"no rest within {REST_SECONDS:g} s: {self._waiting()}"
            assert self.bot.runs, f"the bot ended by itself: see {self.bot.log}"
            await asyncio.sleep(0.1)
            quiet = quiet + 1 if self._is_at_rest() else 0

    def _is_at_rest(self) -> bool:
        told = not self.shop.telegram.updates.pending and not self.shop.telegram.webhook.busy
        told = told and all(post.done for post in self.shop.whatsapp.posts)
        return told and is_at_rest(self.database)

    def _waiting(self) -> str:
        untold = sum(not post.done for post in self.shop.whatsapp.posts)
        platforms = f"telegram has {len(self.shop.telegram.updates.pending)} updates, whatsapp {untold} posts"
        return f"{platforms}, {what_waits(self.database)}"

    def _errors(self) -> list[str]:
        lines = self.bot.log.read_text("utf-8", "replace").splitlines()
        return [line for line in lines if " ERROR " in line or line.startswith("Traceback")]


Moment = Callable[[Campaign], Awaitable[None]]
MOMENTS: dict[str, tuple[int, Moment]] = {
    "at any moment": (40, Campaign.while_working),
    "while it starts": (15, Campaign.while_starting),
    "as a post comes in": (15, Campaign.as_a_post_comes_in),
    "as it acknowledges": (10, Campaign.as_it_acknowledges),
    "as a send is accepted": (20, Campaign.as_a_send_is_accepted),
}
"""With how often in a hundred each is chosen."""
