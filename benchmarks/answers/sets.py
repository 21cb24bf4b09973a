"""Knowledge bases with questions whose right answer is known: the project's own hotel, and public sets by their files."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal

from bot.knowledge.articles import Passage

HOTEL: Final = Path(__file__).parent / "hotel"
LANGUAGES: Final = ("en", "sv", "nb")
Half = Literal["tuning", "judging"]
PHRASINGS: Final = 3
"""So many fresh ones an answer of the hotel has."""
_FORMAL, _COLLOQUIAL = "- ", "~ "
_CODES: Final = {"no": "nb"}


@dataclass(frozen=True, slots=True)
class Asked:
    text: str
    language: str
    right: frozenset[str]
    """The files of the passages that answer it; empty where none does."""
    kind: str = ""
    """ "formal" or "colloquial"; "near" or "far" where there is no answer."""
    half: Half = "judging"


@dataclass(frozen=True, slots=True)
class Case:
    """A knowledge base, each passage a file of its own, and what is asked of it."""

    name: str
    passages: tuple[Passage, ...]
    asked: tuple[Asked, ...]

    def only(self, half: Half) -> "Case":
        return replace(self, asked=tuple(one for one in self.asked if one.half == half))


@dataclass(frozen=True, slots=True)
class _Entry:
    heading: str
    body: str
    phrasings: tuple[tuple[str, str], ...]
    """Kind and words."""


def hotel(language: str, asked_in: str = "") -> Case:
    """The hotel's answers in one language, asked in the same one or in another."""
    asked_in = asked_in or language
    passages = tuple(_passage(number, entry, language) for number, entry in enumerate(_entries(language)))
    asked = [*_answerable(asked_in), *_unanswerable(asked_in)]
    return Case(
        f"hotel {asked_in}" + (f" on {language}" if asked_in != language else ""), passages, tuple(asked)
    )


def hotel_with_phrasings(language: str) -> list[Case]:
    """The hotel three times: each time two phrasings of an answer are known to it, and the third is asked."""
    return [_knowing(language, left_out) for left_out in range(PHRASINGS)]


def _knowing(language: str, left_out: int) -> Case:
    entries = _entries(language)
    passages = [
        replace(
            _passage(number, entry, language),
            questions=(
                entry.heading,
                *(text for place, (_, text) in enumerate(entry.phrasings) if place != left_out),
            ),
        )
        for number, entry in enumerate(entries)
    ]
    asked = [one for place, one in enumerate(_answerable(language)) if place % PHRASINGS == left_out]
    return Case(f"hotel {language}, 3 phrasings", tuple(passages), (*asked, *_unanswerable(language)))


def _passage(number: int, entry: _Entry, language: str) -> Passage:
    return Passage(f"{number}.md", ("Sjögården", entry.heading), (entry.heading,), entry.body, language)


def _entries(language: str) -> list[_Entry]:
    blocks = (HOTEL / f"{language}.txt").read_text("utf-8").strip().split("\n\n")
    return [_entry(block.splitlines()) for block in blocks]


def _entry(lines: Sequence[str]) -> _Entry:
    return _Entry(lines[0].removeprefix("# "), lines[1], tuple(map(_phrasing, lines[2:])))


def _phrasing(line: str) -> tuple[str, str]:
    return ("colloquial" if line.startswith(_COLLOQUIAL) else "formal"), line[len(_FORMAL) :]


def _half(number: int) -> Half:
    return "judging" if number % 2 else "tuning"


def _answerable(language: str) -> Iterator[Asked]:
    for number, entry in enumerate(_entries(language)):
        for kind, text in entry.phrasings:
            yield Asked(text, language, frozenset({f"{number}.md"}), kind, _half(number))


def _unanswerable(language: str) -> Iterator[Asked]:
    kind = ""
    lines = (HOTEL / f"none.{language}.txt").read_text("utf-8").splitlines()
    for number, line in enumerate(lines):
        if line.startswith("# "):
            kind = line[2:]
        else:
            yield Asked(_phrasing(line)[1], language, frozenset(), kind, _half(number))


def from_folder(folder: Path) -> list[Case]:
    """Each JSON file of the folder: `entries` of `id`, `questions`, `answer`; `queries` of `question`, `ids` or null."""
    return [_from_file(file) for file in sorted(folder.glob("*.json"))]


def _from_file(file: Path) -> Case:
    content: dict[str, Any] = json.loads(file.read_text("utf-8"))
    language = _CODES.get(content["language"], content["language"])
    passages = tuple(
        Passage(entry["id"], ("",), tuple(entry["questions"]) or ("",), entry["answer"], language)
        for entry in content["entries"]
    )
    asked = tuple(
        Asked(query["question"], language, frozenset(query["ids"] or ()), "formal")
        for query in content["queries"]
    )
    return Case(content["name"], passages, asked)
