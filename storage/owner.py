"""A database belongs to the process that opened it: one forked from it would write into the same connections."""

import os


class NotOurs(RuntimeError):
    """The process was forked after the database was opened; it must open it for itself."""


class Owner:
    def __init__(self) -> None:
        self._process = os.getpid()

    def check(self) -> None:
        """Raises NotOurs."""
        if os.getpid() != self._process:
            raise NotOurs("this database was opened by another process: open it again after a fork")
