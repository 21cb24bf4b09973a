"""What many ask for at once is committed once: the queue before a database's one writer."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from storage.database import News, StorageUnavailable, T, Work
from storage.owner import Owner
from storage.tally import Tally

log = logging.getLogger(__name__)

LARGEST_GROUP = 256


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one work."""

    value: Any = None
    error: Exception | None = None
    news: Sequence[News] = ()

    def settle(self, future: "asyncio.Future[Any]") -> None:
        if future.done():
            return
        if self.error is None:
            future.set_result(self.value)
        else:
            future.set_exception(self.error)


Commit = Callable[[list[Work[Any]]], Awaitable[list[Outcome]]]
"""Do all works, each wholly or not at all, and say what became of each, in their order."""


class Groups:
    """Commits all that one turn of the loop brought, then all that came meanwhile, and so on."""

    def __init__(self, commit: Commit, tally: Tally) -> None:
        self._commit, self._tally = commit, tally
        self._waiting: list[tuple[Work[Any], asyncio.Future[Any]]] = []
        self._committing: asyncio.Task[None] | None = None
        self._owner = Owner()
        self.hear: Callable[[News], None] = _ignore

    async def do(self, work: Work[T]) -> T:
        self._owner.check()
        # A caller that is cancelled stops waiting; its work is still done wholly or not at all.
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((work, future))
        if self._committing is None:
            self._committing = asyncio.create_task(self._commit_groups())
        return cast("T", await future)

    async def rest(self) -> None:
        """Until nothing waits."""
        if self._committing is not None:
            await self._committing

    async def _commit_groups(self) -> None:
        try:
            while self._waiting:
                group, self._waiting = self._waiting[:LARGEST_GROUP], self._waiting[LARGEST_GROUP:]
                outcomes = await self._outcomes([work for work, _ in group])
                self._tally.groups += 1
                self._tally.transactions += len(group)
                for (_, future), outcome in zip(group, outcomes, strict=True):
                    self._tally.errors += isinstance(outcome.error, StorageUnavailable)
                    outcome.settle(future)
                    self._tell(outcome.news)
        finally:
            self._committing = None

    async def _outcomes(self, works: list[Work[Any]]) -> list[Outcome]:
        """Nobody waits for ever: whatever goes wrong, everybody in the group hears of it."""
        try:
            return await self._commit(works)
        except Exception as error:
            log.exception("a group of transactions was not committed")
            return unavailable(works, error)

    def _tell(self, news: Sequence[News]) -> None:
        for one in news:
            try:
                self.hear(one)
            except Exception:
                log.exception("news of %s were not taken", one.kind)


def unavailable(works: Sequence[Work[Any]], error: Exception) -> list[Outcome]:
    """Everybody hears that nothing could be stored."""
    if not isinstance(error, StorageUnavailable):
        error = StorageUnavailable(f"the database cannot be written: {type(error).__name__}")
    return [Outcome(error=error) for _ in works]


def _ignore(_: News) -> None:
    """Nobody listens yet."""
