"""Replies that leave at their time, requests that rest, reminders: once, also over restarts and clocks."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.desk.due import ring_due
from bot.desk.rings import RINGS
from tests.clock import EverybodysClock
from tests.people import Customer, received, texts_of
from tests.shop import Shop

STOCKHOLM = ZoneInfo("Europe/Stockholm")
HOUR = 3600.0


def set_to(clock: EverybodysClock, local: str) -> None:
    """To that time in Stockholm."""
    clock.turn(datetime.fromisoformat(local).replace(tzinfo=STOCKHOLM).timestamp() - clock.now() / 1000)


@pytest.fixture
def clock() -> EverybodysClock:
    clock = EverybodysClock()
    set_to(clock, "2026-11-20 10:00")
    return clock


@pytest.fixture
async def shop(tmp_path: Path, clock: EverybodysClock) -> AsyncIterator[Shop]:
    async with Shop(tmp_path, clock=clock, tables={"tickets": "suggest = false"}) as shop:
        yield shop


async def ring(shop: Shop) -> None:
    """As the timetable does every few seconds."""
    await ring_due(shop.running.business, RINGS)
    await shop.rests()


async def test_a_reply_leaves_at_its_time_and_shows_what_became_of_it(
    shop: Shop, clock: EverybodysClock, channel: str
) -> None:
    anna = shop.customer(channel)
    card = await shop.hands_over(anna)
    mine = shop.staff.says("/later 14:00 Good afternoon!\n\nWe have *horses*.", to=shop.desk, reply_to=card)
    told = await shop.copy("It goes to Anna")
    assert "today at 14:00" in told.text
    set_to(clock, "2026-11-20 13:59")
    await ring(shop)
    assert "afternoon" not in "".join(texts_of(received(anna)))
    set_to(clock, "2026-11-20 14:00")
    await ring(shop)
    assert (await anna.reads("Good afternoon")).text == "Good afternoon!\n\nWe have *horses*."
    await shop.reacted(mine, "👍")
    await shop.card("🟡 NF-000001")
    await ring(shop)
    assert len([text for text in texts_of(received(anna)) if "afternoon" in text]) == 1


async def test_a_reply_at_its_time_quotes_the_message_that_it_answers(
    shop: Shop, anna: Customer, clock: EverybodysClock
) -> None:
    await shop.hands_over(anna)
    asked = anna.says("And horses?")
    copy = await shop.copy("horses")
    shop.staff.says("/later 1h No horses", to=shop.desk, reply_to=copy)
    await shop.copy("It goes to")
    clock.turn(HOUR)
    await ring(shop)
    assert (await anna.reads("No horses")).reply_to == asked.id


async def test_what_was_due_while_the_bot_was_away_happens_when_it_is_back(
    shop: Shop, clock: EverybodysClock
) -> None:
    anna = shop.customer("telegram")
    card = await shop.hands_over(anna)
    shop.staff.says("/later 1h Only for mice", to=shop.desk, reply_to=card)
    await shop.copy("It goes to")
    await shop.rests()
    await shop.close()
    clock.turn(3 * HOUR)
    await shop.open()
    await ring(shop)
    await anna.reads("Only for mice")


async def test_a_reply_whose_request_was_closed_meanwhile_is_not_sent(
    shop: Shop, anna: Customer, clock: EverybodysClock
) -> None:
    card = await shop.hands_over(anna)
    mine = shop.staff.says("/later 1h Only for mice", to=shop.desk, reply_to=card)
    await shop.copy("It goes to")
    shop.staff.says("/resolve NF-000001", to=shop.desk)
    await anna.reads("is closed")
    clock.turn(HOUR)
    await ring(shop)
    told = await shop.copy("was closed before the time came")
    assert told.reply_to == mine.id
    assert "mice" not in "".join(texts_of(received(anna)))


async def test_what_waits_is_listed_and_can_be_cancelled_once(
    shop: Shop, anna: Customer, clock: EverybodysClock
) -> None:
    card = await shop.hands_over(anna)
    shop.staff.says("/later tomorrow 9:00 Good morning", to=shop.desk, reply_to=card)
    await shop.copy("It goes to")
    shop.staff.says("/remind 2h call the carrier", to=shop.desk, reply_to=card)
    await shop.copy("I will remind you")
    shop.colleague.says("/later", to=shop.desk)
    listed = await shop.copy("1. ⏰")
    assert "Stina: call the carrier" in listed.text or "NF-000001 Anna: call the carrier" in listed.text
    assert "2. 🕘 tomorrow at 09:00 to NF-000001 Anna: Good morning" in listed.text
    shop.colleague.presses(listed, "✖ 2")
    await shop.copy("Cancelled by Kalle")
    late = shop.staff.presses(listed, "✖ 2")
    await shop.telegram.until(lambda: late.answered)
    assert "Too late" in late.text
    clock.turn(30 * HOUR)
    await ring(shop)
    assert "morning" not in "".join(texts_of(received(anna)))
    await shop.copy("⏰ Stina: call the carrier")


async def test_a_request_rests_until_its_time_or_until_the_customer_writes(
    shop: Shop, anna: Customer, clock: EverybodysClock
) -> None:
    card = await shop.hands_over(anna)
    shop.staff.says("We ask the supplier", to=shop.desk, reply_to=card)
    await anna.reads("supplier")
    shop.staff.says("/snooze 7d", to=shop.desk, reply_to=card)
    await shop.copy("It is back on 2026-11-27 at 10:00")
    assert "💤 Rests, back on 2026-11-27 at 10:00" in (await shop.card("💤")).text
    anna.says("Any news?")
    await shop.copy("Any news?")
    await shop.rests()
    assert "💤" not in (await shop.card("NF-000001")).text
    shop.staff.says("Not yet", to=shop.desk, reply_to=card)
    await anna.reads("Not yet")
    shop.staff.says("/snooze 2h", to=shop.desk, reply_to=card)
    await shop.copy("It is back today at 12:00")
    clock.turn(2 * HOUR)
    await ring(shop)
    await shop.copy("NF-000001 has rested long enough")


@pytest.mark.parametrize(
    "wrong", ["/later 25:00 x", "/later 9:00", "/later hello", "/snooze", "/remind", "/later 2020-01-01 x"]
)
async def test_a_wrong_use_answers_with_the_right_one(plain_shop: Shop, wrong: str) -> None:
    anna = plain_shop.customer("telegram")
    card = await plain_shop.hands_over(anna)
    mine = plain_shop.staff.says(wrong, to=plain_shop.desk, reply_to=card)
    told = await plain_shop.copy(wrong.split(maxsplit=1)[0] + " ")
    assert told.reply_to == mine.id
    await plain_shop.rests()
    assert len(received(anna)) == 1


async def test_without_a_request_nothing_is_planned(plain_shop: Shop) -> None:
    plain_shop.staff.says("/later 9:00 Hello", to=plain_shop.desk)
    await plain_shop.copy("Which request?")
    assert await plain_shop.count("SELECT count(*) FROM timers") == 0


async def test_two_processes_that_look_at_the_same_moment_send_once(
    shop: Shop, anna: Customer, clock: EverybodysClock
) -> None:
    card = await shop.hands_over(anna)
    shop.staff.says("/later 1h Only for mice", to=shop.desk, reply_to=card)
    await shop.copy("It goes to")
    clock.turn(HOUR)
    await asyncio.gather(*(ring_due(shop.running.business, RINGS) for _ in range(5)))
    await anna.reads("Only for mice")
    await shop.rests()
    assert len([text for text in texts_of(received(anna)) if "mice" in text]) == 1
