"""The Bot API over HTTP: reads a call, lets faults happen, runs the method and puts it on record."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson
from aiohttp import web

from sandbox.faults import Fault, Faults, Rude, endure
from sandbox.telegram.errors import WEBHOOK_ACTIVE, Refusal, bad, conflict
from sandbox.telegram.methods import METHODS
from sandbox.telegram.params import Params, read
from sandbox.telegram.webhook import Webhook
from sandbox.telegram.world import World

Json = dict[str, Any]

LOCAL = frozenset(("127.0.0.1", "localhost", "::1"))
_SECRET_SIGNS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")


@dataclass(frozen=True, slots=True)
class Call:
    """One call to the Bot API. `result` is None where it was refused: by `error`, or by `fault` before it."""

    method: str
    params: Params
    result: Any
    error: Refusal | None
    at: float
    fault: Fault | None = None

    @property
    def accepted(self) -> bool:
        """It was carried out, whatever the caller heard of it."""
        return self.error is None and (self.fault is None or self.result is not None)


class Server:
    """Answers for one world. Calls are kept by `record`, which may do nothing."""

    def __init__(
        self, world: World, faults: Faults, webhook: Webhook, record: Callable[[Call], None]
    ) -> None:
        self.world, self.faults, self.webhook, self.record = world, faults, webhook, record
        self.closing = asyncio.Event()
        self.tunnels: dict[str, str] = {}
        self._call_path = f"/bot{world.token}/"
        self._file_path = f"/file/bot{world.token}/"
        self._slow = {
            "getupdates": ("getUpdates", self._get_updates),
            "setwebhook": ("setWebhook", self._set_webhook),
            "deletewebhook": ("deleteWebhook", self._delete_webhook),
            "getwebhookinfo": ("getWebhookInfo", self._webhook_info),
        }

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.path
        if path.startswith(self._call_path):
            return await self._answer_call(request, path[len(self._call_path) :])
        if path.startswith(self._file_path):
            return await self._answer_file(request, path[len(self._file_path) :])
        known = path.startswith(("/bot", "/file/bot"))
        return _refusal(Refusal(401, "Unauthorized") if known else Refusal(404, "Not Found"))

    async def _answer_call(self, request: web.BaseRequest, asked: str) -> web.StreamResponse:
        known = METHODS.get(asked.lower()) or self._slow.get(asked.lower())
        if known is None:
            return _refusal(Refusal(404, "Not Found: method not found"))
        name = known[0]
        try:
            params = await read(request)
        except Refusal as refusal:
            return _refusal(refusal)
        fault = self.faults.pick(name, params)
        if fault is None:
            return await self._accept(name, params, None)
        if fault.kind in (Rude.STATUS, Rude.RESET_BEFORE):
            self.record(Call(name, params, None, None, self.world.clock(), fault))

        async def accept() -> web.Response:
            return await self._accept(name, params, fault)

        return await endure(fault, request, accept, _rudeness, self.closing)

    async def _answer_file(self, request: web.BaseRequest, path: str) -> web.StreamResponse:
        fault = self.faults.pick("file", path)

        async def accept() -> web.Response:
            file = self.world.files.by_path.get(path)
            if file is None:
                return _refusal(Refusal(404, "Not Found"))
            return web.Response(body=file.content, content_type="application/octet-stream")

        if fault is None:
            return await accept()
        return await endure(fault, request, accept, _rudeness, self.closing)

    async def _accept(self, name: str, params: Params, fault: Fault | None) -> web.Response:
        try:
            slow = self._slow.get(name.lower())
            result = await slow[1](params) if slow else self.run(name, params)
        except Refusal as refusal:
            self.record(Call(name, params, None, refusal, self.world.clock(), fault))
            return _refusal(refusal)
        kept = dict(result) if isinstance(result, dict) else result
        self.record(Call(name, params, kept, None, self.world.clock(), fault))
        return web.Response(
            body=b'{"ok":true,"result":' + orjson.dumps(result) + b"}", content_type="application/json"
        )

    def run(self, name: str, params: Params) -> Any:
        """Carry out a method; raises Refusal."""
        return METHODS[name.lower()][1](self.world, params)

    def obey(self, name: str, call: Json) -> None:
        """Run the call that stood in a webhook's answer."""
        if name.lower() not in METHODS:
            return
        params = Params(call)
        try:
            result = self.run(name, params)
        except Refusal as refusal:
            self.record(Call(name, params, None, refusal, self.world.clock()))
        else:
            self.record(Call(name, params, result, None, self.world.clock()))

    # The methods that need the network

    async def _get_updates(self, params: Params) -> list[Json]:
        if self.webhook.url:
            raise conflict(WEBHOOK_ACTIVE)
        updates = self.world.updates
        updates.allow(params.json("allowed_updates"))
        timeout = min(params.whole("timeout"), 50)
        taken = await updates.poll(params.whole("offset"), params.whole("limit", 100), timeout)
        return [orjson.loads(update.body) for update in taken]

    async def _set_webhook(self, params: Params) -> bool:
        url = params.text("url")
        secret = params.text("secret_token")
        if len(secret) > 256:
            raise bad("secret token is too long")
        if not _SECRET_SIGNS.issuperset(secret):
            raise bad("secret token contains unallowed characters")
        updates = self.world.updates
        updates.allow(params.json("allowed_updates"))
        if params.flag("drop_pending_updates"):
            updates.clear()
        if not url:
            return await self._delete_webhook(Params({}))
        target = self._target(url)
        updates.release()
        connections = max(1, min(params.whole("max_connections", 40), 100))
        await self.webhook.begin(url, target, secret, connections)
        return True

    def _target(self, url: str) -> str:
        """Where a webhook's posts go: this machine, directly or by one of the `tunnels`."""
        for public, local in self.tunnels.items():
            if url.startswith(public):
                return local + url[len(public) :]
        parts = urlsplit(url)
        if parts.hostname in LOCAL:
            return url
        if parts.scheme != "https":
            raise bad("bad webhook: An HTTPS URL must be provided for webhook")
        raise bad("bad webhook: Failed to resolve host: Name or service not known")

    async def _delete_webhook(self, params: Params) -> bool:
        await self.webhook.end()
        if params.flag("drop_pending_updates"):
            self.world.updates.clear()
        return True

    async def _webhook_info(self, params: Params) -> Json:
        hook, updates = self.webhook, self.world.updates
        body: Json = {
            "url": hook.url,
            "has_custom_certificate": False,
            "pending_update_count": len(updates.pending),
        }
        if hook.url:
            body |= {"max_connections": hook.max_connections, "ip_address": "127.0.0.1"}
        if hook.last_error:
            body |= {"last_error_date": hook.last_error_at, "last_error_message": hook.last_error}
        return {**body, "allowed_updates": sorted(updates.allowed)} if updates.allowed else body


def _refusal(refusal: Refusal) -> web.Response:
    headers = {}
    if refusal.parameters and "retry_after" in refusal.parameters:
        headers["Retry-After"] = str(refusal.parameters["retry_after"])
    body = orjson.dumps(refusal.as_json())
    return web.Response(body=body, status=refusal.code, content_type="application/json", headers=headers)


_WORDS = {429: "Too Many Requests", 500: "Internal Server Error", 502: "Bad Gateway", 401: "Unauthorized"}


def _rudeness(fault: Fault) -> web.Response:
    """A scripted status, as Telegram would put it: its gateways answer 502 with a page."""
    if fault.body is not None:
        return web.Response(body=fault.body, status=fault.code)
    if fault.code in (502, 504):
        page = f"<html><head><title>{fault.code}</title></head><body>nginx</body></html>"
        return web.Response(text=page, status=fault.code, content_type="text/html")
    words = _WORDS.get(fault.code, "Error")
    parameters: Json | None = None
    if fault.retry_after is not None:
        seconds = max(1, round(fault.retry_after)) if fault.retry_after > 0 else 0
        words, parameters = f"{words}: retry after {seconds}", {"retry_after": seconds}
    return _refusal(Refusal(fault.code, words, parameters))
