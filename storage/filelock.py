"""A lock that dies with its process, so that two never write one database file; and a word left in it."""

import os
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: SQLite's own locks are all there is
    fcntl = None  # type: ignore[assignment]


class FileLock:
    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)

    def acquire(self) -> bool:
        """At once: False when another process has it."""
        try:
            if fcntl is not None:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._file)
            return False
        return True

    def read(self) -> str:
        """The word that was left last."""
        return os.pread(self._file, 100, 0).decode("ascii", "replace").strip()

    def write(self, word: str) -> None:
        """Leave a word for whoever has the lock next, synced. Raises OSError."""
        line = f"{word}\n".encode("ascii")
        os.pwrite(self._file, line, 0)
        os.ftruncate(self._file, len(line))
        os.fsync(self._file)

    def release(self) -> None:
        os.close(self._file)
