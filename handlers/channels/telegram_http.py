"""Telegram's methods as plain JSON, and its refusals as errors of their own."""

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

import aiohttp
import orjson
from yarl import URL

from handlers.channels.wire import Address, Failure, NeverLeft, TooMuch, Unanswered, Wire

READ_SECONDS: Final = 20.0
UPLOAD_SECONDS: Final = 120.0
DOWNLOAD_SECONDS: Final = 130.0
CONNECT_SECONDS: Final = 10.0
"""How much longer a call may take than its answer."""
CONNECTIONS: Final = 256
JSON_HEADERS: Final = {"Content-Type": "application/json"}


class OutOfOrder(Failure):
    """A 5xx: Telegram answered, and most likely did nothing."""


class BadRequest(Failure):
    """400, and why."""


class Forbidden(Failure):
    """403, and why."""


class WrongToken(Failure):
    """401 or 404."""


class Conflict(Failure):
    """409: somebody else gets our updates."""


class Moved(Failure):
    """The group goes on under the id `to`."""

    def __init__(self, to: object) -> None:
        super().__init__("the group was upgraded")
        self.to = str(to)


class Flooded(Failure):
    """429, and `seconds` to wait; None where Telegram names none."""

    def __init__(self, seconds: float | None) -> None:
        super().__init__("Too Many Requests")
        self.seconds = seconds


STATUSES: Final[Mapping[int, type[Failure]]] = {
    400: BadRequest,
    401: WrongToken,
    403: Forbidden,
    404: WrongToken,
    409: Conflict,
    413: TooMuch,
}


class TelegramWire:
    """One bot's methods and files."""

    def __init__(self, token: str, api_url: str, *, connections: int = CONNECTIONS) -> None:
        self._methods, self._files = f"{api_url}/bot{token}/", f"{api_url}/file/bot{token}/"
        self._addresses: dict[str, Address] = {}
        self._wire = Wire(connections, READ_SECONDS)

    async def call(self, method: str, parameters: Mapping[str, Any], seconds: float = READ_SECONDS) -> Any:
        """The result as JSON. `seconds` is how long to wait for it. Raises Failure."""
        try:
            body = orjson.dumps(parameters)
        except TypeError as error:
            raise BadRequest(f"strings must be encoded in UTF-8: {error}") from None
        address = self._addresses.get(method)
        if address is None:
            address = self._addresses[method] = Address.of(self._methods + method, JSON_HEADERS)
        answer = await self._wire.call(address, body, seconds=seconds + CONNECT_SECONDS, silence=seconds)
        return result_of(_good(*answer))

    async def upload(self, method: str, form: aiohttp.FormData) -> bytes:
        """The answer as it came, if it is a good one. Raises Failure."""
        url, seconds = _url(self._methods + method), UPLOAD_SECONDS + CONNECT_SECONDS
        return _good(*await self._wire.upload(url, form, seconds=seconds, silence=UPLOAD_SECONDS))

    async def download(self, path: str, most: int) -> bytes:
        """Raises TooMuch beyond `most` bytes, BadRequest where there is no such file, other Failures."""
        status, content = await self._wire.download(
            _url(self._files + quote(path)), most, seconds=DOWNLOAD_SECONDS
        )
        if status in (400, 404):
            raise BadRequest("wrong file_id: the file is not there any more")
        if status != 200:
            raise Unanswered(f"download answered {status}")
        return content

    async def close(self) -> None:
        await self._wire.close()


def _good(status: int, payload: bytes) -> bytes:
    if not 200 <= status < 300:
        raise failure_of(status, payload)
    return payload


def result_of(payload: bytes) -> Any:
    """Raises Unanswered where it cannot be read: a proxy's HTML page says nothing of what was done."""
    try:
        return loads(payload)["result"]
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise Unanswered(f"the answer could not be read ({type(error).__name__})") from None


def failure_of(status: int, payload: bytes) -> Failure:
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
    sentence = message.removeprefix("Bad Request: ") if isinstance(message, str) else f"HTTP {status}"
    return STATUSES.get(status, Unanswered)(sentence)


def loads(payload: bytes) -> Any:
    """orjson; the standard library where one text in the answer is no valid Unicode."""
    try:
        return orjson.loads(payload)
    except orjson.JSONDecodeError:
        return json.loads(payload.decode("utf-8", "replace"))


def _url(address: str) -> URL:
    try:
        return URL(address)
    except ValueError:
        raise NeverLeft("telegram.api_url is no address") from None


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
