"""Statements and transactions: all that the table files know of a database."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

from storage.tally import Tally

Row = dict[str, Any]
T = TypeVar("T")


class Reading(Protocol):
    """Runs queries of the portable subset with `:name` parameters."""

    async def fetch(self, sql: str, **parameters: Any) -> list[Row]: ...

    async def fetch_one(self, sql: str, **parameters: Any) -> Row | None: ...


class Statements(Reading, Protocol):
    """What a transaction may do."""

    async def execute(self, sql: str, **parameters: Any) -> int:
        """Returns how many rows were touched."""
        ...


Work = Callable[[Statements], Awaitable[T]]
"""What happens inside one transaction. It may await its statements and nothing else, and must not
touch anything that others change meanwhile: SQLite runs it in the writer's thread."""


class Database(Reading, Protocol):
    """Its queries see what is committed."""

    tally: Tally

    async def look(self, work: Callable[[Reading], Awaitable[T]]) -> T:
        """Several queries at once, of one moment. `work` may await them and nothing else."""
        ...

    async def transaction(self, work: Work[T]) -> T:
        """Do `work` wholly or not at all; returns when it is on disk, synced.

        Raises StorageUnavailable when it could not be stored, and whatever `work` raises."""
        ...

    async def close(self) -> None: ...


class StorageUnavailable(Exception):
    """Nothing can be stored now (disk full, file locked, broken disk). It may pass."""


class DatabaseRefused(Exception):
    """This database must not be opened as it is; the message says what to do."""

    def __init__(self, sentence: str, *, in_use: bool = False) -> None:
        super().__init__(sentence)
        self.in_use = in_use
        """Another process has it: nothing is wrong with it."""
