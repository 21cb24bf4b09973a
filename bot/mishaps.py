"""Errors that nobody caught: one line of the log each, counted, with nothing of what was said in them."""

import asyncio
import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from bot.figures import Figures

log = logging.getLogger(__name__)

Trouble = tuple[type[BaseException], BaseException, TracebackType | None]


@contextmanager
def heard(figures: Figures, loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """While it lasts, what would be printed by Python itself is logged instead, for the whole process."""
    before = sys.excepthook, sys.unraisablehook, threading.excepthook, loop.get_exception_handler()

    def note(where: str, words: str, error: BaseException | None) -> None:
        figures.mishaps[where] += 1
        log.error("%s", words, exc_info=(type(error), error, error.__traceback__) if error else None)

    def in_loop(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        note("loop", f"nobody caught an error in {_named(context)}", context.get("exception"))

    def in_thread(trouble: threading.ExceptHookArgs) -> None:
        if trouble.exc_type is not SystemExit:
            name = trouble.thread.name if trouble.thread else "one that is gone"
            note("thread", f"nobody caught an error in the thread {name}", trouble.exc_value)

    def in_main(kind: type[BaseException], error: BaseException, _: TracebackType | None) -> None:
        note("main", f"the process ends with {kind.__name__}", error)

    def in_garbage(trouble: Any) -> None:
        place = getattr(trouble.object, "__qualname__", type(trouble.object).__name__)
        note("garbage", f"nobody could catch an error in {place}", trouble.exc_value)

    sys.excepthook, sys.unraisablehook, threading.excepthook = in_main, in_garbage, in_thread
    loop.set_exception_handler(in_loop)
    try:
        yield
    finally:
        sys.excepthook, sys.unraisablehook, threading.excepthook = before[:3]
        loop.set_exception_handler(before[3])


def _named(context: dict[str, Any]) -> str:
    """What it came from, by its own name: how asyncio shows it holds the error's words."""
    task = context.get("task") or context.get("future")
    if isinstance(task, asyncio.Task):
        return f"the task {task.get_name()} ({getattr(task.get_coro(), '__qualname__', '?')})"
    callback = getattr(context.get("handle"), "_callback", None) or context.get("protocol")
    name = getattr(callback, "__qualname__", type(callback).__name__ if callback else "")
    return name or "the loop"
