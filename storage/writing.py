"""PostgreSQL's one writer: a group in one transaction, and what becomes of it when one of its works fails."""

from collections.abc import Callable, Sequence
from typing import Any

import asyncpg

from storage.bulletin import Bulletin
from storage.database import StorageUnavailable, Work
from storage.grouping import Outcome, unavailable
from storage.line import Connection, Line, means_again, means_unavailable, unavailable_because, without_words
from storage.lockstep import Lockstep, Spoilt, Stalled

GROUP_SECONDS = 20.0
MOST_TRIES = 5
FAILURES = (Spoilt, Stalled, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


class Writer:
    def __init__(self, line: Line, bulletin: Bulletin, schema: str) -> None:
        self.line, self._bulletin, self._schema = line, bulletin, schema

    async def commit(self, works: list[Work[Any]]) -> list[Outcome]:
        """What became of each, in their order."""
        if len(works) == 1:
            return await self._one_by_one(works)
        try:
            done = await self._attempt(works)
        except StorageUnavailable as error:
            return unavailable(works, error)
        except FAILURES:
            return await self._one_by_one(works)
        # Who failed may have seen what others were in the middle of: what becomes of it alone is what counts.
        failed = [one.work for one in done.doing if one.outcome is None or one.outcome.error]
        again = iter(await self._one_by_one(failed))
        return [one.outcome if one.outcome and not one.outcome.error else next(again) for one in done.doing]

    async def _one_by_one(self, works: Sequence[Work[Any]]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        for work in works:
            try:
                outcomes.append(await self._alone(work))
            except StorageUnavailable as error:
                return [*outcomes, *unavailable(works[len(outcomes) :], error)]
        return outcomes

    async def _alone(self, work: Work[Any]) -> Outcome:
        """Raises StorageUnavailable."""
        failure: Exception = StorageUnavailable()
        for _ in range(MOST_TRIES):
            try:
                (one,) = (await self._attempt([work])).doing
            except FAILURES as error:
                failure = error
            else:
                assert one.outcome is not None
                return one.outcome
        raise unavailable_because(failure) from failure

    async def _attempt(self, works: Sequence[Work[Any]]) -> Lockstep:
        async with self.line.used(GROUP_SECONDS) as connection:
            return await run(connection, works, "BEGIN", self._schema, self._closing)

    def _closing(self, done: Lockstep) -> str:
        """The news leave with the commit."""
        news = [
            news for one in done.doing if one.outcome and not one.outcome.error for news in one.outcome.news
        ]
        return "; ".join([*self._bulletin.statements(news), "COMMIT"])


async def run(
    connection: Connection,
    works: Sequence[Work[Any]],
    opening: str,
    scope: str,
    closing: Callable[[Lockstep], str],
) -> Lockstep:
    """One transaction. One work alone hears of its errors; of several, one that fails undoes them all.

    Raises Spoilt, Stalled, and what PostgreSQL or asyncpg raise where that is no single work's fault."""
    lockstep = Lockstep(connection, works, opening, scope)
    try:
        await lockstep.run()
        (first, *_) = lockstep.doing
        if len(works) == 1 and first.outcome and first.outcome.error:
            await roll_back(connection)
        elif lockstep.is_open:
            await connection.execute(closing(lockstep))
    except FAILURES as error:
        if means_unavailable(error):
            raise
        await roll_back(connection)
        if len(works) > 1 or means_again(error):
            raise
        lockstep.doing[0].fail(without_words(error))
    return lockstep


async def roll_back(connection: Connection) -> None:
    if connection.is_in_transaction():
        await connection.execute("ROLLBACK")
