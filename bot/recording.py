"""What is put on record of each question: what was found, what came of it. It rides on the message that says so."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import orjson

from bot.knowledge.found import Hit

Outcome = Literal["answered", "clarified", "escalated", "refused", "asked_again"]
By = Literal["passage", "model", "choice", ""]


@dataclass(frozen=True, slots=True)
class Choice:
    """A passage, named so that it is found again after the knowledge base was read anew."""

    file: str
    heading: str


@dataclass(frozen=True, slots=True)
class Record:
    """One question and what it met."""

    outcome: Outcome
    asked: tuple[int, ...] = ()
    """The customer's messages that ask it: their words stand there, and nowhere else."""
    language: str = ""
    score: float = 0.0
    """How sure the best passage was, 0 to 2."""
    hits: tuple[tuple[str, str, float], ...] = ()
    """File, heading and score of what was found, the best first."""
    by: By = ""
    why: str = ""
    """The reason for a person, where one was asked."""
    about: str = ""
    """The whole question, where the customer's words are only the rest of an earlier one."""

    @property
    def choices(self) -> tuple[Choice, ...]:
        return tuple(Choice(file, heading) for file, heading, _ in self.hits)


def named(hits: Sequence[Hit]) -> tuple[tuple[str, str, float], ...]:
    return tuple((hit.passage.file, hit.passage.heading, round(hit.score, 4)) for hit in hits)


def bears(verdict: str, mark: str) -> bool:
    """Whether a message's verdict has this mark: a thumb, "more", or the number of a choice that was picked."""
    return mark in verdict.split()


def with_mark(verdict: str, mark: str, *, instead_of: Sequence[str] = ()) -> str:
    """One mark more, or none where it is empty, and without those that it stands instead of."""
    return " ".join(
        [*(one for one in verdict.split() if one not in (mark, *instead_of)), *([mark] if mark else [])]
    )


def sources_of(hits: Sequence[tuple[str, str, float]]) -> str:
    """What an answer rests on, as it stands on its message."""
    return orjson.dumps(
        [{"file": file, "heading": heading, "score": score} for file, heading, score in hits]
    ).decode()


def to_json(record: Record, asked: tuple[int, ...] = ()) -> str:
    """Only what differs from nothing: it stands on each answer. `asked` is for a record that does not tell."""
    kept: dict[str, object] = {"asked": record.asked or asked, "outcome": record.outcome}
    for name in ("language", "score", "hits", "by", "why", "about"):
        if value := getattr(record, name):
            kept[name] = value
    return orjson.dumps(kept).decode()


def from_json(text: str) -> Record | None:
    """None for what is not such a record: of another version, or mended by hand."""
    try:
        kept = orjson.loads(text)
        return Record(
            asked=tuple(int(number) for number in kept["asked"]),
            outcome=kept["outcome"],
            language=str(kept.get("language", "")),
            score=float(kept.get("score", 0.0)),
            hits=tuple(
                (str(file), str(heading), float(score)) for file, heading, score in kept.get("hits", ())
            ),
            by=kept.get("by", ""),
            why=str(kept.get("why", "")),
            about=str(kept.get("about", "")),
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
