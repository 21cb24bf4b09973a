"""How customers sound: angry, lost, in trouble, or after something no shop is for. One file of phrases a language."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from bot.knowledge.words import fold, folded, words

FOLDER = Path(__file__).parent
Sign = Literal["angry", "insult", "confused", "unhelped", "sensitive", "off_topic"]
SIGNS: tuple[Sign, ...] = get_args(Sign)
SHOUTED_WORDS, SHOUTED_LETTERS = 3, 12
"""So many words and letters in capitals are a raised voice; fewer may be a name or a size."""


@dataclass(frozen=True, slots=True)
class Phrase:
    words: tuple[str, ...]
    sign: Sign

    @property
    def anchor(self) -> int:
        """Which of its words is looked for: the longest, which most messages do not have."""
        return max(range(len(self.words)), key=lambda at: len(self.words[at]))


@dataclass(frozen=True, slots=True)
class Heard:
    """How a message sounds."""

    signs: frozenset[Sign] = frozenset()
    rest: tuple[str, ...] = ()
    """Its words beside those that gave it away, in small letters."""

    def __contains__(self, sign: Sign) -> bool:
        return sign in self.signs

    @property
    def upset(self) -> Literal["", "angry", "confused"]:
        """Angry goes before confused: it is the more urgent of the two."""
        if self.signs & {"angry", "insult"}:
            return "angry"
        return "confused" if "confused" in self.signs else ""


def hear(text: str) -> Heard:
    """The signs in a message, whichever language it is in: people swear in several."""
    said = folded(text)
    shouted = _is_shouted(text)
    if not shouted and _anchored().keys().isdisjoint(said):
        return UNREMARKABLE
    signs: set[Sign] = {"angry"} if shouted else set()
    taken: set[int] = set()
    for start, phrase in _occurring(said):
        signs.add(phrase.sign)
        taken.update(range(start, start + len(phrase.words)))
    if not signs:
        return UNREMARKABLE
    rest = tuple(word for at, word in enumerate(words(text)) if at not in taken)
    return Heard(frozenset(signs), rest)


UNREMARKABLE = Heard()


def _occurring(said: tuple[str, ...]) -> Iterator[tuple[int, Phrase]]:
    for at, word in enumerate(said):
        for offset, phrase in _anchored().get(word, ()):
            start = at - offset
            if start >= 0 and said[start : start + len(phrase.words)] == phrase.words:
                yield start, phrase


@cache
def _anchored() -> Mapping[str, tuple[tuple[int, Phrase], ...]]:
    """By the word that is looked for: its place in the phrase, and the phrase."""
    found: dict[str, dict[tuple[int, Phrase], None]] = {}
    for path in sorted(FOLDER.glob("*.toml")):
        for phrase in read(path):
            found.setdefault(phrase.words[phrase.anchor], {})[phrase.anchor, phrase] = None
    return {word: tuple(every) for word, every in found.items()}


def read(path: Path) -> list[Phrase]:
    """A language's phrases, folded as messages are. Raises ValueError that names the file and the key."""
    tables = tomllib.loads(path.read_text("utf-8"))
    if unknown := sorted(tables.keys() ^ set(SIGNS)):
        raise ValueError(f"{path.name}: {unknown[0]}: every file has {', '.join(SIGNS)} and nothing else")
    return [
        Phrase(phrase, sign)
        for sign in SIGNS
        for written in tables[sign].split("|")
        if (phrase := tuple(fold(word) for word in words(written)))
    ]


def learn() -> None:
    """Get ready; else the first message pays for it."""
    _anchored()


def _is_shouted(text: str) -> bool:
    """Words in capitals with exclamation marks: capitals alone may be a keyboard's."""
    if "!" not in text:
        return False
    shouted = [word for word in text.split() if word.isupper() and len(word) > 1]
    letters = sum(map(len, shouted))
    written = sum(map(str.isalpha, text))
    return len(shouted) >= SHOUTED_WORDS and letters >= max(SHOUTED_LETTERS, written // 2)
