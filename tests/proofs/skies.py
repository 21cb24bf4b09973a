"""Two hours of bad weather on a virtual clock, and what must be true when it is over."""

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bot.jobs import look_at_desk
from sandbox.openai import OpenAIEmulator
from sandbox.telegram.rules import Limits
from tests.crash.evidence import CARD, Database, Ledger, Row, is_at_rest, what_waits
from tests.crash.front import Front, ids_in
from tests.crash.load import Load
from tests.crash.verdict import Verdict, judge
from tests.proofs.virtual import VirtualClock
from tests.proofs.weather import EPISODES, LAST, Episode, Sky
from tests.shop import Shop

MINUTE = 60.0
LOOK_SECONDS = 600.0
"""How often the product's timetable looks at the desk; APScheduler lives by the machine's clock."""
AT_ONCE_SECONDS = 0.1
"""What was under way already when a pause was asked for does not count."""
REST_SECONDS = 8 * 3600.0


@dataclass(frozen=True, slots=True)
class Chaos:
    hours: float = 2.0
    seed: int = 1
    forum: bool = True
    """Else the desk is a basic group that gets upgraded, and Telegram is polled."""
    customers: int = 6
    """On each channel."""
    pace: float = 160.0
    only: tuple[str, ...] = ()
    """Of the episodes, those that happen; empty: all."""
    last: bool = True
    """In the end Telegram wants a pause of 10,072 s for the group."""
    url: str = ""
    """A PostgreSQL's; without one it is a SQLite file."""
    spoil: Callable[[Shop], None] | None = None
    """Takes a promise out of the running bot."""


@dataclass(slots=True)
class Report:
    verdict: Verdict
    happened: "Counter[str]"
    hours: float
    """That passed on the virtual clock."""


@dataclass(slots=True)
class Deaf:
    """When nobody at the desk could be reached, in seconds since 1970."""

    spans: list[tuple[float, float]] = field(default_factory=list)

    def reachable(self, began: float, ended: float) -> float:
        """Seconds between the two in which somebody could be."""
        lost = sum(max(0.0, min(ended, last) - max(began, first)) for first, last in self.spans)
        return ended - began - lost


class Skies:
    def __init__(self, plan: Chaos, folder: Path) -> None:
        self.plan, self.clock, self.deaf = plan, VirtualClock(), Deaf()
        self.folder, self.model = folder, OpenAIEmulator()
        self.happened: Counter[str] = Counter()
        self.database: Database = plan.url or folder / "data" / "bot.db"

    async def run(self) -> Report:
        await self.model.start()
        try:
            return await self._run()
        finally:
            await self.model.stop()

    async def _run(self) -> Report:
        self.shop = shop = Shop(
            self.folder,
            forum=self.plan.forum,
            basic=not self.plan.forum,
            delivery="webhook" if self.plan.forum else "polling",
            clock=self.clock,
            default_limits=True,
            environ={"OPENAI_API_KEY": self.model.api_key},
            tables={"ai": f'base_url = "{self.model.url}"'},
            database=self.plan.url,
        )
        shop.telegram.limits = Limits()
        shop.whatsapp.limit()
        async with shop:
            if self.plan.spoil:
                self.plan.spoil(shop)
            self.load = Load(shop, self.plan.seed, self.plan.pace)
            timetable = asyncio.create_task(self._timetable())
            await self._weather()
            undone = await self._rest()
            timetable.cancel()
        return Report(self._judge(undone), self.happened, self.clock.monotonic() / 3600)

    async def _timetable(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await look_at_desk(self.shop.running.business)

    # What happens

    async def _weather(self) -> None:
        dice, ends = random.Random(self.plan.seed), self.plan.hours * 3600
        sky = Sky(self.shop, self.load, self.model, dice)
        sky.clear()
        self.load.start(self.plan.customers)
        while self.clock.monotonic() < ends:
            for name in dice.sample(self.plan.only or tuple(EPISODES), k=len(self.plan.only or EPISODES)):
                await asyncio.sleep(dice.uniform(30, 90))
                if EPISODES[name].when(self.shop) and self.clock.monotonic() < ends:
                    await self._episode(name, EPISODES[name], sky)
        if self.plan.last:
            await self._episode("Telegram wants a pause of 10,072 s for the group", LAST, sky)
        await asyncio.sleep(MINUTE)
        await self.load.stop()

    async def _episode(self, name: str, episode: Episode, sky: Sky) -> None:
        self.happened[name] += 1
        began = self.clock.seconds()
        async with episode.work(sky):
            await asyncio.sleep(episode.seconds)
        if episode.deaf:
            self.deaf.spans.append((began, self.clock.seconds()))

    async def _rest(self) -> list[str]:
        """Until nothing waits any more; a sentence when that does not come."""
        ends, quiet = self.clock.monotonic() + REST_SECONDS, 0
        while quiet < 3:
            if self.clock.monotonic() > ends:
                return [what_waits(self.database)]
            await asyncio.sleep(10)
            told = not self.shop.telegram.updates.pending and all(
                post.done for post in self.shop.whatsapp.posts
            )
            quiet = quiet + 1 if told and is_at_rest(self.database) else 0
        return []

    # What must be true

    def _judge(self, undone: list[str]) -> Verdict:
        with Ledger(self.database) as ledger:
            told = Told(ledger)
        verdict = judge(self.shop, self._front(), self.load, self.database, told)
        verdict.figures["episodes"] = self.happened.total()
        waits = dict(self._waits(told.tickets))
        verdict.figures["slowest escalation, reachable seconds"] = round(max(waits.values(), default=0))
        late = [f"{number} after {wait:.0f} s" for number, wait in waits.items() if wait > MINUTE]
        verdict.check("escalations not before a person within a minute", late)
        verdict.check("platforms' limits overstepped", self._oversteps())
        verdict.check("calls before the pause was over that was asked for", self._impatience())
        verdict.check("work that lies undone", undone)
        return verdict

    def _front(self) -> Front:
        """All was acknowledged that the platforms do not want to tell any more."""
        updates = self.shop.telegram.updates
        told = range(updates.last_id - updates.count + 1, updates.last_id + 1)
        front = Front(posts=self.shop.telegram.webhook.posts + len(self.shop.whatsapp.posts))
        front.acknowledged = {f"telegram:{one}" for one in told if one not in updates.pending}
        for post in self.shop.whatsapp.posts:
            front.acknowledged |= ids_in("whatsapp", post.body) if post.accepted else set()
        return front

    def _waits(self, tickets: list[Row]) -> Iterator[tuple[str, float]]:
        """From each ticket's opening until its card stood at the desk, in seconds of a desk in reach."""
        shown: dict[str, float] = {}
        for call in self.shop.telegram.called("sendMessage"):
            card = CARD.match(call.params.text("text"))
            if card and call.accepted:
                shown.setdefault(card[1], call.at)
        for ticket in tickets:
            opened = ticket["opened_at"] / 1000
            seen = shown.get(ticket["number"], self.clock.seconds())
            yield ticket["number"], self.deaf.reachable(opened, seen)

    def _oversteps(self) -> Iterator[str]:
        for call in self.shop.telegram.calls:
            if call.error is not None and call.error.code == 429:
                yield f"Telegram refused {call.method} to {call.params.text('chat_id')}: {call.error}"

    def _impatience(self) -> Iterator[str]:
        """After a 429 with a time nothing goes to that chat until the time is over."""
        until: dict[str, float] = defaultdict(float)
        refused: dict[str, float] = defaultdict(float)
        for call in self.shop.telegram.calls:
            chat = call.params.text("chat_id")
            if not chat.strip("-").isdecimal() or call.method.startswith("get"):
                continue
            if refused[chat] + AT_ONCE_SECONDS < call.at < until[chat]:
                yield f"{call.method} to {chat}, {until[chat] - call.at:.0f} s early"
            if call.fault is not None and call.fault.code == 429:
                until[chat] = max(until[chat], call.at + (call.fault.retry_after or 0))
                refused[chat] = call.at


class Told:
    """Of a message that cannot arrive: whether whoever must know was told."""

    def __init__(self, ledger: Ledger) -> None:
        self.tickets = ledger.rows("SELECT * FROM tickets")
        self._messages = {row["id"]: row for row in ledger.rows("SELECT * FROM messages")}
        self._shown = {
            say["message_id"] for say in ledger.says() if say["role"] == "copy" and say["remote_id"]
        }

    def __call__(self, say: Row) -> bool:
        if say["role"] == "copy":
            return say["reason"] == "media_gone" and say["message_id"] in self._shown
        message = self._messages.get(say["message_id"])
        if say["role"] != "reply" or message is None:
            return False
        return message["author"] == "staff" or any(
            self._has_it(ticket, message, say) for ticket in self.tickets
        )

    def _has_it(self, ticket: Row, message: Row, say: Row) -> bool:
        """A person has the conversation."""
        open_then = not ticket["resolved_at"] or ticket["resolved_at"] >= say["created_at"]
        return open_then and bool(ticket["conversation_id"] == message["conversation_id"])
