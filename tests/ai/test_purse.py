"""What the model costs is on record, and no budget is exceeded by more than one call."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.ai.purse import Usage
from bot.answer import Asker, Fact, Question
from sandbox.faults import Fault
from sandbox.openai import OpenAIEmulator
from storage import model_spending
from storage.database import Database
from storage.opening import open_database
from tests.ai.asking import PASSAGES, QUESTION, SAID, HandClock, said
from tests.ai.conftest import Open

DAY_MILLISECONDS = 86_400_000


async def tokens_of(db: Database, scope: str, scope_id: int, period: str = "") -> int:
    row = await model_spending.find(db, (scope, scope_id, period))
    return row.tokens_in + row.tokens_out


async def test_tokens_and_money_of_a_conversation_and_a_day_are_on_record(
    server: OpenAIEmulator, ask_at: Open, db: Database
) -> None:
    model = ask_at(server.url, price=0.5)
    for _ in range(3):
        assert await said(model) == SAID
    today = await model.spent_today()
    reported = model.tokens["in"] + model.tokens["out"]
    assert (today.calls, today.tokens_in + today.tokens_out) == (3, reported)
    assert reported > 300
    assert reported / 2 <= today.cost <= reported / 2 + 3
    assert await model.purse.of_conversation(9) == replace(
        today, scope="conversation", scope_id=9, period="", told=0
    )


@pytest.mark.parametrize("name", ["contact_day_tokens", "day_tokens", "month_tokens"])
@pytest.mark.parametrize("at_once", [1, 10])
async def test_no_budget_is_exceeded_by_more_than_one_call(
    server: OpenAIEmulator, ask_at: Open, clock: HandClock, name: str, at_once: int
) -> None:
    model = ask_at(server.url, **{name: 6_000}, seconds=20)
    for _ in range(40 // at_once):
        await asyncio.gather(*(model.word(QUESTION, PASSAGES) for _ in range(at_once)))
    spent = model.tokens["in"] + model.tokens["out"]
    a_call = spent / len(server.asked)
    assert spent <= 6_000 + a_call
    assert model.calls["unpaid"] == 40 - len(server.asked)
    assert len(server.asked) >= (1 if at_once > 1 else 6_000 // a_call)
    assert clock.told == [name.removesuffix("_tokens")]


async def test_money_is_a_budget_too(server: OpenAIEmulator, ask_at: Open, clock: HandClock) -> None:
    model = ask_at(server.url, price=10.0, day_cost=0.01)  # a thousand tokens
    for _ in range(10):
        await said(model)
    spent = await model.spent_today()
    assert spent.cost <= 10_000 + spent.cost / spent.calls
    assert model.calls["unpaid"] > 0
    assert clock.told == ["day"]


async def test_one_contact_that_spends_it_all_leaves_the_others_theirs(
    server: OpenAIEmulator, ask_at: Open, clock: HandClock
) -> None:
    model = ask_at(server.url, contact_day_tokens=1_000)
    for _ in range(5):
        await said(model)
    assert model.calls["unpaid"] > 0
    for contact_id in (8, 10, 11):
        assert await said(model, replace(QUESTION, asker=Asker(contact_id))) == SAID
    for _ in range(5):
        await said(model, replace(QUESTION, asker=Asker(8)))
    assert clock.told == ["contact_day"]  # of the first one a day


async def test_a_new_day_has_its_own_budget(server: OpenAIEmulator, ask_at: Open, clock: HandClock) -> None:
    model = ask_at(server.url, day_tokens=1_000)
    for _ in range(5):
        await said(model)
    assert await said(model) is None
    clock.ahead += DAY_MILLISECONDS
    assert await said(model) == SAID


async def test_a_restart_does_not_make_it_forget(server: OpenAIEmulator, ask_at: Open) -> None:
    first = ask_at(server.url, day_tokens=1_000)
    for _ in range(5):
        await said(first)
    before = len(server.asked)
    assert await said(ask_at(server.url, day_tokens=1_000)) is None
    assert len(server.asked) == before


async def test_what_was_refused_costs_nothing_and_what_nobody_heard_of_again_counts_whole(
    server: OpenAIEmulator, ask_at: Open
) -> None:
    model = ask_at(server.url)
    server.faults.next("chat", Fault.status(400))
    assert await said(model) is None
    refused = await model.spent_today()
    assert (refused.calls, refused.tokens_in, refused.tokens_out) == (1, 0, 0)
    server.faults.next("chat", Fault.hang())
    assert await said(model) is None
    assert (await model.spent_today()).tokens_in > 500


async def test_without_a_record_nothing_is_asked(
    server: OpenAIEmulator, ask_at: Open, tmp_path: Path
) -> None:
    lost = await open_database(f"sqlite:///{tmp_path / 'lost.db'}")
    await lost.close()
    model = ask_at(server.url, database=lost)
    assert await model.word(QUESTION, PASSAGES) is None
    assert server.asked == []


async def test_days_of_contacts_are_forgotten_and_the_sums_stay(
    server: OpenAIEmulator, ask_at: Open, db: Database, clock: HandClock
) -> None:
    model = ask_at(server.url)
    await said(model)
    day = (await model.spent_today()).period
    clock.ahead += 60 * DAY_MILLISECONDS
    await model.forget_days()
    assert await tokens_of(db, "contact", 7, day) == 0
    assert await tokens_of(db, "all", 0, day) > 0
    assert await tokens_of(db, "conversation", 9) > 0


def test_a_price_is_rounded_up() -> None:
    from bot.settings_ai import Provider

    provider = Provider(name="a", base_url="http://a", model="a", price_in=0.15, price_out=0.6)
    assert Usage(1, 0).cost(provider) == 1
    assert Usage(1_000_000, 1_000_000).cost(provider) == 750_000


async def test_an_answer_that_rests_on_a_customers_own_facts_is_not_kept_for_others(
    server: OpenAIEmulator, ask_at: Open
) -> None:
    model = ask_at(server.url, cached_answers=10)
    known = Question("What is delivery?", "en", asker=Asker(7), facts=(Fact(7, "Order 5 has left.", "en"),))
    for _ in range(2):
        assert await said(model, known)
    assert len(server.asked) == 2
