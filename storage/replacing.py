"""Another database takes a SQLite file's place; what stood there is kept beside it."""

import os
from pathlib import Path

from storage import copying, inspection, snapshot
from storage.database import DatabaseRefused
from storage.snapshot import Damaged

PARTS = ("", "-wal", "-shm", "-journal")


def replace(target: Path, new: Path, *, force: bool) -> Path | None:
    """Put `new`, which nobody has open, into the target's place; returns where the old one is kept now.

    Raises DatabaseRefused: a bot has it open, or there is something in it and `force` is not said."""
    target = target.resolve()
    lock = inspection.lock(target)
    try:
        _refuse_used(target, force=force)
        kept = _set_aside(target)
        os.replace(new, target)
        copying.sync(target.parent)
        lock.write(inspection.CLOSED)
    finally:
        lock.release()
    return kept


def refuse(target: Path, *, force: bool) -> None:
    """Raises DatabaseRefused where `replace` would."""
    target = target.resolve()
    lock = inspection.lock(target)
    try:
        _refuse_used(target, force=force)
    finally:
        lock.release()


def _refuse_used(target: Path, *, force: bool) -> None:
    if not force and _is_used(target):
        raise DatabaseRefused(
            f"there is something in {target} already: say --force to put the backup into its place"
            " (the old one is kept beside it)"
        )


def _is_used(target: Path) -> bool:
    if not any(inspection.size(_part(target, part)) for part in ("", "-wal")):
        return False
    try:
        return snapshot.is_used(target)
    except (Damaged, DatabaseRefused):
        return True


def _set_aside(target: Path) -> Path | None:
    """The file with its log: one without the other would not be what it was.

    Cut off in between, the log is left without its file, and a start is refused."""
    here = [part for part in PARTS if _part(target, part).exists()]
    if not here:
        return None
    kept = copying.aside(target, "before-restore")
    for part in here:
        _part(target, part).rename(_part(kept, part))
    return kept


def _part(path: Path, part: str) -> Path:
    return path.with_name(path.name + part)
