"""How much may be on its way to the disk at once: what is more is sent away at once, and its platform keeps it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from bot.clock import Clock, SystemClock

log = logging.getLogger(__name__)

MOST_POSTS = 256
"""As many as one commit takes."""
FEWEST_POSTS = 4
"""It never comes to less. While answering is behind, fewer and fewer are taken at once, so that it catches up:
what waits its turn is on disk and no reason to refuse."""
DESK_POSTS = 64
"""Beyond the others: staff are heard while customers have to wait."""
MOST_BYTES = 32 * 1024 * 1024
LATE_MILLISECONDS = 2000
MOST_LATE = 256
"""Answering is behind when so many messages have waited longer than that for their turn."""
LOOK_SECONDS = 0.25
STALE_SECONDS = 1.0
"""After so long without a look nothing is known to be behind."""
SPOKEN_SECONDS = 10.0

Late = Callable[[int, int], Awaitable[int]]
"""How many messages have been waiting since before this time, counted up to the second number."""
IsDesks = Callable[[bytes], bool]
"""Whether a post is the desk's, by a quick look at its bytes."""


async def _none_is_late(before: int, most: int) -> int:
    return 0


def _no_desk(body: bytes) -> bool:
    return False


class Admission:
    """Places for posts that are being stored. `put_off` counts those for which there was none."""

    def __init__(
        self,
        clock: Clock | None = None,
        late: Late = _none_is_late,
        is_desks: IsDesks = _no_desk,
        most_posts: int = MOST_POSTS,
    ) -> None:
        self._clock, self._late, self._is_desks = clock or SystemClock(), late, is_desks
        self._most_posts = self._most_now = most_posts
        self.posts, self.bytes, self.put_off = 0, 0, 0
        self._looked_at = self._spoke_at = float("-inf")
        self._unspoken = 0
        self._look: asyncio.Task[None] | None = None

    def has_room(self, body: bytes) -> bool:
        """Whether this post may be stored now; to be asked of authentic ones only."""
        if self.posts < FEWEST_POSTS:
            return True
        self._look_around()
        fits = self.bytes + len(body) <= MOST_BYTES
        if fits and self.posts < self._most_now:
            return True
        if fits and self.posts < self._most_posts + DESK_POSTS and self._is_desks(body):
            return True
        self._put_off()
        return False

    @contextmanager
    def place(self, body: bytes) -> Iterator[None]:
        self.posts, self.bytes = self.posts + 1, self.bytes + len(body)
        try:
            yield
        finally:
            self.posts, self.bytes = self.posts - 1, self.bytes - len(body)

    def _put_off(self) -> None:
        """One line for many: a flood must not fill the log, too."""
        self.put_off, self._unspoken = self.put_off + 1, self._unspoken + 1
        now = self._clock.monotonic()
        if now - self._spoke_at >= SPOKEN_SECONDS:
            behind = self._most_now < self._most_posts
            why = "answering is behind" if behind else "more comes in than can be stored"
            log.warning("%s posts were answered 503: %s", self._unspoken, why)
            self._spoke_at, self._unspoken = now, 0

    def _look_around(self) -> None:
        """Ask now and then, and only while it matters, whether answering keeps up."""
        now = self._clock.monotonic()
        if now - self._looked_at >= LOOK_SECONDS and (self._look is None or self._look.done()):
            if now - self._looked_at >= STALE_SECONDS:
                self._most_now = self._most_posts
            self._looked_at = now
            self._look = asyncio.create_task(self._look_for_late_ones())

    async def _look_for_late_ones(self) -> None:
        try:
            late = await self._late(self._clock.now() - LATE_MILLISECONDS, MOST_LATE)
        except Exception:
            log.exception("what waits cannot be counted")
            return
        if late >= MOST_LATE:
            self._most_now = max(FEWEST_POSTS, self._most_now // 2)
        else:
            self._most_now = min(self._most_posts, self._most_now * 2)
