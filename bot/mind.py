"""What the bot keeps in mind of a conversation from one turn to the next; nothing, most of the time."""

from dataclasses import dataclass

import orjson

FORGETS_AFTER_MILLISECONDS = 24 * 3_600_000
"""Yesterday's anger is no part of today's question."""


@dataclass(frozen=True, slots=True)
class Mind:
    upset: int = 0
    """How often the customer was angry or confused."""
    missed: int = 0
    """How often in a row we asked back, or said what was not wanted."""
    offered: bool = False
    """Our last word was a list to choose from."""

    @classmethod
    def read(cls, text: str, now: int) -> "Mind":
        """From a conversation's row; nothing when it is too old, or of another version."""
        if not text:
            return NOTHING
        try:
            kept = orjson.loads(text)
            mind = cls(int(kept["upset"]), int(kept["missed"]), bool(kept["offered"]))
            return mind if now - int(kept["at"]) < FORGETS_AFTER_MILLISECONDS else NOTHING
        except (ValueError, TypeError, KeyError):
            return NOTHING

    def written(self, now: int) -> str:
        """For the conversation's row; empty when there is nothing to keep."""
        if self == NOTHING:
            return ""
        kept = {"upset": self.upset, "missed": self.missed, "offered": self.offered, "at": now}
        return orjson.dumps(kept).decode()


NOTHING = Mind()
