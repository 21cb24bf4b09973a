"""Several models, one after the other: when one fails the next one is asked, and no question costs three calls."""

from collections.abc import AsyncIterator

import pytest

from bot.ai.chain import Chain
from sandbox.faults import Fault
from sandbox.openai import OpenAIEmulator
from sandbox.openai_oddities import FILTERED_QUESTION, QUOTA, SHOUTED_RATE_LIMIT, STREAMED, Quirk
from tests.ai.asking import PASSAGES, QUESTION, SAID, HandClock, said
from tests.ai.conftest import Open

LIE = "Delivery to your door costs 1 €."
FAULTS = {
    "hangs": Fault.hang(),
    "is down": Fault.status(503),
    "has no quota": QUOTA,
    "is too busy": SHOUTED_RATE_LIMIT,
    "filters the question": FILTERED_QUESTION,
    "does not know the key": Fault.status(401),
    "breaks off": Fault.cut(),
}


@pytest.fixture
async def second() -> AsyncIterator[OpenAIEmulator]:
    async with OpenAIEmulator() as emulator:
        yield emulator


@pytest.fixture
def both(server: OpenAIEmulator, second: OpenAIEmulator, ask_at: Open) -> Chain:
    """Each may take half a second, both together one and a half."""
    return ask_at(server.url, second.url, seconds=0.5, deadline=1.5)


def calls(*servers: OpenAIEmulator) -> list[int]:
    return [len(server.asked) for server in servers]


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
async def test_when_one_fails_the_next_one_answers(
    server: OpenAIEmulator, second: OpenAIEmulator, both: Chain, fault: Fault
) -> None:
    await both.start()
    server.faults.next("chat", fault)
    assert await said(both) == SAID
    assert calls(server, second) == [1, 1]
    assert both.last_error
    assert not both.left_alone


@pytest.mark.parametrize("quirk", [Quirk.EMPTY, Quirk.LENGTH, Quirk.REFUSAL, Quirk.HTML, Quirk.NO_CHOICES])
async def test_what_is_no_answer_is_asked_of_the_next_one(
    server: OpenAIEmulator, second: OpenAIEmulator, both: Chain, quirk: Quirk
) -> None:
    server.quirks.append(quirk)
    assert await said(both) == SAID
    assert calls(server, second) == [1, 1]


async def test_the_first_one_that_is_well_is_asked_alone(
    server: OpenAIEmulator, second: OpenAIEmulator, both: Chain
) -> None:
    for _ in range(3):
        assert await said(both) == SAID
    assert calls(server, second) == [3, 0]


async def test_a_lie_is_corrected_by_the_one_that_told_it_and_nobody_is_asked_a_third_time(
    server: OpenAIEmulator, second: OpenAIEmulator, both: Chain
) -> None:
    server.say(LIE)
    assert await said(both) is None
    assert calls(server, second) == [2, 0]


async def test_after_a_failure_a_lie_of_the_next_one_is_the_last_word(
    server: OpenAIEmulator, second: OpenAIEmulator, both: Chain
) -> None:
    server.faults.next("chat", Fault.status(500))
    second.say(LIE)
    assert await said(both) is None
    assert calls(server, second) == [1, 1]


async def test_an_empty_account_is_asked_once_in_ten_minutes_and_the_others_answer_meanwhile(
    server: OpenAIEmulator, second: OpenAIEmulator, both: Chain, clock: HandClock
) -> None:
    server.faults.always("chat", QUOTA)
    for _ in range(50):
        assert await said(both) == SAID
        clock.seconds += 12
    assert calls(server, second) == [1, 50]
    server.faults.calm()
    clock.seconds += 12
    assert await said(both) == SAID
    assert calls(server, second) == [2, 50]


async def test_one_that_flaps_costs_few_calls_more_than_there_are_questions(
    server: OpenAIEmulator, second: OpenAIEmulator, both: Chain, clock: HandClock
) -> None:
    for number in range(120):  # down for five seconds, up for five, for ten minutes
        if number % 2:
            server.faults.calm()
        else:
            server.faults.always("chat", Fault.status(503))
        assert await said(both) == SAID
        clock.seconds += 5
    assert sum(calls(server, second)) <= 1.5 * 120


async def test_when_all_are_down_nobody_is_asked_and_the_knowledge_base_answers_at_once(
    server: OpenAIEmulator, second: OpenAIEmulator, both: Chain
) -> None:
    for emulator in (server, second):
        emulator.faults.always("chat", Fault.status(503))
    for _ in range(20):
        assert await said(both) is None
    assert calls(server, second) == [3, 3]
    assert both.left_alone
    assert both.calls["spared"] == 17


async def test_the_deadline_is_for_all_of_them_together(
    server: OpenAIEmulator, second: OpenAIEmulator, ask_at: Open
) -> None:
    both = ask_at(server.url, second.url, seconds=1.0, deadline=0.9)
    for emulator in (server, second):
        emulator.faults.always("chat", Fault.hang())
    assert await said(both) is None  # within the deadline of a question and some slack


async def test_an_answer_that_was_paid_for_is_not_paid_for_again(
    server: OpenAIEmulator, ask_at: Open, second: OpenAIEmulator
) -> None:
    model = ask_at(server.url, cached_answers=2)
    assert [await said(model) for _ in range(3)] == [SAID] * 3
    assert len(server.asked) == 1
    assert model.calls == {"used": 1, "cached": 2}
    assert await said(model, passages=PASSAGES[:1]) == SAID  # other passages, another answer
    assert len(server.asked) == 2


@pytest.mark.parametrize("quirk", [quirk for quirk in STREAMED if quirk is not Quirk.STREAM_REPEATS])
async def test_a_streamed_answer_that_goes_wrong_is_asked_of_the_next_one(
    server: OpenAIEmulator, second: OpenAIEmulator, both: Chain, quirk: Quirk
) -> None:
    await both.start()
    shown: list[str] = []
    server.quirks.append(quirk)
    wording = await both.word(QUESTION, PASSAGES, shown.append)
    assert wording is not None
    assert wording.text == SAID
    assert all(SAID.startswith(text) for text in shown)


async def test_whole_sentences_are_shown_while_the_rest_is_written(
    server: OpenAIEmulator, ask_at: Open
) -> None:
    model, shown = ask_at(server.url), list[str]()
    assert await model.word(QUESTION, PASSAGES, shown.append)
    assert shown == ["Delivery to your door costs 495 SEK."]
    assert server.asked[-1].body["stream"]
    today = await model.spent_today()
    assert today.tokens_in > 100
    assert today.tokens_out > 10


async def test_no_sentence_is_shown_that_may_not_be_said(server: OpenAIEmulator, ask_at: Open) -> None:
    model, shown = ask_at(server.url), list[str]()
    server.say("It takes 3–6 days. Delivery costs 1 €. You pay once per order. Good.")
    await model.word(QUESTION, PASSAGES, shown.append)
    assert shown == ["It takes 3–6 days."]


async def test_nothing_is_shown_before_it_is_known_what_it_rests_on(
    server: OpenAIEmulator, ask_at: Open
) -> None:
    model, shown = ask_at(server.url), list[str]()
    server.write(f'{{"answer": "{SAID} You pay once per order.", "sources": ["p1"]}}')
    assert await model.word(QUESTION, PASSAGES, shown.append)
    assert shown == []


async def test_check_says_of_each_whether_it_can_be_asked(
    server: OpenAIEmulator, second: OpenAIEmulator, ask_at: Open
) -> None:
    both = ask_at(server.url, second.url)
    second.faults.always("models", Fault.status(401))
    found = [(finding.ok, finding.sentence) for finding in await both.check()]
    assert found == [
        (True, "gpt-4o-mini can be asked"),
        (False, "127.0.0.1 does not know our key: check OPENAI_API_KEY (401)."),
    ]
    assert not any(asked.name == "chat" for asked in [*server.asked, *second.asked])
