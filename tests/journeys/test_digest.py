"""The week at the desk: figures that can be counted by hand, a picture, and buttons that write answers."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.chart import Bar, Chart, draw
from bot.desk import digest
from bot.week import figures, percentile, unanswered
from storage.week import Handed
from tests.clock import EverybodysClock
from tests.people import texts_of
from tests.shop import UNKNOWN, Shop

STOCKHOLM = ZoneInfo("Europe/Stockholm")
HOUR, DAY = 3600.0, 24 * 3600.0
KNOWN = "How long does delivery take?"
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def clock() -> EverybodysClock:
    clock = EverybodysClock()
    monday = datetime(2026, 11, 9, 10, tzinfo=STOCKHOLM)
    clock.turn(monday.timestamp() - clock.now() / 1000)
    return clock


@pytest.fixture
async def shop(tmp_path: Path, clock: EverybodysClock) -> AsyncIterator[Shop]:
    async with Shop(tmp_path, clock=clock, tables={"tickets": "suggest = false"}) as shop:
        yield shop


async def a_fortnight(shop: Shop, clock: EverybodysClock) -> None:
    """Two are served by the bot alone in the first week, one of whom needs a person within seven days; in the
    second week one is served alone, and two ask a person, of whom one is answered after an hour."""
    anna, berta = shop.customer("telegram", "Anna"), shop.customer("whatsapp", "Berta")
    for one in (anna, berta):
        one.says(KNOWN)
        await one.reads("working days")
    clock.turn(6 * DAY)
    await shop.hands_over(anna)
    clock.turn(2 * DAY)
    cesar, dora = shop.customer("telegram", "Cesar"), shop.customer("telegram", "Dora")
    cesar.says(KNOWN)
    await cesar.reads("working days")
    card = await shop.hands_over(dora, "Sell you bicycles for elephants?")
    clock.turn(HOUR)
    shop.staff.says("We have none", to=shop.desk, reply_to=card)
    await dora.reads("We have none")
    shop.staff.says("/resolve", to=shop.desk, reply_to=card)
    dora.presses(await dora.reads("How did we do?"), "😀 Good")
    await dora.reads("glad")
    await shop.rests()


async def test_the_figures_are_those_that_one_counts_by_hand(shop: Shop, clock: EverybodysClock) -> None:
    began = clock.now()
    await a_fortnight(shop, clock)
    week = 7 * int(DAY) * 1000
    found = await figures(shop.running.business, began + week - int(HOUR) * 1000, clock.now() + 1000)
    assert (found.handled, found.bot_alone, found.handed_over) == (2, 1, 1)
    assert (found.alone_before, found.still_closed) == (1, 1)
    assert found.reasons == {"no_answer": 1}
    assert found.ratings == {"good": 1}
    assert found.median is not None
    assert 3_600_000 <= found.median < 3_700_000
    first = await figures(shop.running.business, began - 1000, began + week)
    assert (first.handled, first.bot_alone, first.handed_over) == (2, 1, 1)
    both = await figures(shop.running.business, began - 1000, clock.now() + 1000)
    assert [(one.question, one.count) for one in both.unanswered] == [("Sell you bicycles for elephants?", 2)]


async def test_a_customer_who_needed_a_person_within_seven_days_was_not_served_alone(
    shop: Shop, clock: EverybodysClock
) -> None:
    anna = shop.customer("telegram", "Anna")
    anna.says(KNOWN)
    await anna.reads("working days")
    began = clock.now()
    clock.turn(4 * DAY)
    await shop.hands_over(anna)
    cut = began + 2 * int(DAY) * 1000
    found = await figures(shop.running.business, cut, clock.now() + 1000)
    assert (found.alone_before, found.still_closed) == (1, 0)


async def test_digest_shows_a_picture_the_figures_and_what_to_write(
    shop: Shop, clock: EverybodysClock
) -> None:
    await a_fortnight(shop, clock)
    shop.staff.says("/digest 14", to=shop.desk)
    shown = await shop.copy("📊 Nordmöbler")
    assert "4 customers wrote. The bot served 2 of them alone (50 %)." in shown.text
    assert "Handed over: 2 (no sure answer in the knowledge base 2)" in shown.text
    assert "How it was: 😀 1" in shown.text
    assert shop.file(shown).startswith(PNG)
    listed = await shop.copy("Asked most")
    assert "1. Sell you bicycles for elephants? (×2)" in listed.text
    shop.staff.presses(listed, "✍️ Write answer 1")
    asked = await shop.copy("Nobody has answered this yet")
    assert [button.text for button in asked.buttons] == ["Edit", "No"]
    shop.staff.presses(asked, "Edit")
    waiting = await shop.copy("Reply to this message")
    shop.staff.says("We have tricycles for elephants", to=shop.desk, reply_to=waiting)
    newer = await shop.copy("💬 We have tricycles for elephants")
    assert [button.text for button in newer.buttons] == ["Save", "Edit", "No"]


async def test_it_comes_by_itself_once_a_week(shop: Shop, clock: EverybodysClock) -> None:
    await a_fortnight(shop, clock)
    here = datetime.fromtimestamp(clock.now() / 1000, STOCKHOLM)
    clock.turn(datetime(2026, 11, 23, 7, 30, tzinfo=STOCKHOLM).timestamp() - here.timestamp())
    for _ in range(3):
        await digest.send_weekly(shop.running.business)
        clock.turn(HOUR)
    clock.turn(DAY)
    await digest.send_weekly(shop.running.business)
    await shop.copy("📊 Nordmöbler, 2026-11-16 – 2026-11-22")
    await shop.rests()
    assert sum("📊" in text for text in texts_of(shop.desk.shown())) == 1


@pytest.mark.parametrize("words", ["0", "91", "many", "7 8"])
async def test_a_wrong_span_is_answered_with_the_right_use(shop: Shop, words: str) -> None:
    shop.staff.says(f"/digest {words}", to=shop.desk)
    await shop.copy("/digest is the last seven days")


async def test_an_empty_week_is_a_week_too(shop: Shop) -> None:
    shop.staff.says("/digest", to=shop.desk)
    shown = await shop.copy("0 customers wrote")
    assert shop.file(shown).startswith(PNG)


def test_percentiles_of_few() -> None:
    assert (percentile((), 50), percentile((5,), 90)) == (None, 5)
    assert (percentile((1, 2, 3), 50), percentile(tuple(range(101)), 90)) == (2, 90)


def test_nearly_the_same_questions_are_one() -> None:
    asked = (UNKNOWN, "do you sell a bicycle for elephants", "Where are you?", "Bicycles for elephants??")
    found = unanswered([Handed(n, n, "no_answer", words, 0, 0, 0) for n, words in enumerate(asked)])
    assert [(one.count, one.ticket_id) for one in found] == [(3, 3), (1, 2)]


def test_a_picture_takes_any_words_and_any_numbers() -> None:
    bars = tuple(Bar("Sø 1", n * 137, n) for n in range(90))
    for some in ((), bars[:1], bars[:7], bars):
        chart = Chart("Ærlig Søn & Å 日本 🙂", "–", (("0", "kunder"),), some, "besvart", "gitt videre")
        assert draw(chart).startswith(PNG)
