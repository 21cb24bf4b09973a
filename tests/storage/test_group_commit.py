"""Many transactions become one commit, and each of them is still whole or not there."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from storage import facts
from storage.database import Database, Statements
from tests.storage.conftest import BROKEN_RULE, Names


def put(*names: str) -> Callable[[Statements], Awaitable[None]]:
    async def work(tx: Statements) -> None:
        for name in names:
            await facts.put(tx, name, "1")

    return work


def put_and_raise(*names: str, error: BaseException) -> Callable[[Statements], Awaitable[None]]:
    async def work(tx: Statements) -> None:
        await put(*names)(tx)
        raise error

    return work


async def test_each_caller_gets_its_own_result_in_its_own_order(db: Database) -> None:
    async def count(tx: Statements) -> int:
        await tx.lock("count")
        await tx.execute("INSERT INTO facts (name, value) SELECT 'n' || count(*), '' FROM facts")
        row = await tx.fetch_one("SELECT count(*) AS n FROM facts")
        assert row is not None
        return int(row["n"])

    assert await asyncio.gather(*(db.transaction(count) for _ in range(20))) == list(range(1, 21))


@pytest.mark.parametrize("error", [ValueError("mine"), LookupError("none"), RuntimeError()], ids=repr)
async def test_one_that_fails_leaves_nothing_and_hurts_nobody(
    db: Database, seen_by_others: Names, error: Exception
) -> None:
    works = [put("first"), put_and_raise("half", "whole", error=error), put("last")]
    outcomes = await asyncio.gather(*map(db.transaction, works), return_exceptions=True)

    assert [repr(outcome) for outcome in outcomes] == ["None", repr(error), "None"]
    assert await seen_by_others() == {"first", "last"}


async def test_a_broken_constraint_is_its_caller_s_alone(db: Database, seen_by_others: Names) -> None:
    async def twice(tx: Statements) -> None:
        for _ in range(2):
            await tx.execute("INSERT INTO facts (name, value) VALUES ('same', '')")

    outcomes = await asyncio.gather(
        db.transaction(put("first")),
        db.transaction(twice),
        db.transaction(put("last")),
        return_exceptions=True,
    )

    assert isinstance(outcomes[1], BROKEN_RULE)
    assert await seen_by_others() == {"first", "last"}


async def test_a_body_that_waits_for_something_else_is_refused_whole(
    db: Database, seen_by_others: Names
) -> None:
    async def wait_for_somebody(tx: Statements) -> None:
        await facts.put(tx, "half", "1")
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="own statements only"):
        await db.transaction(wait_for_somebody)
    await db.transaction(put("after"))

    assert await seen_by_others() == {"after"}


async def test_a_caller_that_is_cancelled_leaves_the_whole_effect_and_no_open_transaction(
    db: Database, seen_by_others: Names
) -> None:
    for turns in range(4):
        task = asyncio.create_task(db.transaction(put(f"one{turns}", f"other{turns}")))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        outcome = (await asyncio.gather(task, return_exceptions=True))[0]
        await db.transaction(put(f"after{turns}"))

        there = await seen_by_others()
        assert {f"one{turns}", f"other{turns}"} <= there or not {f"one{turns}", f"other{turns}"} & there
        assert f"after{turns}" in there
        assert outcome is None or isinstance(outcome, asyncio.CancelledError)
        assert turns == 0 or f"one{turns}" in there, "once it was queued, it is done"


async def test_the_neighbours_of_a_cancelled_caller_are_served(db: Database, seen_by_others: Names) -> None:
    tasks = [asyncio.create_task(db.transaction(put(f"n{at}"))) for at in range(10)]
    await asyncio.sleep(0)
    tasks[3].cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)

    assert [outcome for outcome in outcomes if outcome is not None] == [outcomes[3]]
    assert await seen_by_others() == {f"n{at}" for at in range(10)}
