"""Stands between the platforms and the bot, and keeps what was acknowledged: the witness of the crash tests."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import aiohttp
import orjson
from aiohttp import web

Ids = set[str]
"""The platforms' own ids: "telegram:100000001", "whatsapp:wamid.…", "whatsapp:wamid.…:delivered"."""

KEPT_HEADERS = ("Content-Type", "X-Telegram-Bot-Api-Secret-Token", "X-Hub-Signature-256")
GATEWAY_SECONDS = 10.0


@dataclass(slots=True)
class Front:
    """A gateway on 127.0.0.1 that hands posts on to the bot's port.

    `answers_first` makes it the liar of the negative control: it says 200 and hands on afterwards."""

    answers_first: bool = False
    target: str = ""
    url: str = ""
    acknowledged: Ids = field(default_factory=set)
    heard: dict[str, float] = field(default_factory=dict)
    """The monotonic second at which each of them was acknowledged first."""
    posts: int = 0
    answers: Counter[int] = field(default_factory=Counter)
    """How often the bot answered a post with which status; 502 where it could not be reached."""
    retry_after: set[str] = field(default_factory=set)
    """What it asked for in that header."""
    first_taken_at: float = 0.0
    """The monotonic second of the first 2xx that the bot itself gave to a post since `expect_a_start`."""
    on_post: Callable[[], None] = lambda: None
    """Called when a post has been sent to the bot and no answer is there yet."""
    on_taken: Callable[[], None] = lambda: None
    """Called when the bot has answered 2xx and the platform does not know it yet."""
    _runner: web.ServerRunner | None = None
    _session: aiohttp.ClientSession | None = None
    _behind: set[asyncio.Task[web.Response]] = field(default_factory=set)

    async def start(self, target: str) -> None:
        self.target = target
        timeout = aiohttp.ClientTimeout(GATEWAY_SECONDS)
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=timeout)
        self._runner = web.ServerRunner(web.Server(self._answer, access_log=None), shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()
        await asyncio.gather(*self._behind, return_exceptions=True)
        if self._session:
            await self._session.close()

    def expect_a_start(self) -> None:
        self.first_taken_at = 0.0

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read()
        if request.method != "POST":
            return await self._hand_on_get(request)
        ids = ids_in(request.path.split("/")[1], body)
        if self.answers_first:
            self._hand_on_later(request, body)
            answer = web.Response()
        else:
            answer = await self._hand_on(request, body)
        if 200 <= answer.status < 300:
            self.acknowledged |= ids
            for one in ids:
                self.heard.setdefault(one, time.monotonic())
        return answer

    def _hand_on_later(self, request: web.BaseRequest, body: bytes) -> None:
        task = asyncio.get_running_loop().create_task(self._hand_on(request, body))
        self._behind.add(task)
        task.add_done_callback(self._behind.discard)

    async def _hand_on(self, request: web.BaseRequest, body: bytes) -> web.Response:
        """The bot's answer, 502 where it cannot be reached or breaks off."""
        assert self._session is not None
        self.posts += 1
        headers = {name: request.headers[name] for name in KEPT_HEADERS if name in request.headers}
        asyncio.get_running_loop().call_soon(self.on_post)
        try:
            async with self._session.post(self.target + request.path, data=body, headers=headers) as answer:
                return self._note(answer)
        except (aiohttp.ClientError, TimeoutError, OSError):
            self.answers[502] += 1
            return web.Response(status=502)

    def _note(self, answer: aiohttp.ClientResponse) -> web.Response:
        self.answers[answer.status] += 1
        if 200 <= answer.status < 300:
            self.first_taken_at = self.first_taken_at or time.monotonic()
            self.on_taken()
        wait = answer.headers.get("Retry-After")
        self.retry_after |= {wait} if wait else set()
        return web.Response(status=answer.status, headers={"Retry-After": wait} if wait else {})

    async def _hand_on_get(self, request: web.BaseRequest) -> web.Response:
        assert self._session is not None
        try:
            async with self._session.get(self.target + request.path_qs) as answer:
                return web.Response(status=answer.status, body=await answer.read())
        except (aiohttp.ClientError, TimeoutError, OSError):
            return web.Response(status=502)


def ids_in(channel: str, body: str | bytes) -> Ids:
    """What a post is about, read without the product's parsers; also of the bodies that the product keeps."""
    post = orjson.loads(body)
    if channel == "telegram":
        return {f"telegram:{post['update_id']}"}
    values = [change["value"] for entry in post["entry"] for change in entry["changes"]]
    said = {f"whatsapp:{one['id']}" for value in values for one in value.get("messages", ())}
    told = {f"whatsapp:{one['id']}:{one['status']}" for value in values for one in value.get("statuses", ())}
    return said | told
