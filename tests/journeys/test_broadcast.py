"""One message to many: shown first, once to each, never to who said no, and counted on one message."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.desk.due import ring_due
from bot.desk.rings import RINGS
from tests.clock import EverybodysClock
from tests.people import Customer, received, texts_of
from tests.shop import Shop

WORDS = "We are closed on Friday."
DAY = 24 * 3600.0


@pytest.fixture
def clock() -> EverybodysClock:
    return EverybodysClock()


@pytest.fixture
async def shop(tmp_path: Path, clock: EverybodysClock) -> AsyncIterator[Shop]:
    tables = {"desk": 'roles = { broadcast = ["everybody"] }'}
    async with Shop(tmp_path, clock=clock, tables=tables) as shop:
        yield shop


async def known(shop: Shop, channel: str, count: int, words: str = "Hello") -> list[Customer]:
    people = [shop.customer(channel, f"Person{number}") for number in range(count)]
    for one in people:
        one.says(words)
        await one.reads("Maja")
    return people


async def ring(shop: Shop, clock: EverybodysClock, times: int) -> None:
    for _ in range(times):
        await ring_due(shop.running.business, RINGS)
        await shop.rests()
        clock.turn(6)


def got(people: list[Customer]) -> int:
    return sum(WORDS in text for one in people for text in texts_of(received(one)))


async def test_it_is_shown_with_their_number_and_reaches_each_once(
    shop: Shop, clock: EverybodysClock
) -> None:
    people = [*await known(shop, "telegram", 27), *await known(shop, "whatsapp", 3)]
    shop.staff.says(f"/broadcast {WORDS}", to=shop.desk)
    preview = await shop.copy("📣 To 30 customers")
    await shop.rests()
    assert got(people) == 0
    shop.staff.presses(preview, "Send")
    await shop.copy("sends this")
    await ring(shop, clock, 1)
    assert [button.text for button in (await shop.copy("📣 25 of 30")).buttons] == ["Stop"]
    await ring(shop, clock, 3)
    await shop.copy("✅ Sent to 30 of 30 by Stina")
    assert got(people) == 30


async def test_whom_it_reaches_can_be_chosen(shop: Shop, clock: EverybodysClock) -> None:
    anna, berta = (*await known(shop, "telegram", 1), *await known(shop, "whatsapp", 1))
    shop.staff.says(f"/broadcast whatsapp 30d {WORDS}", to=shop.desk)
    preview = await shop.copy("📣 To 1 customers")
    assert "whatsapp 30d" in preview.text
    shop.staff.presses(preview, "Send")
    await shop.copy("sends this")
    await ring(shop, clock, 2)
    assert (got([anna]), got([berta])) == (0, 1)


async def test_who_said_no_gets_no_more(shop: Shop, clock: EverybodysClock) -> None:
    anna, berta, cesar = (*await known(shop, "telegram", 2), *await known(shop, "whatsapp", 1))
    shop.staff.says(f"/broadcast {WORDS}", to=shop.desk)
    shop.staff.presses(await shop.copy("To 3 customers"), "Send")
    await shop.copy("sends this")
    await ring(shop, clock, 2)
    for one in (anna, cesar):
        one.presses(await one.reads(WORDS), "No more of these")
        await one.reads("You will get no more of these")
    berta.says("/stop")
    await berta.reads("You will get no more of these")
    shop.staff.says("/broadcast Again", to=shop.desk)
    await shop.copy("Nobody fits")


async def test_whatsapps_window_is_kept(shop: Shop, clock: EverybodysClock) -> None:
    await known(shop, "whatsapp", 2)
    await known(shop, "telegram", 1)
    clock.turn(2 * DAY)
    shop.staff.says(f"/broadcast {WORDS}", to=shop.desk)
    await shop.copy("📣 To 1 customers. Cannot be reached now: 2")


async def test_it_can_be_stopped(shop: Shop, clock: EverybodysClock) -> None:
    people = await known(shop, "telegram", 30)
    shop.staff.says(f"/broadcast {WORDS}", to=shop.desk)
    shop.staff.presses(await shop.copy("To 30 customers"), "Send")
    await shop.copy("sends this")
    await ring(shop, clock, 1)
    shop.colleague.presses(await shop.copy("📣 25 of 30"), "Stop")
    await shop.copy("✋ Stopped by Kalle after 25")
    await ring(shop, clock, 3)
    assert got(people) == 25


async def test_only_who_may_can(tmp_path: Path) -> None:
    async with Shop(tmp_path) as shop:
        shop.staff.says(f"/broadcast {WORDS}", to=shop.desk)
        await shop.copy("You may not do that here")


async def test_without_words_it_says_how(shop: Shop) -> None:
    shop.staff.says("/broadcast telegram", to=shop.desk)
    await shop.copy("Write what many shall read")
