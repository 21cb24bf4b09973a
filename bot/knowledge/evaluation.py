"""How well does the library answer questions whose right source is known?"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.knowledge.found import Found

Verdict = Literal["right", "wrong", "rightly_escalated", "wrongly_escalated"]
Find = Callable[[str, str], Found]
"""`Library.find`: what is found for a question in a language."""


class CaseError(ValueError):
    """A line of the file is not a case; the message says which and what is missing."""


@dataclass(frozen=True, slots=True)
class Case:
    question: str
    source: str | None
    """A file ("faq.md") or a heading of it ("faq.md#Where is my order?"); None: there is no answer."""
    language: str = ""
    """Empty: to be detected."""


@dataclass(frozen=True, slots=True)
class Outcome:
    case: Case
    found: Found
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Tally:
    outcomes: tuple[Outcome, ...]

    def count(self, verdict: Verdict) -> int:
        return sum(outcome.verdict == verdict for outcome in self.outcomes)

    def share(self, verdict: Verdict) -> float:
        """Of all cases; 0 where there are none."""
        return self.count(verdict) / len(self.outcomes) if self.outcomes else 0.0

    def of(self, verdict: Verdict) -> tuple[Outcome, ...]:
        return tuple(outcome for outcome in self.outcomes if outcome.verdict == verdict)


def read_cases(lines: Iterable[str]) -> list[Case]:
    """Cases from JSON lines of `{"question", "source" or null, "language"?}`. Raises CaseError."""
    return [_case(number, line) for number, line in enumerate(lines, 1) if line.strip()]


def _case(number: int, line: str) -> Case:
    try:
        fields = json.loads(line)
    except ValueError as error:
        raise CaseError(f"line {number}: is not JSON: {error}") from error
    if not isinstance(fields, dict) or not isinstance(fields.get("question"), str):
        raise CaseError(f'line {number}: needs "question", a text')
    source, language = fields.get("source"), fields.get("language", "")
    if not isinstance(source, str | None) or not isinstance(language, str):
        raise CaseError(f'line {number}: "source" is a file\'s name, "file#heading" or null')
    return Case(fields["question"], source, language)


def evaluate(find: Find, cases: Sequence[Case], language_of: Callable[[str], str]) -> Tally:
    """Ask each case's question; `language_of` detects the language where the case does not tell it."""
    return Tally(tuple(_outcome(case, find, language_of) for case in cases))


def _outcome(case: Case, find: Find, language_of: Callable[[str], str]) -> Outcome:
    found = find(case.question, case.language or language_of(case.question))
    return Outcome(case, found, judge(found, case.source))


def judge(found: Found, source: str | None) -> Verdict:
    if not found.answered:
        return "wrongly_escalated" if source else "rightly_escalated"
    return "right" if source and _is_from(found, source) else "wrong"


def _is_from(found: Found, source: str) -> bool:
    file, _, heading = source.partition("#")
    passage = found.hits[0].passage
    return passage.file == file and heading.strip().casefold() in ("", passage.heading.casefold())
