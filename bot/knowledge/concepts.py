"""Words that mean the same, in one language or across three: for those words of a question that no passage says."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from bot.knowledge.words import stem

LANGUAGES = ("en", "sv", "nb")
"""The columns of a line, in their order."""
_FOLDER = Path(__file__).parent / "concepts"
_SHORTEST_PART = 3
_LINKS = ("", "s", "e")
"""What may stand between the parts of a compound: "frukostbuffé", "leveranstid", "barneseng"."""
_COMPOUNDING = ("sv", "nb")


@dataclass(frozen=True, slots=True)
class _Meaning:
    terms: dict[str, tuple[str, ...]]
    """The words for it, by language; a term may be several words."""


class Concepts:
    """Immutable. An owner's own lines stand before the built-in ones."""

    def __init__(self, lines: Iterable[str] = (), own: Iterable[str] = ()) -> None:
        mine = [_meaning(line) for line in own]
        self._owned = len(mine)
        self._meanings = mine + [_meaning(line) for line in lines]
        self._with: dict[tuple[str, str], list[int]] = {}
        for number, meaning in enumerate(self._meanings):
            for language, terms in meaning.terms.items():
                for term in terms:
                    if " " not in term:
                        self._with.setdefault((language, stem(term, language)), []).append(number)

    def related(self, word: str, language: str) -> Sequence[str]:
        """Terms of this language that mean what the word means, in whatever language it is."""
        own = self._numbers(word, (language,))
        return self._terms(own or self._numbers(word, LANGUAGES), language)

    def owned(self, word: str, language: str) -> Sequence[str]:
        """Of those only what the owner's lines say, which counts of words too that the passages know."""
        numbers = self._numbers(word, LANGUAGES) if self._owned else ()
        return self._terms([number for number in numbers if number < self._owned], language)

    def parts(self, word: str, language: str) -> Sequence[Sequence[str]]:
        """For each half of a compound the terms of this language that mean the same; empty if it is none."""
        for tongue in _COMPOUNDING:
            for cut in range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1):
                second = self._numbers(word[cut:], (tongue,))
                first = self._first_half(word[:cut], tongue) if second else []
                if first:
                    return [self._terms(first, language), self._terms(second, language)]
        return []

    def _first_half(self, half: str, language: str) -> list[int]:
        for link in _LINKS:
            bare = half.removesuffix(link)
            if half.endswith(link) and len(bare) >= _SHORTEST_PART:
                found = self._numbers(bare, (language,))
                if found:
                    return found
        return []

    def _numbers(self, word: str, languages: Sequence[str]) -> list[int]:
        return [number for one in languages for number in self._with.get((one, stem(word, one)), ())]

    def _terms(self, numbers: Iterable[int], language: str) -> list[str]:
        return list(
            dict.fromkeys(term for n in numbers for term in self._meanings[n].terms.get(language, ()))
        )


def _meaning(line: str) -> _Meaning:
    """One column a language; a line without columns is in every language."""
    columns = line.lower().split("|")
    if len(columns) == 1:
        columns *= len(LANGUAGES)
    return _Meaning({language: _split(column) for language, column in zip(LANGUAGES, columns, strict=False)})


def _split(column: str) -> tuple[str, ...]:
    return tuple(term.strip() for term in column.split(",") if term.strip())


@cache
def built_in() -> Concepts:
    return Concepts(_lines())


def _lines() -> Iterable[str]:
    for file in sorted(_FOLDER.glob("*.txt")):
        yield from lines_of(file.read_text("utf-8"))


def lines_of(text: str) -> list[str]:
    """The lines that say something: no comments, nothing empty."""
    return [line for line in map(str.strip, text.splitlines()) if line and not line.startswith("#")]


@lru_cache(maxsize=4)
def with_own(lines: tuple[str, ...]) -> Concepts:
    """The built-in meanings and an owner's, as in "couch, settee, sofa"."""
    return Concepts(_lines(), lines) if lines else built_in()
