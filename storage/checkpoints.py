"""When the log is carried over into the database file: done by hand, because SQLite tells nobody when its own fails."""

import sqlite3

LOG_PAGES = 1000
"""How long the log is to grow, about."""
FIRST_ROWS, FEWEST_ROWS, MOST_ROWS = 300, 50, 100_000


class Checkpoints:
    """Learns how many changed rows make a log of that length."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        self._connection = connection
        self._carried, self._rows = connection.total_changes, FIRST_ROWS
        self._due = self._carried + FIRST_ROWS
        """The count of changed rows at which it is tried again."""

    def after_commit(self) -> bool:
        """True when the log was carried over, or that was tried while somebody reads.

        Raises sqlite3.Error; then the log still holds everything, as long as nobody goes on writing."""
        changed = self._connection.total_changes
        if changed < self._due:
            return False
        _, pages, carried = self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        if carried < pages:
            self._due = changed + 1  # somebody reads what is old; with the next commit that may be over
            return True
        if pages > 0:
            self._rows = min(max((changed - self._carried) * LOG_PAGES // pages, FEWEST_ROWS), MOST_ROWS)
        self._carried, self._due = changed, changed + self._rows
        return True
