"""A translation is held against its original, detail by detail; the chain asks for it within its time and budgets."""

import pytest

from bot.ai.surviving import added, lost
from bot.answer import Asker, Order
from sandbox.faults import Fault
from sandbox.openai import OpenAIEmulator
from sandbox.openai_translating import losing
from tests.ai.asking import HandClock
from tests.ai.conftest import Open

ORDER = Order(
    "Hej Anna Berg! Den kostar 495 kr, ring 070-123 45 67.", "sv", "nb", 5.0, Asker(7, 9, ("Anna Berg",))
)

FAITHFUL = [
    ("Den kostar 495 kr och kommer tisdag den 12 mars.", "sv", "Den koster 495 kr og kommer tirsdag den 12. mars.", "nb"),
    ("NF-000042 är på väg. Ring 070-123 45 67!", "sv", "NF-000042 er på vei. Ring 070-123 45 67!", "nb"),
    ("Det tar två veckor, öppet kl. 9-17.", "sv", "Det tar to uker, åpent kl. 9–17.", "nb"),
    ("On Monday for 1,234.50 SEK, says Kalle.", "en", "På måndag för 1 234,50 SEK, säger Kalle.", "sv"),
    ("Soffan Björk kostar 12 495 kr, 20 % till 31/12.", "sv", "Sofaen Björk koster 12 495 kr, 20 % til 31.12.", "nb"),
    ("Det är en av dem, den 3 april.", "sv", "It is one of them, on April 3.", "en"),
    ("Du får en ny i slutet av maj.", "sv", "You will get a new one at the end of May.", "en"),
    ("Numero 123456 maksoi 300 euroa 12.3.2026.", "fi", "Numret 123456 kostade 300 euro 12.3.2026.", "sv"),
]  # fmt: skip
FAITHLESS = [
    ("Den kostar 495 kr.", "sv", "Den koster 459 kr.", "nb", "495 kr"),
    ("Den kommer tisdag", "sv", "Den kommer onsdag", "nb", "tisdag"),
    ("Läs på nordmobler.example/retur", "sv", "Les på nordmobler.example/refund", "nb", "nordmobler.example/retur"),
    ("Skriv till hjalp@nordmobler.example", "sv", "Skriv til help@nordmobler.example", "nb", "hjalp@nordmobler.example"),
    ("Ring oss på 070-123 45 67", "sv", "Ring oss på 070-123 45 76", "nb", "070-123 45 67"),
    ("Order NF-000042 är klar", "sv", "Ordre NF-000024 er klar", "nb", "NF-000042"),
    ("Det tar två veckor", "sv", "Det tar tre uker", "nb", "2 veckor"),
    ("Öppet 9-17", "sv", "Åpent 9-18", "nb", "9-17"),
    ("Du får 20 % rabatt", "sv", "Du får 20 kr rabatt", "nb", "20 %"),
    ("Fråga efter Kalle i butiken", "sv", "Spør etter ham i butikken", "nb", "Kalle"),
    ("Hej Anna, den är klar", "sv", "Hei, den er klar", "nb", "Anna"),
    ("Hinta on 300 euroa", "fi", "Priset är 200 euro", "sv", "300"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "source", "other", "language"), FAITHFUL)
def test_what_says_the_same_has_lost_nothing(text: str, source: str, other: str, language: str) -> None:
    assert lost(text, source, other, language, ("Anna Berg",)) == ()
    assert added(text, source, other, language) == ()


@pytest.mark.parametrize(("text", "source", "other", "language", "detail"), FAITHLESS)
def test_a_detail_that_got_lost_is_named(
    text: str, source: str, other: str, language: str, detail: str
) -> None:
    assert detail in lost(text, source, other, language, ("Anna Berg",))


def test_a_detail_that_was_made_up_is_named() -> None:
    assert added("Det tar tid", "sv", "Det tar tid og koster 20 kr", "nb") == ("20 kr",)


async def test_names_and_numbers_are_kept_from_the_model_and_come_back(
    server: OpenAIEmulator, ask_at: Open
) -> None:
    made = await ask_at(server.url).translate(ORDER)
    assert made is not None
    assert made.text == f"«nb» {ORDER.text}"
    assert (made.missing, made.added) == ((), ())
    given = str(server.asked[-1].body)
    assert "Berg" not in given
    assert "070-123" not in given


async def test_what_is_lost_is_asked_for_once_more_and_then_said(
    server: OpenAIEmulator, ask_at: Open
) -> None:
    chain = ask_at(server.url)
    server.translate = losing("495 kr", times=1)
    made = await chain.translate(ORDER)
    assert made is not None
    assert made.missing == ()
    server.translate = losing("495 kr")
    made = await chain.translate(ORDER)
    assert made is not None
    assert made.missing == ("495 kr",)
    assert len(server.asked) == 4


async def test_the_next_server_is_asked_where_the_first_one_is_in_trouble(
    server: OpenAIEmulator, ask_at: Open
) -> None:
    async with OpenAIEmulator() as broken:
        broken.faults.always("chat", Fault.status(503))
        made = await ask_at(broken.url, server.url).translate(ORDER)
    assert made is not None


async def test_a_budget_that_is_spent_spares_the_model(
    server: OpenAIEmulator, ask_at: Open, clock: HandClock
) -> None:
    chain = ask_at(server.url, day_tokens=1)
    assert await chain.translate(ORDER) is not None
    assert await chain.translate(ORDER) is None
    assert len(server.asked) == 1
    assert clock.told == ["day"]


@pytest.mark.parametrize(
    "reply", ["no JSON", '{"sources": [], "answer": ""}', '{"answer": "' + "x" * 2000 + '"}']
)
async def test_what_is_no_translation_is_none(server: OpenAIEmulator, ask_at: Open, reply: str) -> None:
    server.translate = lambda _: reply
    assert await ask_at(server.url).translate(ORDER) is None
