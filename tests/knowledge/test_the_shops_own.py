"""The shop's own articles say the same in each language: the same headings, figures and links, in one order."""

import re
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.knowledge.articles import Passage
from bot.knowledge.library import Library
from bot.knowledge.reading import read_article

PROJECT = Path(__file__).parents[2]
FOLDER = PROJECT / "knowledge-base"
LANGUAGES = ("en", "sv", "nb")
ARTICLES = sorted(path.name.removesuffix(".md") for path in FOLDER.glob("*.md") if path.name.count(".") == 1)
TRANSLATED = [(article, language) for article in ARTICLES for language in LANGUAGES[1:]]
FEWEST_ANSWERS = 40


def passages_in(article: str, language: str) -> list[Passage]:
    name = f"{article}.md" if language == "en" else f"{article}.{language}.md"
    return read_article(FOLDER / name, FOLDER, LANGUAGES)


def pairs(article: str, language: str) -> list[tuple[Passage, Passage]]:
    return list(zip(passages_in(article, "en"), passages_in(article, language), strict=True))


def figures(passage: Passage) -> list[str]:
    return sorted(re.findall(r"\d+", passage.body))


def links(passage: Passage) -> list[str]:
    return sorted(re.findall(r"https?://[\w./-]*\w|[\w.]+@[\w.]+\w", passage.body))


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_many_answers(language: str) -> None:
    assert sum(len(passages_in(article, language)) for article in ARTICLES) >= FEWEST_ANSWERS


@pytest.mark.parametrize(("article", "language"), TRANSLATED)
def test_a_translation_has_the_same_headings_at_the_same_depths(article: str, language: str) -> None:
    for english, translated in pairs(article, language):
        assert len(translated.headings) == len(english.headings), translated.heading


@pytest.mark.parametrize(("article", "language"), TRANSLATED)
def test_a_translation_gives_the_same_figures_and_links(article: str, language: str) -> None:
    for english, translated in pairs(article, language):
        assert figures(translated) == figures(english), translated.heading
        assert links(translated) == links(english), translated.heading


@pytest.mark.parametrize(("article", "language"), TRANSLATED)
def test_a_translation_is_asked_in_about_as_many_ways(article: str, language: str) -> None:
    for english, translated in pairs(article, language):
        assert abs(len(translated.questions) - len(english.questions)) <= 2, translated.heading


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_answers_are_asked_for_in_the_same_words(language: str) -> None:
    asked = [
        question.casefold()
        for article in ARTICLES
        for passage in passages_in(article, language)
        for question in set(passage.questions)
    ]
    assert sorted(asked) == sorted(set(asked))


@pytest.fixture(scope="module")
def library() -> Library:
    library = Library(FOLDER, LANGUAGES, clock=SystemClock())
    library.load()
    return library


@pytest.mark.parametrize(
    ("question", "language", "heading"),
    [
        ("Hur lång tid tar leveransen till Göteborg?", "sv", "Hur lång är leveranstiden?"),
        ("hur lång tid tar leveransen till umeå", "sv", "Hur lång är leveranstiden?"),
        ("hva koster frakt til Bodø", "nb", "Hva koster leveringen?"),
        ("How do I return an item?", "en", "How do I send something back?"),
        ("can I bring my dog", "en", "May I bring my dog into the showroom?"),
    ],
)
def test_what_newcomers_asked_is_answered(
    library: Library, question: str, language: str, heading: str
) -> None:
    found = library.find(question, language)
    assert found.answered
    assert found.hits[0].passage.heading == heading


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("delivery", "en"),
        ("do you sell bicycles?", "en"),
        ("can I get my car repaired", "en"),
        ("do you repair washing machines", "en"),
        ("do you deliver flowers to Oslo", "en"),
        ("kan ni måla byrån i samma gröna som min dörr", "sv"),
    ],
)
def test_what_the_shop_has_not_written_down_is_left_to_a_person(
    library: Library, question: str, language: str
) -> None:
    assert not library.find(question, language).answered
