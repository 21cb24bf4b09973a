"""Who runs on this database: a row each, whose beat goes up while it lives."""

from storage.database import Reading, Statements


async def add(tx: Statements, process: int, now: int) -> None:
    """Once more does nothing: the first commit's answer may have been lost."""
    await tx.execute(
        "INSERT INTO processes (id, started_at) VALUES (:id, :now) ON CONFLICT (id) DO NOTHING",
        id=process,
        now=now,
    )


async def beat(tx: Statements, process: int) -> bool:
    """False when the others took us for dead."""
    return await tx.execute("UPDATE processes SET beat = beat + 1 WHERE id = :id", id=process) > 0


async def beats(db: Reading) -> dict[int, int]:
    """Each process's beat, by its id."""
    return {row["id"]: row["beat"] for row in await db.fetch("SELECT id, beat FROM processes")}


async def bury(tx: Statements, process: int, beat: int) -> bool:
    """It is dead if it has not beaten since. What it had taken is free; False when it lives."""
    touched = await tx.execute("DELETE FROM processes WHERE id = :id AND beat = :beat", id=process, beat=beat)
    return touched > 0


async def leave(tx: Statements, process: int) -> None:
    await tx.execute("DELETE FROM processes WHERE id = :id", id=process)
    await tx.execute("DELETE FROM duties WHERE holder = :id", id=process)


async def bury_all(tx: Statements) -> None:
    """Nobody else can be alive: this database has one process at a time."""
    await tx.execute("DELETE FROM processes")
    await tx.execute("DELETE FROM duties")


async def hold(tx: Statements, duty: str, process: int) -> bool:
    """Take a duty that nobody alive has; True when it is ours. The dead get none."""
    row = await tx.fetch_one(
        "INSERT INTO duties (name, holder) SELECT :name, id FROM processes WHERE id = :process"
        " ON CONFLICT (name) DO UPDATE"
        " SET holder = CASE WHEN EXISTS (SELECT 1 FROM processes WHERE processes.id = duties.holder)"
        " THEN duties.holder ELSE excluded.holder END RETURNING holder",
        name=duty,
        process=process,
    )
    return row is not None and row["holder"] == process


async def fire(tx: Statements, job: str, fire_at: int, process: int) -> bool:
    """False when another process does this firing of the job."""
    touched = await tx.execute(
        "INSERT INTO firings (job, fire_at, process) VALUES (:job, :fire_at, :process) ON CONFLICT DO NOTHING",
        job=job,
        fire_at=fire_at,
        process=process,
    )
    return touched > 0


async def forget_firings(tx: Statements, before: int) -> None:
    await tx.execute("DELETE FROM firings WHERE fire_at < :before", before=before)
