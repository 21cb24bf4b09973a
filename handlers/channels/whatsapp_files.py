"""Files at Meta: pywa asks for them and packs them. Imported when the first one is there, not at the start."""

import logging
from collections.abc import Mapping
from typing import Any

import aiohttp
import httpx
import orjson
from pywa_async.client import WhatsApp

from handlers.channels.whatsapp_http import GraphWire
from handlers.channels.whatsapp_items import Node

Files = Mapping[str, tuple[str | None, Any] | tuple[str | None, Any, str]]


class Wired(httpx.AsyncClient):
    """The httpx client that pywa asks for, over the connections that all others use; only `request` works.

    Its failures are ours, and pass through pywa as they are."""

    def __init__(self, wire: GraphWire) -> None:
        super().__init__(transport=httpx.AsyncBaseTransport(), trust_env=False)
        self._wire = wire

    async def request(self, method: str, url: httpx.URL | str, **more: Any) -> httpx.Response:
        path = str(url).lstrip("/")
        if files := more.get("files"):
            told = await self._wire.upload(path, _form(files))
        else:
            told = await self._wire.get(path, {})
        return httpx.Response(200, content=orjson.dumps(told))


class GraphFiles:
    """One number's files. Raises Failure."""

    def __init__(self, sender_id: str, wire: GraphWire) -> None:
        for chatty in ("pywa", "pywa_async", "httpx"):
            logging.getLogger(chatty).setLevel(logging.ERROR)  # they log what customers write
        self._sender = sender_id
        self._api = WhatsApp(sender_id, "-", session=Wired(wire)).api

    async def address_of(self, media_id: str) -> Node:
        return await self._api.get_media_url(media_id)

    async def upload(self, content: bytes, mime: str, name: str) -> Node:
        return await self._api.upload_media(self._sender, content, mime, name)


def _form(files: Files) -> aiohttp.FormData:
    form = aiohttp.FormData()
    for field, (filename, value, *kind) in files.items():
        form.add_field(field, value, filename=filename, content_type=kind[0] if kind else None)
    return form
