"""Waiting on what people see without sleeping: every change wakes those who wait for one."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


class Pulse:
    """Beats at every change. Beats of one loop turn wake a waiter once, so a busy emulator stays fast."""

    def __init__(self) -> None:
        self._waiting: list[asyncio.Future[None]] = []
        self._listeners: list[Callable[[], None]] = []

    def beat(self) -> None:
        """Something changed."""
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            for future in waiting:
                if not future.done():
                    future.set_result(None)
        for listener in self._listeners:
            listener()

    def on_change(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback()` at every change; returns what ends that. It must be quick and raise nothing."""
        self._listeners.append(callback)
        return lambda: self._listeners.remove(callback)

    async def until(
        self,
        condition: Callable[[], Found],
        timeout: float = 10,
        seen: Callable[[], str] = lambda: "",
    ) -> Found:
        """Wait until `condition()` is true and return what it returned.

        Raises AssertionError with `seen()` in it after `timeout` seconds."""
        deadline = asyncio.get_running_loop().time() + timeout
        while not (found := condition()):
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0 or not await self._changed(left):
                raise AssertionError(f"not within {timeout:g} s. {seen()}".rstrip())
        return found

    async def _changed(self, seconds: float) -> bool:
        future = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        try:
            async with asyncio.timeout(seconds):
                await future
        except TimeoutError:
            return False
        return True
