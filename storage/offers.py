"""What staff may still do with a reply by a button; whoever taps first does it, and nobody twice."""

from dataclasses import dataclass

from storage.database import Reading, Statements


@dataclass(frozen=True, slots=True)
class Offer:
    """Buttons under a note of ours, for whoever of staff taps first."""

    id: int
    kind: str
    message_id: int
    """The staff's message that it is about."""
    choices: str
    """JSON of what each button sends, as `bot/desk/offers.py` writes it."""
    taken_by: str
    taken_at: int
    created_at: int


async def make(tx: Statements, *, kind: str, message_id: int, choices: str, now: int) -> int:
    row = await tx.fetch_one(
        "INSERT INTO offers (kind, message_id, choices, created_at)"
        " VALUES (:kind, :message_id, :choices, :now) RETURNING id",
        kind=kind,
        message_id=message_id,
        choices=choices,
        now=now,
    )
    assert row is not None
    return int(row["id"])


async def find(db: Reading, offer_id: int) -> Offer | None:
    row = await db.fetch_one("SELECT * FROM offers WHERE id = :id", id=offer_id)
    return Offer(**row) if row else None


async def take(tx: Statements, offer_id: int, name: str, now: int) -> bool:
    """Whether it was still to be had."""
    touched = await tx.execute(
        "UPDATE offers SET taken_by = :name, taken_at = :now WHERE id = :id AND taken_at = 0",
        id=offer_id,
        name=name,
        now=now,
    )
    return touched > 0


async def withdraw(tx: Statements, message_id: int, now: int) -> None:
    """Nothing more is offered for this message: it was taken back, or came out otherwise."""
    await tx.execute(
        "UPDATE offers SET taken_at = :now WHERE message_id = :message_id AND taken_at = 0",
        message_id=message_id,
        now=now,
    )
