"""A database belongs to the process that opened it: one forked from it would write into the same connections."""

import os
import weakref


class NotOurs(RuntimeError):
    """The process was forked after the database was opened; it must open it for itself."""


class Owner:
    """A fork marks it: asking the system for the process at each statement would cost as much as a row."""

    def __init__(self) -> None:
        self._is_ours = True
        me = weakref.ref(self)

        def lose() -> None:
            if owner := me():
                owner._is_ours = False

        os.register_at_fork(after_in_child=lose)

    def check(self) -> None:
        """Raises NotOurs."""
        if not self._is_ours:
            raise NotOurs("this database was opened by another process: open it again after a fork")
