"""Time is handed in: the product asks this clock, and a test may bring its own."""

import asyncio
import time
from collections.abc import Callable
from typing import Protocol


class Clock(Protocol):
    def now(self) -> int:
        """Milliseconds since 1970, UTC: for records and for people."""
        ...

    def monotonic(self) -> float:
        """Seconds that never jump: for spans."""
        ...

    async def sleep(self, seconds: float) -> None: ...

    def call_later(self, seconds: float, ring: Callable[[], None]) -> asyncio.TimerHandle: ...


class Alarm:
    """A pause that somebody may cut short."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._rung = clock, asyncio.Event()

    def ring(self) -> None:
        self._rung.set()

    async def wait(self, seconds: float) -> None:
        timer = self._clock.call_later(seconds, self._rung.set)
        await self._rung.wait()
        timer.cancel()
        self._rung.clear()


class SystemClock:
    def now(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def call_later(self, seconds: float, ring: Callable[[], None]) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(seconds, ring)
