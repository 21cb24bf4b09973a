"""What the language model cost, in sums: a row for each of ours, whom it was for, and when."""

from storage.database import Reading, Statements
from storage.records import ModelSpending

Key = tuple[str, int, str]
"""Scope, its id (0 for all) and the period: a day as 2026-11-20, a month as 2026-11, or empty for ever."""


async def find(db: Reading, key: Key) -> ModelSpending:
    """Nothing spent where there is no row."""
    scope, scope_id, period = key
    row = await db.fetch_one(
        "SELECT scope, scope_id, period, calls, tokens_in, tokens_out, cost, told FROM model_spending"
        " WHERE scope = :scope AND scope_id = :scope_id AND period = :period",
        scope=scope,
        scope_id=scope_id,
        period=period,
    )
    return ModelSpending(**row) if row else ModelSpending(scope, scope_id, period)


async def add(tx: Statements, key: Key, *, calls: int, tokens_in: int, tokens_out: int, cost: int) -> None:
    """`cost` in millionths of the money in which prices are given; less than nothing takes back."""
    scope, scope_id, period = key
    await tx.execute(
        "INSERT INTO model_spending (scope, scope_id, period, calls, tokens_in, tokens_out, cost)"
        " VALUES (:scope, :scope_id, :period, :calls, :tokens_in, :tokens_out, :cost)"
        " ON CONFLICT (scope, scope_id, period) DO UPDATE SET calls = model_spending.calls + excluded.calls,"
        " tokens_in = model_spending.tokens_in + excluded.tokens_in,"
        " tokens_out = model_spending.tokens_out + excluded.tokens_out,"
        " cost = model_spending.cost + excluded.cost",
        scope=scope,
        scope_id=scope_id,
        period=period,
        calls=calls,
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        cost=cost,
    )


async def tell(tx: Statements, key: Key, told: int) -> None:
    """Remember what staff were told of the row."""
    scope, scope_id, period = key
    await tx.execute(
        "UPDATE model_spending SET told = :told"
        " WHERE scope = :scope AND scope_id = :scope_id AND period = :period",
        scope=scope,
        scope_id=scope_id,
        period=period,
        told=told,
    )


async def forget_contacts(tx: Statements, before: str) -> None:
    """Drops the days of contacts before that day; what all of them cost together stays."""
    await tx.execute("DELETE FROM model_spending WHERE scope = 'contact' AND period < :before", before=before)
