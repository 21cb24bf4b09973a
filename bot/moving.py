"""`python -m bot move FROM TO`: everything from one database to another, of the same engine or the other."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.settings import SQLITE
from storage import moving, processes
from storage.database import Database, DatabaseRefused, StorageUnavailable
from storage.moving import NotMoved
from storage.sqlite import open_sqlite

LIFE_SECONDS = 3.0
"""A bot that lives has beaten by then."""
POSTGRES = ("postgresql://", "postgres://")


async def move(source: str, target: str, *, force: bool) -> int:
    """Prints a line a table; 1 when it could not, and then the target is empty."""
    try:
        if _same(source, target):
            raise DatabaseRefused("both are the same database: name another one to move to")
        async with _opened(source, new=False) as there, _opened(target, new=True) as here:
            await _be_alone(there)
            await _be_alone(here)
            await moving.refuse_unfinished(there)
            if not (force or await moving.is_unfinished(here)) and await moving.is_used(here):
                raise DatabaseRefused(
                    "there is something in the database to move to: say --force to empty it first"
                )
            await moving.move(there, here, numbers_on=_is_postgres(target), told=_tell)
    except (DatabaseRefused, NotMoved, StorageUnavailable) as error:
        print(error, file=sys.stderr)
        return 1
    print("All of it is there, compared row by row. Name the new database in storage.url or DATABASE_URL.")
    return 0


@asynccontextmanager
async def _opened(url: str, *, new: bool) -> AsyncIterator[Database]:
    db = await _open(url, new=new)
    try:
        yield db
    finally:
        await db.close()


async def _open(url: str, *, new: bool) -> Database:
    """Brought to this version, and on SQLite locked for us. Raises DatabaseRefused."""
    if _is_postgres(url):
        raise DatabaseRefused("this version keeps its data in SQLite only: sqlite:///data/bot.db")
    path = Path(url.removeprefix(SQLITE))
    if not url.startswith(SQLITE) or not path.name:
        raise DatabaseRefused("a database is named as sqlite:///data/bot.db or postgresql://user@host/name")
    if not new and not path.is_file():
        raise DatabaseRefused(f"there is no database at {path}")
    return await open_sqlite(path)


async def _be_alone(db: Database) -> None:
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
        source, target = (str(Path(url.removeprefix(SQLITE)).resolve()) for url in (source, target))
    return source == target


def _is_postgres(url: str) -> bool:
    return url.startswith(POSTGRES)


def _tell(table: str, rows: int) -> None:
    print(f"{table}: {rows:,} rows", flush=True)
