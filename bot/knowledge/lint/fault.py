"""One thing that is wrong with an article, and where."""

from dataclasses import dataclass
from enum import StrEnum

from bot.knowledge.articles import Passage


class Kind(StrEnum):
    NOT_READ = "not read"
    DUPLICATE = "duplicate"
    CONTRADICTION = "contradiction"
    DEAD_LINK = "dead link"
    NEVER_FOUND = "never found"
    TOO_LONG = "too long"
    MISSING = "missing"
    EMPTY = "empty"
    READERS = "readers"


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    file: str
    line: int
    """From 1; 0 for the file as a whole."""
    kind: Kind
    sentence: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.kind}: {self.sentence}"


def at(passage: Passage, kind: Kind, sentence: str) -> Fault:
    """A fault of a passage; where its line is not known, its heading tells which one."""
    named = sentence if passage.line else f"{quoted(passage.heading)}: {sentence}"
    return Fault(passage.file, passage.line, kind, named)


def place(passage: Passage) -> str:
    return f"{passage.file}:{passage.line}" if passage.line else f"{passage.file}, {quoted(passage.heading)}"


def quoted(text: str, most: int = 70) -> str:
    return f'"{text if len(text) <= most else text[: most - 1].rstrip() + "…"}"'
