"""A PostgreSQL of the tests' own: started by the first that wants it, gone with them, whatever ends them."""

import asyncio
import atexit
import contextlib
import hashlib
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from functools import cache
from pathlib import Path
from typing import Any

import asyncpg

from storage.postgres import open_postgres
from tests.postgres_keeper import OWNER

ROOT = Path(__file__).parent.parent
TEMPLATE = "template_svar"
END_SECONDS = 30.0


class PostgresServer:
    """One server in a temporary folder, reached by a socket in it.

    It is the child of a keeper process that ends it, and takes the folder away, when our end of a pipe closes."""

    def __init__(self, *, fsync: bool = False) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="svar-pg-"))
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
        await self.run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    async def create_migrated(self, name: str) -> str:
        """The same with our tables in it, copied from one that was migrated once."""
        if TEMPLATE not in self._templates:
            database = await open_postgres(await self.create(TEMPLATE))
            await database.close()
            self._templates.add(TEMPLATE)
        return await self.create(name, TEMPLATE)

    async def drop(self, name: str) -> None:
        await self.run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    async def has(self, name: str) -> bool:
        return bool(await self.run("SELECT 1 FROM pg_database WHERE datname = $1", name))

    async def run(self, sql: str, *arguments: object, database: str = "postgres") -> list[Any]:
        async with connected(self.url(database)) as connection:
            return list(await connection.fetch(sql, *arguments))

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
    server, name = shared_server(), f"t_{hashlib.sha256(str(folder).encode()).hexdigest()[:24]}"
    return server.url(name) if await server.has(name) else await server.create_migrated(name)


async def until(condition: Callable[[], object], seconds: float = 10) -> None:
    """Wait for what a database does in its own time."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 — nobody tells
            await asyncio.sleep(0.005)
