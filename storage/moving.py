"""From one database to another of either engine: every table, batch by batch, and every row compared afterwards."""

import itertools
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any

from storage import facts, tables
from storage.database import Database, DatabaseRefused, Reading, Row, Statements, Work
from storage.tables import Counter, Table, Tally

BATCH = 2000
"""Rows a transaction."""
ROWS = 100
"""Rows a statement: PostgreSQL and SQLite both take some 32,000 values at once."""
UNFINISHED = "moving"
"""The fact that says that a database is only half there."""
FLEETING = frozenset({"processes", "duties", "firings"})
"""About who runs now: what they say is not true elsewhere."""
Told = Callable[[str, int], None]
"""Hears of each table that is done, with its rows."""


class NotMoved(Exception):
    """The target is empty again; the message says why."""


def moved_tables() -> tuple[Table, ...]:
    return tuple(table for table in tables.known() if table.name not in FLEETING)


async def is_used(db: Reading) -> bool:
    """Whether anything but the notes of a bot that was only started is in it."""
    for table in tables.known():
        if table.name not in tables.PASSING and await db.fetch(f"SELECT 1 AS yes FROM {table.name} LIMIT 1"):  # noqa: S608
            return True
    return False


async def is_unfinished(db: Reading) -> bool:
    """Whether a move to it was cut off."""
    return await facts.find(db, UNFINISHED) is not None


async def refuse_unfinished(db: Reading) -> None:
    """Raises DatabaseRefused."""
    if await is_unfinished(db):
        raise DatabaseRefused(
            "this database is half moved: its move was cut off. Move it again (python -m bot move)"
        )


async def move(source: Reading, target: Database, *, numbers_on: bool, told: Told) -> None:
    """Empty the target and fill it; `numbers_on`: it must be told where its own numbers go on (PostgreSQL).

    Nobody may write either of them meanwhile. Raises NotMoved, StorageUnavailable."""
    await empty(target)
    await target.transaction(lambda tx: facts.put(tx, UNFINISHED, "yes"))
    try:
        for table in moved_tables():
            there = await _copy(source, target, table)
            here = await _tally(target, table)
            if here != there:
                raise NotMoved(
                    f"{table.name}: {there.rows} rows were read and {here.rows} are there, or differ"
                )
            told(table.name, there.rows)
        if numbers_on:
            await _number_on(target)
        await target.transaction(lambda tx: facts.forget(tx, UNFINISHED))
    except Exception as error:
        await empty(target)
        raise error if isinstance(error, NotMoved) else NotMoved(str(error)) from error


async def empty(target: Database) -> None:
    """Children first, so that no row points to one that is gone."""
    for table in reversed(tables.known()):
        for column in table.own:
            await _do(target, f"UPDATE {table.name} SET {column} = NULL WHERE {column} IS NOT NULL")  # noqa: S608
        await _do(target, f"DELETE FROM {table.name}")  # noqa: S608


async def _do(target: Database, sql: str) -> None:
    await target.transaction(lambda tx: tx.execute(sql))


async def _copy(source: Reading, target: Database, table: Table) -> Tally:
    counter, forward = Counter(), list[Row]()
    async for rows in _batches(source, table):
        counter.add(_values(table, row) for row in rows)
        forward += [row for row in rows if _points_forward(table, row)]
        await target.transaction(_insertion(table, rows))
    for some in _pieces(forward, BATCH):
        await target.transaction(_pointing(table, some))
    return counter.tally


async def _tally(db: Reading, table: Table) -> Tally:
    counter = Counter()
    async for rows in _batches(db, table):
        counter.add(_values(table, row) for row in rows)
    return counter.tally


async def _batches(db: Reading, table: Table) -> AsyncIterator[list[Row]]:
    """All rows by their key, in the engine's own order of it."""
    columns, key = ", ".join(table.columns), ", ".join(table.key)
    after = ", ".join(f":after_{column}" for column in table.key)
    first = f"SELECT {columns} FROM {table.name} ORDER BY {key} LIMIT :limit"  # noqa: S608
    more = f"SELECT {columns} FROM {table.name} WHERE ({key}) > ({after}) ORDER BY {key} LIMIT :limit"  # noqa: S608
    rows = await db.fetch(first, limit=BATCH)
    while rows:
        last = {f"after_{column}": rows[-1][column] for column in table.key}
        yield [row for row in rows if (table.name, row[table.key[0]]) != ("facts", UNFINISHED)]
        rows = await db.fetch(more, limit=BATCH, **last)


def _values(table: Table, row: Row) -> tuple[Any, ...]:
    """In the columns' order, as both engines keep them: no text holds a NUL."""
    return tuple(
        row[column].replace("\0", "\ufffd") if column in table.texts and row[column] else row[column]
        for column in table.columns
    )


def _points_forward(table: Table, row: Row) -> bool:
    """To a row of the same table that comes after it, and so is not there yet."""
    return any(row[column] is not None and row[column] > row[table.key[0]] for column in table.own)


def _insertion(table: Table, rows: Sequence[Row]) -> Work[None]:
    async def work(tx: Statements) -> None:
        for some in _pieces(rows, ROWS):
            places = ", ".join(
                f"({', '.join(f':p{at}_{column}' for column in table.columns)})" for at in range(len(some))
            )
            sql = f"INSERT INTO {table.name} ({', '.join(table.columns)}) VALUES {places}"  # noqa: S608
            values = {
                f"p{at}_{column}": None if column in table.own and _points_forward(table, row) else value
                for at, row in enumerate(some)
                for column, value in zip(table.columns, _values(table, row), strict=True)
            }
            await tx.execute(sql, **values)

    return work


def _pointing(table: Table, rows: Sequence[Row]) -> Work[None]:
    (key,) = table.key

    async def work(tx: Statements) -> None:
        for row, column in itertools.product(rows, table.own):
            sql = f"UPDATE {table.name} SET {column} = :value WHERE {key} = :key"  # noqa: S608
            await tx.execute(sql, value=row[column], key=row[key])

    return work


def _pieces(rows: Sequence[Row], size: int) -> Iterator[Sequence[Row]]:
    return (rows[at : at + size] for at in range(0, len(rows), size))


async def _number_on(target: Database) -> None:
    """PostgreSQL counts by itself: it goes on behind the greatest number."""
    for table in moved_tables():
        if table.numbered:
            (key,) = table.key
            sequence = f"pg_get_serial_sequence('{table.name}', '{key}')"
            await _do(
                target,
                f"SELECT setval({sequence}, coalesce(max({key}), 1), max({key}) IS NOT NULL) FROM {table.name}",  # noqa: S608
            )
