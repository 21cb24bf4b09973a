"""A process that was forked from ours gets nothing done on our connections, and harms nobody (R-17)."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from tests.postgres import database_of
from tests.shop import REPOSITORY

STORY = """
import asyncio, os, sys
from storage import facts
from storage.opening import open_database

async def begin():
    return await open_database(sys.argv[1])

async def put(db, name):
    await db.transaction(lambda tx: facts.put(tx, name, "1"))

async def as_child(db):
    for work in (put(db, "child"), db.fetch("SELECT 1 AS one"), db.look(lambda tx: tx.fetch("SELECT 1 AS one"))):
        try:
            async with asyncio.timeout(5):
                await work
            print("done")
        except Exception as error:
            print(f"{type(error).__name__}: {error}", flush=True)

runner = asyncio.Runner()
db = runner.run(begin())
runner.run(put(db, "before"))
child = os.fork()
if child == 0:
    asyncio.run(as_child(db))
    sys.stdout.flush()
    os._exit(0)
os.waitpid(child, 0)
runner.run(put(db, "after"))
print([row["name"] for row in runner.run(db.fetch("SELECT name FROM facts ORDER BY name"))])
runner.run(db.close())
"""


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
async def test_a_forked_process_is_told_that_the_connection_is_not_its_own(
    tmp_path: Path, engine: str
) -> None:
    where = await database_of(tmp_path) if engine == "postgresql" else f"sqlite:///{tmp_path}/bot.db"
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", STORY, where],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=40,
    )
    *told, names = done.stdout.splitlines()
    assert names == "['after', 'before']", done.stderr
    assert len(told) == 3
    assert all("opened by another process" in line for line in told), told
