"""What a dead process had taken is taken up, also where its lane is being looked at all the while."""

import asyncio
from pathlib import Path

from bot.business import Business
from storage.lockstep import lock_number
from storage.records import Claim
from tests.postgres import connected, database_of, until
from tests.shop import Shop

DEAD = 7
LEASE = 120_000
BLOCKED = "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'advisory' AND datname = current_database()"
TAKEN = "SELECT lane FROM updates WHERE state = 'taken' AND taken_by = :dead"
QUESTION = "How long does delivery take?"


def taking_as(business: Business, process: int) -> None:
    """Updates are taken where they are stored, by a process that never begins with them."""
    business.claim_turn = lambda: Claim(process, business.clock.now() + LEASE)
    business.begin_turn = lambda update: None


async def test_an_update_of_the_dead_does_not_wait_until_its_lane_is_quiet(tmp_path: Path) -> None:
    """Somebody who writes on and on keeps the lane busy: there is always a look at it under way."""
    url = await database_of(tmp_path)
    async with Shop(tmp_path, database=url) as shop, connected(url) as keeper:
        anna, business, turns = shop.customer("telegram"), shop.running.business, shop.running._turns
        taking_as(business, DEAD)
        anna.says(QUESTION)
        await shop.telegram.delivered()
        (row,) = await shop.rows(TAKEN, dead=DEAD)

        await keeper.execute("SELECT pg_advisory_lock($1)", lock_number("", row["lane"]))
        turns.wake(row["lane"])
        async with asyncio.timeout(10):
            while not await keeper.fetch(BLOCKED):  # noqa: ASYNC110 — nobody tells
                await asyncio.sleep(0.01)
        sweep = asyncio.create_task(turns.sweep())
        await until(lambda: sweep.done() or business.db._groups._waiting)  # type: ignore[attr-defined]
        await keeper.execute("SELECT pg_advisory_unlock_all()")
        await sweep
        assert await shop.rows(TAKEN, dead=DEAD) == []
        await anna.reads("working days")
