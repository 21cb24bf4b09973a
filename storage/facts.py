"""What the bot found out and has to remember: the desk's group, the one-time code."""

from storage.database import Reading, Statements


async def find(db: Reading, name: str) -> str | None:
    row = await db.fetch_one("SELECT value FROM facts WHERE name = :name", name=name)
    return row["value"] if row else None


async def put(tx: Statements, name: str, value: str) -> None:
    await tx.execute(
        "INSERT INTO facts (name, value) VALUES (:name, :value)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        name=name,
        value=value,
    )


async def claim(tx: Statements, name: str, value: str, *, older_than: str) -> bool:
    """Put it if there is none, or one that sorts before `older_than`; whether it was put."""
    row = await tx.fetch_one(
        "INSERT INTO facts (name, value) VALUES (:name, :value) ON CONFLICT (name)"
        " DO UPDATE SET value = excluded.value WHERE facts.value < :older_than RETURNING value",
        name=name,
        value=value,
        older_than=older_than,
    )
    return row is not None


async def forget(tx: Statements, name: str) -> None:
    await tx.execute("DELETE FROM facts WHERE name = :name", name=name)
