"""Staff teach the bot: what they answered is written down when they say so, proven, and can be taken back."""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.desk import regression
from bot.desk.due import ring_due
from bot.desk.rings import RINGS
from bot.knowledge.library import Library
from sandbox.telegram.chat import Message
from tests.clock import TurnedClock
from tests.people import Customer, texts_of
from tests.shop import UNKNOWN, Shop

FAQ = "# Delivery\n\n## How long does delivery take?\n\nThree working days.\n"
REPLY = "Hi Anna! Only tricycles, from 2027 on.\n\nBest regards\nStina"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "kb"
    made.mkdir()
    (made / "faq.md").write_text(FAQ, "utf-8")
    return made


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
async def shop(tmp_path: Path, folder: Path, clock: TurnedClock) -> AsyncIterator[Shop]:
    library = Library(folder, ["en", "sv", "nb"], clock=SystemClock())
    library.load()
    tables = {"knowledge": f'folder = "{folder}"'}
    async with Shop(tmp_path, clock=clock, tables=tables, library=library) as shop:
        yield shop


async def offered(
    shop: Shop, anna: Customer, clock: TurnedClock, words: str = UNKNOWN, reply: str = REPLY
) -> Message:
    card = await shop.hands_over(anna, words)
    shop.staff.says(reply, to=shop.desk, reply_to=card)
    await anna.reads(reply[:10])
    clock.turn(21)
    await ring_due(shop.running.business, RINGS)
    return await shop.copy("Shall I remember this?")


async def proven(shop: Shop, words: str) -> Message:
    """Rings until the bot has read its own file and asked itself."""
    async with asyncio.timeout(10):
        while not any(words in text for text in texts_of(shop.desk.shown())):
            await ring_due(shop.running.business, RINGS)
            await shop.rests()
    return await shop.copy(words)


async def test_a_reply_becomes_an_answer_that_proves_itself(
    shop: Shop, anna: Customer, folder: Path, clock: TurnedClock
) -> None:
    offer = await offered(shop, anna, clock)
    assert "❓ Do you sell bicycles for elephants?\n💬 Only tricycles, from 2027 on." in offer.text
    assert not (folder / "learned.md").exists()
    shop.staff.presses(offer, "Save")
    proof = await proven(shop, "I answer this now")
    assert "Stina saved this in learned.md" in proof.text
    assert "Source: Do you sell bicycles for elephants? (learned.md)" in proof.text
    berta = shop.customer("telegram", "Berta")
    berta.says(UNKNOWN)
    await berta.reads("Only tricycles, from 2027 on.")
    assert "bicycles" in (folder / "cases.jsonl").read_text("utf-8")


async def test_undo_takes_it_out_again(shop: Shop, anna: Customer, folder: Path, clock: TurnedClock) -> None:
    shop.staff.presses(await offered(shop, anna, clock), "Save")
    proof = await proven(shop, "I answer this now")
    shop.colleague.presses(proof, "Undo")
    gone = await proven(shop, "took this out of learned.md again")
    assert "Kalle" in gone.text
    assert not gone.buttons
    assert not (folder / "learned.md").exists()
    assert not (folder / "cases.jsonl").exists()


async def test_no_is_no(shop: Shop, anna: Customer, folder: Path, clock: TurnedClock) -> None:
    shop.staff.presses(await offered(shop, anna, clock), "No")
    await shop.rests()
    assert sorted(os.listdir(folder)) == ["faq.md"]


async def test_it_is_asked_once_for_each_request(shop: Shop, anna: Customer, clock: TurnedClock) -> None:
    await offered(shop, anna, clock)
    shop.staff.says("And we have unicycles for mice", to=shop.desk, reply_to=await shop.card("NF-000001"))
    await anna.reads("unicycles")
    clock.turn(21)
    await ring_due(shop.running.business, RINGS)
    await shop.rests()
    assert sum("Shall I remember" in text for text in texts_of(shop.desk.shown())) == 1


async def test_other_words_are_shown_once_more_before_they_are_saved(
    shop: Shop, anna: Customer, folder: Path, clock: TurnedClock
) -> None:
    shop.staff.presses(await offered(shop, anna, clock), "Edit")
    asked = await shop.copy("Reply to this message: with the answer alone")
    shop.staff.says("Are there cycles for elephants?\nYes: tricycles.", to=shop.desk, reply_to=asked)
    newer = await shop.copy("❓ Are there cycles for elephants?\n💬 Yes: tricycles.")
    shop.staff.presses(newer, "Save")
    await proven(shop, "Stina saved this")
    assert "## Are there cycles for elephants?\n\nYes: tricycles." in (folder / "learned.md").read_text(
        "utf-8"
    )
    assert "tricycles" not in "".join(text for text in texts_of(shop.desk.shown()) if "delivered" in text)


async def test_what_is_there_already_is_shown_first(shop: Shop, anna: Customer, clock: TurnedClock) -> None:
    anna.says("How long does delivery take?")
    await anna.reads("Three")
    await shop.rests()
    (card,) = [await shop.hands_over(anna)]
    business = shop.running.business
    await business.db.transaction(
        lambda tx: tx.execute("UPDATE tickets SET question = 'How long does the delivery take?'")
    )
    shop.staff.says("It takes 5 weeks, I am afraid", to=shop.desk, reply_to=card)
    await anna.reads("5 weeks")
    clock.turn(21)
    await ring_due(business, RINGS)
    offer = await shop.copy("Shall I remember this?")
    assert "“How long does delivery take?” (faq.md)" in offer.text


async def test_a_file_system_that_refuses_is_said_and_it_can_be_saved_later(
    shop: Shop, anna: Customer, folder: Path, clock: TurnedClock
) -> None:
    offer = await offered(shop, anna, clock)
    (folder / "cases.jsonl").mkdir()
    shop.staff.presses(offer, "Save")
    refused = await shop.copy("It could not be written, and the file is as it was")
    assert sorted(os.listdir(folder)) == ["cases.jsonl", "faq.md"]
    (folder / "cases.jsonl").rmdir()
    shop.staff.presses(refused, "Save")
    await proven(shop, "I answer this now")


async def test_in_a_repository_it_is_a_commit(shop: Shop, folder: Path, clock: TurnedClock) -> None:
    await asyncio.to_thread(subprocess.run, ["git", "-C", str(folder), "init", "--quiet"], check=True)
    anna = shop.customer("telegram")
    shop.staff.presses(await offered(shop, anna, clock), "Save")
    await proven(shop, "it is committed to git")


async def test_a_change_that_breaks_a_known_answer_is_told_with_its_question(
    shop: Shop, folder: Path, clock: TurnedClock
) -> None:
    anna, business = shop.customer("telegram"), shop.running.business
    shop.staff.presses(await offered(shop, anna, clock), "Save")
    await proven(shop, "I answer this now")
    await regression.watch(business)
    before = business.library.summary().changed_at
    (folder / "learned.md").write_text("# Learned\n\n## Opening hours\n\nNine to five.\n", "utf-8")
    await shop.until(lambda: business.library.summary().changed_at != before)
    await regression.watch(business)
    told = await shop.copy("has broken known answers: 1")
    assert (
        "Do you sell bicycles for elephants? → learned.md#Do you sell bicycles for elephants?, now –"
        in told.text
    )
    await regression.watch(business)
    await shop.rests()
    assert sum("has broken" in text for text in texts_of(shop.desk.shown())) == 1
