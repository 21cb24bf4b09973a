"""The shop's own articles in one language, asked its own questions of another: older than the lists of meanings."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from benchmarks.answers.sets import Asked, Case
from bot.knowledge.articles import Passage
from bot.knowledge.evaluation import read_cases
from bot.knowledge.reading import read_article

PROJECT: Final = Path(__file__).parents[2]
FOLDER: Final = PROJECT / "knowledge-base"
QUESTIONS: Final = PROJECT / "tests" / "cases" / "questions.jsonl"
ARTICLES: Final = ("faq", "policies", "pricing")


def shop(language: str, asked_in: str, *, bare: bool = False) -> Case:
    """`bare`: of each passage only the heading is known, no other phrasing."""
    told = [
        replace(one, file=str(row), questions=one.questions[:1] if bare else one.questions)
        for row, one in enumerate(_passages(language))
    ]
    name = f"shop, {asked_in} asked of {language}"
    return Case(name, tuple(told), tuple(_asked(asked_in)))


def _passages(language: str) -> list[Passage]:
    suffix = ".md" if language == "en" else f".{language}.md"
    return [
        one
        for name in ARTICLES
        for one in read_article(FOLDER / f"{name}{suffix}", FOLDER, ("en", "sv", "nb"))
    ]


def _asked(language: str) -> Iterator[Asked]:
    """The languages have the same headings in the same order, which a test of the articles holds."""
    rows: dict[str, set[str]] = {}
    for row, one in enumerate(_passages(language)):
        for source in (one.file, f"{one.file}#{one.heading.casefold()}"):
            rows.setdefault(source, set()).add(str(row))
    for case in read_cases(QUESTIONS.read_text("utf-8").splitlines()):
        if case.language == language:
            file, mark, heading = (case.source or "").partition("#")
            yield Asked(case.question, language, frozenset(rows.get(f"{file}{mark}{heading.casefold()}", ())))
