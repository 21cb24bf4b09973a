"""The language of a chat message: told from few words, and not guessed from none."""

from pathlib import Path

import pytest

from bot.knowledge.language import detect

LANGUAGES = ("en", "sv", "nb")
MESSAGES = Path(__file__).parents[1] / "cases" / "languages.tsv"


def messages() -> list[tuple[str, str]]:
    """Pairs of a language ("-" where nobody could tell) and what was written in it."""
    lines = MESSAGES.read_text("utf-8").splitlines()
    return [(language, text) for language, _, text in (line.partition("\t") for line in lines)]


@pytest.mark.parametrize("before", LANGUAGES)
@pytest.mark.parametrize(("language", "text"), messages())
def test_a_message_is_told_by_its_words_whatever_was_spoken_before(
    language: str, text: str, before: str
) -> None:
    assert detect(text, LANGUAGES, before) == (before if language == "-" else language)


def test_only_configured_languages_are_found() -> None:
    assert detect("hvor er pakken min", ("en", "sv"), "en") != "nb"


def test_a_language_without_word_lists_stays_what_it_was() -> None:
    assert detect("missä tilaukseni on", ("fi", "de"), "fi") == "fi"


def test_no_languages_leave_the_fallback() -> None:
    assert detect("hello there", (), "en") == "en"
