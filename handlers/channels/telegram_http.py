"""How we reach Telegram: JSON over aiohttp, its refusals as errors of their own, and unsent is not unsure."""

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

import aiohttp
import orjson
from yarl import URL

CONNECT_SECONDS: Final = 5.0
READ_SECONDS: Final = 20.0
UPLOAD_SECONDS: Final = 120.0
DOWNLOAD_SECONDS: Final = 120.0
CONNECTIONS: Final = 256
JSON_HEADERS: Final = {"Content-Type": "application/json"}

NEVER_LEFT: Final = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
    aiohttp.NonHttpUrlClientError,
)


class TelegramFailure(Exception):
    """A call that did not go well. `message` names no address, because the token stands in it."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NeverLeft(TelegramFailure):
    """No connection came about: nothing can have been done."""


class Unanswered(TelegramFailure):
    """It left us, and no answer came that says what became of it."""


class OutOfOrder(TelegramFailure):
    """A 5xx: Telegram answered, and most likely did nothing."""


class BadRequest(TelegramFailure):
    """400, and why."""


class Forbidden(TelegramFailure):
    """403, and why."""


class WrongToken(TelegramFailure):
    """401 or 404."""


class Conflict(TelegramFailure):
    """409: somebody else gets our updates."""


class TooMuch(TelegramFailure):
    """The file is larger than asked for, or than the platform takes."""


class Moved(TelegramFailure):
    """The group goes on under the id `to`."""

    def __init__(self, to: object) -> None:
        super().__init__("the group was upgraded")
        self.to = str(to)


class Flooded(TelegramFailure):
    """429, and `seconds` to wait; None where Telegram names none."""

    def __init__(self, seconds: float | None) -> None:
        super().__init__("Too Many Requests")
        self.seconds = seconds


STATUSES: Final[Mapping[int, type[TelegramFailure]]] = {
    400: BadRequest,
    401: WrongToken,
    403: Forbidden,
    404: WrongToken,
    409: Conflict,
    413: TooMuch,
}


class TelegramWire:
    """One pool of connections to one bot's methods and files."""

    def __init__(self, token: str, api_url: str, *, connections: int = CONNECTIONS) -> None:
        self._methods, self._files = f"{api_url}/bot{token}/", f"{api_url}/file/bot{token}/"
        self._addresses: dict[str, URL] = {}
        self._patience: dict[float, aiohttp.ClientTimeout] = {}
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None

    async def call(self, method: str, parameters: Mapping[str, Any], seconds: float = READ_SECONDS) -> Any:
        """The result as JSON. `seconds` is how long to wait for it. Raises TelegramFailure."""
        try:
            body = orjson.dumps(parameters)
        except TypeError as error:
            raise BadRequest(f"strings must be encoded in UTF-8: {error}") from None
        return result_of(await self.post(method, body, seconds))

    async def post(self, method: str, body: bytes | aiohttp.FormData, seconds: float) -> bytes:
        """The answer as it came, if it is a good one. Raises TelegramFailure."""
        headers = JSON_HEADERS if isinstance(body, bytes) else None
        try:
            async with self._open().post(
                self._address(method),
                data=body,
                headers=headers,
                timeout=self._timeout(seconds),
                allow_redirects=False,
            ) as answer:
                status, payload = answer.status, await answer.read()
        except NEVER_LEFT as error:
            raise NeverLeft(f"cannot connect ({type(error).__name__})") from None
        except TimeoutError:
            raise Unanswered("no answer in time") from None
        except (aiohttp.ClientError, OSError) as error:
            raise Unanswered(f"connection broke ({type(error).__name__})") from None
        if not 200 <= status < 300:
            raise failure_of(status, payload)
        return payload

    async def download(self, path: str, most: int) -> bytes:
        """Raises TooMuch beyond `most` bytes, BadRequest where there is no such file, else Unanswered."""
        address = self._files + quote(path)
        try:
            async with self._open().get(
                address, timeout=self._timeout(DOWNLOAD_SECONDS), allow_redirects=False
            ) as answer:
                if answer.status in (400, 404):
                    raise BadRequest("wrong file_id: the file is not there any more")
                if answer.status != 200:
                    raise Unanswered(f"download answered {answer.status}")
                return await _read_at_most(answer.content, most)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise Unanswered(f"download broke ({type(error).__name__})") from None

    async def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=self._connections)
            self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        return self._session

    def _address(self, method: str) -> URL:
        """Made once a method: taking an address apart costs more than the rest of a call does."""
        address = self._addresses.get(method)
        if address is None:
            try:
                address = self._addresses[method] = URL(self._methods + method)
            except ValueError:
                raise NeverLeft("telegram.api_url is no address") from None
        return address

    def _timeout(self, seconds: float) -> aiohttp.ClientTimeout:
        patience = self._patience.get(seconds)
        if patience is None:
            patience = self._patience[seconds] = aiohttp.ClientTimeout(
                total=seconds + 2 * CONNECT_SECONDS,
                connect=2 * CONNECT_SECONDS,
                sock_connect=CONNECT_SECONDS,
                sock_read=seconds,
            )
        return patience


def result_of(payload: bytes) -> Any:
    """Raises Unanswered where it cannot be read: a proxy's HTML page says nothing of what was done."""
    try:
        return loads(payload)["result"]
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise Unanswered(f"the answer could not be read ({type(error).__name__})") from None


def failure_of(status: int, payload: bytes) -> TelegramFailure:
    """What Telegram's words of refusal mean; where there are none, what its status does."""
    said = _said(payload)
    parameters = said.get("parameters")
    parameters = parameters if isinstance(parameters, dict) else {}
    if status == 429:
        return Flooded(_seconds(parameters))
    if status >= 500:
        return OutOfOrder(f"Telegram is out of order (HTTP {status})")
    if parameters.get("migrate_to_chat_id"):
        return Moved(parameters["migrate_to_chat_id"])
    if parameters.get("retry_after"):
        return Flooded(_seconds(parameters))
    message = said.get("description")
    return STATUSES.get(status, Unanswered)(message if isinstance(message, str) else f"HTTP {status}")


def loads(payload: bytes) -> Any:
    """orjson; the standard library where one text in the answer is no valid Unicode."""
    try:
        return orjson.loads(payload)
    except orjson.JSONDecodeError:
        return json.loads(payload.decode("utf-8", "replace"))


def _said(payload: bytes) -> Mapping[str, Any]:
    try:
        said = loads(payload)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _seconds(parameters: Mapping[str, Any]) -> float | None:
    try:
        return max(float(parameters["retry_after"]), 0.0)
    except (ValueError, KeyError, TypeError):
        return None


async def _read_at_most(stream: aiohttp.StreamReader, most: int) -> bytes:
    got = bytearray()
    async for piece in stream.iter_chunked(64 * 1024):
        got += piece
        if len(got) > most:
            raise TooMuch("larger than asked for")
    return bytes(got)
