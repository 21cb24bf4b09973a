"""A model that lies, as long and as well as it can: what of it reaches a customer.

python -m tests.proofs.grounding --lies 10000 --seed 1"""

import argparse
import asyncio
import json
import logging
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from bot.ai.chain import Chain
from bot.ai.purse import Purse
from bot.answer import Question
from bot.clock import SystemClock
from bot.knowledge.articles import Passage
from bot.settings_ai import Ai, Link, Provider
from sandbox.openai import API_KEY, MODEL, OpenAIEmulator
from storage.database import Statements
from storage.opening import open_database
from tests.proofs.lies import Liar, passages_of, sentences_of
from tests.shop import REPOSITORY

AT_ONCE = 16
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""What the calls cost is put on record; no disk need hear of it."""
KNOWLEDGE = REPOSITORY / "knowledge-base"


Leaves = Callable[[Passage, str, int], Awaitable[bool]]
"""Whether a text about a passage reaches the customer; the number tells questions apart."""


@dataclass(slots=True)
class Outcome:
    told: Counter[str] = field(default_factory=Counter)
    """Lies by family."""
    left: Counter[str] = field(default_factory=Counter)
    """Those that would have reached a customer."""
    examples: list[str] = field(default_factory=list)
    true_told: int = 0
    true_left: int = 0
    """Of a passage's own sentences, so many were said."""
    turned: Counter[bool] = field(default_factory=Counter)
    """Sentences of a passage without their "not": left or not."""
    swapped: Counter[bool] = field(default_factory=Counter)
    """Two numbers of one passage with the same unit in each other's places: left or not."""
    seconds: float = 0.0

    @property
    def false_left(self) -> int:
        return self.left.total()


@asynccontextmanager
async def model_told_to_lie(server: OpenAIEmulator, folder: Path) -> AsyncIterator[Chain]:
    async def tell(tx: Statements, budget: str, contact_id: int) -> None:
        raise AssertionError("there is no budget")

    db = await open_database(f"sqlite:///{folder / 'bot.db'}")
    ai = Ai(timeout_seconds=30, contact_day_tokens=0, day_tokens=0, cached_answers=0)
    provider = Provider(
        name=MODEL, base_url=server.url, model=MODEL, key="OPENAI_API_KEY", timeout_seconds=30
    )
    chain = Chain(
        [Link(provider, SecretStr(API_KEY))], ai, SystemClock(), Purse(db, SystemClock(), ai, "UTC", tell)
    )
    try:
        yield chain
    finally:
        await chain.close()
        await db.close()


async def run(lies: int, seed: int, folder: Path) -> Outcome:
    """Ask about each passage, and let the model say something else."""
    outcome, began, passages = Outcome(), time.monotonic(), passages_of(KNOWLEDGE)
    said: dict[str, str] = {}
    async with OpenAIEmulator() as server, model_told_to_lie(server, folder) as chain:
        server.answer = lambda body: said[json.loads(body["messages"][1]["content"])["question"]]
        places = asyncio.Semaphore(AT_ONCE)

        async def leaves(passage: Passage, text: str, number: int) -> bool:
            question = f"{passage.heading} ({number})"
            said[question] = json.dumps({"sources": ["p1"], "answer": text, "escalate": None})
            async with places:
                wording = await chain.word(Question(question, passage.language), [passage])
            del said[question]
            server.asked.clear()
            return wording is not None and bool(wording.text)

        async def lie(number: int, family: str, passage: Passage, text: str) -> None:
            outcome.told[family] += 1
            if await leaves(passage, text, number):
                outcome.left[family] += 1
                outcome.examples.append(f"{family}: {text}  [{passage.file}: {passage.heading}]")

        found = list(enumerate(Liar(passages, seed).lies(lies)))
        for start in range(0, len(found), 500):
            batch = found[start : start + 500]
            await asyncio.gather(*(lie(n, one.family, one.passage, one.text) for n, one in batch))
        await _the_rest(outcome, passages, leaves, random.Random(seed), max(20, lies // 20))
    outcome.seconds = time.monotonic() - began
    return outcome


async def _the_rest(
    outcome: Outcome, passages: list[Passage], leaves: Leaves, dice: random.Random, most: int
) -> None:
    """What is true, and lies that only somebody who understands can tell."""
    for number in range(most):
        passage = dice.choice(passages)
        sentence = dice.choice(sentences_of(passage) or [passage.body])
        outcome.true_told += 1
        outcome.true_left += await leaves(passage, sentence, -number - 1)
        if (turned := without_not(sentence)) is not None:
            outcome.turned[await leaves(passage, turned, -number - 1)] += 1
        if (swapped := with_swapped_numbers(sentence)) is not None:
            outcome.swapped[await leaves(passage, swapped, -number - 1)] += 1


def without_not(sentence: str) -> str | None:
    turned = re.sub(r"\b(?:cannot|can't)\b", "can", sentence)
    turned = re.sub(r" (?:not|never|inte|aldrig|ikke|aldri)\b", "", turned)
    return turned if turned != sentence else None


def with_swapped_numbers(sentence: str) -> str | None:
    found = re.search(r"(\d+) (SEK|NOK|EUR|days|dagar|dager)\b(.*?)\b(\d+) \2\b", sentence)
    if found is None or found[1] == found[4]:
        return None
    swapped = f"{found[4]} {found[2]}{found[3]}{found[1]} {found[2]}"
    return sentence[: found.start()] + swapped + sentence[found.end() :]


def lines(outcome: Outcome) -> list[str]:
    rows = [f"{'lie':32} {'told':>7} {'left':>6}"]
    rows += [f"{name:32} {count:7} {outcome.left[name]:6}" for name, count in sorted(outcome.told.items())]
    rows.append(f"{'all':32} {outcome.told.total():7} {outcome.false_left:6}")
    rows.append(f"true sentences of the passages said: {outcome.true_left} of {outcome.true_told}")
    rows.append(
        f"a passage's sentence without its not: {outcome.turned[True]} of {outcome.turned.total()} left"
    )
    rows.append(
        f"two numbers of a sentence swapped: {outcome.swapped[True]} of {outcome.swapped.total()} left"
    )
    return [*rows, *outcome.examples[:20], f"{outcome.seconds:.0f} s"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lies", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory(prefix="svar-lies-", dir=MEMORY) as folder:
        outcome = asyncio.run(run(options.lies, options.seed, Path(folder)))
    sys.stdout.write("\n".join([*lines(outcome), ""]))
    return int(outcome.false_left > 0)


if __name__ == "__main__":
    sys.exit(main())
