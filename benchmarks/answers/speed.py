"""How long a look-up and a reload take, and what the index weighs, by the number of passages."""

import contextlib
import ctypes
import gc
import random
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import thread_time_ns
from typing import Final

from benchmarks import corpus
from bot.knowledge.articles import Passage
from bot.knowledge.index import Index
from bot.knowledge.reading import read_article

SIZES: Final = (500, 2_000, 5_000)
ASKED: Final = 1_200
SEED: Final = 20_261_120


@dataclass(frozen=True, slots=True)
class Cost:
    passages: int
    units: int
    new: tuple[float, float]
    """p50 and p99 of a look-up, in milliseconds of CPU, of questions whose words nobody asked for before."""
    known: tuple[float, float]
    """The same of words that were asked for."""
    build: float
    """Seconds of CPU for all of it."""
    change: float
    """For one passage that changed."""
    memory: float
    """MiB that stay."""


def costs() -> list[Cost]:
    with TemporaryDirectory(prefix="svar-answers-") as folder:
        corpus.write(Path(folder))
        every = [
            one for file in sorted(Path(folder).glob("*.md")) for one in read_article(file, Path(folder))
        ]
    questions = [asked.text for asked in corpus.asked(ASKED)]
    Index.build(every[:20]).find("warm up", "en")
    return [_cost(_passages(every, size), questions) for size in SIZES]


def _passages(every: Sequence[Passage], size: int) -> list[Passage]:
    """So many: beyond those of the corpus, copies about things of other names."""
    chance, made = random.Random(SEED), list(every[:size])
    while len(made) < size:
        name = "".join(chance.choice(corpus.SYLLABLES) for _ in range(3))
        one = every[len(made) % len(every)]
        asked = tuple(f"{question} {name}" for question in one.questions)
        made.append(
            replace(one, questions=asked, headings=(*one.headings[:-1], asked[0]), body=f"{one.body} {name}")
        )
    return made


def _cost(passages: list[Passage], questions: Sequence[str]) -> Cost:
    before = _resident()
    begun = thread_time_ns()
    index = Index.build(passages)
    built = thread_time_ns() - begun
    new = [_seconds(index, question) for question in questions]
    known = [_seconds(index, question) for question in questions for _ in range(2)]
    memory = _resident() - before
    changed = [*passages[:-1], replace(passages[-1], body="Something else.")]
    begun = thread_time_ns()
    Index.build(changed, previous=index)
    change = thread_time_ns() - begun
    units = sum(len(one.questions) for one in passages)
    return Cost(len(passages), units, _ends(new), _ends(known), built / 1e9, change / 1e9, memory)


def _seconds(index: Index, question: str) -> float:
    begun = thread_time_ns()
    index.find(question, "en")
    return (thread_time_ns() - begun) / 1e6


def _ends(taken: Sequence[float]) -> tuple[float, float]:
    return statistics.median(taken), statistics.quantiles(taken, n=100)[98]


def _resident() -> float:
    """MiB of this process, what is free given back as the product does; 0 where the system does not tell."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0.0
