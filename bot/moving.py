"""`python -m bot move FROM TO`: everything from one database to another, of the same engine or the other."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from storage import moving, processes
from storage.address import is_postgres
from storage.database import Database, DatabaseRefused, StorageUnavailable
from storage.moving import NotMoved
from storage.opening import SQLITE, file_of, open_database

LIFE_SECONDS = 3.0
"""A bot that lives has beaten by then."""


async def move(source: str, target: str, *, force: bool) -> int:
    """Prints a line a table; 1 when it could not, and then the target is empty."""
    try:
        if _same(source, target):
            raise DatabaseRefused("both are the same database: name another one to move to")
        async with _opened(source, new=False) as there, _opened(target, new=True) as here:
            await be_alone(there)
            await be_alone(here)
            if not (force or await moving.is_unfinished(here)) and await moving.is_used(here):
                raise DatabaseRefused(
                    "there is something in the database to move to: say --force to empty it first"
                )
            await moving.move(there, here, numbers_on=is_postgres(target), told=_tell)
    except (DatabaseRefused, NotMoved, StorageUnavailable) as error:
        print(error, file=sys.stderr)
        return 1
    print("All of it is there, compared row by row. Name the new database in storage.url or DATABASE_URL.")
    return 0


@asynccontextmanager
async def _opened(url: str, *, new: bool) -> AsyncIterator[Database]:
    if not _is_known(url):
        raise DatabaseRefused("a database is named as sqlite:///data/bot.db or postgresql://user@host/name")
    if not new and not is_postgres(url) and not file_of(url).is_file():
        raise DatabaseRefused(f"there is no database at {file_of(url)}")
    db = await open_database(url, half_moved=new)
    try:
        yield db
    finally:
        await db.close()


async def be_alone(db: Database) -> None:
    """Raises DatabaseRefused when a bot lives on it."""
    if not db.shared:
        return
    before = await processes.beats(db)
    if before:
        await asyncio.sleep(LIFE_SECONDS)
    now = await processes.beats(db)
    if any(beat != before.get(process) for process, beat in now.items()):
        raise DatabaseRefused("a bot runs on one of the two databases: stop it first")


def _same(source: str, target: str) -> bool:
    if source.startswith(SQLITE) and target.startswith(SQLITE):
        source, target = (str(file_of(url).resolve()) for url in (source, target))
    return source == target


def _is_known(url: str) -> bool:
    return is_postgres(url) or (url.startswith(SQLITE) and bool(file_of(url).name))


def _tell(table: str, rows: int) -> None:
    print(f"{table}: {rows:,} rows", flush=True)
