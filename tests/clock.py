"""A clock that hurries, for stories that take minutes."""

import asyncio
import time
from collections.abc import Callable


class FastClock:
    """Time that passes `speed` times as fast, for what waits for minutes."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._began, self._at = time.time(), time.monotonic()

    def seconds(self) -> float:
        return self._began + self.monotonic()

    def now(self) -> int:
        return int(self.seconds() * 1000)

    def monotonic(self) -> float:
        return (time.monotonic() - self._at) * self._speed

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self._speed)

    def call_later(self, seconds: float, ring: Callable[[], None]) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(seconds / self._speed, ring)
