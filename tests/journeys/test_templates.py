"""After WhatsApp's 24 hours: staff see it coming, and a reply goes as a template that Meta has approved (A-03)."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.desk.windows import count_down
from sandbox.telegram.chat import Message
from sandbox.whatsapp.customer import WhatsAppCustomer
from tests.clock import EverybodysClock
from tests.shop import Shop

HOUR = 3600
TEMPLATES = """
[[whatsapp.templates]]
name = "answer"
language = "en"
body = "Hello {{name}}, about your request {{ticket}}: {{text}}. Write back if you like."
[[whatsapp.templates]]
name = "we_have_news"
language = "en"
body = "Hello {{name}}, we have an answer for you. Write to us and we send it."
[[whatsapp.templates]]
name = "svar"
language = "sv"
body = "Hej {{name}}, om {{ticket}}: {{text}}. Hälsningar {{company}}"
"""


@pytest.fixture
async def late_shop(tmp_path: Path) -> AsyncIterator[Shop]:
    """Its clock can be turned, and it has templates, all of which Meta has approved."""
    shop = Shop(tmp_path, clock=EverybodysClock(), templates=TEMPLATES)
    meta = shop.whatsapp.add_template
    meta("answer", "Hello {{1}}, about your request {{2}}: {{3}}. Write back if you like.")
    meta("we_have_news", "Hello {{1}}, we have an answer for you. Write to us and we send it.")
    meta("svar", "Hej {{1}}, om {{2}}: {{3}}. Hälsningar {{4}}", "sv")
    async with shop:
        yield shop


def turn(shop: Shop, hours: float) -> None:
    assert isinstance(shop.clock, EverybodysClock)
    shop.clock.turn(hours * HOUR)


async def too_late(
    shop: Shop, words: str, name: str = "Anna Ek"
) -> tuple[WhatsAppCustomer, Message, Message]:
    """A reply a day after the customer's last word, and the note that says what can be done."""
    anna = shop.on_whatsapp(name)
    card = await shop.hands_over(anna)
    await shop.rests()
    turn(shop, 25)
    mine = shop.staff.says(words, to=shop.desk, reply_to=card)
    await shop.reacted(mine, "💔")
    return anna, mine, await shop.copy("more than 24 hours old")


async def test_a_reply_after_the_window_goes_as_a_template_by_one_tap(late_shop: Shop) -> None:
    anna, mine, note = await too_late(late_shop, "We have them.\n\nIn  green.")
    filled = "Hello Anna, about your request NF-000001: We have them. In green.. Write back if you like."
    assert filled in note.text
    assert "svar" not in note.text
    assert [button.text for button in note.buttons] == [
        "Send as “answer”",
        "Send as “we_have_news”",
        "Send again",
    ]
    late_shop.colleague.presses(note, "Send as “answer”")
    got = await anna.reads("We have them.")
    assert (got.type, got.text) == ("template", filled)
    await late_shop.reacted(mine, "👍")
    anna.opens()
    await late_shop.reacted(mine, "👀")


async def test_a_refusal_that_comes_later_leads_to_the_same_place(late_shop: Shop) -> None:
    late_shop.whatsapp.late_refusals.add(131047)
    anna, mine, note = await too_late(late_shop, "We have them")
    late_shop.staff.presses(note, "Send as “answer”")
    assert (await anna.reads("We have them")).type == "template"
    await late_shop.reacted(mine, "👍")


async def test_the_reply_goes_as_it_was_once_the_customer_has_written(late_shop: Shop) -> None:
    anna, mine, note = await too_late(late_shop, "We have them")
    anna.says("Any news?")
    await late_shop.copy("Any news?")
    late_shop.staff.presses(note, "Send again")
    assert (await anna.reads("We have them")).type == "text"
    await late_shop.reacted(mine, "👍")


async def test_a_template_that_meta_paused_is_named_and_the_others_are_offered(late_shop: Shop) -> None:
    anna, mine, note = await too_late(late_shop, "We have them")
    late_shop.whatsapp.judge_template("answer", "PAUSED")
    late_shop.staff.presses(note, "Send as “answer”")
    second = await late_shop.copy("Meta does not take this template")
    await late_shop.reacted(mine, "💔")
    late_shop.staff.presses(second, "Send as “we_have_news”")
    assert (await anna.reads("we have an answer for you")).type == "template"


async def test_a_template_with_other_places_at_meta_is_said(late_shop: Shop) -> None:
    late_shop.whatsapp.add_template("answer", "Hello {{1}}: {{2}}")
    _, mine, note = await too_late(late_shop, "We have them")
    late_shop.staff.presses(note, "Send as “answer”")
    await late_shop.copy("reads otherwise there")
    await late_shop.reacted(mine, "💔")


async def test_a_long_reply_is_cut_to_the_template_and_staff_see_how(late_shop: Shop) -> None:
    anna, _, note = await too_late(late_shop, "Many words. " * 200)
    assert "…. Write back if you like." in note.text
    late_shop.staff.presses(note, "Send as “answer”")
    got = await anna.reads("Many words.")
    assert got.text in note.text
    assert 900 < len(got.text) <= 1024


async def test_a_customer_is_offered_templates_of_their_language(late_shop: Shop) -> None:
    anna = late_shop.on_whatsapp("Åsa")
    card = await late_shop.hands_over(anna, "Säljer ni cyklar för elefanter?")
    turn(late_shop, 25)
    late_shop.staff.says("Ja", to=late_shop.desk, reply_to=card)
    note = await late_shop.copy("more than 24 hours old")
    assert [button.text for button in note.buttons] == ["Send as “svar”", "Send again"]
    late_shop.staff.presses(note, "Send as “svar”")
    assert (await anna.reads("NF-000001: Ja")).text == "Hej Åsa, om NF-000001: Ja. Hälsningar Nordmöbler"


async def test_a_picture_goes_in_no_template_and_the_words_for_it_are_there(late_shop: Shop) -> None:
    anna = late_shop.on_whatsapp("Anna")
    card = await late_shop.hands_over(anna)
    turn(late_shop, 25)
    late_shop.staff.sends("photo", reply_to=card)
    note = await late_shop.copy("pictures and files do not go along")
    assert [button.text for button in note.buttons] == ["Send as “we_have_news”", "Send again"]


async def test_a_reply_that_is_mended_after_it_failed_is_offered_with_the_newer_words(
    late_shop: Shop,
) -> None:
    anna, mine, note = await too_late(late_shop, "We have tem")
    late_shop.staff.edits(mine, "We have ten")
    newer = await late_shop.copy("NF-000001: We have ten.")
    old = late_shop.staff.presses(note, "Send as “answer”")
    await late_shop.telegram.until(lambda: old.answered)
    late_shop.staff.presses(newer, "Send as “answer”")
    await anna.reads("We have ten")
    await late_shop.rests()
    assert not any("tem." in message.text for message in anna.received)


# The countdown


async def test_the_card_counts_the_window_down_and_staff_are_warned_twice(late_shop: Shop) -> None:
    anna = late_shop.on_whatsapp("Anna")
    card = await late_shop.hands_over(anna)
    business = late_shop.running.business
    assert "⏳ Free replies until 20" in card.text
    await late_shop.rests()
    seen = []
    for hours in (11.0, 5.5, 3.5, 1.5, 1.2, 0.5, 0.2, 1.0, 1.0):
        turn(late_shop, hours)
        await count_down(business)
        await late_shop.rests()
        line = next(line for line in card.text.splitlines() if line[0] in "⏳🔒")
        seen.append(line.partition(": ")[2])
    assert seen == [
        "",
        "less than 12 h left",
        "less than 6 h left",
        "less than 3 h left",
        "less than 2 h left",
        "less than 1 h left",
        "less than 1 h left",
        "reply as usual, and choose the template it goes as.",
        "reply as usual, and choose the template it goes as.",
    ]
    warnings = [m.text for m in late_shop.desk.shown() if "left to reply freely" in m.text]
    assert [text.partition("less than ")[2][:1] for text in warnings] == ["2", "1"]
    assert all("NF-000001 · Anna" in text for text in warnings)
    assert card.edits <= 6


async def test_a_warning_is_given_once_over_a_restart_and_again_in_the_next_window(late_shop: Shop) -> None:
    anna = late_shop.on_whatsapp("Anna")
    card = await late_shop.hands_over(anna)
    turn(late_shop, 22.5)
    for _ in range(2):
        await count_down(late_shop.running.business)
        await late_shop.rests()
        await late_shop.restart()
    anna.says("Hello?")
    await late_shop.copy("Hello?")
    await count_down(late_shop.running.business)
    await late_shop.telegram.until(lambda: "less than" not in card.text)
    turn(late_shop, 22.5)
    await count_down(late_shop.running.business)
    await late_shop.rests()
    warnings = [m.text for m in late_shop.desk.shown() if "left to reply freely" in m.text]
    assert len(warnings) == 2


async def test_nobody_is_warned_of_a_resolved_request_nor_of_one_on_telegram(late_shop: Shop) -> None:
    anna, bertil = late_shop.on_whatsapp("Anna"), late_shop.telegram.add_user("Bertil")
    resolved, open_one = await late_shop.hands_over(anna), await late_shop.hands_over(bertil)
    late_shop.staff.says("/resolve", to=late_shop.desk, reply_to=resolved)
    await anna.reads("is closed")
    turn(late_shop, 22.5)
    await count_down(late_shop.running.business)
    await late_shop.rests()
    assert not [m for m in late_shop.desk.shown() if "left to reply freely" in m.text]
    assert "⏳" not in open_one.text + resolved.text


async def test_metas_word_closes_the_window_whatever_our_clock_says(late_shop: Shop) -> None:
    anna = late_shop.on_whatsapp("Anna")
    card = await late_shop.hands_over(anna)
    late_shop.whatsapp.refuse_next(131047)
    late_shop.staff.says("Hello", to=late_shop.desk, reply_to=card)
    await late_shop.telegram.until(lambda: "🔒" in card.text)
    await count_down(late_shop.running.business)
    await late_shop.rests()
    assert "🔒" in card.text
    anna.says("I am here")
    await late_shop.copy("I am here")
    await count_down(late_shop.running.business)
    await late_shop.telegram.until(lambda: "⏳" in card.text)
