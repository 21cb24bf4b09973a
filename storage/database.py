"""Statements and transactions: all that the table files know of a database."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar

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

    async def lock(self, *names: str) -> None:
        """Nobody else's transaction gets these names until ours has ended. Free on SQLite, which has one writer.

        It is a work's first statement wherever that can be; `budget` comes last of all."""

    def announce(self, news: "News") -> None:
        """Told after the commit to whoever listens, in this process and in the others on this database."""


@dataclass(frozen=True, slots=True)
class News:
    """What others may be waiting for. It can get lost: who waits looks for itself now and then."""

    kind: Literal["waiting", "queued", "lane", "moved", "fact", "translate"]
    """An update waits in a lane; a delivery was queued; look at this lane again; a room has another id now;
    a fact changed; a ticket's words are to be translated."""
    name: str
    """The lane's, the old room's or the fact's name; "*" means that anything may have happened."""
    due_at: int = 0
    row: tuple[Any, ...] = ()
    """Of what is queued: the delivery's id, channel, room, lane, action, priority and due_at.
    Of what has moved: the channel and the new room."""


Work = Callable[[Statements], Awaitable[T]]
"""What happens inside one transaction. It may await its statements and nothing else, and must not touch
anything that others change meanwhile: SQLite runs it in the writer's thread, and PostgreSQL may run it
again. Works that read what others write take a lock first: on PostgreSQL they run side by side."""


class Database(Reading, Protocol):
    """Its queries see what is committed."""

    shared: bool
    """Other processes may write it too."""

    def listen(self, hear: Callable[[News], None]) -> None:
        """One listener, called on the loop after a commit of ours or of another process."""

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
    """Nothing can be stored now (disk full, file locked, broken disk, no server). It may pass.

    On PostgreSQL a connection that was lost in mid-commit says this too: then it may be stored after all."""


class DatabaseRefused(Exception):
    """This database must not be opened as it is; the message says what to do."""

    def __init__(self, sentence: str, *, in_use: bool = False) -> None:
        super().__init__(sentence)
        self.in_use = in_use
        """Another process has it: nothing is wrong with it."""


def storable(parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same parameters without NUL in their texts, which PostgreSQL refuses: both engines keep the same."""
    for value in parameters.values():
        if type(value) is str and "\x00" in value:
            break
    else:
        return parameters
    return {
        name: value.replace("\x00", "\ufffd") if type(value) is str else value
        for name, value in parameters.items()
    }
