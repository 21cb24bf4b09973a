"""Works of one group on PostgreSQL: one round trip for what they ask alike, and each still for itself."""

import asyncio
import traceback
from collections.abc import AsyncIterator
from typing import Any

import pytest

from storage import contacts, deliveries, facts, updates
from storage.database import News, Reading, Statements, StorageUnavailable
from storage.lockstep import lock_number
from storage.postgres import PostgresDatabase, open_postgres
from tests.postgres import connected, until
from tests.storage.conftest import BROKEN_RULE

MANY = 64


@pytest.fixture
async def other(url: str, postgres: PostgresDatabase) -> AsyncIterator[PostgresDatabase]:
    """Another process's, as far as PostgreSQL can tell."""
    database = await open_postgres(url)
    yield database
    await database.close()


async def come(tx: Statements, at: int) -> int | None:
    """Four statements, as the way in has them."""
    await tx.lock(f"contact:{at}")
    found = await contacts.find(tx, "telegram", "bot", str(at))
    new = await updates.add(
        tx,
        channel="telegram",
        account="bot",
        key=str(at),
        kind="said",
        lane=f"conversation:{at}",
        raw="{}",
        state="waiting",
        now=1,
    )
    await facts.put(tx, f"seen {at}", str(found))
    return new.id if new else None


async def add(tx: Statements, name: str) -> int:
    """Reads, then writes what it read: only right when nobody comes in between."""
    await tx.lock(name)
    value = int(await facts.find(tx, name) or 0) + 1
    await facts.put(tx, name, str(value))
    return value


async def sent_while(postgres: PostgresDatabase, *works: Any) -> int:
    """How many statements went over the line."""
    connection, sent = await postgres._writer.line.connection(), 0

    def count(_: object) -> None:
        nonlocal sent
        sent += 1

    with connection.query_logger(count):
        await asyncio.gather(*(postgres.transaction(work) for work in works))
    return sent


async def test_many_works_cost_as_many_round_trips_as_one(postgres: PostgresDatabase) -> None:
    one = await sent_while(postgres, lambda tx: come(tx, -1))
    many = await sent_while(postgres, *(lambda tx, at=at: come(tx, at) for at in range(MANY)))

    assert many == one == 5, "begin with the lock; three statements; commit"


async def test_ids_rise_in_the_order_in_which_they_were_asked_for(postgres: PostgresDatabase) -> None:
    ids = await asyncio.gather(
        *(postgres.transaction(lambda tx, at=at: come(tx, at)) for at in range(MANY))  # type: ignore[misc]
    )
    assert ids == list(range(1, MANY + 1))


async def test_everybody_gets_their_own_rows_in_their_own_order(postgres: PostgresDatabase) -> None:
    async def some(tx: Statements, at: int) -> tuple[list[int], int, list[int]]:
        for number in range(at):
            await tx.execute(
                "INSERT INTO facts (name, value) VALUES (:name, :value)", name=f"{at}.{number}", value=str(at)
            )
        rows = await tx.fetch(
            "SELECT length(name) AS long, name FROM facts WHERE value = :value ORDER BY name DESC LIMIT 3",
            value=str(at),
        )
        touched = await tx.execute("UPDATE facts SET value = value WHERE value = :value", value=str(at))
        again = await tx.fetch(
            "UPDATE facts SET value = :new WHERE value = :value RETURNING name", value=str(at), new=f"-{at}"
        )
        return [int(row["name"][2:]) for row in rows], touched, sorted(int(row["name"][2:]) for row in again)

    works = (lambda tx, at=at: some(tx, at) for at in range(6))
    for at, (first, touched, again) in enumerate(await asyncio.gather(*map(postgres.transaction, works))):
        assert first == list(reversed(range(at)))[:3]
        assert touched == at
        assert again == list(range(at))


async def test_a_conflict_is_seen_by_the_one_that_came_later(postgres: PostgresDatabase) -> None:
    found = await asyncio.gather(
        *(postgres.transaction(lambda tx, at=at: come(tx, at % 3)) for at in range(9))  # type: ignore[misc]
    )
    assert found == [1, 2, 3, *[None] * 6]


async def test_a_name_is_one_work_s_until_it_has_ended(postgres: PostgresDatabase) -> None:
    found = await asyncio.gather(*(postgres.transaction(lambda tx: add(tx, "count")) for _ in range(20)))

    assert found == list(range(1, 21))


async def test_a_name_is_one_process_s_at_a_time(postgres: PostgresDatabase, other: PostgresDatabase) -> None:
    async def twenty(database: PostgresDatabase) -> list[int]:
        return [await database.transaction(lambda tx: add(tx, "count")) for _ in range(20)]

    one, two, three = await asyncio.gather(twenty(postgres), twenty(other), twenty(other))

    assert sorted(one + two + three) == list(range(1, 61))


async def test_works_that_wait_for_each_other_are_done_one_by_one(postgres: PostgresDatabase) -> None:
    async def both(tx: Statements, first: str, second: str) -> int:
        await tx.lock(first)
        await facts.put(tx, first, "1")
        await tx.lock(second)
        return await add(tx, "count")

    found = await asyncio.gather(
        postgres.transaction(lambda tx: both(tx, "a", "b")),
        postgres.transaction(lambda tx: both(tx, "b", "a")),
        postgres.transaction(lambda tx: both(tx, "c", "d")),
    )
    assert list(found) == [1, 2, 3]


async def test_processes_that_lock_each_other_s_rows_both_get_through(
    postgres: PostgresDatabase, other: PostgresDatabase
) -> None:
    await postgres.transaction(lambda tx: add(tx, "a"))
    await postgres.transaction(lambda tx: add(tx, "b"))

    async def both(tx: Statements, names: str) -> None:
        for name in names:
            await tx.execute("UPDATE facts SET value = value || '1' WHERE name = :name", name=name)
            await tx.fetch("SELECT pg_sleep(0.02)")

    await asyncio.gather(
        postgres.transaction(lambda tx: both(tx, "ab")), other.transaction(lambda tx: both(tx, "ba"))
    )
    assert await facts.find(postgres, "a") == await facts.find(postgres, "b") == "111"


async def test_of_many_the_guilty_ones_alone_fail(postgres: PostgresDatabase) -> None:
    async def work(tx: Statements, at: int) -> int | None:
        new = await come(tx, at)
        if at % 4 == 1:
            raise ValueError(at)
        if at % 4 == 2:
            await tx.execute("INSERT INTO facts (name, value) VALUES (:name, '')", name=f"seen {at}")
        if at % 4 == 3:
            await tx.execute("UPDATE facts SET value = :value", value=None)
        return new

    outcomes: list[Any] = await asyncio.gather(
        *(postgres.transaction(lambda tx, at=at: work(tx, at)) for at in range(12)),  # type: ignore[misc]
        return_exceptions=True,
    )
    for at, outcome in enumerate(outcomes):
        assert isinstance(outcome, (int, ValueError, BROKEN_RULE, BROKEN_RULE)[at % 4]), outcome
    rows = await postgres.fetch("SELECT key FROM updates ORDER BY id")
    assert [row["key"] for row in rows] == ["0", "4", "8"]


async def test_an_error_that_came_of_what_others_were_in_the_middle_of_is_none(
    postgres: PostgresDatabase,
) -> None:
    async def leave_half_done_for_a_moment(tx: Statements) -> None:
        await facts.put(tx, "state", "half")
        await facts.put(tx, "state", "whole")

    async def look(tx: Statements) -> str | None:
        await tx.fetch("SELECT 1 AS one")
        found = await facts.find(tx, "state")
        if found == "half":
            raise RuntimeError("seen half done")
        return found

    found, _ = await asyncio.gather(
        postgres.transaction(look), postgres.transaction(leave_half_done_for_a_moment)
    )
    assert found == "whole"


async def test_what_was_written_is_in_no_error(postgres: PostgresDatabase) -> None:
    secret: Any = "".join(("ge", "heim"))  # as no line of the source has it

    async def twice(tx: Statements) -> None:
        for _ in range(2):
            await tx.execute("INSERT INTO facts (name, value) VALUES (:name, '')", name=secret)

    async def mistyped(tx: Statements) -> None:
        await deliveries.find(tx, secret)

    for work, kind in ((twice, BROKEN_RULE), (mistyped, ValueError)):
        with pytest.raises(kind) as caught:
            await postgres.transaction(work)
        assert secret not in "".join(traceback.format_exception(caught.value))


async def test_a_read_only_database_is_nobody_s_fault(postgres: PostgresDatabase) -> None:
    async def read_only(tx: Statements) -> None:
        await tx.execute("SET TRANSACTION READ ONLY")
        await facts.put(tx, "a", "1")

    outcomes = await asyncio.gather(
        postgres.transaction(read_only), postgres.transaction(lambda tx: add(tx, "b")), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes] == [StorageUnavailable, StorageUnavailable]
    assert await postgres.transaction(lambda tx: add(tx, "b")) == 1


async def test_a_look_is_of_one_moment_and_writes_nothing(url: str, postgres: PostgresDatabase) -> None:
    entered, gate = asyncio.Event(), lock_number("", "gate")

    async def work(tx: Reading) -> list[str | None]:
        before = await facts.find(tx, "a")
        entered.set()
        await tx.fetch("SELECT CAST(pg_advisory_xact_lock(:gate) AS TEXT) AS passed", gate=gate)
        return [before, await facts.find(tx, "a")]

    async with connected(url) as keeper:
        await keeper.execute("SELECT pg_advisory_lock($1)", gate)
        looking = asyncio.create_task(postgres.look(work))
        await entered.wait()
        await postgres.transaction(lambda tx: facts.put(tx, "a", "1"))
        await keeper.execute("SELECT pg_advisory_unlock($1)", gate)
        assert await looking == [None, None]
    with pytest.raises(StorageUnavailable):
        await postgres.look(lambda tx: facts.put(tx, "b", "1"))  # type: ignore[arg-type]


async def test_news_reach_every_process_after_the_commit_and_only_then(
    postgres: PostgresDatabase, other: PostgresDatabase
) -> None:
    here: list[News] = []
    there: list[News] = []
    postgres.listen(here.append)
    other.listen(there.append)
    told = News("queued", "lane 'a\"", 7, (1, "telegram", "-1", "lane", "say", 0, 7))

    async def work(tx: Statements, news: News, *, well: bool) -> None:
        await facts.put(tx, news.name, "1")
        tx.announce(news)
        if not well:
            raise ValueError

    await asyncio.gather(
        postgres.transaction(lambda tx: work(tx, told, well=True)),
        postgres.transaction(lambda tx: work(tx, News("lane", "never"), well=False)),
        return_exceptions=True,
    )
    assert here == [told]
    await until(lambda: there == [told])

    many = [News("waiting", f"{at} {'x' * 500}") for at in range(100)]
    await asyncio.gather(
        *(other.transaction(lambda tx, one=one: work(tx, one, well=True)) for one in many)  # type: ignore[misc]
    )
    await until(lambda: here == [told, *many])
    assert all(len(statement) < 8000 for statement in postgres._bulletin.statements(many))
    huge = News("fact", "y" * 9000)
    await postgres.transaction(lambda tx: work(tx, huge, well=True))
    await until(lambda: there[-1] == News("lane", "*"))
