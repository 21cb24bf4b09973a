"""The bot takes messages before it has read its articles, and loses no question to that."""

import threading
from pathlib import Path

from bot.clock import SystemClock
from bot.knowledge.library import Library
from tests.people import received
from tests.shop import REPOSITORY, Shop

WAIT_SECONDS = 60


class HeldBack(Library):
    """Articles that are read when the test says so."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, ("en", "sv", "nb"), clock=SystemClock())
        self.may_be_read = threading.Event()

    def load(self) -> bool:
        assert self.may_be_read.wait(WAIT_SECONDS)
        return super().load()


async def test_a_question_waits_for_the_articles_and_small_talk_does_not(
    tmp_path: Path, channel: str
) -> None:
    library = HeldBack(REPOSITORY / "knowledge-base")
    async with Shop(tmp_path, library=library) as shop:
        anna, erik = shop.customer(channel), shop.customer(channel)
        anna.says("How long does delivery take?")
        erik.says("Thanks a lot")
        await erik.reads("You are welcome")
        assert received(anna) == []
        library.may_be_read.set()
        await anna.reads("working days")


async def test_a_person_can_be_asked_for_before_the_articles_are_read(tmp_path: Path, channel: str) -> None:
    library = HeldBack(REPOSITORY / "knowledge-base")
    async with Shop(tmp_path, library=library) as shop:
        anna = shop.customer(channel)
        anna.says("/human")
        await anna.reads("NF-000001")
        await shop.card("Asked for a person")
        library.may_be_read.set()


async def test_a_question_that_waited_when_the_bot_left_is_answered_by_the_next(
    tmp_path: Path, channel: str
) -> None:
    library = HeldBack(REPOSITORY / "knowledge-base")
    async with Shop(tmp_path, library=library) as shop:
        anna, erik = shop.customer(channel), shop.customer(channel)
        anna.says("How long does delivery take?")
        erik.says("Thanks a lot")
        await erik.reads("You are welcome")
        shop.library = None
        await shop.close()
        library.may_be_read.set()
        await shop.open()
        await anna.reads("working days")
