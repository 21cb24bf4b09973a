"""How python-telegram-bot reaches Telegram: over aiohttp, a fourth of the work, and unsent is not unsure."""

import json
import logging
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

import aiohttp
import orjson
from telegram import Bot
from telegram.error import BadRequest, NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

CONNECT_SECONDS: Final = 5.0
READ_SECONDS: Final = 20.0
UPLOAD_SECONDS: Final = 120.0
DOWNLOAD_SECONDS: Final = 120.0
CONNECTIONS: Final = 256

NEVER_LEFT: Final = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
    aiohttp.NonHttpUrlClientError,
)


class NeverLeft(NetworkError):
    """No connection came about: nothing can have been done."""


class OutOfOrder(NetworkError):
    """A 5xx: Telegram answered, and most likely did nothing."""


class Flooded(TelegramError):
    """429, and `seconds` to wait; None where Telegram names none."""

    def __init__(self, seconds: float | None) -> None:
        super().__init__("Too Many Requests")
        self.seconds = seconds


class TooMuch(TelegramError):
    """The file is larger than asked for, or than the platform takes."""


class AiohttpRequest(BaseRequest):
    """One pool of connections. Its errors name no address, because the token stands in it."""

    def __init__(self, *, read_seconds: float = READ_SECONDS, connections: int = CONNECTIONS) -> None:
        self._read_seconds = read_seconds
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        return self._read_seconds

    async def initialize(self) -> None:
        self._open()

    async def shutdown(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=self._connections)
            self._session = aiohttp.ClientSession(connector=connector, auto_decompress=True)
        return self._session

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Seconds to wait for the answer are the caller's; the rest is the same for all calls."""
        seconds = self._read_seconds if read_timeout is BaseRequest.DEFAULT_NONE else read_timeout
        patience = _patience(UPLOAD_SECONDS if request_data and request_data.contains_files else seconds)
        try:
            status, payload = await self._exchange(method, url, _body(request_data), patience)
        except NEVER_LEFT as error:
            raise NeverLeft(f"cannot connect ({type(error).__name__})") from None
        except TimeoutError:
            raise TimedOut("no answer in time") from None
        except (aiohttp.ClientError, OSError) as error:
            raise NetworkError(f"connection broke ({type(error).__name__})") from None
        _refuse(status, payload)
        return status, payload

    async def _exchange(
        self, method: str, url: str, body: Mapping[str, Any], patience: aiohttp.ClientTimeout
    ) -> tuple[int, bytes]:
        call = self._open().request(method, url, timeout=patience, allow_redirects=False, **body)
        async with call as answer:
            return answer.status, await answer.read()

    async def download(self, url: str, most: int) -> bytes:
        """Raises TooMuch beyond `most` bytes, BadRequest where there is no such file, else NetworkError."""
        patience = _patience(DOWNLOAD_SECONDS)
        try:
            async with self._open().get(url, timeout=patience, allow_redirects=False) as answer:
                if answer.status in (400, 404):
                    raise BadRequest("wrong file_id: the file is not there any more")
                if answer.status != 200:
                    raise NetworkError(f"download answered {answer.status}")
                return await _read_at_most(answer.content, most)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise NetworkError(f"download broke ({type(error).__name__})") from None

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Like the library's, but faster, and silent: a proxy's HTML page is no traceback of ours."""
        try:
            answer = _loads(payload)
        except ValueError:
            raise TelegramError("Invalid server response") from None
        if not isinstance(answer, dict):
            raise TelegramError("Invalid server response")
        return answer


class RawBot(Bot):
    """The library's Bot, and a call that gives the answer as plain JSON: nothing new in it can break us."""

    def __init__(self, token: str, api_url: str) -> None:
        # At DEBUG the library writes tokens and customers' words into the log.
        logging.getLogger("telegram").setLevel(logging.INFO)
        self._calls = AiohttpRequest()
        self._polls = AiohttpRequest(connections=1)
        self._files = f"{api_url}/file/bot{token}/"
        super().__init__(token, f"{api_url}/bot", f"{api_url}/file/bot", self._calls, self._polls)

    async def call(self, method: str, parameters: Mapping[str, Any], read_seconds: float) -> Any:
        """Raises TelegramError."""
        return await self._do_post(method, dict(parameters), read_timeout=read_seconds)

    async def download(self, path: str, most: int) -> bytes:
        return await self._calls.download(self._files + quote(path), most)

    async def close_connections(self) -> None:
        await self._polls.shutdown()
        await self._calls.shutdown()


def _patience(seconds: float | None) -> aiohttp.ClientTimeout:
    total = None if seconds is None else seconds + 2 * CONNECT_SECONDS
    return aiohttp.ClientTimeout(
        total=total, connect=2 * CONNECT_SECONDS, sock_connect=CONNECT_SECONDS, sock_read=seconds
    )


def _body(request_data: RequestData | None) -> Mapping[str, Any]:
    """What aiohttp wants: JSON, or a form where files go along."""
    if request_data is None:
        return {}
    if request_data.contains_files:
        return {"data": _form(request_data)}
    try:
        body = orjson.dumps(request_data.parameters)
    except TypeError as error:
        raise BadRequest(f"strings must be encoded in UTF-8: {error}") from None
    return {"data": body, "headers": {"Content-Type": "application/json"}}


def _form(request_data: RequestData) -> aiohttp.FormData:
    form = aiohttp.FormData(quote_fields=False)
    for name, value in request_data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, mime) in request_data.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=mime)
    return form


def _refuse(status: int, payload: bytes) -> None:
    """The answers that the library takes for a broken network, though they say more than that."""
    if status == 429:
        raise Flooded(_retry_after(payload))
    if status == 413:
        raise TooMuch("Request Entity Too Large")
    if status >= 500:
        raise OutOfOrder(f"Telegram is out of order (HTTP {status})")


def _retry_after(payload: bytes) -> float | None:
    try:
        seconds = _loads(payload)["parameters"]["retry_after"]
        return max(float(seconds), 0.0)
    except (ValueError, KeyError, TypeError):
        return None


def _loads(payload: bytes) -> Any:
    """orjson; the standard library where one text in the answer is no valid Unicode."""
    try:
        return orjson.loads(payload)
    except orjson.JSONDecodeError:
        return json.loads(payload.decode("utf-8", "replace"))


async def _read_at_most(stream: aiohttp.StreamReader, most: int) -> bytes:
    got = bytearray()
    async for piece in stream.iter_chunked(64 * 1024):
        got += piece
        if len(got) > most:
            raise TooMuch("larger than asked for")
    return bytes(got)
