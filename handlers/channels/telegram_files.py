"""Calls that carry files: python-telegram-bot packs them. Imported when the first one leaves, not at the start."""

import logging
from collections.abc import Mapping
from typing import Any

import aiohttp
from telegram import Bot, InputFile
from telegram.error import TelegramError
from telegram.request import BaseRequest, RequestData

from handlers.channels.telegram_http import UPLOAD_SECONDS, TelegramWire, result_of
from handlers.channels.telegram_write import Upload
from handlers.channels.wire import Failure


class Carried(TelegramError):
    """Our own failure on its way through the library."""

    def __init__(self, failure: Failure) -> None:
        super().__init__("")
        self.failure = failure


class Wired(BaseRequest):
    """The library's calls over the connections that all others use."""

    def __init__(self, wire: TelegramWire) -> None:
        self._wire = wire

    @property
    def read_timeout(self) -> float:
        return UPLOAD_SECONDS

    async def initialize(self) -> None:
        """The wire is open already."""

    async def shutdown(self) -> None:
        """The wire is not ours to close."""

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *patience: Any, **more: Any
    ) -> tuple[int, bytes]:
        assert request_data is not None
        try:
            return 200, await self._wire.upload(url.rpartition("/")[2], _form(request_data))
        except Failure as failure:
            raise Carried(failure) from None

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Like the library's, but silent: a proxy's HTML page is no traceback of ours."""
        return {"result": result_of(payload)}


class FileBot(Bot):
    """The library's Bot, for its way to pack a call; the answer comes as plain JSON."""

    def __init__(self, token: str, wire: TelegramWire) -> None:
        # At DEBUG the library writes tokens and customers' words into the log.
        logging.getLogger("telegram").setLevel(logging.INFO)
        super().__init__(token, request=Wired(wire), get_updates_request=Wired(wire))

    async def call(self, method: str, parameters: Mapping[str, Any]) -> Any:
        """Raises Failure."""
        try:
            return await self._do_post(method, {name: _packed(value) for name, value in parameters.items()})
        except Carried as carried:
            raise carried.failure from None


def _packed(value: object) -> object:
    if not isinstance(value, Upload):
        return value
    file = InputFile(value.content, filename=value.name)
    file.mimetype = value.mime or file.mimetype
    return file


def _form(request_data: RequestData) -> aiohttp.FormData:
    form = aiohttp.FormData(quote_fields=False)
    for name, text in request_data.json_parameters.items():
        form.add_field(name, text)
    for name, (filename, content, mime) in request_data.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=mime)
    return form
