"""Opening hours, promised answers, requests that close themselves and come back, and how it was."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.desk import closing, nudging, promises
from sandbox.telegram.chat import Message
from tests.clock import EverybodysClock
from tests.people import Customer, received, texts_of
from tests.shop import UNKNOWN, Shop

STOCKHOLM = ZoneInfo("Europe/Stockholm")
HOUR, MINUTE = 3600.0, 60.0
HOURS = "\n".join(
    f'{day} = ["9:00-12:00", "13:00-17:00"]' for day in ("monday", "tuesday", "thursday", "friday")
)
HOLIDAYS = 'holidays = ["12-24"]'


def set_to(clock: EverybodysClock, local: str) -> None:
    clock.turn(datetime.fromisoformat(local).replace(tzinfo=STOCKHOLM).timestamp() - clock.now() / 1000)


@pytest.fixture
def clock() -> EverybodysClock:
    clock = EverybodysClock()
    set_to(clock, "2026-11-20 10:00")
    return clock


@asynccontextmanager
async def opened(
    folder: Path, clock: EverybodysClock, tickets: str = "", hours: str = ""
) -> AsyncIterator[Shop]:
    tables = {"tickets": f"suggest = false\n{tickets}", "hours": hours}
    async with Shop(folder, clock=clock, tables=tables) as shop:
        yield shop


@pytest.fixture
async def shop(tmp_path: Path, clock: EverybodysClock) -> AsyncIterator[Shop]:
    async with opened(tmp_path, clock, hours=f"{HOURS}\n{HOLIDAYS}") as shop:
        yield shop


async def watch(shop: Shop) -> None:
    """As the timetable does every minute."""
    for look in (promises.watch, closing.watch):
        await look(shop.running.business)
    await shop.rests()


async def count_at_desk(shop: Shop, words: str) -> int:
    return len([text for text in texts_of(shop.desk.shown()) if words in text])


async def test_out_of_hours_the_customer_is_told_when_somebody_is_there_again(
    shop: Shop, anna: Customer, clock: EverybodysClock
) -> None:
    set_to(clock, "2026-11-20 18:00")
    await shop.hands_over(anna)
    assert "on Monday at 09:00" in texts_of(received(anna))[-1]
    anna.says("It is urgent")
    await shop.copy("urgent")
    await shop.rests()
    assert len(received(anna)) == 1


async def test_who_writes_again_out_of_hours_is_told_once_until_the_next_opening(
    shop: Shop, anna: Customer, clock: EverybodysClock
) -> None:
    card = await shop.hands_over(anna)
    assert "closed" not in texts_of(received(anna))[-1]
    shop.staff.says("We look", to=shop.desk, reply_to=card)
    await anna.reads("We look")
    set_to(clock, "2026-11-20 12:10")
    anna.says("And?")
    assert "today at 13:00" in (await anna.reads("We are closed just now")).text
    shop.staff.says("Moment", to=shop.desk, reply_to=card)
    await anna.reads("Moment")
    anna.says("Well?")
    await shop.copy("Well?")
    await shop.rests()
    assert "closed" not in texts_of(received(anna))[-1]


async def test_in_swedish_too(shop: Shop, anna: Customer, clock: EverybodysClock) -> None:
    set_to(clock, "2026-12-23 17:30")
    anna.says("Säljer ni cyklar för elefanter?")
    assert "tidigast på fredag kl. 09:00" in (await anna.reads("Vi har stängt just nu")).text


async def test_a_nudge_before_a_promise_breaks_and_a_mark_when_it_did(
    shop: Shop, anna: Customer, clock: EverybodysClock
) -> None:
    set_to(clock, "2026-11-20 11:30")
    await shop.hands_over(anna)
    clock.turn(40 * MINUTE)
    await watch(shop)
    assert await count_at_desk(shop, "an answer is promised within") == 0
    set_to(clock, "2026-11-20 13:16")
    await watch(shop)
    nudge = await shop.copy("an answer is promised within")
    assert "within 13 min" in nudge.text or "within 14 min" in nudge.text
    await watch(shop)
    assert await count_at_desk(shop, "an answer is promised within") == 1
    set_to(clock, "2026-11-20 13:31")
    await watch(shop)
    assert "⏰ Late: an answer was promised today at 13:30" in (await shop.card("⏰ Late")).text


async def test_each_further_wait_has_its_own_promise(
    shop: Shop, anna: Customer, clock: EverybodysClock
) -> None:
    card = await shop.hands_over(anna)
    set_to(clock, "2026-11-20 11:30")
    await watch(shop)
    shop.staff.says("We look", to=shop.desk, reply_to=card)
    await anna.reads("We look")
    await shop.rests()
    assert "⏰ Late" not in (await shop.card("NF-000001")).text
    anna.says("And?")
    await shop.copy("And?")
    set_to(clock, "2026-11-20 16:20")
    await watch(shop)
    assert await count_at_desk(shop, "an answer is promised within") == 1
    set_to(clock, "2026-11-20 16:40")
    await watch(shop)
    await shop.card("⏰ Late")


async def test_a_request_that_rests_is_not_nudged(shop: Shop, anna: Customer, clock: EverybodysClock) -> None:
    card = await shop.hands_over(anna)
    shop.staff.says("/snooze 3d", to=shop.desk, reply_to=card)
    await shop.copy("rests")
    clock.turn(3 * HOUR)
    await watch(shop)
    assert (
        await count_at_desk(shop, "an answer is promised within") == await count_at_desk(shop, "⏰ Late") == 0
    )


async def test_nor_is_who_has_a_request_that_rests(
    shop: Shop, anna: Customer, clock: EverybodysClock
) -> None:
    card = await shop.hands_over(anna)
    shop.staff.says("/take", to=shop.desk, reply_to=card)
    await shop.card("🟡")
    shop.staff.says("/snooze 3d", to=shop.desk, reply_to=card)
    await shop.copy("rests")
    clock.turn(3 * HOUR)
    await nudging.mind(shop.running.business)
    await shop.rests()
    assert "Taken by Stina" in (await shop.card("NF-000001")).text


async def test_a_silent_request_closes_itself_and_the_customer_is_told_before(
    shop: Shop, clock: EverybodysClock
) -> None:
    anna = shop.customer("telegram")
    card = await shop.hands_over(anna)
    shop.staff.says("Which colour?", to=shop.desk, reply_to=card)
    await anna.reads("Which colour?")
    clock.turn(71 * HOUR)
    await watch(shop)
    assert len(received(anna)) == 2
    clock.turn(2 * HOUR)
    await watch(shop)
    assert "I close it tomorrow at 11:00" in (await anna.reads("Is there anything else")).text
    await watch(shop)
    clock.turn(25 * HOUR)
    await watch(shop)
    await anna.reads("I have closed your request NF-000001")
    assert "Resolved by Maja" in (await shop.card("🟢 NF-000001")).text
    assert "Closed itself" in (await shop.card("🟢 NF-000001")).text
    await watch(shop)
    assert len(received(anna)) == 4


async def test_who_writes_after_the_warning_keeps_the_request_open(
    shop: Shop, clock: EverybodysClock
) -> None:
    anna = shop.customer("telegram")
    card = await shop.hands_over(anna)
    shop.staff.says("Which colour?", to=shop.desk, reply_to=card)
    await anna.reads("Which colour?")
    clock.turn(73 * HOUR)
    await watch(shop)
    await anna.reads("Is there anything else")
    anna.says("Green")
    await shop.copy("Green")
    clock.turn(25 * HOUR)
    await watch(shop)
    assert (await shop.card("NF-000001")).text.startswith("🟡")


async def closed_itself(shop: Shop, anna: Customer, clock: EverybodysClock) -> None:
    card = await shop.hands_over(anna)
    shop.staff.says("Which colour?", to=shop.desk, reply_to=card)
    await anna.reads("Which colour?")
    for hours in (73, 25):
        clock.turn(hours * HOUR)
        await watch(shop)
    await shop.card("🟢 NF-000001")


async def test_a_customer_who_comes_back_has_the_same_request_and_the_same_colleague(
    shop: Shop, anna: Customer, clock: EverybodysClock
) -> None:
    await closed_itself(shop, anna, clock)
    clock.turn(6 * 24 * HOUR)
    anna.says("Do you sell saddles for giraffes?")
    await anna.reads("NF-000001")
    card = await shop.card("🟡 NF-000001")
    assert "Taken by Stina" in card.text
    assert "giraffes" in card.text
    assert await shop.count("SELECT reopened FROM tickets") == 1


async def test_after_seven_days_it_is_a_new_request(
    shop: Shop, anna: Customer, clock: EverybodysClock
) -> None:
    await closed_itself(shop, anna, clock)
    clock.turn(8 * 24 * HOUR)
    await shop.hands_over(anna, "Do you sell saddles for giraffes?")
    await shop.card("🔴 NF-000002")


async def test_what_the_bot_can_answer_it_answers_though_a_request_closed_itself(
    shop: Shop, anna: Customer, clock: EverybodysClock
) -> None:
    await closed_itself(shop, anna, clock)
    anna.says("How long does delivery take?")
    await anna.reads("working days")


async def resolved(shop: Shop, anna: Customer, words: str = "We have none") -> None:
    card = await shop.hands_over(anna)
    shop.staff.says(words, to=shop.desk, reply_to=card)
    await anna.reads(words)
    shop.staff.says("/resolve", to=shop.desk, reply_to=card)


async def test_the_customer_is_asked_how_it_was_and_the_card_shows_it(shop: Shop, anna: Customer) -> None:
    await resolved(shop, anna)
    asked = await anna.reads("How did we do?")
    anna.presses(asked, "😀 Good")
    await anna.reads("glad to hear that")
    assert "Rated 😀" in (await shop.card("Rated")).text
    anna.presses(asked, "🙁 Not good")
    await shop.rests()
    assert "Rated 😀" in (await shop.card("Rated")).text
    assert await shop.count("SELECT count(*) FROM tickets") == 1


async def test_a_bad_rating_is_said_at_the_desk(shop: Shop, anna: Customer) -> None:
    await resolved(shop, anna)
    anna.presses(await anna.reads("How did we do?"), "🙁 Not good")
    await anna.reads("I am sorry")
    await shop.copy("Anna was not satisfied with NF-000001")


async def test_a_request_is_rated_once_however_often_it_is_closed(shop: Shop, anna: Customer) -> None:
    await resolved(shop, anna)
    await anna.reads("How did we do?")
    card = await shop.card("🟢 NF-000001")
    shop.staff.says("One more thing", to=shop.desk, reply_to=card)
    await anna.reads("One more thing")
    shop.staff.says("/resolve", to=shop.desk, reply_to=card)
    assert "How did we do?" not in (await anna.reads("is closed")).text


async def test_what_no_person_answered_is_not_rated(shop: Shop, anna: Customer) -> None:
    card = await shop.hands_over(anna, UNKNOWN)
    shop.staff.says("/resolve", to=shop.desk, reply_to=card)
    assert "How did we do?" not in (await anna.reads("is closed")).text


async def test_a_rating_of_somebody_elses_request_counts_for_nothing(shop: Shop) -> None:
    anna, berta = shop.customer("telegram", "Anna"), shop.customer("telegram", "Berta")
    await resolved(shop, anna)
    asked = await anna.reads("How did we do?")
    await resolved(shop, berta)
    theirs = await berta.reads("How did we do?")
    assert isinstance(theirs, Message)
    assert isinstance(asked, Message)
    theirs.raw["reply_markup"] = asked.raw["reply_markup"]
    berta.presses(theirs, "😀 Good")
    await shop.rests()
    assert await shop.count("SELECT count(*) FROM milestones WHERE kind = 'rated'") == 0


async def test_outside_whatsapps_window_nobody_is_asked(shop: Shop, clock: EverybodysClock) -> None:
    anna = shop.customer("whatsapp")
    card = await shop.hands_over(anna)
    shop.staff.says("We have none", to=shop.desk, reply_to=card)
    await anna.reads("We have none")
    clock.turn(25 * HOUR)
    shop.staff.says("/resolve", to=shop.desk, reply_to=card)
    await shop.card("🟢 NF-000001")
    await shop.rests()
    assert await shop.count("SELECT count(*) FROM milestones WHERE kind = 'asked'") == 0
