"""The bot's own sentences: the same keys and placeholders in every language, and values put in unharmed."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.texts import FOLDER, SOURCE, Texts, cut, languages, read

OTHERS = [language for language in languages() if language != SOURCE]


@pytest.fixture
def texts(tmp_path: Path) -> Texts:
    (tmp_path / "en.toml").write_text('hello = "Hello {name}!"\nbye = "Bye {{now}}."\n', encoding="utf-8")
    (tmp_path / "nb.toml").write_text('hello = "Hei, {name}!"\n', encoding="utf-8")
    return Texts(tmp_path)


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_has_every_key_with_the_same_placeholders(language: str) -> None:
    def outline(of: str) -> dict[str, list[str]]:
        return {key: sorted(sentence.placeholders) for key, sentence in read(FOLDER / f"{of}.toml").items()}

    assert outline(language) == outline(SOURCE)


@pytest.mark.parametrize("language", languages())
def test_no_sentence_is_empty(language: str) -> None:
    assert [key for key, sentence in read(FOLDER / f"{language}.toml").items() if not sentence.pieces] == []


def test_a_sentence_is_said_in_the_language(texts: Texts) -> None:
    assert texts.say("nb", "hello", name="Kari") == "Hei, Kari!"
    assert texts.say("nb-NO", "hello", name="Kari") == "Hei, Kari!"
    assert texts.say("no", "hello", name="Kari") == "Hei, Kari!"


def test_english_stands_in(texts: Texts) -> None:
    assert texts.say("fi", "hello", name="Aino") == "Hello Aino!"
    assert texts.say("", "hello", name="Aino") == "Hello Aino!"
    assert texts.say("nb", "bye") == "Bye {now}."


@given(st.text())
def test_whatever_a_customer_is_called_is_only_a_name(name: str) -> None:
    assert cut("Hello {name}!").fill({"name": name}) == f"Hello {name}!"


def test_braces_in_a_name_are_harmless(texts: Texts) -> None:
    assert texts.say("en", "hello", name="{name.__class__} {0} {{") == "Hello {name.__class__} {0} {{!"


def test_an_unknown_key_and_a_missing_value_are_mistakes(texts: Texts) -> None:
    with pytest.raises(KeyError):
        texts.say("en", "greeting")
    with pytest.raises(KeyError):
        texts.say("en", "hello")


@pytest.mark.parametrize("text", ["{", "}", "{}", "{0}", "{a.b}", "{a[0]}", "{a!r}", "{a:>3}"])
def test_a_placeholder_is_a_plain_name(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        cut(text)


def test_a_broken_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "en.toml").write_text('hello = "Hello {0}!"\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"en\.toml: hello: "):
        Texts(tmp_path)
