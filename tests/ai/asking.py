"""A question, two passages that answer it, and a clock that tests turn by hand."""

import time
from collections.abc import Sequence
from typing import Any

from bot.ai.chain import Chain
from bot.answer import Asker, Question
from bot.clock import SystemClock
from bot.knowledge.articles import Passage
from sandbox.openai import OpenAIEmulator, material


def passage(heading: str, body: str, language: str = "en") -> Passage:
    return Passage("faq.md", (heading,), (heading,), body, language)


DEADLINE = 10.0
HASTY = 1.0
"""For a server that hangs: nobody waits for it any longer."""
SLACK = 1.5
PASSAGES = (
    passage(
        "What does delivery cost?",
        "Delivery to your door costs **495 SEK**. It takes 3–6 days. You pay once per order.",
    ),
    passage("How do I reach you?", "Write to help@nordmobler.example."),
)
CANARY = "heliotrope"
QUESTION = Question(
    f"what is delivery, my {CANARY}?", "en", ("customer: hello", "bot: Hello!"), Asker(7, 9, ("Anna Berg",))
)
SAID = "Delivery to your door costs 495 SEK. It takes 3–6 days."


class HandClock(SystemClock):
    """Time passes only when a test says so."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.told: list[str] = []
        """The budgets that staff were told of."""

        self.ahead = 0
        """Milliseconds by which its date is ahead."""

    def now(self) -> int:
        return super().now() + self.ahead

    def monotonic(self) -> float:
        return self.seconds


async def said(
    model: Chain, question: Question = QUESTION, passages: Sequence[Passage] = PASSAGES
) -> str | None:
    """The words that may be said, within the deadline; None when there are none."""
    begun = time.monotonic()
    wording = await model.word(question, passages)
    assert time.monotonic() - begun < DEADLINE + SLACK
    return wording.text or None if wording else None


def given(server: OpenAIEmulator) -> dict[str, Any]:
    """What the model was given to answer from, as it was asked last."""
    return material(server.asked[-1].body)
