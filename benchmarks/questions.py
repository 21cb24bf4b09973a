"""What the customers of the benchmark ask: questions that the knowledge base surely answers."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson

from bot.answer import Answerer
from bot.clock import SystemClock
from bot.knowledge.library import Library

ROOT: Final = Path(__file__).parent.parent
MOST: Final = 16
MARK_LENGTH: Final = 40


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    as_json: str
    mark: str
    """How its answer begins; each question's is another."""


def mark_of(answer: str) -> str:
    """The beginning of an answer without its formatting, in which the platforms differ."""
    return re.sub(r"[\W_]+", "", answer.lower())[:MARK_LENGTH]


def answerer() -> Answerer:
    library = Library(ROOT / "knowledge-base", ("en", "sv", "nb"), clock=SystemClock())
    library.load()
    return Answerer(library)


def questions() -> list[Question]:
    known = answerer()
    found: dict[str, Question] = {}
    for line in (ROOT / "tests/cases/questions.jsonl").read_text("utf-8").splitlines():
        case = orjson.loads(line)
        verdict = known.look_up(case["question"], "en")
        if case["language"] == "en" and verdict.answer and verdict.sources[0].file.count(".") == 1:
            mark = mark_of(verdict.answer.content.text)
            found.setdefault(mark, Question(case["question"], orjson.dumps(case["question"]).decode(), mark))
    return list(found.values())[:MOST]
