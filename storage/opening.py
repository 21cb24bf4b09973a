"""Which engine keeps the data: the beginning of `storage.url` says it."""

from importlib.util import find_spec
from pathlib import Path

from storage import moving
from storage.address import is_postgres, read_address
from storage.database import Database, DatabaseRefused
from storage.sqlite import open_sqlite, peek_sqlite

SQLITE = "sqlite:///"
NO_DRIVER = (
    "storage.url names a PostgreSQL, and asyncpg is not installed: pip install -r requirements-postgres.lock"
)


async def open_database(url: str, *, half_moved: bool = False) -> Database:
    """Open it, or make it, and bring it to this version; one whose move was cut off only for moving it again.

    Raises DatabaseRefused."""
    db = await _open(url)
    try:
        if not half_moved:
            await moving.refuse_unfinished(db)
    except BaseException:
        await db.close()
        raise
    return db


async def _open(url: str) -> Database:
    if is_postgres(url):
        _be_sure_of_driver()
        from storage.postgres import open_postgres

        return await open_postgres(url)
    return await open_sqlite(file_of(url))


async def peek_database(url: str) -> Database:
    """For those who only read, beside the process or processes that write it. Raises DatabaseRefused."""
    if is_postgres(url):
        _be_sure_of_driver()
        from storage.postgres import peek_postgres

        return await peek_postgres(url)
    return await peek_sqlite(file_of(url))


def place_of(url: str) -> str:
    """The database for people to read, without a password."""
    return read_address(url).place if is_postgres(url) else str(file_of(url))


def password_of(url: str) -> str:
    """What must not be read in a log."""
    return read_address(url).password if is_postgres(url) else ""


def file_of(url: str) -> Path:
    """SQLite's file."""
    return Path(url.removeprefix(SQLITE))


def _be_sure_of_driver() -> None:
    """asyncpg is there for those who use it, and is not paid for by the others."""
    if find_spec("asyncpg") is None:
        raise DatabaseRefused(NO_DRIVER)
