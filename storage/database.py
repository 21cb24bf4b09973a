"""Statements and transactions: all that the table files know of a database."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar

Row = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class News:
    """What a transaction did that somebody should know at once, once it is committed."""

    kind: Literal["waiting", "queued", "lane", "fact"]
    """An update waits in a lane; a delivery was queued; look at a lane again; a fact changed."""
    name: str
    """The lane's name ("*": all of them), or the fact's."""
    due_at: int = 0
    row: tuple[Any, ...] = ()
    """Of a queued delivery: the fields of `records.Queued`."""


class Reading(Protocol):
    """Runs queries of the portable subset with `:name` parameters."""

    async def fetch(self, sql: str, **parameters: Any) -> list[Row]: ...

    async def fetch_one(self, sql: str, **parameters: Any) -> Row | None: ...


class Statements(Reading, Protocol):
    """What a transaction may do."""

    async def execute(self, sql: str, **parameters: Any) -> int:
        """Returns how many rows were touched."""
        ...

    async def lock(self, name: str) -> None:
        """Nobody else's transaction gets this name until ours has ended. Free on SQLite: it has one writer."""
        ...

    def announce(self, news: News) -> None:
        """Told after the commit to whoever listens, in this process and in the others on this database."""
        ...


Work = Callable[[Statements], Awaitable[T]]
"""What happens inside one transaction. It may await its statements and nothing else, and must not
touch anything that others change meanwhile: SQLite runs it in the writer's thread."""


class Database(Reading, Protocol):
    """Its queries see what is committed."""

    shared: bool
    """Other processes may write it too."""

    def listen(self, hear: Callable[[News], None]) -> None:
        """Call `hear` on the loop after each commit that announced something, here or elsewhere."""
        ...

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
