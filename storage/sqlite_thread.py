"""aiosqlite's thread, in which whole functions run: a hop for each statement would cost more than the statement."""

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, cast

import aiosqlite

from storage.database import News, Row, storable

R = TypeVar("R")
Names = dict[str, tuple[str, ...]]
"""What each statement's columns are called: asking the cursor each time costs more than the row."""


class Thread(aiosqlite.Connection):
    """aiosqlite's connection and thread, with whole functions run there instead of single statements."""

    @property
    def connection(self) -> sqlite3.Connection:
        return self._conn

    async def run(self, function: Callable[..., R], *arguments: Any) -> R:
        done = self._execute(function, *arguments)  # type: ignore[no-untyped-call]
        return cast("R", await done)

    async def end(self) -> None:
        """Close it, opened or not, and wait for its thread: it speaks to the loop until its end."""
        await self.close()
        await asyncio.to_thread(self._thread.join)


class ThreadStatements:
    """Statements that are finished when they return: only ever used in the writer's thread."""

    def __init__(self, connection: sqlite3.Connection, names: Names) -> None:
        self._connection, self._names = connection, names
        self.news: list[News] = []

    async def fetch(self, sql: str, **parameters: Any) -> list[Row]:
        return fetch_rows(self._connection, self._names, sql, parameters)

    async def fetch_one(self, sql: str, **parameters: Any) -> Row | None:
        rows = fetch_rows(self._connection, self._names, sql, parameters)
        return rows[0] if rows else None

    async def execute(self, sql: str, **parameters: Any) -> int:
        return self._connection.execute(sql, storable(parameters)).rowcount

    async def lock(self, *names: str) -> None:
        """We are the only writer."""

    def announce(self, news: News) -> None:
        self.news.append(news)


def fetch_rows(
    connection: sqlite3.Connection, names: Names, sql: str, parameters: dict[str, Any]
) -> list[Row]:
    cursor = connection.execute(sql, storable(parameters))
    columns = names.get(sql)
    if columns is None:
        columns = names[sql] = tuple(column[0] for column in cursor.description)
    return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


def drive(work: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine whose every await is already answered."""
    try:
        work.send(None)
    except StopIteration as finished:
        return finished.value
    work.close()
    raise RuntimeError("a transaction may await its own statements only")
