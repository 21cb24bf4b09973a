"""What the way in, the turns and the way out count."""

import json
from pathlib import Path

import pytest

from sandbox.faults import Fault
from tests.clock import FastClock
from tests.shop import UNKNOWN, Shop
from tests.test_metrics import scrape

KNOWN = "How long does delivery take?"
SEND = {"telegram": "sendMessage", "whatsapp": "messages"}


async def test_an_answer_is_counted_all_the_way(shop: Shop, channel: str) -> None:
    anna = shop.customer(channel)
    anna.says(KNOWN)
    await anna.reads("working days")
    await shop.rests()
    found = await scrape(shop)
    assert found["svar_updates_total", channel, "said", "stored"] == 1
    assert found["svar_turns_total", "done"] >= 1
    assert found["svar_sends_total", channel, "", "sent"] >= 1
    assert found["svar_answered_seconds_count", channel] == 1
    assert found["svar_budget_left", channel] > 0
    assert found["svar_task_sound", "outbox"] == found["svar_task_sound", "turns"] == 1


async def test_what_comes_twice_and_what_cannot_be_read_is_told_apart(shop: Shop) -> None:
    user = {"id": 7, "is_bot": False, "first_name": "Anna"}
    message = {"message_id": 3, "date": 1_700_000_000, "chat": {"id": 7, "type": "private"}, "from": user}
    body = json.dumps({"update_id": 9_000_001, "message": message | {"text": KNOWN}}).encode()
    for post in (body, body, b'{"update_id": 9_000_002'):
        assert await shop.post_telegram(post) == 200
    await shop.rests()
    found = await scrape(shop)
    assert found["svar_updates_total", "telegram", "said", "stored"] == 1
    assert found["svar_updates_total", "telegram", "said", "repeated"] == 1
    assert found["svar_updates_total", "telegram", "unreadable", "unreadable"] == 1


@pytest.mark.parametrize(
    ("fault", "result", "reason"),
    [
        (Fault.status(429, retry_after=1), "later", ""),
        (Fault.reset_after(), "unsure", ""),
        (Fault.status(403), "refused", "blocked"),
    ],
)
async def test_each_call_is_counted_by_what_came_of_it(
    tmp_path: Path, fault: Fault, result: str, reason: str
) -> None:
    async with Shop(tmp_path, clock=FastClock(20)) as shop:
        anna = shop.telegram.add_user("Anna")
        if result == "refused":
            shop.telegram.faults.next("sendMessage", Fault.slow(0.1))
            anna.says(KNOWN)
            anna.blocks()
        else:
            shop.telegram.faults.next("sendMessage", fault)
            anna.says(KNOWN)
        await shop.until(lambda: shop.running.business.figures.sends["telegram", result, reason])


async def test_a_persons_answer_is_no_figure_of_ours(shop: Shop) -> None:
    anna = shop.customer("telegram")
    card = await shop.hands_over(anna, UNKNOWN)
    before = shop.running.business.figures.answered["telegram"].count
    anna.says("And when?")
    await shop.copy("And when?")
    shop.staff.says("Tomorrow.", to=shop.desk, reply_to=card)
    await anna.reads("Tomorrow.")
    await shop.rests()
    assert shop.running.business.figures.answered["telegram"].count == before


async def test_the_loops_of_the_way_out_go_on_after_they_died(shop: Shop) -> None:
    """Somebody's cancellation that came through would have ended them for good."""
    (outbox,) = [one for one in shop.running.supervisor.kept if one.name == "outbox"]
    awake = shop.running._outbox._awake
    await shop.rests()

    def kill() -> int:
        for waiter in list(awake._waiters):
            waiter.cancel()
        return outbox.deaths

    await shop.until(kill)
    anna = shop.customer("telegram")
    anna.says(KNOWN)
    await anna.reads("working days")
