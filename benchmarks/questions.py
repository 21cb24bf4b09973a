"""What the customers of the benchmark ask: hundreds of questions that every contender answers from the right passage."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson

from benchmarks import corpus
from benchmarks.peers.bm25 import Bm25
from bot.answer import Answerer
from bot.clock import SystemClock
from bot.knowledge.library import Library
from bot.knowledge.reading import read_article

ASKED: Final = 1_200
MARK_LENGTH: Final = 40


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    as_json: bytes
    mark: str
    """How its answer begins; hardly two passages' are the same."""
    echo: str
    """How an answer begins that only repeats the question."""


def mark_of(answer: str) -> str:
    """The beginning of an answer without its formatting, in which the platforms differ."""
    return re.sub(r"[\W_]+", "", answer.lower())[:MARK_LENGTH]


def answerer(folder: Path) -> Answerer:
    library = Library(folder, ("en", "sv", "nb"), clock=SystemClock())
    library.load()
    return Answerer(library)


def questions(folder: Path) -> list[Question]:
    """In the order in which they are asked, over and over."""
    known = answerer(folder)
    prototype = Bm25([p for file in sorted(folder.glob("*.md")) for p in read_article(file, folder)])
    chosen = []
    for asked in corpus.asked(ASKED):
        found = known.look_up(asked.text, "en")
        right = found.answer and found.passage and found.passage.body == asked.body
        if found.answer and right and prototype.best(asked.text) == asked.body:
            mark = mark_of(found.answer.content.text)
            chosen.append(Question(asked.text, orjson.dumps(asked.text), mark, mark_of(asked.text)))
    return chosen
