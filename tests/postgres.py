"""A PostgreSQL of the tests' own: started by the first that wants it, gone with them, whatever ends them."""

import asyncio
import atexit
import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import asyncpg

from storage.postgres import open_postgres
from tests.postgres_keeper import OWNER

ROOT = Path(__file__).parent.parent
TEMPLATE = "template_svar"
END_SECONDS = 30.0
MEMORY = Path("/dev/shm")
ENOUGH_BYTES = 1024 * 1024 * 1024


class PostgresServer:
    """One server in a temporary folder, reached by a socket in it.

    It is the child of a keeper process that ends it, and takes the folder away, when our end of a pipe closes."""

    def __init__(self, *, fsync: bool = False) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="svar-pg-", dir=None if fsync else _quick_place()))
        self._number = 0
        self.made: dict[Path, str] = {}
        self._templates: set[str] = set()
        self._keeper = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.postgres_keeper",
                str(self.folder),
                "fsync" if fsync else "no fsync",
            ],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            start_new_session=True,  # Ctrl-C is for the tests; the keeper goes when they are gone
        )
        self._told("ready")

    def url(self, database: str = "postgres", user: str = OWNER) -> str:
        return f"postgresql://{user}@/{database}?host={self.folder}"

    def stop(self) -> None:
        """An orderly stop that waits for no client."""
        self._tell("stop", "stopped")

    def crash(self) -> None:
        """As a loss of power would, as far as its own files go."""
        self._tell("crash", "stopped")

    def start(self) -> None:
        self._tell("start", "ready")

    def end(self) -> None:
        assert self._keeper.stdin is not None
        self._keeper.stdin.close()
        self._keeper.wait(END_SECONDS)

    async def create(self, name: str, template: str = "template1") -> str:
        """A new database; returns its URL."""
        # Without STRATEGY (new in 15) it is three times as slow and works, too.
        strategy = "STRATEGY FILE_COPY" if await self._version() >= 150000 else ""
        await self.run(f'CREATE DATABASE "{name}" TEMPLATE "{template}" {strategy}')
        return self.url(name)

    async def create_migrated(self, name: str) -> str:
        """The same with our tables in it, copied from one that was migrated once."""
        if TEMPLATE not in self._templates:
            database = await open_postgres(await self.create(TEMPLATE))
            await database.close()
            self._templates.add(TEMPLATE)
        return await self.create(name, TEMPLATE)

    async def drop(self, *names: str) -> None:
        async with connected(self.url()) as connection:
            for name in names:
                await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    async def run(self, sql: str, *arguments: object, database: str = "postgres") -> list[Any]:
        async with connected(self.url(database)) as connection:
            return list(await connection.fetch(sql, *arguments))

    async def _version(self) -> int:
        if not self._number:
            (row,) = await self.run("SELECT current_setting('server_version_num')::int AS number")
            self._number = int(row["number"])
        return self._number

    def _tell(self, word: str, answer: str) -> None:
        assert self._keeper.stdin is not None
        self._keeper.stdin.write(word + "\n")
        self._told(answer)

    def _told(self, expected: str) -> None:
        assert self._keeper.stdout is not None
        said = self._keeper.stdout.readline().strip()
        assert said == expected, f"PostgreSQL's keeper says {said!r}, not {expected!r}"


@contextlib.asynccontextmanager
async def connected(url: str) -> AsyncIterator[Any]:
    """A connection beside the product's own."""
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


@cache
def shared_server() -> PostgresServer:
    """The one that a run of the tests has in common."""
    server = PostgresServer()
    atexit.register(server.end)
    return server


async def database_of(folder: Path) -> str:
    """The URL of the database that belongs to a test's folder; the first call makes it."""
    server, name = shared_server(), name_of(folder)
    if folder in server.made:
        return server.url(name)
    server.made[folder] = name
    return await server.create_migrated(name)


def name_of(folder: Path) -> str:
    return f"t_{hashlib.sha256(str(folder).encode()).hexdigest()[:24]}"


def forget_databases() -> None:
    """Of the test that is over; outside of any loop."""
    if not shared_server.cache_info().currsize:
        return
    server = shared_server()
    made, server.made = server.made, {}
    if made:
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, server.drop(*made.values())).result()


def _quick_place() -> Path | None:
    """Memory, if there is enough: three hundred files are made for each test."""
    there = MEMORY.is_dir() and os.access(MEMORY, os.W_OK)
    return MEMORY if there and shutil.disk_usage(MEMORY).free > ENOUGH_BYTES else None


async def until(condition: Callable[[], object], seconds: float = 10) -> None:
    """Wait for what a database does in its own time."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 — nobody tells
            await asyncio.sleep(0.005)
