"""What the library finds for a question."""

from dataclasses import dataclass

from bot.knowledge.articles import Passage


@dataclass(frozen=True, slots=True)
class Hit:
    passage: Passage
    score: float
    """0 to 1: how much of the question the passage covers."""


@dataclass(frozen=True, slots=True)
class Found:
    hits: tuple[Hit, ...] = ()
    """The best first."""
    answered: bool = False
    """The first hit is sure enough to be the answer."""
    score: float = 0.0
    """How sure, 0 to 2; compares with the index's threshold and between questions."""
