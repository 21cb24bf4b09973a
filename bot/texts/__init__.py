"""Every sentence the bot says itself: one TOML file a language, looked up by key."""

import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
SOURCE = "en"
"""The language that has every key, and that stands in for a language that we do not have."""

_SAME = {"no": "nb", "nn": "nb", "da": "nb"}
"""Languages that are better served by a neighbour's texts than by English."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text cut at its placeholders: each piece is what stands before `name`, "" for none."""

    pieces: tuple[tuple[str, str], ...]

    @property
    def placeholders(self) -> frozenset[str]:
        return frozenset(name for _, name in self.pieces if name)

    def fill(self, values: Mapping[str, object]) -> str:
        """Put the values in as they are: braces in them mean nothing. KeyError for a missing one."""
        return "".join(before + (str(values[name]) if name else "") for before, name in self.pieces)


def languages(folder: Path = FOLDER) -> tuple[str, ...]:
    """The languages there is a file for, in the order of their names."""
    return tuple(sorted(path.stem for path in folder.glob("*.toml")))


def cut(text: str) -> Sentence:
    """Read a text with {named} placeholders. Raises ValueError for any other use of braces."""
    pieces = []
    for before, name, form, conversion in string.Formatter().parse(text):
        if name is not None and (not name.isidentifier() or form or conversion):
            raise ValueError(f"a placeholder is a plain name in braces, not {{{name}}} with more to it")
        pieces.append((before, name or ""))
    return Sentence(tuple(pieces))


def read(path: Path) -> dict[str, Sentence]:
    """One language's sentences. Raises ValueError that names the file and the key."""
    sentences = {}
    for key, text in tomllib.loads(path.read_text(encoding="utf-8")).items():
        if not isinstance(text, str):
            raise ValueError(f"{path.name}: {key}: must be text")
        try:
            sentences[key] = cut(text)
        except ValueError as mistake:
            raise ValueError(f"{path.name}: {key}: {mistake}") from None
    return sentences


class Texts:
    """The sentences of all languages, read once."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._sentences = {language: read(folder / f"{language}.toml") for language in languages(folder)}
        self._source = self._sentences[SOURCE]

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self._sentences)

    def say(self, language: str, key: str, /, **values: object) -> str:
        """The sentence in `language` ("sv", "sv-SE"), in English where we do not have that one.

        Raises KeyError for an unknown key or a placeholder without a value."""
        sentence = self._in(language).get(key) or self._source[key]
        return sentence.fill(values)

    def nearest(self, language: str) -> str:
        """The code by which we know a language: "nb" for "no" and "nn-NO", "sv" for "sv-SE"."""
        short = language.replace("_", "-").split("-")[0].lower()
        return _SAME.get(short, short)

    def _in(self, language: str) -> Mapping[str, Sentence]:
        return self._sentences.get(self.nearest(language), self._source)
