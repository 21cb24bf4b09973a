"""A thread that notices when the loop stands still, says where, and ends a process that does not get going again."""

import asyncio
import logging
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable
from types import FrameType

from bot.figures import Figures

log = logging.getLogger(__name__)

BEAT_SECONDS = 0.5
BEATS_A_STALL = 4
"""So often the loop is looked at while a stall is still none."""
RECENT_SECONDS = 60.0
FAILED = 1


def leave_at_once(code: int) -> None:
    """At once: a loop that stands cannot be asked to end, and all that was acknowledged is on disk."""
    logging.shutdown()
    os._exit(code)


class Watchdog:
    """Watches the loop in which it is started.

    Only time in which this thread could run as well counts: a process that was stopped, or a machine that
    slept, has not stalled. What holds the interpreter's lock stops this thread, too; it is told of
    afterwards, by the processor's seconds that it took, and bot/lastword.py ends what never lets go."""

    end: Callable[[int], None] | None = None
    """What ends the process, for those who run one; None: nobody does."""

    def __init__(self, figures: Figures, *, stall_seconds: float, exit_seconds: float) -> None:
        """`exit_seconds` 0: never end the process."""
        self._figures = figures
        self.beats: list[Callable[[], None]] = []
        """Called in the loop at least twice a second, while it turns."""
        self._stall_seconds, self._exit_seconds = stall_seconds, exit_seconds
        self._every = min(BEAT_SECONDS, stall_seconds / BEATS_A_STALL)
        self._loop_thread = threading.get_ident()
        self._beaten = 0
        self._timer: asyncio.TimerHandle | None = None
        self._gone = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)
        self.stalled = False
        self._stood, self._ended_at = 0.0, float("-inf")

    def start(self) -> None:
        """In the loop's thread."""
        self._loop_thread = threading.get_ident()
        self._due = time.monotonic()
        self._beat()
        self._thread.start()

    async def stop(self) -> None:
        if self._timer is None:
            return
        self._gone.set()
        self._timer.cancel()
        await asyncio.to_thread(self._thread.join)

    @property
    def recent(self) -> float:
        """For how many seconds the loop stood within the last minute; 0 for not at all."""
        return self._stood if time.monotonic() - self._ended_at < RECENT_SECONDS else 0.0

    def _beat(self) -> None:
        now = time.monotonic()
        self._figures.lag.note(max(0.0, now - self._due))
        self._beaten += 1
        self._due = now + self._every
        self._timer = asyncio.get_running_loop().call_later(self._every, self._beat)
        for beat in self.beats:
            beat()

    def _watch(self) -> None:
        beats, stood, seen_at, worked = self._beaten, 0.0, time.monotonic(), time.process_time()
        while not self._gone.wait(self._every):
            elapsed, seen_at = time.monotonic() - seen_at, time.monotonic()
            busy, worked = time.process_time() - worked, time.process_time()
            self._say_if_held_up(busy, elapsed)
            if beats != self._beaten:
                if self.stalled:
                    self._turns_again(stood)
                beats, stood = self._beaten, 0.0
                continue
            stood += min(elapsed, 2 * self._every)
            self._look_at(stood)

    def _look_at(self, stood: float) -> None:
        if stood >= self._stall_seconds and not self.stalled:
            self.stalled = True
            self._figures.stalls += 1
            log.error("the loop has not turned for %.1f s; it is at:\n%s", stood, self._where())
        if self.end is not None and 0 < self._exit_seconds <= stood:
            log.critical("the loop has not turned for %.1f s: leaving, to be started again", stood)
            self.end(FAILED)

    def _turns_again(self, stood: float) -> None:
        self.stalled = False
        self._stood, self._ended_at = stood, time.monotonic()
        log.warning("the loop turns again after %.1f s", stood)

    def _say_if_held_up(self, busy: float, elapsed: float) -> None:
        """This thread could not run for so long, and the process was at work: something kept the lock."""
        held = min(busy, elapsed)
        if held < self._stall_seconds:
            return
        self._figures.stalls += 1
        self._stood, self._ended_at = held, time.monotonic()
        log.error("nothing else could run for %.1f s: one call kept the interpreter to itself", held)

    def _where(self) -> str:
        """The loop's stack: files, lines and code, none of the values in it."""
        frame: FrameType | None = sys._current_frames().get(self._loop_thread)
        return "".join(traceback.format_stack(frame)) if frame else "an unknown place"
