"""A connection cut, a server stopped: whoever asked is told so at once, nothing is half there, and it heals."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from storage import facts
from storage.database import News, Statements, StorageUnavailable
from storage.lockstep import lock_number
from storage.postgres import PostgresDatabase, open_postgres
from tests.postgres import ROOT, PostgresServer, connected, until

BLOCKED = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'advisory' AND datname = current_database()"
OURS = "SELECT pid FROM pg_stat_activity WHERE application_name = 'svar' AND datname = current_database()"
HOLD = """
from tests.postgres import PostgresServer
server = PostgresServer()
print(server.folder, flush=True)
input()
"""


@pytest.fixture(scope="module")
def own_server() -> Iterator[PostgresServer]:
    """One that may be stopped."""
    server = PostgresServer()
    yield server
    server.end()


@pytest.fixture
async def stopping(own_server: PostgresServer, tmp_path: Path) -> AsyncIterator[PostgresDatabase]:
    database = await open_postgres(await own_server.create_migrated(tmp_path.name))
    yield database
    await database.close()


async def put(tx: Statements, *names: str, lock: str = "") -> None:
    for name in names:
        await facts.put(tx, name, "1")
        if lock:
            await tx.lock(lock)


async def pids(connection: "asyncpg.Connection[asyncpg.Record]", sql: str) -> list[int]:
    return [row["pid"] for row in await connection.fetch(sql)]


async def heals(database: PostgresDatabase) -> float:
    """How many seconds it took until something could be written."""
    started = time.monotonic()
    async with asyncio.timeout(30):
        while True:
            try:
                await database.transaction(lambda tx: put(tx, "healed"))
            except StorageUnavailable:
                await asyncio.sleep(0.02)
            else:
                return time.monotonic() - started


async def test_a_connection_cut_in_mid_transaction_leaves_nothing_and_comes_back(
    url: str, postgres: PostgresDatabase
) -> None:
    async with connected(url) as keeper:
        await keeper.execute("SELECT pg_advisory_lock($1)", lock_number("", "gate"))
        works = [
            asyncio.create_task(postgres.transaction(lambda tx, at=at: put(tx, f"n{at}", "x", lock="gate")))  # type: ignore[misc]
            for at in range(3)
        ]
        async with asyncio.timeout(10):
            while not (blocked := await pids(keeper, BLOCKED)):  # noqa: ASYNC110 — nobody tells
                await asyncio.sleep(0.01)
        await keeper.execute("SELECT pg_terminate_backend($1)", blocked[0])
        outcomes = await asyncio.gather(*works, return_exceptions=True)
        await keeper.execute("SELECT pg_advisory_unlock_all()")

    assert [type(outcome) for outcome in outcomes] == [StorageUnavailable] * 3
    await heals(postgres)
    assert [row["name"] for row in await postgres.fetch("SELECT name FROM facts")] == ["healed"]


async def test_connections_cut_while_nobody_used_them_are_noticed_by_nobody(
    url: str, postgres: PostgresDatabase
) -> None:
    heard: list[News] = []
    postgres.listen(heard.append)
    await facts.find(postgres, "a")
    async with connected(url) as keeper:
        before = await pids(keeper, OURS)
        await keeper.execute(f"SELECT pg_terminate_backend(pid) FROM ({OURS}) AS ours")
    await until(
        lambda: heard == [News("lane", "*")]
    )  # who listens is told that something may have been missed

    assert await facts.find(postgres, "a") is None
    await heals(postgres)
    async with connected(url) as keeper:
        assert not set(before) & set(await pids(keeper, OURS))


@pytest.mark.parametrize("how", ["stop", "crash"])
async def test_a_server_that_is_gone_is_told_at_once_and_its_return_is_found(
    own_server: PostgresServer, stopping: PostgresDatabase, how: str
) -> None:
    await stopping.transaction(lambda tx: put(tx, "before"))
    await asyncio.to_thread(getattr(own_server, how))
    for _ in range(3):
        started = time.monotonic()
        outcomes = await asyncio.gather(
            stopping.transaction(lambda tx: put(tx, "lost")),
            stopping.fetch("SELECT name FROM facts"),
            stopping.look(lambda tx: facts.find(tx, "before")),
            return_exceptions=True,
        )
        assert [type(outcome) for outcome in outcomes] == [StorageUnavailable] * 3
        assert time.monotonic() - started < 5, "none waits for the server"
    await asyncio.to_thread(own_server.start)

    assert await heals(stopping) < 10
    assert {row["name"] for row in await stopping.fetch("SELECT name FROM facts")} == {"before", "healed"}


async def test_a_closed_database_says_so_instead_of_letting_its_callers_wait(url: str) -> None:
    database = await open_postgres(url)
    tasks = [asyncio.create_task(database.transaction(lambda tx: put(tx, "in time")))]
    await asyncio.sleep(0)
    await database.close()
    await asyncio.gather(*tasks)

    async with asyncio.timeout(5):
        with pytest.raises(StorageUnavailable):
            await database.transaction(lambda tx: put(tx, "late"))
        with pytest.raises(StorageUnavailable):
            await database.fetch("SELECT 1 AS one")


async def test_tests_that_are_killed_leave_no_server() -> None:
    tests = await asyncio.to_thread(
        lambda: subprocess.Popen(
            [sys.executable, "-c", HOLD], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
    )
    assert tests.stdout is not None
    assert tests.stdin is not None
    folder = Path((await asyncio.to_thread(tests.stdout.readline)).strip())
    server = int((folder / "data" / "postmaster.pid").read_text("utf-8").split()[0])
    tests.send_signal(signal.SIGKILL)
    tests.wait()
    tests.stdin.close()
    tests.stdout.close()

    await until(lambda: not folder.exists(), seconds=30)
    with pytest.raises(ProcessLookupError):
        os.kill(server, 0)
