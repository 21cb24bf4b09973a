"""Permanent load on the real process, and what it holds meanwhile: memory, descriptors, tasks, the log."""

import asyncio
import os
import random
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.faults import EVERY, WEBHOOK, Rude
from sandbox.telegram.user import TelegramUser
from sandbox.whatsapp.customer import WhatsAppCustomer
from tests.crash.load import KNOWN, is_card
from tests.crash.stage import Stage
from tests.crash.verdict import Verdict
from tests.people import Customer

MEGABYTE = 1024 * 1024
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
WARM_UP = 0.3
"""Of the events: caches fill, the allocator finds its size."""
LARGEST_WAL = 64 * MEGABYTE
MOST_GROWTH = 8.0
"""Megabytes of memory, by the fitted line, from the end of the warm-up to the end."""
MOST_DRIFT = 5
"""Descriptors and tasks, from the lowest of the first third after the warm-up to that of the last."""
PATIENCE = 120.0
LOOK_SECONDS = 0.5
SENTENCE = 300
RUDE = (Rude.STATUS, Rude.RESET_BEFORE, Rude.RESET_AFTER, Rude.CUT)


@dataclass(frozen=True, slots=True)
class Soak:
    """An event is a customer's message: stored, decided on, answered, and the answer reported on."""

    events: int = 100_000
    minutes: float = 5.0
    seed: int = 1
    faults: float = 0.01
    customers: int = 24
    """On each channel."""
    sample_seconds: float = 1.0
    leak: bool = False


@dataclass(frozen=True, slots=True)
class Sample:
    events: int
    seconds: float
    memory: float
    """Resident megabytes."""
    descriptors: int
    tasks: int
    wal: int
    """Bytes."""
    database: int


@dataclass(slots=True)
class Report:
    samples: list[Sample] = field(default_factory=list)
    restless: str = ""

    @property
    def warm(self) -> list[Sample]:
        last = self.samples[-1].events
        return [sample for sample in self.samples if sample.events >= WARM_UP * last]


async def soak(plan: Soak, folder: Path, told: Callable[[Sample], None] = lambda sample: None) -> Report:
    window = folder / "tasks"
    module = ("tests.proofs.watched", str(window), *(["leak"] if plan.leak else []))
    async with Stage(folder, forum=False, module=module, record=False) as stage:
        await stage.first_start()
        return await Endurance(plan, stage, window, told).run()


class Endurance:
    def __init__(self, plan: Soak, stage: Stage, window: Path, told: Callable[[Sample], None]) -> None:
        self.plan, self.stage, self._window, self._told = plan, stage, window, told
        self._events = 0
        self._began = time.monotonic()

    async def run(self) -> Report:
        report = Report()
        self._be_rude()
        askers = [asyncio.create_task(self._ask(at, one)) for at, one in enumerate(self._people())]
        askers.append(asyncio.create_task(self._resolve()))
        while self._events < self.plan.events and self._seconds() < self.plan.minutes * 60:
            await asyncio.sleep(self.plan.sample_seconds)
            report.samples.append(await self._sample())
            self._told(report.samples[-1])
        for asker in askers:
            asker.cancel()
        failures = [
            one
            for one in await asyncio.gather(*askers, return_exceptions=True)
            if type(one) is AssertionError
        ]
        try:
            await self.stage.rest()
        except AssertionError as error:
            failures.append(error)
        report.restless = str(failures[0]).partition("\n")[0][:SENTENCE] if failures else ""
        await asyncio.to_thread(self.stage.bot.leave)
        return report

    def _people(self) -> list[Customer]:
        shop = self.stage.shop
        people: list[Customer] = []
        for at in range(self.plan.customers):
            people.append(shop.telegram.add_user(f"Anna{at}", "en"))
            people.append(shop.whatsapp.add_customer(f"Berta{at}", f"4670123{at:04}", f"SE.77{at:04}"))
        return people

    def _be_rude(self) -> None:
        for at, faults in enumerate((self.stage.shop.telegram.faults, self.stage.shop.whatsapp.faults)):
            faults.random(self.plan.seed + at, self.plan.faults, RUDE, names=[EVERY])
            faults.random(
                self.plan.seed + at, self.plan.faults, [Rude.DUPLICATE, Rude.UNHEARD], names=[WEBHOOK]
            )

    async def _ask(self, at: int, customer: Customer) -> None:
        """One question after the other, each after the answer to the one before."""
        dice = random.Random(self.plan.seed * 1000 + at)
        shop = self.stage.shop
        platform = shop.telegram if isinstance(customer, TelegramUser) else shop.whatsapp
        while True:
            newest = _newest(customer)
            customer.says(dice.choice(KNOWN))
            await platform.until(lambda newest=newest: _newest(customer) != newest, PATIENCE)  # type: ignore[misc]
            self._events += 1

    async def _resolve(self) -> None:
        """A colleague gives each conversation back that came to a person, so that the bot answers again."""
        shop, seen = self.stage.shop, 0
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            fresh = [message for message in shop.desk.shown() if message.id > seen and message.from_bot]
            seen = max([seen, *(message.id for message in fresh)])
            for card in filter(is_card, fresh):
                shop.staff.says("/resolve", to=shop.desk, reply_to=card)

    def _seconds(self) -> float:
        return time.monotonic() - self._began

    async def _sample(self) -> Sample:
        pid, data = self.stage.bot.pid, self.stage.file
        resident = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_BYTES
        wal = data.with_name(data.name + "-wal")
        return Sample(
            self._events,
            self._seconds(),
            resident / MEGABYTE,
            len(os.listdir(f"/proc/{pid}/fd")),
            await self._tasks(pid),
            wal.stat().st_size,
            data.stat().st_size,
        )

    async def _tasks(self, pid: int) -> int:
        self._window.unlink(missing_ok=True)
        os.kill(pid, signal.SIGUSR1)
        await self.stage.shop.telegram.until(self._window.exists, 10)
        return int(self._window.read_text())


def _newest(customer: Customer) -> object:
    """The last thing that the bot said to the customer."""
    if isinstance(customer, TelegramUser):
        shown = customer.chat.shown()
        return next((message.id for message in reversed(shown) if message.from_bot), None)
    assert isinstance(customer, WhatsAppCustomer)
    return next((message.id for message in reversed(customer.messages) if message.by == "business"), None)


def judge(report: Report) -> Verdict:
    verdict, warm = Verdict(), report.warm
    first, last = warm[0], warm[-1]
    slope = slope_of([(sample.events, sample.memory) for sample in warm])
    growth = slope * (last.events - first.events)
    verdict.figures |= {
        "events": last.events,
        "events a second": round(last.events / last.seconds),
        "memory at the end, MB": round(last.memory),
        "memory by the fitted line, MB more per million events": round(slope * 1e6),
        "write-ahead log at its largest, kB": max(sample.wal for sample in report.samples) // 1024,
        "database, MB per million events": round(
            (last.database - first.database) / MEGABYTE / max(1, last.events - first.events) * 1e6
        ),
        "descriptors at the end": last.descriptors,
        "tasks at the end": last.tasks,
    }
    verdict.check("memory that grows", [f"{growth:.1f} MB"] if growth > MOST_GROWTH else [])
    for name in ("descriptors", "tasks"):
        drift = drift_of([getattr(sample, name) for sample in warm])
        verdict.check(f"{name} that drift", [f"by {drift:+}"] if drift > MOST_DRIFT else [])
    largest = max(sample.wal for sample in report.samples)
    verdict.check("write-ahead log over 64 MB", [f"{largest:,} bytes"] if largest > LARGEST_WAL else [])
    verdict.check("work that lies undone", [report.restless] if report.restless else [])
    return verdict


def slope_of(points: Sequence[tuple[float, float]]) -> float:
    """Of the line with the least squares; 0 where there is none."""
    count = len(points)
    middle = sum(x for x, _ in points) / count, sum(y for _, y in points) / count
    spread = sum((x - middle[0]) ** 2 for x, _ in points)
    return sum((x - middle[0]) * (y - middle[1]) for x, y in points) / spread if spread else 0.0


def drift_of(values: Sequence[int]) -> int:
    """From the lowest of the first third to that of the last: what is in flight comes and goes, a leak stays."""
    third = max(1, len(values) // 3)
    return min(values[-third:]) - min(values[:third])
