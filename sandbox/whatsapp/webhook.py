"""How Meta's posts reach us: signed, at least once, in no promised order, repeated until a 2xx comes."""

import asyncio
import random
import secrets
import time
from dataclasses import dataclass, field

import aiohttp

from sandbox.faults import WEBHOOK, Fault, Faults, Rude
from sandbox.pulse import Pulse
from sandbox.whatsapp.payloads import Json, signature, to_bytes


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to deliver a post. `status` is 0 where no answer came, and `error` says why."""

    status: int
    seconds: float
    error: str = ""


@dataclass(slots=True, eq=False)
class Post:
    """One post to the webhook and what became of it."""

    payload: object
    body: bytes
    lane: str
    attempts: list[Attempt] = field(default_factory=list)
    done: bool = False
    tried: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    """Set after the first attempt, whatever came of it."""

    @property
    def accepted(self) -> bool:
        return bool(self.attempts) and 200 <= self.attempts[-1].status < 300


class NotVerified(Exception):
    """The webhook did not echo the challenge with 200."""


class Webhook:
    """Posts of one lane (a customer) start one after the other; a refused one is repeated on the side."""

    def __init__(self, secret: str, verify_token: str, faults: Faults, pulse: Pulse) -> None:
        self.url = ""
        """Where posts go; empty: nowhere, and they are lost."""
        self.secret, self.verify_token = secret, verify_token
        self.faults, self._pulse = faults, pulse
        self.timeout_seconds = 10.0
        self.retry_base_seconds = 0.2
        self.retry_cap_seconds = 5.0
        self.attempts_at_most = 1_000
        self.ordered = True
        self.posts: list[Post] = []
        self._lanes: dict[str, Post] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Begin, or go on with what was not taken before `stop`."""
        headers = {"User-Agent": "facebookexternalua", "Accept": "*/*"}
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), headers=headers)
        for post in self.posts:
            if self.url and not post.done:
                self._spawn(post, None)

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session:
            await self._session.close()
            self._session = None

    async def verify(self, url: str) -> None:
        """Do the handshake and deliver there from now on. Raises NotVerified."""
        challenge = str(secrets.randbelow(2**31))
        asked = {"hub.mode": "subscribe", "hub.verify_token": self.verify_token, "hub.challenge": challenge}
        try:
            async with self._open().get(url, params=asked, timeout=self._timeout()) as answer:
                text = await answer.text()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise NotVerified(f"{url}: {error!r}") from error
        if answer.status != 200 or text != challenge:
            raise NotVerified(f"{url} answered {answer.status} {text[:80]!r} instead of the challenge")
        self.url = url

    def post(self, payload: Json | bytes, lane: str = "") -> Post:
        """Queue a post; bytes go out as they are."""
        body = payload if isinstance(payload, bytes) else to_bytes(payload)
        post = Post(payload, body, lane)
        self.posts.append(post)
        if self.url:
            before = self._lanes.get(lane) if self.ordered and lane else None
            self._lanes[lane] = post
            self._spawn(post, before)
        return post

    def repeat(self, post: Post) -> Post:
        """Deliver the same bytes once more, as Meta does when it is not sure."""
        return self.post(post.body, post.lane)

    async def settled(self) -> None:
        """Wait until every post queued so far was accepted or given up."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _spawn(self, post: Post, before: Post | None) -> None:
        task = asyncio.get_running_loop().create_task(self._deliver(post, before))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, post: Post, before: Post | None) -> None:
        if before:
            await before.tried.wait()
        fault = self.faults.pick(WEBHOOK, post.payload)
        if fault and fault.kind in (Rude.DELAY, Rude.REORDER):
            post.tried.set()
            await self._hold_back(post, fault)
        pause = self.retry_base_seconds
        while not post.done:
            wait = await self._attempt(post, unheard=fault is not None and fault.kind is Rude.UNHEARD)
            fault = fault if fault and fault.kind is Rude.DUPLICATE else None
            if not post.done:
                await asyncio.sleep(wait if wait is not None else pause * random.uniform(0.8, 1.2))
                pause = min(pause * 2, self.retry_cap_seconds)
        if fault:
            await self._attempt(post)

    async def _hold_back(self, post: Post, fault: Fault) -> None:
        """Wait: for a time, or, to be overtaken, until a later post was tried."""
        if fault.kind is Rude.DELAY:
            await asyncio.sleep(fault.seconds)
            return

        def overtaken() -> bool:
            later = self.posts[self.posts.index(post) + 1 :] if post in self.posts else [post]
            return any(other.attempts or other is post for other in later)

        try:
            await self._pulse.until(overtaken, fault.seconds)
        except AssertionError:
            return

    async def _attempt(self, post: Post, *, unheard: bool = False) -> float | None:
        """Try once; return how long the other side asks us to wait. `unheard`: its answer got lost."""
        started, wait = time.monotonic(), None
        try:
            status, wait = await self._send(post.body)
            lost = Attempt(0, time.monotonic() - started, f"the answer {status} was lost")
            post.attempts.append(lost if unheard else Attempt(status, time.monotonic() - started))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            post.attempts.append(Attempt(0, time.monotonic() - started, repr(error)))
        finally:
            post.tried.set()
        post.done = post.done or post.accepted or len(post.attempts) >= self.attempts_at_most
        self._pulse.beat()
        return wait

    async def _send(self, body: bytes) -> tuple[int, float | None]:
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": signature(self.secret, body)}
        async with self._open().post(self.url, data=body, headers=headers, timeout=self._timeout()) as answer:
            await answer.read()
            asked = answer.headers.get("Retry-After", "")
            return answer.status, float(asked) if asked.isdigit() else None

    def _timeout(self) -> aiohttp.ClientTimeout:
        return aiohttp.ClientTimeout(total=self.timeout_seconds)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("the emulator is not started")
        return self._session
