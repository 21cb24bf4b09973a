"""A server in trouble is left alone, and tried again not too soon."""

import asyncio
from collections.abc import Callable

import pytest

from bot.ai.breaker import Breaker, Trouble


class HandClock:
    """Time passes only when a test says so."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> int:
        return int(self.seconds * 1000)

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds

    def call_later(self, seconds: float, ring: Callable[[], None]) -> asyncio.TimerHandle:
        raise NotImplementedError


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def breaker(clock: HandClock) -> Breaker:
    return Breaker(clock)


def fails(breaker: Breaker, trouble: Trouble = Trouble.PASSING) -> bool:
    """Ask, and be let down; False when nobody was asked."""
    call = breaker.admit()
    if call is None:
        return False
    breaker.tell(call, trouble)
    return True


def test_after_lasting_trouble_there_is_one_try_in_ten_minutes(breaker: Breaker, clock: HandClock) -> None:
    tries = []
    for second in range(3600):
        clock.seconds = second
        if fails(breaker, Trouble.LASTING):
            tries.append(second)
    assert tries == [0, 600, 1200, 1800, 2400, 3000]


def test_three_failures_in_a_row_pause_for_half_a_minute_and_then_twice_as_long(
    breaker: Breaker, clock: HandClock
) -> None:
    tries = []
    for second in range(2400):
        clock.seconds = second
        if fails(breaker):
            tries.append(second)
    assert tries == [0, 1, 2, 32, 92, 212, 452, 932, 1532, 2132]


def test_an_answer_between_failures_starts_the_count_anew(breaker: Breaker) -> None:
    outcomes = [Trouble.PASSING, Trouble.PASSING, Trouble.NONE, Trouble.PASSING, Trouble.PASSING]
    assert all(fails(breaker, outcome) for outcome in outcomes)
    assert breaker.admit() is not None


def test_an_answer_to_the_try_ends_the_pause_for_all(breaker: Breaker, clock: HandClock) -> None:
    fails(breaker, Trouble.LASTING)
    clock.seconds = 600
    assert fails(breaker, Trouble.NONE)
    assert [fails(breaker) for _ in range(4)] == [True, True, True, False]


def test_while_the_try_is_out_nobody_else_is_let_through(breaker: Breaker, clock: HandClock) -> None:
    fails(breaker, Trouble.LASTING)
    clock.seconds = 600
    assert breaker.admit() is not None
    assert breaker.admit() is None


def test_a_try_that_nobody_tells_about_is_followed_by_another_a_pause_later(
    breaker: Breaker, clock: HandClock
) -> None:
    fails(breaker, Trouble.LASTING)
    clock.seconds = 600
    breaker.admit()
    clock.seconds = 1199
    assert breaker.admit() is None
    clock.seconds = 1200
    assert breaker.admit() is not None


def test_a_hundred_calls_that_fail_together_count_as_one_opening(breaker: Breaker, clock: HandClock) -> None:
    calls = [breaker.admit() for _ in range(100)]
    for call in calls:
        assert call is not None
        breaker.tell(call, Trouble.PASSING)
    clock.seconds = 30
    assert breaker.admit() is not None


def test_a_late_answer_from_before_does_not_close_it(breaker: Breaker) -> None:
    early = breaker.admit()
    assert early is not None
    fails(breaker, Trouble.LASTING)
    breaker.tell(early, Trouble.NONE)
    assert breaker.admit() is None
