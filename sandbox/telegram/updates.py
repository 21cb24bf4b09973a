"""Updates that wait to be taken: by long polling here, or by the webhook."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson

from sandbox.telegram.errors import OTHER_POLL, bad, conflict

Json = dict[str, Any]
Queue = tuple[str, int]

NOT_BY_DEFAULT = frozenset(("chat_member", "message_reaction", "message_reaction_count"))


@dataclass(slots=True, eq=False)
class Update:
    """`queue` is what Telegram keeps in order: one chat's messages, one user's button presses."""

    id: int
    kind: str
    queue: Queue
    content: Json
    at: float
    body: bytes = field(repr=False, default=b"")

    @property
    def chat_id(self) -> int:
        return self.queue[1]


class Updates:
    """`pending` is all that was not taken yet, oldest first; `count` is how many there ever were."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self.pending: dict[int, Update] = {}
        self.allowed: frozenset[str] | None = None
        self.last_id = 100_000_000
        self.count = 0
        self.on_new: Callable[[Update], None] | None = None
        self.changed = changed
        self._poll: asyncio.Future[bool] | None = None

    @property
    def polled(self) -> bool:
        """Somebody waits in getUpdates."""
        return self._poll is not None and not self._poll.done()

    def wanted(self, kind: str) -> bool:
        return kind in self.allowed if self.allowed else kind not in NOT_BY_DEFAULT

    def allow(self, kinds: Any) -> None:
        """Set `allowed_updates`; None keeps what was set, an empty list means the default."""
        if kinds is None:
            return
        if not isinstance(kinds, list):
            raise bad("can't parse allowed updates: expected an Array of String")
        self.allowed = frozenset(str(kind) for kind in kinds) or None

    def add(self, kind: str, queue: Queue, content: Json) -> Update | None:
        """Queue `{kind: content}` under the next update id, unless the bot does not want the kind."""
        if not self.wanted(kind):
            return None
        self.last_id += 1
        return self.add_raw({"update_id": self.last_id, kind: content}, queue, kind)

    def add_raw(self, update: Json, queue: Queue, kind: str = "raw") -> Update:
        """Queue an update exactly as given."""
        body = orjson.dumps(update)
        made = Update(update["update_id"], kind, queue, update, time.monotonic(), body)
        self.pending[made.id] = made
        self.count += 1
        if self.on_new is not None:
            self.on_new(made)
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(True)
        self.changed()
        return made

    def drop(self, update: Update) -> None:
        if self.pending.get(update.id) is update:
            del self.pending[update.id]
            self.changed()

    def clear(self) -> None:
        self.pending.clear()
        self.changed()

    async def poll(self, offset: int, limit: int, timeout: float) -> list[Update]:
        """What getUpdates returns: below `offset` is taken, a negative one keeps only the last few."""
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(False)
        self._confirm(offset)
        if not self.pending and timeout > 0 and not await self._wait(timeout):
            raise conflict(OTHER_POLL)
        return list(self.pending.values())[: limit if 1 <= limit <= 100 else 100]

    def _confirm(self, offset: int) -> None:
        ids = list(self.pending)
        taken = [number for number in ids if number < offset] if offset >= 0 else ids[:offset]
        for number in taken:
            del self.pending[number]
        if taken:
            self.changed()

    async def _wait(self, timeout: float) -> bool:
        """Until there is an update or the time is up; false when another poll took over."""
        mine: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._poll = mine
        self.changed()
        try:
            async with asyncio.timeout(timeout):
                return await mine
        except TimeoutError:
            return True
        finally:
            if self._poll is mine:
                self._poll = None

    def release(self) -> None:
        """End a waiting poll with nothing, because the emulator stops or a webhook is set."""
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(True)
