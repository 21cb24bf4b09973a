"""Whose a phone number, an address or an order's number is, as far as customers said so."""

from collections.abc import Iterable

from storage.database import Reading, Statements


async def add(tx: Statements, contact_id: int, values: Iterable[str]) -> None:
    for value in values:
        await tx.execute(
            "INSERT INTO marks (value, contact_id) VALUES (:value, :contact_id) ON CONFLICT DO NOTHING",
            value=value,
            contact_id=contact_id,
        )


async def owners(db: Reading, value: str) -> set[int]:
    """The contacts that it belongs to."""
    rows = await db.fetch("SELECT contact_id FROM marks WHERE value = :value", value=value)
    return {row["contact_id"] for row in rows}
