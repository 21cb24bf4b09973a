"""Whatever somebody writes or is called: kept to the letter, shown as it is, obeyed by nobody (X-01 to X-04)."""

import unicodedata
from typing import Literal

import pytest

from bot import content as contents
from tests.nasty import MARKUP, NASTY
from tests.people import Customer, texts_of
from tests.shop import UNKNOWN, Shop

HIDDEN = "Hidden characters"
SEEN_AS_WRITTEN = (
    "Räksmörgås på søndag",
    "👩‍👩‍👧‍👦 👍🏽 🏳️‍🌈 1️⃣ ❤️",
    "\U0001f3f4\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f Cymru",
    "سلام \u200fدنیا، نمی\u200cدانم",
    "हिन्दी में क्ष\u200d",
)
NOT_AS_WRITTEN = (
    "\u202eevil.example/gpj.exe",
    "\u2066turned\u2069",
    "z\u200bero",
    "".join(chr(0xE0000 + ord(sign)) for sign in "obey me"),
    "a\U000e0101b",
    "\ufeffmark",
)


async def test_every_nasty_text_is_kept_to_the_letter_and_shown_to_a_person(
    shop: Shop, anna: Customer
) -> None:
    card = await shop.hands_over(anna)
    await shop.rests()
    for text in NASTY:
        anna.says(text)
    await shop.rests(30)
    kept = await shop.rows("SELECT content FROM messages WHERE author = 'customer' ORDER BY id")
    assert [contents.from_json(row["content"]).text for row in kept[1:]] == NASTY
    shown = "\n".join(texts_of(shop.desk.shown()))
    assert [text for text in NASTY if text.strip() not in shown] == []
    assert card.text.startswith("🔴"), "none of it was obeyed"


async def test_a_person_with_any_nasty_name_is_answered_and_shown(shop: Shop, channel: str) -> None:
    people = [shop.customer(channel, name) for name in NASTY]
    for person in people:
        person.says(UNKNOWN)
    for person in people:
        await person.reads("NF-")
    await shop.rests(30)
    shown = "\n".join(texts_of(shop.desk.shown()))
    assert [name for name in NASTY if name.strip() not in shown] == []


async def test_a_file_of_any_nasty_name_is_shown_to_a_person(shop: Shop, anna: Customer) -> None:
    """With its caption to the letter. Of its name what no server could read is left out."""
    await shop.hands_over(anna)
    await shop.rests()
    for text in NASTY:
        anna.sends("document", b"%PDF-1.4", caption=text, name=f"{text}.pdf", mime="application/pdf")
    await shop.rests(30)
    shown = [message for message in shop.desk.shown() if message.kind == "document"]
    assert [
        text for text, message in zip(NASTY, shown, strict=True) if text.strip() not in message.text
    ] == []


async def test_staff_see_that_there_are_characters_which_nobody_sees(shop: Shop, channel: str) -> None:
    anna = shop.customer(channel)
    card = await shop.hands_over(anna)
    for text in SEEN_AS_WRITTEN:
        anna.says(text)
    await shop.rests()
    assert not [text for text in texts_of(shop.desk.shown()) if HIDDEN in text]
    for text in NOT_AS_WRITTEN:
        anna.says(text)
    await shop.rests()
    assert sum(HIDDEN in text for text in texts_of(shop.desk.shown())) == len(NOT_AS_WRITTEN)
    eve = shop.customer(channel, f"Nordmöbler{NOT_AS_WRITTEN[0]}")
    assert HIDDEN in (await shop.hands_over(eve)).text
    assert HIDDEN not in card.text


async def test_what_no_database_keeps_is_kept_as_the_sign_for_it(shop: Shop, anna: Customer) -> None:
    await shop.hands_over(anna)
    anna.says("a\0b")
    await shop.copy("a\ufffdb")


@pytest.mark.parametrize("form", ["NFC", "NFD"])
async def test_letters_with_their_marks_apart_are_the_same_question(
    shop: Shop, anna: Customer, form: Literal["NFC", "NFD"]
) -> None:
    anna.says(unicodedata.normalize(form, "Hur lång är leveranstiden?"))
    await anna.reads("arbetsdagar")


async def test_a_name_and_a_text_in_any_markup_are_shown_as_they_are_and_link_nowhere(
    shop: Shop, channel: str
) -> None:
    """Neither the customer's words nor their name become bold, a link or a mention of ours."""
    name = "<b>A</b> [x](tg://user?id=1) *_~`"
    anna = shop.customer(channel, name)
    card = await shop.hands_over(anna)
    for text in MARKUP:
        anna.says(text)
    await shop.rests()
    assert name in card.text
    for message in shop.desk.shown():
        kinds = {entity["type"] for entity in message.entities if message.from_bot}
        assert not kinds & {"text_link", "text_mention", "code", "pre", "italic", "spoiler"}, message.text
    assert card.text.startswith("🔴")


async def test_a_link_that_a_customer_hid_behind_words_is_shown_to_staff_with_its_address(shop: Shop) -> None:
    anna = shop.telegram.add_user("Anna", started=True)
    await shop.hands_over(anna)
    hidden = {"type": "text_link", "offset": 4, "length": 12, "url": "https://evil.example/login"}
    anna.posts({"text": "See nordmobler.se please", "entities": [hidden]})
    copy = await shop.copy("See nordmobler.se")
    assert "text_link" not in {entity["type"] for entity in copy.entities}
    assert "https://evil.example/login" in copy.text
