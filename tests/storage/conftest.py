"""A database of its own for each test, on either engine; SQLite's in a folder of its own."""

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import asyncpg
import pytest

from storage.database import Database
from storage.postgres import PostgresDatabase, open_postgres
from storage.sqlite import SqliteDatabase, open_sqlite
from tests.postgres import PostgresServer, connected, database_of, shared_server

BROKEN_RULE = (sqlite3.IntegrityError, asyncpg.IntegrityConstraintViolationError)
"""What either engine raises when a constraint does not hold."""
NAMES = "SELECT name FROM facts"
Names = Callable[[], Awaitable[set[str]]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "bot.db"


@pytest.fixture
async def sqlite(path: Path) -> AsyncIterator[SqliteDatabase]:
    database = await open_sqlite(path)
    yield database
    await database.close()


@pytest.fixture
def server() -> PostgresServer:
    return shared_server()


@pytest.fixture
async def url(tmp_path: Path) -> str:
    """Of a PostgreSQL database with our tables in it."""
    return await database_of(tmp_path)


@pytest.fixture
async def postgres(url: str) -> AsyncIterator[PostgresDatabase]:
    database = await open_postgres(url)
    yield database
    await database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
async def db(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    if request.param == "sqlite":
        database: Database = await open_sqlite(tmp_path / "data" / "bot.db")
    else:
        database = await open_postgres(await database_of(tmp_path))
    yield database
    await database.close()


@pytest.fixture
def seen_by_others(db: Database, tmp_path: Path) -> Names:
    """The facts' names, as somebody with a connection of their own reads them."""

    async def look() -> set[str]:
        if isinstance(db, SqliteDatabase):
            return names_in(tmp_path / "data" / "bot.db")
        async with connected(await database_of(tmp_path)) as connection:
            return {row["name"] for row in await connection.fetch(NAMES)}

    return look


def names_in(path: Path) -> set[str]:
    connection = sqlite3.connect(path)
    names = {name for (name,) in connection.execute(NAMES)}
    connection.close()
    return names
