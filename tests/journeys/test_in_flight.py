"""What happens while a language model is thinking: newer words join, and a person is never talked over."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.faults import Fault
from sandbox.openai import API_KEY, MODEL, OpenAIEmulator
from tests.people import received, texts_of
from tests.shop import UNKNOWN, Shop

THINKS = 0.4


@pytest.fixture
async def model() -> AsyncIterator[OpenAIEmulator]:
    async with OpenAIEmulator() as model:
        yield model


@pytest.fixture
async def shop(tmp_path: Path, model: OpenAIEmulator) -> AsyncIterator[Shop]:
    tables = {"ai": f'base_url = "{model.url}"\nmodel = "{MODEL}"'}
    async with Shop(tmp_path, tables=tables, environ={"OPENAI_API_KEY": API_KEY}) as shop:
        yield shop


async def test_the_model_says_it_in_its_words(shop: Shop, model: OpenAIEmulator, channel: str) -> None:
    anna = shop.customer(channel)
    anna.says("How long does delivery take?")
    await anna.reads("working days")
    assert model.asked


async def test_typing_is_shown_while_the_model_thinks(shop: Shop, model: OpenAIEmulator) -> None:
    model.faults.next("chat", Fault.slow(THINKS), times=2)
    anna, berta = shop.telegram.add_user("Anna"), shop.on_whatsapp("Berta")
    for customer in (anna, berta):
        customer.says("How long does delivery take?")
    await shop.telegram.until(lambda: "typing" in anna.chat.actions)
    await shop.whatsapp.until(lambda: berta.sees_typing)
    assert not received(anna)
    assert not received(berta)
    await anna.reads("working days")
    await berta.reads("working days")


async def test_newer_words_join_the_answer_in_flight(shop: Shop, model: OpenAIEmulator, channel: str) -> None:
    model.faults.next("chat", Fault.slow(THINKS))
    anna = shop.customer(channel)
    anna.says("How long does delivery take?")
    await model.pulse.until(lambda: model.asked)
    anna.says("To Norway, please.")
    await anna.reads("working days")
    await shop.rests()
    assert len(received(anna)) == 1
    assert "Norway" in str(model.asked[-1].body)


async def test_an_answer_in_flight_is_dropped_when_a_person_has_taken_over(
    shop: Shop, model: OpenAIEmulator, channel: str
) -> None:
    anna = shop.customer(channel)
    card = await shop.hands_over(anna)
    shop.staff.says("/resolve", to=shop.desk, reply_to=card)
    await anna.reads("is closed")
    await shop.rests()
    model.faults.next("chat", Fault.slow(THINKS))
    anna.says("How long does delivery take?")
    await model.pulse.until(lambda: model.asked)
    shop.staff.says("I am still here", to=shop.desk, reply_to=card)
    await anna.reads("I am still here")
    await shop.copy("How long does delivery take?")
    await shop.rests()
    assert not [text for text in texts_of(received(anna)) if "working days" in text]


async def test_a_restart_while_the_model_thinks_answers_afterwards(
    shop: Shop, model: OpenAIEmulator, channel: str
) -> None:
    model.faults.next("chat", Fault.hang(30))
    anna = shop.customer(channel)
    anna.says("How long does delivery take?")
    await model.pulse.until(lambda: model.asked)
    await shop.restart()
    await anna.reads("working days")
    await shop.rests()
    assert len(received(anna)) == 1


async def test_a_model_that_is_down_costs_no_answer(shop: Shop, model: OpenAIEmulator, channel: str) -> None:
    model.faults.always("chat", Fault.status(500))
    anna = shop.customer(channel)
    anna.says("How long does delivery take?")
    await anna.reads("working days")
    await shop.hands_over(anna, UNKNOWN)
    shop.staff.says("/status", to=shop.desk)
    status = await shop.copy("How Nordmöbler is doing")
    assert f"AI: {MODEL}" in status.text
    assert "last error: –" not in status.text


async def test_the_first_sentences_are_shown_while_the_rest_is_written(
    shop: Shop, model: OpenAIEmulator
) -> None:
    model.pace = 0.05
    anna, shown = shop.telegram.add_user("Anna"), set[str]()
    shop.telegram.on_change(lambda: shown.update(anna.chat.drafts.values()))
    anna.says("How long does delivery take?")
    answer = await anna.reads("working days")
    await shop.rests()
    assert shown
    assert [(text, answer.text) for text in shown if text not in answer.text or text[-1] != "."] == []
    assert not anna.chat.drafts
    assert len(received(anna)) == 1


async def test_on_whatsapp_an_answer_is_one_message_however_it_is_written(
    shop: Shop, model: OpenAIEmulator
) -> None:
    berta = shop.on_whatsapp("Berta")
    berta.says("How long does delivery take?")
    await berta.reads("working days")
    await shop.rests()
    assert len(received(berta)) == 1
    assert "stream" not in model.asked[0].body


async def test_a_telegram_without_drafts_costs_no_answer_and_is_asked_for_one_once(
    shop: Shop, model: OpenAIEmulator
) -> None:
    model.pace = 0.02
    shop.telegram.faults.always("sendMessageDraft", Fault.status(404))
    for name in ("Anna", "Berta", "Cilla"):
        customer = shop.telegram.add_user(name)
        customer.says("How long does delivery take?")
        await customer.reads("working days")
    assert len([fired for fired in shop.telegram.faults.fired if fired.name == "sendMessageDraft"]) == 1


async def test_a_used_up_budget_is_told_to_staff_once_and_answers_go_on(
    tmp_path: Path, model: OpenAIEmulator
) -> None:
    tables = {
        "ai": f'base_url = "{model.url}"\nmodel = "{MODEL}"\nday_tokens = 1\ncached_answers = 0\nprice_in = 1e6'
    }
    async with Shop(tmp_path, tables=tables, environ={"OPENAI_API_KEY": API_KEY}) as shop:
        for name in ("Anna", "Berta", "Cilla"):
            customer = shop.telegram.add_user(name)
            customer.says("How long does delivery take?")
            await customer.reads("working days")
        await shop.copy("What the AI may cost in a day is used up")
        await shop.rests()
        assert len(model.asked) == 1
        assert len([text for text in texts_of(shop.desk.shown()) if "used up" in text]) == 1
        shop.staff.says("/status", to=shop.desk)
        status = await shop.copy("How Nordmöbler is doing")
        assert "AI today: 1 calls" in status.text
