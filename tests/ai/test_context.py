"""What leaves for the model: no name, no number that tells who somebody is, and the words come back in the answer."""

import json

import pytest

from bot.ai.pseudonyms import Pseudonyms
from bot.answer import Asker, Fact, Question
from sandbox.openai import OpenAIEmulator
from tests.ai.asking import PASSAGES, QUESTION, given, said
from tests.ai.conftest import Open

HIDDEN = [
    ("I am Anna Berg, anna.", "I am [NAME_1] [NAME_2], [NAME_1]."),
    ("Write to anna.berg+x@post.example.se!", "Write to [EMAIL_1]!"),
    ("Call me: +46 70 123 45 67 or 070-123 45 67.", "Call me: [PHONE_1] or [PHONE_2]."),
    ("Order 10077345, ticket NF-000042", "Order [NUMBER_1], ticket [NUMBER_2]"),
    ("19850101-1234 and 01018512345", "[NUMBER_1] and [NUMBER_2]"),
    (
        "Card 4111 1111 1111 1111, account SE35 5000 0000 0549 1000 0003",
        "Card [NUMBER_1], account [ACCOUNT_1]",
    ),
    ("Hej, jag heter Kalle Ek. Mvh Kalle Ek", "Hej, jag heter [NAME_1]. Mvh [NAME_1]"),
    ("[EMAIL_1] is mine", "EMAIL 1 is mine"),
]
KEPT = ["A sofa for 12 500 SEK, 3 chairs, 60 days, 24.12.2026, kl. 10:00–19:00, annat, Annandagen, 80x120 cm"]


@pytest.mark.parametrize(("text", "hidden"), HIDDEN)
def test_what_tells_who_somebody_is_is_hidden(text: str, hidden: str) -> None:
    assert Pseudonyms(("Anna Berg", ""), on=True).hide(text) == hidden


@pytest.mark.parametrize("text", KEPT)
def test_prices_dates_and_words_stay(text: str) -> None:
    assert Pseudonyms(("Anna Berg",), on=True).hide(text) == text


def test_the_words_come_back_and_nobody_elses() -> None:
    hidden = Pseudonyms(("Anna",), on=True)
    assert hidden.hide("Anna, order 10077345") == "[NAME_1], order [NUMBER_1]"
    assert (
        hidden.show("Order [NUMBER_1] of [NAME_1], not [NUMBER_2]")
        == "Order 10077345 of Anna, not [NUMBER_2]"
    )


async def test_nothing_of_it_is_in_a_request_and_the_answer_speaks_of_it(
    server: OpenAIEmulator, ask_at: Open
) -> None:
    model = ask_at(server.url)
    asker = Asker(7, 9, ("Anna Berg", "annab"))
    facts = (Fact(7, "Order 10077345 of Anna Berg leaves in 3 days.", "en"),)
    question = Question("When does order 10077345 come? annab", "en", ("customer: I am Anna",), asker, facts)
    server.write('{"sources": ["f1"], "answer": "Your order [NUMBER_1] leaves in 3 days."}')
    assert await said(model, question) == "Your order 10077345 leaves in 3 days."
    sent = json.dumps(server.asked[-1].body)
    assert not any(word in sent for word in ("10077345", "Anna", "Berg", "annab"))


async def test_it_may_be_switched_off(server: OpenAIEmulator, ask_at: Open) -> None:
    model = ask_at(server.url, pseudonyms=False)
    await said(model, Question("order 10077345", "en", (), QUESTION.asker))
    assert given(server)["question"] == "order 10077345"


async def test_a_deed_may_be_told_once_it_is_done_and_no_other(server: OpenAIEmulator, ask_at: Open) -> None:
    model = ask_at(server.url)
    done = Fact(7, "Cancellation of the order was finished.", "en", done="cancellation")
    question = Question("Please cancel my order", "en", (), Asker(7), (done,))
    server.write('{"sources": ["f1"], "answer": "Your order has been cancelled."}')
    assert await said(model, question) == "Your order has been cancelled."
    server.write('{"sources": ["f1"], "answer": "Your order has been refunded."}')
    assert await said(model, question) is None
    server.write('{"sources": ["p1"], "answer": "Your order has been cancelled."}')
    assert await said(model, question) is None


async def test_where_it_is_not_sure_what_the_passages_are_about_an_answer_keeps_close_to_them(
    server: OpenAIEmulator, ask_at: Open
) -> None:
    model = ask_at(server.url)
    close = "You pay for delivery once per order, to your door."
    loose = "Delivery is always punctual, friendly and wonderfully simple."
    for text, left in ((close, True), (loose, False)):
        server.say(text)
        wording = await model.word(QUESTION, PASSAGES[:1], sure=False)
        assert bool(wording and wording.text) == left
