"""Telegram's Bot API on this machine: one bot, as many people and groups as a test or a page wants."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from aiohttp import web

from sandbox.faults import Faults
from sandbox.telegram.server import Call, Server
from sandbox.telegram.view import view
from sandbox.telegram.webhook import Webhook
from sandbox.telegram.world import World

Found = TypeVar("Found")
TOKEN = "5000000001:AAF-emulated-by-the-sandbox-0000000"
SHUTDOWN_SECONDS = 0.5


class TelegramEmulator(World):
    """A world with a server in front of it.

    `record=False` keeps no calls and only the last messages, for benchmarks. Updates go to the webhook
    that the bot sets, or wait for getUpdates; `tunnels` maps a public address to one on this machine."""

    def __init__(
        self,
        token: str = TOKEN,
        username: str = "svar_bot",
        *,
        record: bool = True,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(token, username, clock, keeps=0 if record else 200)
        self.calls: list[Call] = []
        self.call_count = 0
        self.faults = Faults()
        self.webhook = Webhook(self.updates, self.faults, self._obey)
        self.url = ""
        self._resting: tuple[str, str, str, int] | None = None
        self._record = record
        self._server: Server | None = None
        self._runner: web.ServerRunner | None = None
        self.tunnels: dict[str, str] = {}

    async def start(self, port: int = 0) -> str:
        """Listen on 127.0.0.1; returns the address, which is also `url`.

        After `stop` it may start again on the same port: chats, pending updates and webhook are as before."""
        server = self._server = Server(self, self.faults, self.webhook, self._keep)
        server.tunnels = self.tunnels
        self._runner = web.ServerRunner(
            web.Server(server.answer, access_log=None), shutdown_timeout=SHUTDOWN_SECONDS
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        if self._resting is not None:
            await self.webhook.begin(*self._resting)
            self._resting = None
        return self.url

    async def stop(self) -> None:
        """Refuse connections, as when Telegram cannot be reached at all."""
        if self._server is not None:
            self._server.closing.set()
        self.updates.release()
        self._resting = self.webhook.settings
        await self.webhook.end()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def until(self, condition: Callable[[], Found], timeout: float = 10) -> Found:
        """Wait for `condition()` to be true, looking again at every change; returns what it returned.

        Raises AssertionError with every chat's words."""
        return await self.pulse.until(condition, timeout, self._seen)

    async def delivered(self, timeout: float = 10) -> None:
        """Wait until the bot took every update."""
        await self.until(lambda: not self.updates.pending and not self.webhook.busy, timeout)

    def on_change(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback()` at every change; returns what ends that."""
        return self.pulse.on_change(callback)

    def view(self, last: int = 200) -> dict[str, Any]:
        """What everybody sees now, as JSON: see `sandbox/telegram/view.py`."""
        return view(self, last)

    def called(self, method: str) -> list[Call]:
        """The calls of one method on record, refused ones too."""
        return [call for call in self.calls if call.method == method]

    def _keep(self, call: Call) -> None:
        self.call_count += 1
        if self._record:
            self.calls.append(call)
        self.pulse.beat()

    def _obey(self, method: str, call: dict[str, Any]) -> None:
        if self._server is not None:
            self._server.obey(method, call)

    def _seen(self) -> str:
        written = [chat.transcript() for chat in self.chats.values() if chat.messages]
        calls = ", ".join(call.method for call in self.calls[-10:])
        return "\n".join([*written, f"Last calls: {calls or 'none'}"])
