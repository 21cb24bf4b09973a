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
        self._changed, self._rows = connection.total_changes, FIRST_ROWS

    def after_commit(self) -> bool:
        """True when the log was carried over, or that was tried while somebody reads.

        Raises sqlite3.Error; then the log still holds everything, as long as nobody goes on writing."""
        rows = self._connection.total_changes - self._changed
        if rows < self._rows:
            return False
        self._changed += rows
        _, pages, carried = self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        if carried == pages > 0:
            self._rows = min(max(rows * LOG_PAGES // pages, FEWEST_ROWS), MOST_ROWS)
        return True
