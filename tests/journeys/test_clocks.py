"""The clock of the machine is turned, by an hour or by decades: order, pauses and answers stay as they are (R-11)."""

from pathlib import Path

import pytest

from sandbox.faults import Fault
from tests.clock import TurnedClock
from tests.people import lines_with, received, texts_of
from tests.shop import UNKNOWN, Shop

HOUR = 3600.0
YEAR = 365.25 * 24 * HOUR
TURNS = {"an hour on": HOUR, "an hour back": -HOUR, "ten years on": 10 * YEAR, "back to 1970": None}
KNOWN = "How long does delivery take?"


@pytest.mark.parametrize("by", TURNS.values(), ids=TURNS)
async def test_whatever_the_clock_shows_everybody_is_answered_once_and_in_order(
    tmp_path: Path, channel: str, by: float | None
) -> None:
    clock = TurnedClock()
    async with Shop(tmp_path, clock=clock) as shop:
        anna, berta = shop.customer(channel, "Anna"), shop.customer(channel, "Berta")
        anna.says(KNOWN)
        await anna.reads("working days")
        card = await shop.hands_over(berta)
        clock.turn(by)
        for number in range(5):
            berta.says(f"line {number}")
        anna.says(KNOWN)
        await shop.rests()
        first, second = (text for text in texts_of(received(anna)) if "working days" in text)
        assert first.endswith(second)
        assert lines_with(shop.desk.shown(), "line") == [f"line {number}" for number in range(5)]
        shop.staff.says("Only for mice", to=shop.desk, reply_to=card)
        await berta.reads("Only for mice")


@pytest.mark.parametrize("by", TURNS.values(), ids=TURNS)
async def test_what_waited_when_the_clock_was_turned_is_answered_after_a_restart_too(
    tmp_path: Path, by: float | None
) -> None:
    """Neither waits until the clock is again where it was."""
    clock = TurnedClock()
    async with Shop(tmp_path, clock=clock) as shop:
        anna = shop.customer("telegram", "Anna")
        card = await shop.hands_over(anna)
        await shop.rests()
        shop.telegram.faults.always("sendMessage", Fault.reset_before())
        shop.staff.says("Only for mice", to=shop.desk, reply_to=card)
        await shop.telegram.until(lambda: shop.telegram.faults.fired)
        await shop.close()
        clock.turn(by)
        shop.telegram.faults.calm()
        await shop.open()
        berta = shop.customer("telegram", "Berta")
        berta.says(UNKNOWN)
        await berta.reads("NF-")
        await anna.reads("Only for mice") if by != TURNS["ten years on"] else await shop.copy(
            "it waited so long"
        )


@pytest.mark.parametrize("by", [-HOUR, -10 * YEAR])
async def test_a_pause_that_was_asked_for_ends_when_it_should(tmp_path: Path, by: float) -> None:
    clock = TurnedClock()
    async with Shop(tmp_path, clock=clock) as shop:
        anna = shop.customer("telegram", "Anna")
        shop.telegram.faults.next("sendMessage", Fault.status(429, retry_after=1))
        anna.says(KNOWN)
        await shop.telegram.until(lambda: shop.telegram.faults.fired)
        clock.turn(by)
        await anna.reads("working days", timeout=5)
        assert len(received(anna)) == 1
