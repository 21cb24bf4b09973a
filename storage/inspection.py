"""Before a SQLite file is opened to be written: is it ours, whole, and the one that it was when it was last closed?"""

import logging
import os
import sqlite3
import threading
from pathlib import Path

from storage import copying, migrations
from storage.database import DatabaseRefused
from storage.filelock import FileLock

log = logging.getLogger(__name__)

APPLICATION_ID = 0x53766172  # "Svar"
OPEN, CLOSING, CLOSED = "open", "closing", "closed"
"""What the lock's file says: nothing before the first time, and OPEN still when a process was killed."""
CLEAN_SECONDS, UNCLEAN_SECONDS = 0.03, 0.08
"""How long may be looked for damage at a start."""
MEGABYTES_A_SECOND = 300
"""A cautious guess at how much of a file SQLite checks."""
MEND = "restore a backup (python -m bot restore FILE)"


def lock(path: Path) -> FileLock:
    """Raises DatabaseRefused."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if path.exists():
            os.close(os.open(path, os.O_RDWR))
        lock = FileLock(path.with_name(path.name + ".lock"))
    except OSError as error:
        raise DatabaseRefused(
            f"{path} cannot be written ({error.strerror}): give this user the right to write in"
            f" {path.parent}, or set storage.url to another place"
        ) from error
    if not lock.acquire():
        raise DatabaseRefused(f"{path} is in use by another Svar: stop that one first", in_use=True)
    return lock


def inspect(path: Path, last: str) -> None:
    """Look without writing anything; `last` is what the lock's file says. Raises DatabaseRefused, sqlite3.Error."""
    _refuse_parts_that_do_not_belong(path, last)
    if size(path) and not size(_beside(path, "-journal")):
        _look_inside(path, CLEAN_SECONDS if last == CLOSED else UNCLEAN_SECONDS)


def create(path: Path) -> None:
    """For its owner's eyes only, from the first moment on. Does nothing when it is there."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise DatabaseRefused(f"{path} cannot be written ({error.strerror})") from error


def _refuse_parts_that_do_not_belong(path: Path, last: str) -> None:
    log, index = _beside(path, "-wal"), _beside(path, "-shm")
    if not size(path) and size(log):
        raise DatabaseRefused(
            f"{log.name} holds messages, but {path} {'is empty' if path.exists() else 'is gone'}:"
            f" put it back, or {MEND}"
        )
    if not size(path) and last:
        gone = f"{path} is empty" if path.exists() else f"{path} is gone"
        raise DatabaseRefused(
            f"{gone}, and was not when the bot last ran: {MEND}, or remove {path.name}.lock to begin anew"
        )
    if last == OPEN and index.exists() and not log.exists():
        raise DatabaseRefused(
            f"{log} is gone, and the newest messages were in it: put it back or {MEND};"
            f" to go on without them remove {index.name}"
        )
    if not size(log) and size(path) < _told_size(path):
        raise DatabaseRefused(f"{path} is cut off, its end is missing: {MEND}")


def _told_size(path: Path) -> int:
    """How long the file says that it is; 0 when it does not."""
    if not size(path):
        return 0
    with path.open("rb") as file:
        head = file.read(100)
    if not head.startswith(b"SQLite format 3\0") or head[24:28] != head[92:96]:
        return 0
    page = int.from_bytes(head[16:18], "big")
    return int.from_bytes(head[28:32], "big") * (65536 if page == 1 else page)


def _look_inside(path: Path, seconds: float) -> None:
    """With a connection that cannot write: one that can would already have mixed in a log of another file."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
    )
    try:
        be_sure_it_is_ours(connection, path)
        if damage := _damage(connection, path, seconds):
            raise DatabaseRefused(f"{path} is damaged ({damage}): {MEND}")
    finally:
        connection.close()


def be_sure_it_is_ours(connection: sqlite3.Connection, path: Path) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if tables and application != APPLICATION_ID:
        raise DatabaseRefused(f"{path} is some other program's database: choose another storage.url")


def mark_as_ours(connection: sqlite3.Connection) -> None:
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if not tables:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")


def keep_before_migrating(connection: sqlite3.Connection, path: Path) -> None:
    pending = migrations.pending(connection)
    if not pending or pending[0].number == 1:
        return
    kept = copying.aside(path, f"before-{pending[-1].name}")
    try:
        copying.copy(connection, kept)
    except OSError as error:
        raise DatabaseRefused(
            f"{path} is of an older Svar, and there is no room for the copy that is kept before it is changed"
            f" ({error.strerror}): make room in {path.parent}"
        ) from error
    log.warning("the database is brought to this version; as it was, it is kept as %s", kept)


def _damage(connection: sqlite3.Connection, path: Path, seconds: float) -> str:
    """The first thing found wrong, or nothing; of a large file only as much as there is time for."""
    if path.stat().st_size < seconds * MEGABYTES_A_SECOND * 1_000_000:
        return _verdict(connection, "PRAGMA quick_check(1)")
    names = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
    ).fetchall()
    timer = threading.Timer(seconds, connection.interrupt)
    timer.start()
    try:
        verdicts = (_verdict(connection, f"PRAGMA quick_check('{name}')") for (name,) in names)
        return next((verdict for verdict in verdicts if verdict), "")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
        return ""
    finally:
        timer.cancel()
        timer.join()


def _verdict(connection: sqlite3.Connection, question: str) -> str:
    (verdict,) = connection.execute(question).fetchone()
    return "" if verdict == "ok" else str(verdict).splitlines()[-1]


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
