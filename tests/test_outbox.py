"""The way out by itself: in order within a lane, the urgent first, each thing once, nobody behind a stuck one."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from bot import content as contents
from bot.content import Content
from bot.outbound import Priority
from sandbox.faults import Fault
from sandbox.whatsapp.customer import WhatsAppCustomer
from storage import deliveries
from storage.database import Statements
from tests.clock import FastClock
from tests.shop import Shop


class Queue:
    """Queues messages for customers on WhatsApp, and sees in which order they arrive."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        shop.whatsapp.habits.on = False

    def customer(self, name: str) -> WhatsAppCustomer:
        customer = self.shop.on_whatsapp(name)
        customer.last_wrote = self.shop.whatsapp.now()
        return customer

    async def add(self, *messages: tuple[WhatsAppCustomer, str, Priority]) -> None:
        """Queue them in one transaction, a lane each customer, and wake the way out."""
        business = self.shop.running.business

        async def work(tx: Statements) -> None:
            for customer, text, priority in messages:
                await deliveries.add(
                    tx,
                    channel="whatsapp",
                    room=customer.phone,
                    lane=customer.phone,
                    action="say",
                    priority=priority,
                    content=contents.to_json(Content(text=text)),
                    now=business.clock.now(),
                )

        await business.db.transaction(work)

    @property
    def said(self) -> list[str]:
        calls = self.shop.whatsapp.called("messages")
        return [call.subject["text"]["body"] for call in calls if call.status == 200]

    async def arrived(self, count: int) -> list[str]:
        await self.shop.whatsapp.until(lambda: len(self.said) >= count)
        await self.shop.rests()
        return self.said


@pytest.fixture
async def queue(tmp_path: Path) -> AsyncIterator[Queue]:
    async with Shop(tmp_path, clock=FastClock(5)) as shop:
        yield Queue(shop)


def saying(text: str) -> Callable[[Any], bool]:
    return lambda call: call.get("text", {}).get("body") == text


async def test_one_room_keeps_its_order_whatever_is_urgent(queue: Queue) -> None:
    anna = queue.customer("Anna")
    await queue.add(
        (anna, "first", Priority.TOUCH),
        (anna, "second", Priority.ANSWER),
        (anna, "third", Priority.TRANSCRIPT),
    )
    assert await queue.arrived(3) == ["first", "second", "third"]


async def test_the_urgent_of_many_rooms_go_first(queue: Queue) -> None:
    many = [queue.customer(f"Person{number}") for number in range(200)]
    await queue.add(
        *((person, "transcript", Priority.TRANSCRIPT) for person in many),
        (queue.customer("Anna"), "answer", Priority.ANSWER),
    )
    assert (await queue.arrived(201)).index("answer") < 64


async def test_a_room_that_waits_holds_up_no_other_and_keeps_its_order(queue: Queue) -> None:
    anna, berta = queue.customer("Anna"), queue.customer("Berta")
    queue.shop.whatsapp.refuse_next(131056, customer=anna)
    await queue.add((anna, "stuck", Priority.ANSWER), (anna, "behind", Priority.ANSWER))
    await queue.add((berta, "other", Priority.ANSWER))
    assert await queue.arrived(3) == ["other", "stuck", "behind"]


async def test_a_call_that_takes_long_holds_up_no_other(queue: Queue) -> None:
    anna, berta = queue.customer("Anna"), queue.customer("Berta")
    queue.shop.whatsapp.faults.next("messages", Fault.slow(0.5), when=saying("slow"))
    await queue.add((anna, "slow", Priority.ANSWER), (berta, "other", Priority.ANSWER))
    assert await queue.arrived(2) == ["other", "slow"]


async def test_what_is_refused_does_not_stop_what_is_behind_it(queue: Queue) -> None:
    anna = queue.customer("Anna")
    queue.shop.whatsapp.refuse_next(131047)
    await queue.add((anna, "refused", Priority.ANSWER), (anna, "behind", Priority.ANSWER))
    assert await queue.arrived(1) == ["behind"]
    rows = await queue.shop.rows("SELECT state, reason FROM deliveries ORDER BY id")
    assert rows[0] == {"state": "failed", "reason": "window_closed"}
    assert rows[1]["state"] == "sent"


async def test_a_pause_of_the_whole_channel_is_no_try(queue: Queue) -> None:
    anna, berta = queue.customer("Anna"), queue.customer("Berta")
    queue.shop.whatsapp.refuse_next(130429)
    await queue.add((anna, "first", Priority.ANSWER))
    await queue.shop.rests()
    await queue.add((berta, "second", Priority.ANSWER))
    assert set(await queue.arrived(2)) == {"first", "second"}
    first, second = (call.at for call in queue.shop.whatsapp.called("messages")[:2])
    assert second - first >= 4.9 / 5  # Meta's pause of five seconds, on a clock that runs five times as fast
    assert (
        await queue.shop.rows("SELECT attempts, doubts FROM deliveries") == [{"attempts": 1, "doubts": 0}] * 2
    )


async def test_a_call_that_never_left_is_repeated_without_a_doubt(queue: Queue) -> None:
    anna = queue.customer("Anna")
    await queue.shop.whatsapp.stop()
    await queue.add((anna, "first", Priority.ANSWER), (anna, "second", Priority.ANSWER))
    port = int(queue.shop.whatsapp.url.rpartition(":")[2])
    await queue.shop.whatsapp.start(port)
    assert await queue.arrived(2) == ["first", "second"]
    assert await queue.shop.count("SELECT sum(doubts) FROM deliveries") == 0


async def test_a_restart_takes_up_in_order_what_is_queued(queue: Queue) -> None:
    anna = queue.customer("Anna")
    queue.shop.whatsapp.faults.go_down()
    await queue.add(*((anna, f"line {number}", Priority.ANSWER) for number in range(5)))
    await queue.shop.whatsapp.until(lambda: queue.shop.whatsapp.called("messages"))
    await queue.shop.close()
    queue.shop.whatsapp.faults.come_back()
    await queue.shop.open()
    assert await queue.arrived(5) == [f"line {number}" for number in range(5)]


async def test_five_hundred_and_more_all_leave_once(queue: Queue) -> None:
    people = [queue.customer(f"Person{number}") for number in range(40)]
    lines = [(people[n % 40], f"line {n}", Priority.ANSWER) for n in range(600)]
    await queue.add(*lines)
    said = await queue.arrived(600)
    assert sorted(said) == sorted(text for _, text, _ in lines)
    for at, person in enumerate(people):
        assert [message.text for message in person.received] == [f"line {n}" for n in range(at, 600, 40)]


async def test_what_is_queued_while_the_queue_is_read_leaves_at_once(tmp_path: Path) -> None:
    """And not only when the next sweep comes by, after fifteen seconds."""
    async with Shop(tmp_path) as shop:
        queue = Queue(shop)

        async def write(person: WhatsAppCustomer) -> None:
            for number in range(20):
                await queue.add((person, f"line {number}", Priority.ANSWER))

        await asyncio.gather(*(write(queue.customer(f"Person{number}")) for number in range(20)))
        await shop.whatsapp.until(lambda: len(queue.said) == 400, timeout=5)
