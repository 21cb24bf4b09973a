"""Keeps an eye on SQLite's write-ahead log: it shrinks by itself, unless somebody reads and never ends."""

import logging
from pathlib import Path

log = logging.getLogger(__name__)

MEGABYTE = 1024 * 1024
LARGEST = 64 * MEGABYTE
"""After a checkpoint SQLite cuts the log to this; above it a word is said, and nothing is refused:
a customer's message is worth more than the space."""


class WriteAheadLog:
    """Of one database; `look` after each commit, from one thread."""

    def __init__(self, database: Path, largest: int = LARGEST) -> None:
        self._path, self._largest = Path(f"{database}-wal"), largest
        self._told = largest

    def look(self) -> None:
        """Say so when it is too large, and again each time that it has doubled."""
        try:
            size = self._path.stat().st_size
        except OSError:
            return
        if size <= self._largest:
            self._told = self._largest
        elif size > self._told:
            self._told = 2 * size
            log.error(
                "%s has grown to %s MB because another program has been reading the database for long:"
                " end that program (lsof names it), or the disk fills up",
                self._path,
                size // MEGABYTE,
            )
