"""The bot takes messages before it has read its articles, and loses no question to that."""

import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.knowledge.library import Library
from tests.people import Customer, received, texts_of
from tests.shop import Shop

WAIT_SECONDS = 60


class HeldBack(Library):
    """Articles that are read when the test says so."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, ("en", "sv", "nb"), clock=SystemClock())
        self.may_be_read = threading.Event()

    def _follow(self) -> None:
        assert self.may_be_read.wait(WAIT_SECONDS)
        super()._follow()


@pytest.fixture
def library(few_articles: Path) -> HeldBack:
    return HeldBack(few_articles)


@pytest.fixture
async def shop(tmp_path: Path, library: HeldBack) -> AsyncIterator[Shop]:
    async with Shop(tmp_path, library=library) as shop:
        yield shop
        library.may_be_read.set()


async def who_waits(shop: Shop, channel: str) -> Customer:
    """Somebody asks, and somebody else who says thanks is answered meanwhile."""
    anna, erik = shop.customer(channel), shop.customer(channel)
    anna.says("How long does delivery take?")
    erik.says("Thanks a lot")
    await erik.reads("You are welcome")
    assert texts_of(received(anna)) == []
    return anna


async def test_a_question_waits_for_the_articles_and_small_talk_does_not(
    shop: Shop, library: HeldBack, channel: str
) -> None:
    anna = await who_waits(shop, channel)
    library.may_be_read.set()
    await anna.reads("working days")


async def test_a_person_can_be_asked_for_before_the_articles_are_read(shop: Shop, channel: str) -> None:
    anna = shop.customer(channel)
    anna.says("/human")
    await anna.reads("NF-000001")
    await shop.card("Asked for a person")


async def test_a_question_that_waited_when_the_bot_left_is_answered_by_the_next(
    shop: Shop, library: HeldBack, channel: str
) -> None:
    anna = await who_waits(shop, channel)
    shop.library = None
    await shop.close()
    library.may_be_read.set()
    await shop.open()
    await anna.reads("working days")
