"""The set of questions that the figures of docs/answers.md rest on is as large and as varied as they say."""

from collections import Counter

import pytest

from benchmarks.answers import contenders, figures, sets
from benchmarks.answers.sets import LANGUAGES, PHRASINGS, Asked
from benchmarks.answers.shop import shop
from bot.knowledge.found import Found, Hit

ENTRIES, UNANSWERABLE = 60, 60


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_hotel_is_asked_in_three_ways_an_answer_half_of_them_colloquial(language: str) -> None:
    hotel = sets.hotel(language)
    answerable = [asked for asked in hotel.asked if asked.right]
    assert len(hotel.passages) == ENTRIES
    assert set(Counter(asked.right for asked in answerable).values()) == {PHRASINGS}
    assert Counter(asked.kind for asked in answerable) == {"formal": 90, "colloquial": 90}


@pytest.mark.parametrize("language", LANGUAGES)
def test_half_of_what_the_hotel_does_not_answer_is_about_hotels(language: str) -> None:
    none = [asked for asked in sets.hotel(language).asked if not asked.right]
    assert Counter(asked.kind for asked in none) == {"near": UNANSWERABLE / 2, "far": UNANSWERABLE / 2}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_halves_share_no_answer_and_are_as_large(language: str) -> None:
    tuning, judging = (sets.hotel(language).only(half) for half in ("tuning", "judging"))
    assert len(tuning.asked) == len(judging.asked)
    rights = [{asked.right for asked in half.asked if asked.right} for half in (tuning, judging)]
    assert rights[0].isdisjoint(rights[1])


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_question_stands_in_the_articles(language: str) -> None:
    hotel = sets.hotel(language)
    known = {question.casefold() for passage in hotel.passages for question in passage.questions}
    assert known.isdisjoint(asked.text.casefold() for asked in hotel.asked)


def test_a_phrasing_that_is_asked_is_none_that_is_known() -> None:
    for case in sets.hotel_with_phrasings("en"):
        known = {question for passage in case.passages for question in passage.questions}
        assert len(known) == PHRASINGS * ENTRIES
        assert known.isdisjoint(asked.text for asked in case.asked)


def test_the_shop_is_asked_what_its_articles_answer_in_another_language() -> None:
    crossed = shop("en", "sv")
    assert all(one.language == "sv" for one in crossed.asked)
    assert sum(bool(one.right) for one in crossed.asked) == 50
    assert all(len(passage.questions) == 1 for passage in shop("en", "sv", bare=True).passages)


@pytest.mark.parametrize("contender", contenders.EVERY, ids=lambda one: one.name)
def test_each_contender_finds_what_is_asked_word_for_word(contender: contenders.Contender) -> None:
    if contender.missing():
        pytest.skip(f"{contender.package} is not installed")
    hotel = sets.hotel("sv")
    rank = contender.build(hotel.passages)
    found = [rank(passage.heading, "sv")[0][0] == passage.file for passage in hotel.passages]
    assert sum(found) >= 0.9 * ENTRIES


def test_zones_are_counted_by_what_the_customer_meets() -> None:
    hotel = sets.hotel("en")
    right, other = (Hit(passage, 0.5) for passage in hotel.passages[:2])
    replies = [
        Found((right,), "answer"), Found((other,), "answer"),
        Found((other, right), "clarify", 0.4, (other, right)), Found((other,), "none"),
    ]  # fmt: skip
    asked = [Asked(str(number), "en", frozenset({right.passage.file})) for number in range(4)]
    asked.append(Asked("3", "en", frozenset()))
    case = sets.Case("made up", hotel.passages, tuple(asked))
    counted = figures.zones([case], lambda _: lambda text, _language: replies[int(text)])
    assert (counted.right, counted.wrong, counted.offered, counted.missed, counted.given_up) == (
        1,
        1,
        1,
        1,
        1,
    )
