"""The nouns of the desk's clock, frozen: what is due, what is suggested, what befell a ticket."""

from dataclasses import dataclass
from typing import Literal

TimerKind = Literal["later", "remind", "snooze", "draft", "lesson", "proof", "broadcast"]
SuggestionKind = Literal["snippet", "draft", "lesson", "broadcast"]
SuggestionState = Literal["open", "accepted", "discarded", "undone"]
MilestoneKind = Literal["soon", "late", "closing", "closed_itself", "asked", "rated", "taught", "away"]


@dataclass(frozen=True, slots=True)
class Timer:
    """Something that is due at a time of its own."""

    id: int
    kind: TimerKind
    state: Literal["waiting", "done", "cancelled"]
    due_at: int
    ticket_id: int | None
    message_id: int | None
    """What it is about: the customer's message that is answered, the reply that may teach us."""
    content: str
    """JSON of `bot/content.py`, or what only its kind knows."""
    staff_name: str
    room: str
    """The group that it is about; empty is the main desk's."""
    thread: str
    remote_id: str
    """The staff's own message at the desk; what comes of it stands there."""
    tries: int
    created_at: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What the bot shows at the desk with buttons beneath it; one person decides, once."""

    id: int
    kind: SuggestionKind
    state: SuggestionState
    ticket_id: int | None
    message_id: int | None
    content: str
    more: str
    """JSON of what only its kind knows."""
    room: str
    """The group that it stands in."""
    thread: str
    remote_id: str
    """Where it stands at the desk, once somebody tapped it."""
    staff_name: str
    """Who decided."""
    created_at: int
    decided_at: int
