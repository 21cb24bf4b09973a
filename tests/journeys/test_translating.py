"""Staff read Swedish, the customer Norwegian: both read both, nothing is lost on the way, and nobody waits for it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.faults import Fault
from sandbox.openai import API_KEY, MODEL, OpenAIEmulator
from sandbox.openai_translating import losing
from sandbox.telegram.chat import Message
from tests.people import Customer, received, texts_of
from tests.shop import Shop

ASKED = "Hvorfor er ikke sykkelen til elefanten min kommet ennå?"
REPLY = "Den kostar 495 kr och kommer den 12 mars, skriver Stina på hjalp@nordmobler.example."


def shop_with(folder: Path, model: OpenAIEmulator | None, *desk: str) -> Shop:
    lines = "\n".join(('language = "sv"', *desk))
    tables = {"desk": lines}
    if model is not None:
        tables["ai"] = f'base_url = "{model.url}"\nmodel = "{MODEL}"\ncontact_day_tokens = 0\nday_tokens = 0'
    return Shop(folder, tables=tables, environ={"OPENAI_API_KEY": API_KEY} if model else {})


@pytest.fixture
async def model() -> AsyncIterator[OpenAIEmulator]:
    async with OpenAIEmulator() as emulator:
        yield emulator


@pytest.fixture
async def shop(tmp_path: Path, model: OpenAIEmulator) -> AsyncIterator[Shop]:
    async with shop_with(tmp_path, model) as shop:
        yield shop


@pytest.fixture
def anna(shop: Shop, channel: str) -> Customer:
    return shop.customer(channel, "Anna")


async def asks(shop: Shop, anna: Customer) -> Message:
    """Anna writes Norwegian and asks for a person; returns the card."""
    anna.says(ASKED)
    await anna.reads()
    anna.says("/human")
    await anna.reads("NF-000001")
    card = await shop.card("NF-000001")
    await shop.rests()
    return card


def replies(anna: Customer) -> list[str]:
    return [text for text in texts_of(received(anna)) if "495" in text or "«" in text or "Den kostar" in text]


async def test_the_card_and_what_follows_are_in_both_languages(shop: Shop, anna: Customer) -> None:
    await asks(shop, anna)
    card = await shop.card(f"«sv» {ASKED}")
    assert card.text.count(ASKED) >= 2
    anna.says("Den har ikke kommet, og den skulle kommet på tirsdag")
    copy = await shop.copy("🌐 «sv» Den har ikke kommet")
    assert copy.text.count("Den har ikke kommet") == 2
    assert not any("«" in text for text in texts_of(received(anna)))


async def test_a_reply_is_shown_translated_and_goes_with_a_tap(shop: Shop, anna: Customer) -> None:
    card = await asks(shop, anna)
    mine = shop.staff.says(REPLY, to=shop.desk, reply_to=card)
    preview = await shop.copy(f"«nb» {REPLY}")
    assert [button.text for button in preview.buttons] == ["Skicka", "Skicka som det står", "Avbryt"]
    await shop.rests()
    assert replies(anna) == []
    shop.staff.presses(preview, "Skicka")
    await anna.reads(f"«nb» {REPLY}")
    await shop.reacted(mine, "👍")
    done = await shop.copy("✅ Stina skickade översättningen")
    assert not done.buttons
    assert len(replies(anna)) == 1


async def test_it_goes_as_written_or_not_at_all_by_other_taps(shop: Shop, anna: Customer) -> None:
    card = await asks(shop, anna)
    shop.staff.says(REPLY, to=shop.desk, reply_to=card)
    shop.staff.presses(await shop.copy(f"«nb» {REPLY}"), "Avbryt")
    await shop.copy("Stina")
    await shop.rests()
    assert replies(anna) == []
    shop.staff.says(REPLY + " Hej!", to=shop.desk, reply_to=card)
    shop.staff.presses(await shop.copy(f"«nb» {REPLY} Hej!"), "Skicka som det står")
    await anna.reads(f"{REPLY} Hej!")
    await shop.rests()
    assert replies(anna) == [f"{REPLY} Hej!"]


async def test_of_two_who_tap_one_has_effect_also_after_a_restart(shop: Shop, anna: Customer) -> None:
    card = await asks(shop, anna)
    shop.staff.says(REPLY, to=shop.desk, reply_to=card)
    preview = await shop.copy(f"«nb» {REPLY}")
    send, as_is, drop = (button.code for button in preview.buttons)
    await shop.restart()
    first = shop.colleague.presses(preview, "Skicka")
    await anna.reads("«nb»")
    late = [shop.telegram.press(shop.staff, preview, code) for code in (send, as_is, drop)]
    await shop.telegram.until(lambda: first.answered and all(press.answered for press in late))
    assert {press.text for press in late} == {"Kalle har redan skickat det."}
    await shop.rests()
    assert replies(anna) == [f"«nb» {REPLY}"]


async def test_a_translation_that_loses_a_number_is_not_sent_and_says_which(
    shop: Shop, anna: Customer, model: OpenAIEmulator
) -> None:
    card = await asks(shop, anna)
    model.translate = losing("495 kr")
    shop.staff.says(REPLY, to=shop.desk, reply_to=card)
    told = await shop.copy("495 kr")
    assert [button.text for button in told.buttons] == ["Skicka som det står", "Avbryt"]
    await shop.rests()
    assert replies(anna) == []
    shop.staff.presses(told, "Skicka som det står")
    await anna.reads("Den kostar 495 kr")
    assert replies(anna) == [REPLY]


async def test_what_is_lost_once_is_asked_for_once_more(
    shop: Shop, anna: Customer, model: OpenAIEmulator
) -> None:
    card = await asks(shop, anna)
    model.translate = losing("12 mars", times=1)
    shop.staff.says(REPLY, to=shop.desk, reply_to=card)
    await shop.copy(f"«nb» {REPLY}")


async def test_an_edit_of_a_translated_reply_is_translated_too(
    shop: Shop, anna: Customer, channel: str
) -> None:
    card = await asks(shop, anna)
    mine = shop.staff.says(REPLY, to=shop.desk, reply_to=card)
    shop.staff.presses(await shop.copy(f"«nb» {REPLY}"), "Skicka")
    await anna.reads("«nb»")
    await shop.reacted(mine, "👍")
    newer = REPLY.replace("495", "595")
    shop.staff.edits(mine, newer)
    preview = await shop.copy("skulle i stället läsa")
    assert f"«nb» {newer}" in preview.text
    await shop.rests()
    assert not any("595" in text for text in texts_of(received(anna)))
    shop.staff.presses(preview, "Skicka")
    if channel == "whatsapp":
        note = await shop.copy("Kunden läser fortfarande")
        shop.staff.presses(note, note.buttons[0].text)
    await anna.sees(f"«nb» {newer}")
    await shop.rests()
    assert not any(text == newer for text in texts_of(received(anna)))


async def test_without_an_answer_in_time_the_original_goes(
    tmp_path: Path, model: OpenAIEmulator, channel: str
) -> None:
    async with shop_with(tmp_path, model, "translate_seconds = 0.4") as shop:
        anna = shop.customer(channel)
        card = await asks(shop, anna)
        model.faults.always("chat", Fault.status(503))
        shop.staff.says(REPLY, to=shop.desk, reply_to=card)
        await anna.reads(REPLY)
        await shop.copy("Översättaren svarade inte i tid")
        assert replies(anna) == [REPLY]


async def test_without_a_model_or_where_it_is_switched_off_nothing_is_translated(
    tmp_path: Path, model: OpenAIEmulator, channel: str
) -> None:
    for number, (asked, lines) in enumerate([(None, ()), (model, ('translate = "off"',))]):
        async with shop_with(tmp_path / str(number), asked, *lines) as shop:
            anna = shop.customer(channel)
            card = await asks(shop, anna)
            shop.staff.says(REPLY, to=shop.desk, reply_to=card)
            await anna.reads(REPLY)
            assert await shop.count("SELECT count(*) FROM translations") == 0


async def test_where_it_is_set_so_the_translation_goes_at_once(
    tmp_path: Path, model: OpenAIEmulator, channel: str
) -> None:
    async with shop_with(tmp_path, model, 'translate = "direct"') as shop:
        anna = shop.customer(channel)
        card = await asks(shop, anna)
        shop.staff.says(REPLY, to=shop.desk, reply_to=card)
        await anna.reads(f"«nb» {REPLY}")
        await shop.rests()
        model.translate = losing("2 bord")
        shop.staff.says("Vi har 2 bord kvar till dig, men bara den här veckan", to=shop.desk, reply_to=card)
        told = await shop.copy("Översättningen skickades inte")
        assert "2" in told.text
        await shop.rests()
        assert len(replies(anna)) == 1


async def test_another_customers_details_still_wait_for_a_tap_and_stand_with_the_translation(
    shop: Shop, anna: Customer
) -> None:
    card = await asks(shop, anna)
    shop.on_whatsapp("Berta", phone="46709998877").says("/human")
    await shop.card("Berta")
    shop.staff.says("Ring oss gärna på 070-999 88 77 om du vill", to=shop.desk, reply_to=card)
    asked = await shop.copy("Inget är skickat än")
    assert "«nb»" in asked.text
    assert asked.text.count("070-999 88 77") == 2
    await shop.rests()
    assert not any("070" in text for text in texts_of(received(anna)))


async def test_what_stays_inside_is_never_translated(
    shop: Shop, anna: Customer, model: OpenAIEmulator
) -> None:
    await asks(shop, anna)
    await shop.card("«sv»")
    before = len(model.asked)
    shop.staff.says("Hon är arg, var försiktig med henne", to=shop.desk)
    await shop.rests()
    assert len(model.asked) == before
    assert replies(anna) == []


async def test_staff_who_write_the_customers_language_are_not_translated(shop: Shop, anna: Customer) -> None:
    card = await asks(shop, anna)
    shop.staff.says(
        "Hei, den kommer dessverre ikke før på tirsdag, men jeg sjekker", to=shop.desk, reply_to=card
    )
    await anna.reads("Hei, den kommer dessverre ikke")
