"""What staff answer again and again is put before them, three at a time, to be saved, changed or left."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.desk.due import ring_due
from bot.desk.proposing import show
from bot.desk.rings import RINGS
from bot.knowledge.library import Library
from bot.learning import open_proposals
from storage import proposals
from storage.database import Statements
from tests.people import texts_of
from tests.shop import Shop

THINGS = ("elephants", "giraffes", "penguins", "tortoises")
FAQ = "# Delivery\n\n## How long does delivery take?\n\nThree working days.\n"


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    folder = tmp_path / "kb"
    folder.mkdir()
    (folder / "faq.md").write_text(FAQ, "utf-8")
    library = Library(folder, ["en", "sv", "nb"], clock=SystemClock())
    library.load()
    async with Shop(tmp_path, tables={"knowledge": f'folder = "{folder}"'}, library=library) as shop:
        yield shop


async def proposed(shop: Shop) -> None:
    """Four of them, each asked once more often than the next."""

    async def put(tx: Statements) -> None:
        for place, thing in enumerate(THINGS):
            await proposals.put(
                tx,
                topic=f"en:{thing}",
                language="en",
                question=f"Do you sell bicycles for {thing}?",
                answer=f"Hi Anna! Only tricycles for {thing}, ask … for more."
                if place
                else "Only tricycles.",
                sources='["NF-000001"]',
                times=9 - place,
                now=shop.clock.now(),
            )

    await shop.running.business.db.transaction(put)


def shown(shop: Shop) -> list[str]:
    return [text for text in texts_of(shop.desk.shown()) if "Customers asked this" in text]


async def test_three_are_shown_and_the_next_when_one_is_decided(shop: Shop) -> None:
    business = shop.running.business
    await shop.hands_over(shop.customer("telegram", "Anna"))
    await proposed(shop)
    await show(business)
    await show(business)
    await shop.copy("penguins")
    await shop.rests()
    assert len(shown(shop)) == 3
    first = await shop.copy("💬 Only tricycles.")
    assert "asked this 9 times lately (NF-000001)" in first.text
    second = await shop.copy("giraffes")
    assert "Hi Anna" not in second.text
    assert "Something in it may hold for this customer only" in second.text
    shop.staff.presses(second, "No")
    await shop.copy("✖ Not written down (Stina)")
    assert [one.question for one in await open_proposals(business.db)] == [
        f"Do you sell bicycles for {thing}?" for thing in ("elephants", "penguins", "tortoises")
    ]
    await show(business)
    await shop.copy("tortoises")
    assert await proposals_of(shop, "declined") == ["Stina"]


async def proposals_of(shop: Shop, state: str) -> list[str]:
    rows = await shop.rows("SELECT decided_by FROM proposals WHERE state = :state", state=state)
    return [row["decided_by"] for row in rows]


async def test_what_is_saved_in_other_words_is_the_answer_from_then_on(shop: Shop, tmp_path: Path) -> None:
    business = shop.running.business
    await proposed(shop)
    await show(business)
    offer = await shop.copy("💬 Only tricycles.")
    shop.staff.presses(offer, "Edit")
    asked = await shop.copy("✏️")
    shop.staff.says("Only tricycles, from 2027 on.", to=shop.desk, reply_to=asked)
    newer = await shop.copy("💬 Only tricycles, from 2027 on.")
    shop.staff.presses(newer, "Save")
    async with asyncio.timeout(10):
        while not any("I answer this now" in text for text in texts_of(shop.desk.shown())):
            await ring_due(business, RINGS)
            await shop.rests()
    assert "Only tricycles, from 2027 on." in (tmp_path / "kb" / "learned.md").read_text("utf-8")
    rows = await shop.rows("SELECT answer, file FROM proposals WHERE state = 'accepted'")
    assert [tuple(row.values()) for row in rows] == [("Only tricycles, from 2027 on.", "learned.md")]
    berta = shop.customer("telegram", "Berta")
    berta.says("Do you sell bicycles for elephants?")
    await berta.reads("Only tricycles, from 2027 on.")
