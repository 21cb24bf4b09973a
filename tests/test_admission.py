"""How much may be on its way to the disk at once, and who is heard all the same."""

import asyncio
from contextlib import ExitStack

from bot.admission import (
    DESK_POSTS,
    FEWEST_POSTS,
    LOOK_SECONDS,
    MOST_BYTES,
    MOST_LATE,
    STALE_SECONDS,
    Admission,
)
from tests.clock import FastClock

POST = b'{"update_id":1,"message":{"chat":{"id":7}}}'
DESKS = b'{"update_id":2,"message":{"chat":{"id":-1001}}}'


class HandClock(FastClock):
    """Stands still until it is turned."""

    def __init__(self) -> None:
        super().__init__(1)
        self.at = 0.0

    def monotonic(self) -> float:
        return self.at


class Queue:
    """What waits, as the database would tell it."""

    def __init__(self) -> None:
        self.late = 0

    async def count(self, before: int, most: int) -> int:
        return min(self.late, most)


def admission(clock: HandClock | None = None, queue: Queue | None = None, most_posts: int = 16) -> Admission:
    return Admission(
        clock or HandClock(), (queue or Queue()).count, lambda body: b"-1001" in body, most_posts=most_posts
    )


async def test_more_than_may_be_stored_at_once_is_put_off_until_there_is_room() -> None:
    door = admission(most_posts=8)
    with ExitStack() as inside:
        for _ in range(8):
            assert door.has_room(POST)
            inside.enter_context(door.place(POST))
        assert not door.has_room(POST)
    assert door.has_room(POST)
    assert (door.posts, door.bytes, door.put_off) == (0, 0, 1)


async def test_staff_are_heard_while_customers_have_to_wait_but_not_without_end() -> None:
    door = admission(most_posts=8)
    with ExitStack() as inside:
        for _ in range(8):
            inside.enter_context(door.place(POST))
        for _ in range(DESK_POSTS):
            assert door.has_room(DESKS)
            inside.enter_context(door.place(DESKS))
        assert not door.has_room(DESKS)


async def test_a_few_large_posts_are_as_much_as_many_small_ones() -> None:
    door, large = admission(), b"x" * (MOST_BYTES // 4)
    with ExitStack() as inside:
        for _ in range(FEWEST_POSTS):
            inside.enter_context(door.place(large))
        assert not door.has_room(POST)
        assert not door.has_room(DESKS)


async def test_while_answering_is_behind_less_is_taken_at_once_and_never_nothing() -> None:
    clock, queue = HandClock(), Queue()
    door = admission(clock, queue)
    queue.late = MOST_LATE
    assert await most_at_once(door, clock) == 16
    assert [await most_at_once(door, clock) for _ in range(3)] == [8, FEWEST_POSTS, FEWEST_POSTS]

    queue.late = MOST_LATE - 1
    await most_at_once(door, clock)
    assert [await most_at_once(door, clock) for _ in range(3)] == [8, 16, 16]


async def test_a_burst_long_after_a_flood_finds_all_places() -> None:
    clock, queue = HandClock(), Queue()
    door = admission(clock, queue)
    queue.late = MOST_LATE
    for _ in range(3):
        await most_at_once(door, clock)
    queue.late = 0
    clock.at += STALE_SECONDS
    assert await most_at_once(door, clock) == 16


async def most_at_once(door: Admission, clock: HandClock) -> int:
    """How many are let in now; afterwards it has looked at what waits."""
    clock.at += LOOK_SECONDS
    with ExitStack() as inside:
        while door.has_room(POST):
            inside.enter_context(door.place(POST))
        found = door.posts
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return found
