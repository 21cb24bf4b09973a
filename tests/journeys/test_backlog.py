"""The bot was gone for most of a day, and everything that people wrote meanwhile comes at once (R-19)."""

from pathlib import Path

import pytest

from tests.clock import EverybodysClock
from tests.people import Customer, lines_with, received, texts_of
from tests.shop import UNKNOWN, Shop

HOURS = 20 * 3600.0
KNOWN = "How long does delivery take?"
PEOPLE, TIMES = 10, 50


async def come_back(shop: Shop) -> None:
    """It was away for hours, and takes up what the platforms kept."""
    assert isinstance(shop.clock, EverybodysClock)
    shop.clock.turn(HOURS)
    shop.whatsapp.webhook.retry_cap_seconds = shop.telegram.webhook.retry_cap = 0.1
    await shop.open()
    await shop.rests(60)


async def test_of_a_days_questions_each_customer_gets_an_answer_and_not_fifty(
    tmp_path: Path, channel: str
) -> None:
    async with Shop(tmp_path, clock=EverybodysClock()) as shop:
        await shop.close()
        customers = [shop.customer(channel, f"Person {number}") for number in range(PEOPLE)]
        for _ in range(TIMES):
            for customer in customers:
                customer.says(KNOWN)
        await come_back(shop)
        assert await shop.count("SELECT count(*) FROM messages WHERE author = 'customer'") == PEOPLE * TIMES
        for customer in customers:
            assert 1 <= len(received(customer)) <= 3, texts_of(received(customer))


async def test_what_was_written_to_a_person_is_all_there_in_order(tmp_path: Path, channel: str) -> None:
    async with Shop(tmp_path, clock=EverybodysClock()) as shop:
        anna: Customer = shop.customer(channel)
        card = await shop.hands_over(anna, UNKNOWN)
        await shop.rests()
        await shop.close()
        lines = [f"line {number}" for number in range(TIMES)]
        for line in lines:
            anna.says(line)
        shop.staff.says("Only for mice", to=shop.desk, reply_to=card)
        await come_back(shop)
        assert sorted(lines_with(shop.desk.shown(), "line"), key=lines.index) == lines
        assert channel == "whatsapp" or lines_with(shop.desk.shown(), "line") == lines
        assert texts_of(received(anna))[1:] == ["Only for mice"]


@pytest.mark.parametrize("days", [0.01, 0.5, 3])
async def test_however_old_a_message_is_it_is_answered_or_a_person_has_it(
    tmp_path: Path, days: float
) -> None:
    async with Shop(tmp_path, clock=EverybodysClock()) as shop:
        await shop.close()
        anna = shop.customer("whatsapp")
        anna.says(KNOWN)
        assert isinstance(shop.clock, EverybodysClock)
        shop.clock.turn(days * 86_400)
        await shop.open()
        if days < 1:
            await anna.reads("working days")
        else:
            await shop.card("Anna")
