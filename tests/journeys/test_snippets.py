"""Ready words and drafts: shown before they leave, decided on once, and never sent with a gap in them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.desk.due import ring_due
from bot.desk.rings import RINGS
from bot.knowledge.library import Library
from sandbox.openai import API_KEY, MODEL, OpenAIEmulator
from tests.people import Customer, received, texts_of
from tests.shop import UNKNOWN, Shop

PRICES = b"%PDF-1.4 our prices"
SNIPPETS = {
    "hello.md": "Hello **{first_name}**! {ticket}",
    "hello.sv.md": "Hej {first_name}! {ticket}",
    "prices.md": "Our prices, {first_name}.\n\nattach: list.pdf\n",
    "gap.md": "Hello {first_name}, {order_number} is on its way.",
    "lost.md": "Here you are.\nattach: ../faq.md",
}


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    folder = tmp_path / "kb"
    (folder / "snippets").mkdir(parents=True)
    (folder / "faq.md").write_text(
        "# Delivery\n\n## How long does delivery take?\n\nThree working days.\n", "utf-8"
    )
    for name, text in SNIPPETS.items():
        (folder / "snippets" / name).write_text(text, "utf-8")
    (folder / "snippets" / "list.pdf").write_bytes(PRICES)
    library = Library(folder, ["en", "sv", "nb"], clock=SystemClock())
    library.load()
    async with Shop(tmp_path, tables={"knowledge": f'folder = "{folder}"'}, library=library) as shop:
        yield shop


async def test_a_snippet_is_shown_filled_in_and_leaves_with_a_tap(shop: Shop, channel: str) -> None:
    anna = shop.customer(channel, "Anna *Star* Karlsson")
    card = await shop.hands_over(anna)
    shop.staff.says("/s hello", to=shop.desk, reply_to=card)
    preview = await shop.copy("(snippet hello)")
    assert "Hello Anna! NF-000001" in preview.text
    assert len(received(anna)) == 1
    shop.staff.presses(preview, "Send")
    reply = await anna.reads("Hello")
    assert reply.text == ("Hello Anna! NF-000001" if channel == "telegram" else "Hello *Anna*! NF-000001")
    sent = await shop.copy("✅ Sent by Stina")
    assert not sent.buttons
    await shop.card("🟡 NF-000001")


async def test_its_file_goes_along(shop: Shop, anna: Customer) -> None:
    card = await shop.hands_over(anna)
    shop.staff.says("/s prices", to=shop.desk, reply_to=card)
    preview = await shop.copy("📎 list.pdf")
    shop.staff.presses(preview, "Send")
    reply = await anna.reads("Our prices, Anna.")
    assert shop.file(reply) == PRICES


async def test_it_speaks_the_customers_language(shop: Shop, anna: Customer) -> None:
    card = await shop.hands_over(anna, "Säljer ni cyklar för elefanter?")
    shop.staff.says("/s hello", to=shop.desk, reply_to=card)
    await shop.copy("Hej Anna!")


@pytest.mark.parametrize(("name", "said"), [("gap", "{order_number}"), ("lost", "../faq.md")])
async def test_one_with_a_gap_is_not_sent_and_the_gap_is_named(
    shop: Shop, anna: Customer, name: str, said: str
) -> None:
    card = await shop.hands_over(anna)
    shop.staff.says(f"/s {name}", to=shop.desk, reply_to=card)
    told = await shop.copy("was not sent")
    assert said in told.text
    assert not told.buttons
    await shop.rests()
    assert len(received(anna)) == 1


async def test_snippets_are_listed_and_searched(shop: Shop) -> None:
    card = await shop.hands_over(shop.customer("telegram"))
    shop.staff.says("/s", to=shop.desk)
    assert "/s prices – Our prices" in (await shop.copy("Snippets.")).text
    shop.staff.says("/s nothing-like-it", to=shop.desk, reply_to=card)
    await shop.copy("No snippet is called “nothing-like-it”")
    shop.staff.says("/s our pri", to=shop.desk, reply_to=card)
    await shop.copy("(snippet prices)")
    shop.staff.says("/s hello", to=shop.desk)
    await shop.copy("For whom?")


async def test_snippets_are_no_answers(shop: Shop) -> None:
    found = shop.running.business.library.find("Our prices, Anna", "en")
    assert all("snippets" not in hit.passage.file for hit in found.hits)


async def test_whoever_taps_second_is_told_who_was_first(shop: Shop, anna: Customer) -> None:
    card = await shop.hands_over(anna)
    shop.staff.says("/s hello", to=shop.desk, reply_to=card)
    preview = await shop.copy("(snippet hello)")
    first, second = shop.colleague.presses(preview, "Send"), shop.staff.presses(preview, "Cancel")
    await shop.telegram.until(lambda: first.answered and second.answered)
    assert (first.text, second.text).count("Kalle has decided on this already.") + (
        first.text,
        second.text,
    ).count("Stina has decided on this already.") == 1
    await shop.rests()
    assert len([text for text in texts_of(received(anna)) if "Hello" in text]) == (second.text != "")


async def test_other_words_are_shown_once_more_before_they_leave(shop: Shop, anna: Customer) -> None:
    card = await shop.hands_over(anna)
    shop.staff.says("/s prices", to=shop.desk, reply_to=card)
    preview = await shop.copy("(snippet prices)")
    shop.staff.presses(preview, "Edit")
    asked = await shop.copy("Reply to this message with your words")
    shop.staff.says("Our newest prices", to=shop.desk, reply_to=asked)
    newer = await shop.copy("Our newest prices\n")
    assert len(received(anna)) == 1
    shop.staff.presses(newer, "Send")
    reply = await anna.reads("Our newest prices")
    assert shop.file(reply) == PRICES


async def test_a_draft_stands_under_the_card_and_leaves_with_a_tap(shop: Shop, anna: Customer) -> None:
    anna.says("How long does delivery take?")
    await anna.reads("Three working days")
    anna.says("/human")
    await anna.reads("NF-000001")
    await ring_due(shop.running.business, RINGS)
    draft = await shop.copy("Draft for Anna")
    assert "How long does delivery take? (faq.md)" in draft.text
    assert "Three working days." in draft.text
    shop.staff.presses(draft, "Send")
    await anna.reads("Three working days")
    await shop.card("🟡 NF-000001")


async def test_a_draft_is_not_made_when_somebody_answered_first_or_nothing_is_near(
    shop: Shop, anna: Customer
) -> None:
    card = await shop.hands_over(anna, UNKNOWN)
    shop.staff.says("No", to=shop.desk, reply_to=card)
    await anna.reads("No")
    await ring_due(shop.running.business, RINGS)
    await shop.rests()
    assert await shop.count("SELECT count(*) FROM suggestions") == 0


async def test_a_draft_can_be_discarded(shop: Shop, anna: Customer) -> None:
    anna.says("How long does delivery take?")
    await anna.reads("Three working days")
    anna.says("/human")
    await anna.reads("NF-000001")
    await ring_due(shop.running.business, RINGS)
    draft = await shop.copy("Draft for Anna")
    shop.staff.presses(draft, "Discard")
    await shop.copy("✖ Not sent (Stina)")
    await shop.rests()
    assert len(received(anna)) == 2


async def test_where_ai_is_on_a_draft_is_in_the_models_words(tmp_path: Path) -> None:
    folder = tmp_path / "kb"
    folder.mkdir()
    (folder / "faq.md").write_text(
        "# Delivery\n\n## How long does delivery take?\n\nThree working days.\n", "utf-8"
    )
    library = Library(folder, ["en", "sv", "nb"], clock=SystemClock())
    library.load()
    async with OpenAIEmulator() as model:
        model.say("It takes three working days.")
        tables = {
            "knowledge": f'folder = "{folder}"',
            "ai": f'base_url = "{model.url}"\nmodel = "{MODEL}"\ncontact_day_tokens = 0\nday_tokens = 0',
        }
        environ = {"OPENAI_API_KEY": API_KEY}
        async with Shop(tmp_path, tables=tables, environ=environ, library=library) as shop:
            anna = shop.customer("telegram")
            anna.says("How long does delivery take?")
            await anna.reads("three working days")
            anna.says("/human")
            await anna.reads("NF-000001")
            await ring_due(shop.running.business, RINGS)
            draft = await shop.copy("Draft for Anna")
            assert "It takes three working days." in draft.text
