"""The nouns, frozen: one record a table, its fields named as the columns are."""

from dataclasses import dataclass
from typing import Literal

UpdateState = Literal["waiting", "taken", "done", "kept", "quarantined"]
Holder = Literal["bot", "staff"]
TicketState = Literal["open", "taken", "resolved"]
Author = Literal["customer", "bot", "staff"]
Action = Literal["say", "edit", "react", "take_back", "close_topic", "name_topic"]
DeliveryState = Literal["queued", "sending", "sent", "delivered", "read", "failed", "uncertain", "expired"]
HoldState = Literal["held", "sent", "dropped"]
Role = Literal["origin", "copy", "reply", "card", "note", "alert", ""]
"""What a message at a platform is to us: as its author wrote it; a customer's message shown at the
desk; ours at the customer's; a ticket's card; the bot's words to staff; those to a phone elsewhere."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Who takes a row, and until when (milliseconds) nobody else may."""

    process: int
    leased_until: int


@dataclass(frozen=True, slots=True)
class Update:
    id: int
    channel: str
    account: str
    key: str
    kind: str
    lane: str
    raw: str | None
    state: UpdateState
    received_at: int
    due_at: int
    leased_until: int
    attempts: int
    error: str
    taken_by: int = 0
    """The process that has it, while it is taken."""


@dataclass(frozen=True, slots=True)
class Contact:
    id: int
    channel: str
    account: str
    room: str
    name: str
    username: str
    phone: str
    language: str
    blocked_at: int
    created_at: int
    seen_at: int
    muted_until: int = 0
    """Nothing of theirs is answered or shown before; milliseconds, 0 for no such."""


@dataclass(frozen=True, slots=True)
class Conversation:
    id: int
    contact_id: int
    holder: Holder
    wordless: int
    """How many messages without words came in a row."""
    mind: str = ""  # JSON of `bot/mind.py`
    introduced_by: int = 0
    """The update whose turn tells the customer who answers; 0: still to be told, -1: it was told."""


@dataclass(frozen=True, slots=True)
class Known:
    """A contact with all that is said with them; None before their first word."""

    contact: Contact
    conversation: Conversation | None


@dataclass(frozen=True, slots=True)
class Ticket:
    id: int
    number: str
    conversation_id: int
    reason: str
    question: str
    nearest: str
    """What the knowledge base holds that came nearest; empty when nothing did."""
    state: TicketState
    taken_by: str
    resolved_by: str
    opened_at: int
    waiting_since: int
    """When the customer began to wait; 0 while nobody waits."""
    resolved_at: int
    desk_room: str
    thread: str
    mood: str = ""  # how the customer sounded: angry, confused
    taken_id: str = ""
    """Which of staff has it, as the desk's channel knows them; empty for nobody, or from before it was noted."""
    taken_at: int = 0
    nudged_at: int = 0
    """When whoever has it was reminded of the customer who waits; 0 since they did something."""
    desk: str = ""
    """Which of several desks has it; empty is the main one."""
    topic_shows: str = ""
    """The title and icon that its topic was last given."""
    summary: str = ""
    """In two lines, where somebody wrote one."""
    reopened: int = 0
    """How often it was opened again."""
    joined_to: int = 0
    """The request on whose card it is shown, because it asks the same; 0: it has its own."""
    joins: int = 0
    """How many were joined to it; 0: nobody shares its card."""


@dataclass(frozen=True, slots=True)
class Message:
    id: int
    conversation_id: int
    author: Author
    content: str
    update_id: int | None
    ticket_id: int | None
    reply_to: int | None
    album: str
    sources: str
    staff_name: str
    created_at: int
    edited_at: int
    withdrawn_at: int
    found: str = ""  # JSON of `bot/recording.py`: what the question met that it answers
    verdict: str = ""
    """What the customer did with it: liked, disliked, or the choices that they picked."""


@dataclass(frozen=True, slots=True)
class Delivery:
    id: int
    channel: str
    room: str
    lane: str
    action: Action
    priority: int
    content: str
    target: str
    reply_to: str
    thread: str
    role: Role
    message_id: int | None
    ticket_id: int | None
    state: DeliveryState
    attempts: int
    doubts: int
    due_at: int
    leased_until: int
    remote_id: str
    reason: str
    detail: str
    created_at: int
    sent_at: int
    taken_by: int = 0


@dataclass(frozen=True, slots=True)
class Copy:
    channel: str
    room: str
    remote_id: str
    role: Role
    message_id: int | None
    ticket_id: int | None


@dataclass(frozen=True, slots=True)
class Colleague:
    """One of staff, as far as the platform told us."""

    channel: str
    room: str
    remote_id: str
    name: str
    username: str
    standing: str
    looked_at: int


@dataclass(frozen=True, slots=True)
class Audit:
    id: int
    at: int
    told_at: int
    """By the platform's clock; 0 where it does not say."""
    staff_id: str
    staff_name: str
    action: str
    ticket_id: int | None
    contact_id: int | None
    detail: str


@dataclass(frozen=True, slots=True)
class Note:
    id: int
    channel: str
    room: str
    thread: str
    remote_id: str
    ticket_id: int | None
    staff_id: str
    staff_name: str
    content: str
    created_at: int
    edited_at: int


@dataclass(frozen=True, slots=True)
class Hold:
    id: int
    channel: str
    room: str
    remote_id: str
    ticket_id: int
    updates: str
    """JSON: the rows of the updates that are the reply."""
    reasons: str
    """Separated by spaces."""
    staff_id: str
    state: HoldState
    decided_by: str
    created_at: int
    translation: str = ""
    """JSON of `bot/desk/speech.py`: what a tap sends in another language."""


@dataclass(frozen=True, slots=True)
class OpenTicket:
    """A line of the list of open ones."""

    ticket: Ticket
    contact: str
    """What the customer is called."""
    card: str
    """The card's id in the desk's room; empty while there is none."""


@dataclass(frozen=True, slots=True)
class Queued:
    """What the way out has to know of a delivery before it is its turn."""

    id: int
    channel: str
    room: str
    lane: str
    action: Action
    priority: int
    due_at: int


@dataclass(frozen=True, slots=True)
class Spent:
    """Of a room's limits; an empty room is the whole channel."""

    channel: str
    room: str
    spent: str
    """JSON of `bot/budgets.py`; empty when nothing is known."""
    held_until: int
    """Milliseconds; the platform told us to wait so long."""


@dataclass(frozen=True, slots=True)
class ModelSpending:
    scope: str
    scope_id: int
    period: str
    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: int = 0
    """Millionths of the money in which prices are given."""
    told: int = 0
    """Bits: which of its limits staff were told about."""
