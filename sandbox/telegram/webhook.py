"""Posting updates as Telegram does: one in flight a chat, again until it is taken."""

import asyncio
import itertools
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import aiohttp
import orjson

from sandbox.faults import WEBHOOK, Faults, Rude
from sandbox.telegram.updates import Queue, Update, Updates

Json = dict[str, Any]

PRESS_LIFE, MESSAGE_LIFE = 150, 24 * 3600


class Webhook:
    """Telegram waits 2, 4, 8 … up to 60–120 s between tries; `retry_base` makes that short."""

    def __init__(self, updates: Updates, faults: Faults, run: Callable[[str, Json], Any]) -> None:
        self.updates, self.faults, self.run = updates, faults, run
        self.url, self.target, self.secret = "", "", ""
        self.max_connections = 40
        self.retry_base, self.retry_cap, self.retry_after_cap = 0.05, 2.0, 2.0
        self.timeout = 60.0
        self.last_error, self.last_error_at = "", 0
        self.posts = 0
        self._queues: dict[Queue, deque[Update]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._arrived: dict[Queue, asyncio.Event] = {}
        self._session: aiohttp.ClientSession | None = None
        self._free = asyncio.Semaphore(40)

    @property
    def busy(self) -> bool:
        return bool(self._queues)

    @property
    def settings(self) -> tuple[str, str, str, int] | None:
        """What `begin` was called with, None where no webhook is set."""
        return (self.url, self.target, self.secret, self.max_connections) if self.url else None

    async def begin(self, url: str, target: str, secret: str, max_connections: int) -> None:
        """Post to `target` what is pending and what comes; `url` is what getWebhookInfo tells."""
        await self.end()
        self.url, self.target, self.secret = url, target, secret
        self.max_connections = max_connections
        self._free = asyncio.Semaphore(max_connections)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(self.timeout)
        )
        self.updates.on_new = self.offer
        for update in list(self.updates.pending.values()):
            self.offer(update)

    async def end(self) -> None:
        """Stop posting; what was not taken stays pending."""
        self.updates.on_new, self.url = None, ""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task
        self._queues.clear()
        if self._session is not None:
            await self._session.close()
            self._session = None

    def offer(self, update: Update) -> None:
        queue = self._queues.get(update.queue)
        if queue is not None:
            queue.append(update)
            if update.queue in self._arrived:
                self._arrived[update.queue].set()
            return
        self._queues[update.queue] = deque((update,))
        task = asyncio.get_running_loop().create_task(self._drain(update.queue))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _drain(self, key: Queue) -> None:
        queue = self._queues[key]
        while queue:
            await self._rudely(key, queue)
            update = queue[0]
            await self._deliver(update)
            queue.popleft()
            self.updates.drop(update)
        del self._queues[key]
        self.updates.changed()

    async def _rudely(self, key: Queue, queue: deque[Update]) -> None:
        """Faults before posting: wait, or let the next update of the queue go first."""
        fault = self.faults.pick(WEBHOOK, queue[0].content)
        if fault is None:
            return
        if fault.kind is Rude.DELAY:
            await asyncio.sleep(fault.seconds)
        elif fault.kind is Rude.REORDER:
            await self._swap(key, queue, fault.seconds)
        elif fault.kind is Rude.DUPLICATE:
            queue.insert(1, queue[0])
        elif fault.kind is Rude.UNHEARD:
            await self._post(queue[0])

    async def _swap(self, key: Queue, queue: deque[Update], seconds: float) -> None:
        if len(queue) < 2:
            event = self._arrived[key] = asyncio.Event()
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await event.wait()
            del self._arrived[key]
        if len(queue) > 1:
            queue[0], queue[1] = queue[1], queue[0]

    async def _deliver(self, update: Update) -> None:
        """Post until it is taken or too old."""
        life = PRESS_LIFE if update.kind == "callback_query" else MESSAGE_LIFE
        for tried in itertools.count():
            async with self._free:
                wait = await self._post(update)
            if wait is None or time.monotonic() - update.at > life:
                return
            # the first retry comes at once, the later ones further and further apart
            backoff = min(self.retry_base * 2.0 ** min(tried - 1, 30), self.retry_cap) if tried else 0.0
            await asyncio.sleep(max(wait, backoff))

    async def _post(self, update: Update) -> float | None:
        """None when it was taken, else the seconds that the receiver asked us to wait."""
        assert self._session is not None
        headers = {"Content-Type": "application/json"}
        if self.secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = self.secret
        self.posts += 1
        self.updates.changed()
        try:
            async with self._session.post(self.target, data=update.body, headers=headers) as answer:
                body = await answer.read()
                if 200 <= answer.status < 300:
                    self._obey(body, answer.content_type)
                    return None
                self._failed(f"Wrong response from the webhook: {answer.status} {answer.reason}")
                return self._asked(answer.headers.get("Retry-After", ""))
        except TimeoutError:
            self._failed("Read timeout expired")
        except (aiohttp.ClientError, OSError):
            self._failed("Connection refused or reset by peer")
        return 0.0

    def _asked(self, header: str) -> float:
        try:
            return min(float(header), self.retry_after_cap)
        except ValueError:
            return 0.0

    def _failed(self, words: str) -> None:
        self.last_error, self.last_error_at = words, int(time.time())

    def _obey(self, body: bytes, content_type: str) -> None:
        """A call may stand in the answer; nobody sees what became of it."""
        if content_type != "application/json" or not body:
            return
        with suppress(orjson.JSONDecodeError):
            call = orjson.loads(body)
            if isinstance(call, dict) and isinstance(call.get("method"), str):
                self.run(call.pop("method"), call)
