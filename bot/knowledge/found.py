"""What the library finds for a question: its answer, two or three that may be meant, or nothing."""

from dataclasses import dataclass
from typing import Literal

from bot.knowledge.articles import Passage

Zone = Literal["answer", "clarify", "none"]
"""Sure enough to say the first hit; close enough to ask which of a few is meant; a person's."""


@dataclass(frozen=True, slots=True)
class Hit:
    passage: Passage
    score: float
    """0 to 1: how much of the question the passage covers."""


@dataclass(frozen=True, slots=True)
class Found:
    hits: tuple[Hit, ...] = ()
    """The best first."""
    zone: Zone = "none"
    score: float = 0.0
    """How sure, 0 to 2; compares with the index's threshold and between questions."""
    choices: tuple[Hit, ...] = ()
    """Where the zone is "clarify": the two or three hits worth naming to the customer, the best first."""

    @property
    def answered(self) -> bool:
        """The first hit is sure enough to be the answer."""
        return self.zone == "answer"
