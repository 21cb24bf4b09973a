"""The same stories where Telegram is asked for updates instead of posting them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.faults import Fault
from sandbox.telegram.files import TINY_PNG
from tests.clock import FastClock
from tests.people import lines_with, received
from tests.shop import Shop


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with Shop(tmp_path, delivery="polling", clock=FastClock(20)) as shop:
        yield shop


async def test_a_ticket_from_the_question_to_the_end(shop: Shop, channel: str) -> None:
    anna = shop.customer(channel)
    card = await shop.hands_over(anna)
    anna.sends("photo", TINY_PNG, caption="This one")
    copy = await shop.copy("This one")
    mine = shop.staff.says("Only for mice", to=shop.desk, reply_to=copy)
    await anna.reads("Only for mice")
    await shop.reacted(mine, "👍")
    shop.staff.presses(card, "Resolve")
    await anna.reads("is closed")
    anna.says("How long does delivery take?")
    await anna.reads("working days")


async def test_what_was_written_while_the_bot_was_down_is_answered_in_order(shop: Shop) -> None:
    anna = shop.telegram.add_user("Anna")
    await shop.hands_over(anna)
    await shop.rests()
    await shop.close()
    for number in range(5):
        anna.says(f"line {number}")
    await shop.open()
    await shop.copy("line 4")
    assert lines_with(shop.desk.shown(), "line ") == [f"line {number}" for number in range(5)]


@pytest.mark.parametrize(
    "fault", [Fault.status(502), Fault.reset_before(), Fault.reset_after(), Fault.cut()], ids=str
)
async def test_a_broken_poll_loses_nothing_and_doubles_nothing(shop: Shop, fault: Fault) -> None:
    anna = shop.telegram.add_user("Anna")
    shop.telegram.faults.next("getUpdates", fault, times=2)
    anna.says("How long does delivery take?")
    await anna.reads("working days")
    anna.says("Thanks a lot")
    await anna.reads("You are welcome")
    await shop.rests()
    assert len(received(anna)) == 2


async def test_nonsense_in_the_middle_of_a_batch_costs_none_of_the_others(shop: Shop) -> None:
    anna, berta = shop.telegram.add_user("Anna"), shop.telegram.add_user("Berta")
    await shop.close()
    anna.says("How long does delivery take?")
    shop.telegram.push_raw({"message": {"message_id": "nonsense"}})
    shop.telegram.push_raw({"update_type_2030": 7})
    berta.says("How long does delivery take?")
    await shop.open()
    await anna.reads("working days")
    await berta.reads("working days")
    assert await shop.count("SELECT count(*) FROM updates WHERE state = 'quarantined'") == 1


async def test_a_webhook_that_is_still_set_is_taken_away(tmp_path: Path) -> None:
    async with Shop(tmp_path) as shop:
        await shop.close()
        assert shop.telegram.webhook.url
        shop.delivery = "polling"
        anna = shop.telegram.add_user("Anna")
        anna.says("How long does delivery take?")
        await shop.open()
        await anna.reads("working days")
        assert not shop.telegram.webhook.url


async def test_the_desk_is_linked_and_moves(tmp_path: Path) -> None:
    async with Shop(tmp_path, delivery="polling", knows_desk=False, basic=True, forum=False) as shop:
        shop.staff.says(f"/desk {shop.running.business.desk.code}", to=shop.desk)
        await shop.copy("This group is the desk now")
        anna = shop.telegram.add_user("Anna")
        await shop.hands_over(anna)
        new = shop.desk.upgrade(shop.staff)
        card = await new.sees("elephants")
        shop.staff.says("Only for mice", to=new, reply_to=card)
        await anna.reads("Only for mice")
