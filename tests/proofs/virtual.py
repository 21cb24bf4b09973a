"""Virtual time: a loop that jumps to its next timer as soon as nothing is left to be done now.

Everybody who runs in this loop lives in its time: the bot, the platforms, their patience and their pauses."""

import asyncio
import functools
import selectors
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import Executor
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar, TypeVarTuple

import aiosqlite

from storage import postgres
from storage.line import Line

T = TypeVar("T")
Given = TypeVarTuple("Given")
TURN_SECONDS = 1e-6
"""What a turn of the loop takes: time never stands quite still, so nobody waits for a moment that never comes."""
REAL_WAIT_SECONDS = 0.05


class VirtualLoop(asyncio.SelectorEventLoop):
    """`patience` is how many real seconds something outside of this process has to answer in before time
    jumps; within it there is no need for any, because loopback sockets are ready at once."""

    def __init__(self, patience: float = 0.0) -> None:
        self.busy = 0
        """Work in threads, which takes real time: time does not jump over it."""
        self.elapsed = 0.0
        super().__init__(_Jumping(self, patience))

    def time(self) -> float:
        return self.elapsed

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*Given], T], *args: *Given
    ) -> "asyncio.Future[T]":
        future = super().run_in_executor(executor, func, *args)
        self.busy += 1
        future.add_done_callback(self._less_busy)
        return future

    def _less_busy(self, _: object) -> None:
        self.busy -= 1


class _Jumping(selectors.DefaultSelector):
    def __init__(self, loop: VirtualLoop, patience: float) -> None:
        super().__init__()
        self._loop, self._patience = loop, patience

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self._loop.elapsed += TURN_SECONDS
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        if self._loop.busy or timeout is None:
            return super().select(REAL_WAIT_SECONDS)
        if self._patience:
            ready = super().select(self._patience)
        if not ready:
            self._loop.elapsed += timeout
        return ready


class VirtualClock:
    """The running loop's time, as the product's clock; any thread may ask it."""

    def __init__(self) -> None:
        self._loop, self._began = asyncio.get_running_loop(), time.time()

    def seconds(self) -> float:
        return self._began + self.monotonic()

    def now(self) -> int:
        return int(self.seconds() * 1000)

    def monotonic(self) -> float:
        return self._loop.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def call_later(self, seconds: float, ring: Callable[[], None]) -> asyncio.TimerHandle:
        return self._loop.call_later(seconds, ring)


def run(story: Callable[[], Coroutine[Any, Any, T]], patience: float = 0.0) -> T:
    """Run it in a loop of virtual time; SQLite's threads count as work, and so does what PostgreSQL is asked."""
    with (
        _counted_threads(),
        _counted_questions(),
        asyncio.Runner(loop_factory=lambda: VirtualLoop(patience)) as runner,
    ):
        return runner.run(story())


@contextmanager
def _counted_questions() -> Iterator[None]:
    """A server is another process: time does not jump while it connects somebody or answers."""
    connect, opened, used = postgres._connect, postgres.open_postgres, Line.used

    def counted(work: Callable[..., Coroutine[Any, Any, T]]) -> Callable[..., Coroutine[Any, Any, T]]:
        async def busy(*args: Any) -> T:
            with _busy():
                return await work(*args)

        return busy

    @asynccontextmanager
    async def in_use(self: Line, seconds: float) -> AsyncIterator[Any]:
        with _busy():
            async with used(self, seconds) as connection:
                yield connection

    setattr(postgres, "_connect", counted(connect))  # noqa: B010 - somebody else's module
    setattr(postgres, "open_postgres", counted(opened))  # noqa: B010
    setattr(Line, "used", in_use)  # noqa: B010
    try:
        yield
    finally:
        setattr(postgres, "_connect", connect)  # noqa: B010
        setattr(postgres, "open_postgres", opened)  # noqa: B010
        setattr(Line, "used", used)  # noqa: B010


@contextmanager
def _busy() -> Iterator[None]:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    loop.busy += 1
    try:
        yield
    finally:
        loop.busy -= 1


@contextmanager
def _counted_threads() -> Iterator[None]:
    execute = aiosqlite.Connection._execute

    @functools.wraps(execute)
    async def counted(self: aiosqlite.Connection, function: Any, *args: Any, **kwargs: Any) -> Any:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        loop.busy += 1
        try:
            return await execute(self, function, *args, **kwargs)  # type: ignore[no-untyped-call]
        finally:
            loop.busy -= 1

    setattr(aiosqlite.Connection, "_execute", counted)  # noqa: B010 - a method of somebody else's class
    try:
        yield
    finally:
        setattr(aiosqlite.Connection, "_execute", execute)  # noqa: B010
