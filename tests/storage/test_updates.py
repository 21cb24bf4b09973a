"""The way in as a table: each update once, each lane in order, and the work of the dead becomes due again."""

import asyncio

import pytest

from storage import processes, updates
from storage.database import Database, Statements
from storage.records import Claim, Update, UpdateState

NOW = 1_000_000
LEASE = 60_000
ME = 1


async def come(
    db: Database,
    key: str,
    lane: str = "conversation:1",
    *,
    state: UpdateState = "waiting",
    due_at: int = 0,
    channel: str = "telegram",
    account: str = "bot",
    claim: Claim | None = None,
) -> Update | None:
    return await db.transaction(
        lambda tx: updates.add(
            tx,
            channel=channel,
            account=account,
            key=key,
            kind="said",
            lane=lane,
            raw="{}",
            state=state,
            now=NOW,
            due_at=due_at,
            claim=claim,
        )
    )


async def take(db: Database, lane: str = "conversation:1", now: int = NOW) -> list[Update]:
    return await db.transaction(lambda tx: updates.take(tx, lane, now=now, claim=Claim(ME, now + LEASE)))


async def put_back(db: Database, taken: list[Update], *, due_at: int, counted: bool = True) -> None:
    await db.transaction(lambda tx: updates.put_back(tx, taken, due_at=due_at, counted=counted))


async def begin(db: Database, process: int) -> None:
    await db.transaction(lambda tx: processes.add(tx, process, NOW))


async def open_lanes(db: Database) -> list[tuple[str, int]]:
    return await updates.open_lanes(db, after="", limit=10)


def keys(taken: list[Update]) -> list[str]:
    return [update.key for update in taken]


async def test_an_update_is_new_once(db: Database) -> None:
    assert await come(db, "a")
    assert await come(db, "a") is None
    assert await come(db, "a", lane="elsewhere", state="kept") is None
    assert keys(await take(db)) == ["a"]


async def test_of_many_at_the_same_time_one_is_new(db: Database) -> None:
    found = await asyncio.gather(*(come(db, "a") for _ in range(50)))

    assert len([one for one in found if one]) == 1


async def test_the_same_key_at_another_channel_or_account_is_another_update(db: Database) -> None:
    assert await come(db, "a")
    assert await come(db, "a", channel="whatsapp")
    assert await come(db, "a", account="other bot")


async def test_an_update_stays_known_when_it_is_done_and_its_body_forgotten(db: Database) -> None:
    await come(db, "a")
    taken = await take(db)

    async def end(tx: Statements) -> None:
        await updates.finish(tx, taken)
        await updates.forget_raw(tx, NOW + 1, 1000)

    await db.transaction(end)
    row = await db.fetch_one("SELECT raw, state FROM updates")
    assert row == {"raw": None, "state": "done"}
    assert await come(db, "a") is None


async def test_what_still_waits_keeps_its_body_however_old(db: Database) -> None:
    await come(db, "a")
    await come(db, "odd", state="quarantined")
    assert await db.transaction(lambda tx: updates.forget_raw(tx, NOW * 1000, 1000)) == 0


async def test_all_of_a_lane_is_taken_in_the_order_in_which_it_came(db: Database) -> None:
    for key in ("c", "a", "b"):
        await come(db, key)
    await come(db, "x", lane="conversation:2")

    assert keys(await take(db)) == ["c", "a", "b"]
    assert keys(await take(db, "conversation:2")) == ["x"]


async def test_a_lane_that_somebody_has_is_not_taken(db: Database) -> None:
    await come(db, "a")
    await take(db)
    await come(db, "b")

    assert await take(db) == []
    assert await take(db, now=NOW + LEASE - 1) == []


async def test_the_older_go_with_the_newer_when_they_are_put_back(db: Database) -> None:
    await come(db, "a")
    taken = await take(db)
    await come(db, "b")
    await put_back(db, taken, due_at=NOW, counted=False)
    again = await take(db)

    assert keys(again) == ["a", "b"]
    assert [update.attempts for update in again] == [1, 1], "a try that was not one is not counted"


async def test_nothing_overtakes_what_is_not_due_yet(db: Database) -> None:
    await come(db, "album", due_at=NOW + 1000)
    await come(db, "after")

    assert await take(db) == []
    assert await updates.next_due(db, "conversation:1") == NOW + 1000
    assert keys(await take(db, now=NOW + 1000)) == ["album", "after"]


async def test_what_was_stored_by_a_clock_that_was_ahead_is_due(db: Database) -> None:
    await come(db, "from tomorrow", due_at=NOW + 86_400_000)
    assert keys(await take(db)) == ["from tomorrow"]


async def test_what_was_claimed_and_never_begun_is_left_behind_long_before_its_lease_ends(
    db: Database,
) -> None:
    """As when the handler of its post was cancelled between the commit and the begin of its turn."""
    await begin(db, ME)
    assert await come(db, "a", claim=Claim(ME, NOW + LEASE))
    assert await updates.left_behind(db, NOW, process=ME, ours_until=NOW + LEASE - 1) == []
    left = await updates.left_behind(db, NOW, process=ME, ours_until=NOW + LEASE)
    assert keys(left) == ["a"]
    assert await updates.left_behind(db, NOW, process=ME + 1, ours_until=NOW + LEASE) == []


async def test_each_failed_try_counts(db: Database) -> None:
    await come(db, "a")
    for tries in (1, 2, 3):
        taken = await take(db)
        assert [update.attempts for update in taken] == [tries]
        await put_back(db, taken, due_at=NOW)


async def test_work_of_the_dead_is_due_again_when_its_lease_ends(db: Database) -> None:
    await begin(db, ME)
    await come(db, "a")
    await take(db)

    assert await updates.left_behind(db, NOW + LEASE - 1, process=0, ours_until=0) == []
    expired = await updates.left_behind(db, NOW + LEASE, process=0, ours_until=0)
    assert keys(expired) == ["a"]
    await put_back(db, expired, due_at=NOW)
    assert keys(await take(db, now=NOW + LEASE)) == ["a"]


async def test_what_a_process_had_that_is_gone_is_due_again_at_once(db: Database) -> None:
    await begin(db, ME)
    await come(db, "a")
    await come(db, "b", lane="conversation:2")
    await take(db)
    await take(db, "conversation:2")
    assert await updates.left_behind(db, NOW, process=0, ours_until=0) == []
    await db.transaction(processes.bury_all)

    left = await updates.left_behind(db, NOW, process=0, ours_until=0)
    assert sorted(keys(left)) == ["a", "b"]
    await put_back(db, left, due_at=NOW)
    assert keys(await take(db)) == ["a"]


async def test_it_is_taken_where_it_is_stored_unless_something_is_before_it(db: Database) -> None:
    mine = Claim(ME, NOW + LEASE)
    first, second = await come(db, "a", claim=mine), await come(db, "b", claim=mine)
    other = await come(db, "c", lane="conversation:2", claim=mine)

    assert first
    assert second
    assert other
    assert [(one.state, one.attempts) for one in (first, second, other)] == [
        ("taken", 1),
        ("waiting", 0),
        ("taken", 1),
    ]
    assert [Update(**row) for row in await db.fetch("SELECT * FROM updates ORDER BY id")] == [
        first,
        second,
        other,
    ]


async def test_who_was_overtaken_ends_nothing(db: Database) -> None:
    """Stuck beyond the lease: somebody else has it now, and what the first one decided does not count."""
    await come(db, "a")
    slow = await take(db)
    await put_back(db, slow, due_at=NOW)
    quick = await take(db)

    with pytest.raises(updates.Overtaken):
        await db.transaction(lambda tx: updates.finish(tx, slow))
    await put_back(db, slow, due_at=NOW)
    assert await take(db) == [], "nor does it give away what is not its own"
    await db.transaction(lambda tx: updates.finish(tx, quick))


@pytest.mark.parametrize("state", ["done", "kept", "quarantined"])
async def test_what_is_decided_is_not_taken_again(db: Database, state: UpdateState) -> None:
    await come(db, "a", state=state)

    assert await take(db) == []
    assert await open_lanes(db) == []


async def test_every_lane_in_which_something_waits_is_found(db: Database) -> None:
    await come(db, "a", lane="one", due_at=NOW + 5)
    await come(db, "b", lane="two")
    await come(db, "c", lane="three", state="kept")
    await take(db, "two")

    assert sorted(await open_lanes(db)) == [("one", NOW + 5), ("two", NOW)]


async def test_a_newer_one_in_the_lane_is_noticed(db: Database) -> None:
    async def is_newer() -> bool:
        return await updates.next_due(db, "conversation:1") is not None

    await come(db, "a")
    await take(db)
    assert not await is_newer()
    await come(db, "b")
    assert await is_newer()
