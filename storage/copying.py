"""A copy of an open SQLite database, synced, for its owner's eyes only."""

import errno
import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

STEP_PAGES = 1024


def copy(connection: sqlite3.Connection, target: Path) -> None:
    """`target` must not exist yet; nothing of it stays when this fails. Raises OSError, sqlite3.Error."""
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    try:
        _copy(connection, target)
    except BaseException:
        target.unlink()
        raise


def _copy(connection: sqlite3.Connection, target: Path) -> None:
    copied = sqlite3.connect(target, isolation_level=None)
    try:
        copied.execute("PRAGMA synchronous = OFF")
        connection.backup(copied, pages=STEP_PAGES)
        copied.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_FULL:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target)) from error
        raise
    finally:
        copied.close()
    sync(target)


def sync(path: Path) -> None:
    """A file, or a folder's list of names."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def aside(path: Path, why: str) -> Path:
    """A dated name beside it that is still free."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    names = (
        path.with_name(f"{path.name}.{why}-{stamp}{more}") for more in ("", *map("-{}".format, range(2, 100)))
    )
    return next(name for name in names if not name.exists())
