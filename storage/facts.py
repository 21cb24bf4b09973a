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


async def forget(tx: Statements, name: str) -> None:
    await tx.execute("DELETE FROM facts WHERE name = :name", name=name)
