"""A clock that hurries, for stories that take minutes, and one that may be turned."""

import asyncio
import time
from collections.abc import Callable

from bot.clock import SystemClock


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


class TurnedClock(SystemClock):
    """What it shows may be turned; spans go on as ever. With `seconds` the platforms live by it, too."""

    def __init__(self) -> None:
        self.turned = 0.0

    def turn(self, seconds: float | None) -> None:
        """By so many; None is back to the beginning of 1970."""
        self.turned += 3600 - super().now() / 1000 if seconds is None else seconds

    def now(self) -> int:
        return super().now() + int(self.turned * 1000)


class EverybodysClock(TurnedClock):
    """Turned for the platforms as well: time that passes while the bot is away."""

    def seconds(self) -> float:
        return self.now() / 1000
