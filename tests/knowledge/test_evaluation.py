"""What counts as right, wrong, rightly and wrongly escalated; and the shop's own knowledge base held to it."""

from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.knowledge.articles import Passage
from bot.knowledge.evaluation import Case, CaseError, Tally, evaluate, judge, read_cases
from bot.knowledge.found import Found, Hit
from bot.knowledge.language import detect
from bot.knowledge.library import Library

PROJECT = Path(__file__).parents[2]
QUESTIONS = PROJECT / "tests" / "cases" / "questions.jsonl"
LANGUAGES = ("en", "sv", "nb")


def found(*, answered: bool) -> Found:
    passage = Passage("faq.md", ("FAQ", "Where is my order?"), ("Where is my order?",), "Look.", "en")
    return Found((Hit(passage, 0.9),), "answer" if answered else "none", 1.0)


@pytest.mark.parametrize(
    ("answered", "source", "verdict"),
    [
        (True, "faq.md", "right"),
        (True, "faq.md#where is my order?", "right"),
        (True, "faq.md#Other", "wrong"),
        (True, "pricing.md", "wrong"),
        (True, None, "wrong"),
        (False, None, "rightly_escalated"),
        (False, "faq.md", "wrongly_escalated"),
    ],
)
def test_an_answer_is_judged_by_its_source(answered: bool, source: str | None, verdict: str) -> None:
    assert judge(found(answered=answered), source) == verdict


def test_cases_are_read_from_json_lines() -> None:
    lines = ['{"question": "a", "source": null}', "", '{"question": "b", "source": "faq.md"}']
    assert read_cases(lines) == [Case("a", None), Case("b", "faq.md")]


@pytest.mark.parametrize("line", ["nonsense", "[]", '{"source": null}', '{"question": "a", "source": 3}'])
def test_a_bad_case_is_named_by_its_line(line: str) -> None:
    with pytest.raises(CaseError, match="line 2"):
        read_cases(['{"question": "a", "source": null}', line])


def shares(tally: Tally) -> tuple[float, float]:
    answerable = tally.count("right") + tally.count("wrongly_escalated")
    return tally.share("wrong"), tally.count("right") / max(answerable, 1)


def test_our_own_knowledge_base_answers_many_questions_and_hardly_any_wrongly() -> None:
    library = Library(PROJECT / "knowledge-base", LANGUAGES, clock=SystemClock())
    library.load()
    cases = read_cases(QUESTIONS.read_text("utf-8").splitlines())
    wrong, answered = shares(evaluate(library.find, cases, lambda text: detect(text, LANGUAGES, "en")))
    assert wrong <= 0.02
    assert answered >= 0.65
