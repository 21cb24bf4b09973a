"""The way out as a table: what is claimed once, how far it has come, and what is in doubt."""

import itertools
from typing import Any

import pytest

from storage import deliveries, processes, queued
from storage.database import Database, Statements, Work
from storage.records import Claim, Delivery, DeliveryState, Queued

NOW = 1_000_000
LEASE = 90_000
MINE = Claim(1, NOW + LEASE)
TOLD: tuple[DeliveryState, ...] = ("sent", "delivered", "read")
FAR = ("queued", "sending", "uncertain", "sent", "failed", "delivered", "read")
"""What weighs more than what: that it failed is more than that it left, and less than that it came."""


async def queue(db: Database, room: str = "46701", **more: Any) -> int:
    options: dict[str, Any] = {"channel": "whatsapp", "lane": f"whatsapp:{room}", "action": "say"}
    options |= {"priority": 0, "content": "{}", "room": room, "now": NOW} | more
    return (await db.transaction(lambda tx: deliveries.add(tx, **options))).id


async def claim(db: Database, delivery_id: int) -> Delivery | None:
    return await db.transaction(lambda tx: deliveries.claim(tx, delivery_id, MINE))


async def put_off(db: Database, delivery_id: int, *, counted: bool, doubt: bool) -> None:
    delivery = await get(db, delivery_id)
    await db.transaction(
        lambda tx: deliveries.put_off(
            tx, delivery, due_at=NOW + 5, detail="why", doubt=doubt, counted=counted
        )
    )


async def waiting(db: Database, after: int, limit: int) -> list[Queued]:
    return await deliveries.queued_after(db, after, limit, due_before=NOW)


async def get(db: Database, delivery_id: int) -> Delivery:
    found = await deliveries.find(db, delivery_id)
    assert found is not None
    return found


async def hear(db: Database, delivery_id: int, told: str) -> None:
    """One thing that becomes known of a delivery: the platform's status, or the answer to our own call."""

    async def work(tx: Statements) -> None:
        delivery = await deliveries.find(tx, delivery_id)
        assert delivery is not None
        if told == "answer":
            await deliveries.sent(tx, delivery_id, "wamid.1", NOW)
        elif told == "failed":
            if delivery.state not in ("delivered", "read", "failed"):
                await deliveries.end(tx, delivery, "failed", reason="blocked", detail="")
        else:
            state = next(state for state in TOLD if state == told)
            await deliveries.rise(tx, delivery, state, "wamid.1")

    await db.transaction(work)


ORDERS = [
    order
    for size in range(1, 6)
    for chosen in itertools.combinations(("answer", *TOLD, "failed"), size)
    for order in itertools.permutations(chosen)
    if "answer" in chosen
]


async def test_it_ends_as_far_as_it_came_in_whatever_order_that_is_told(db: Database) -> None:
    """All orders of all statuses, each told twice, before and after our own call is answered."""
    wrong = []
    for order in ORDERS:
        delivery_id = await queue(db)
        await claim(db, delivery_id)
        for told in order:
            await hear(db, delivery_id, told)
            await hear(db, delivery_id, told)
        expected = max(("sent" if told == "answer" else told for told in order), key=FAR.index)
        found = await get(db, delivery_id)
        if (found.state, found.remote_id) != (expected, "wamid.1"):
            wrong.append(f"{' '.join(order)}: {found.state} instead of {expected}, {found.remote_id!r}")

    assert not wrong, f"{len(wrong)} of {len(ORDERS)}:\n" + "\n".join(wrong[:10])


@pytest.mark.parametrize("told", TOLD)
async def test_a_status_settles_what_was_in_doubt(db: Database, told: DeliveryState) -> None:
    """After a crash in mid-call: it waits to be repeated, and the platform says that it has it."""
    delivery_id = await queue(db)
    await claim(db, delivery_id)
    await put_off(db, delivery_id, counted=True, doubt=True)
    await hear(db, delivery_id, told)

    assert (await get(db, delivery_id)).state == told
    assert await claim(db, delivery_id) is None, "it must not leave a second time"


async def test_one_delivery_is_claimed_by_one(db: Database) -> None:
    delivery_id = await queue(db)
    first, second = await claim(db, delivery_id), await claim(db, delivery_id)

    assert first is not None
    assert (first.state, first.attempts, first.leased_until) == ("sending", 1, NOW + LEASE)
    assert second is None


async def test_put_off_it_waits_again_and_a_try_that_was_none_is_not_counted(db: Database) -> None:
    delivery_id = await queue(db)
    for counted, doubt, attempts, doubts in ((True, False, 1, 0), (False, False, 1, 0), (True, True, 2, 1)):
        await claim(db, delivery_id)
        await put_off(db, delivery_id, counted=counted, doubt=doubt)
        found = await get(db, delivery_id)
        assert (found.state, found.due_at, found.detail) == ("queued", NOW + 5, "why")
        assert (found.attempts, found.doubts) == (attempts, doubts)


async def test_those_in_mid_call_are_found_after_a_crash(db: Database) -> None:
    await db.transaction(lambda tx: processes.add(tx, 1, NOW))
    interrupted, queued = await queue(db), await queue(db)
    await db.transaction(lambda tx: deliveries.claim(tx, interrupted, MINE))

    assert await deliveries.interrupted(db, NOW + LEASE - 1) == []
    assert [one.id for one in await deliveries.interrupted(db, NOW + LEASE)] == [interrupted], "it is stuck"
    await db.transaction(processes.bury_all)
    assert [one.id for one in await deliveries.interrupted(db, NOW)] == [interrupted], "nobody holds it"
    assert [one.id for one in await waiting(db, 0, 10)] == [queued]


async def test_what_is_behind_another_in_its_lane_is_not_claimed(db: Database) -> None:
    first, second = await queue(db), await queue(db)

    assert await claim(db, second) is None
    assert await claim(db, first)
    assert await claim(db, second) is None, "the first is under way"
    await hear(db, first, "answer")
    assert await claim(db, second)


async def test_it_is_claimed_where_it_is_queued_unless_something_is_before_it(db: Database) -> None:
    async def add(lane: str) -> Delivery:
        return await db.transaction(
            lambda tx: deliveries.add(
                tx,
                channel="whatsapp",
                lane=lane,
                room="1",
                action="say",
                priority=0,
                content="{}",
                now=NOW,
                claim=MINE,
            )
        )

    first, second, other = await add("one"), await add("one"), await add("other")

    assert [one.state for one in (first, second, other)] == ["sending", "queued", "sending"]
    for delivery in (first, second, other):
        assert await get(db, delivery.id) == delivery


async def test_what_is_queued_is_read_in_order_and_page_by_page(db: Database) -> None:
    ids = [await queue(db, room=str(at % 3)) for at in range(7)]
    first = await waiting(db, 0, 4)
    second = await waiting(db, first[-1].id, 4)

    assert [one.id for one in first + second] == ids


async def test_it_ends_once_however_often_that_is_written(db: Database) -> None:
    """An answer to a commit that was lost makes us write it again: staff are told once."""
    delivery_id = await queue(db)
    await claim(db, delivery_id)
    delivery = await get(db, delivery_id)
    ends = [
        await db.transaction(lambda tx: deliveries.end(tx, delivery, "uncertain", reason="x", detail=""))
        for _ in range(2)
    ]
    assert ends == [True, False]


async def test_a_claim_we_heard_nothing_of_is_ours_to_claim_again_and_nobody_elses(db: Database) -> None:
    def again(taking: Claim) -> Work[Delivery | None]:
        return lambda tx: deliveries.claim(tx, first, taking, ours_again=True)

    first, second = await queue(db), await queue(db)
    await claim(db, first)

    assert [one.id for one in await deliveries.claimed_by(db, MINE.process)] == [first]
    assert await deliveries.claimed_by(db, 2) == []
    assert await db.transaction(again(Claim(2, NOW + LEASE))) is None
    assert await db.transaction(again(MINE))
    assert await claim(db, second) is None, "what is behind it still is"
    await hear(db, first, "answer")
    assert await db.transaction(again(MINE)) is None, "it has left"


async def test_who_comes_in_twice_is_one(db: Database) -> None:
    for _ in range(2):
        await db.transaction(lambda tx: processes.add(tx, 1, NOW))
    assert await processes.beats(db) == {1: 0}


@pytest.mark.parametrize("state", ["failed", "uncertain", "expired"])
async def test_what_has_arrived_cannot_end_otherwise(db: Database, state: DeliveryState) -> None:
    delivery_id = await queue(db)
    await claim(db, delivery_id)
    await hear(db, delivery_id, "delivered")

    delivery = await get(db, delivery_id)
    ended = await db.transaction(lambda tx: deliveries.end(tx, delivery, state, reason="x", detail=""))
    assert not ended
    assert (await get(db, delivery_id)).state == "delivered"


async def test_a_moved_room_takes_along_what_has_not_left(db: Database) -> None:
    options: dict[str, Any] = {"channel": "telegram", "lane": "ticket:1", "thread": "7"}
    gone, waiting = await queue(db, "-1", **options), await queue(db, "-1", **options)
    elsewhere = await queue(db, "-1", channel="whatsapp")
    await claim(db, gone)
    await hear(db, gone, "answer")
    await db.transaction(lambda tx: queued.move_room(tx, "telegram", "-1", "-100"))

    rooms = [((await get(db, one)).room, (await get(db, one)).thread) for one in (gone, waiting, elsewhere)]
    assert rooms == [("-1", "7"), ("-100", ""), ("-1", "")]
