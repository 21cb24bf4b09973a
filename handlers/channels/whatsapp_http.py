"""How pywa reaches Meta: over aiohttp, at a sixth of httpx's work; and how files come from there."""

import json as jsonlib
from collections.abc import Mapping
from typing import Any, Final

import aiohttp
import httpx
import orjson
from yarl import URL

CONNECT_SECONDS: Final = 5.0
WAIT_FOR_A_CONNECTION_SECONDS: Final = 10.0
READ_SECONDS: Final = 20.0
CALL_SECONDS: Final = 60.0
FILE_SECONDS: Final = 180.0
CONNECTIONS: Final = 128
CHUNK: Final = 64 * 1024
MOST_REDIRECTS: Final = 3
Body = bytes | aiohttp.FormData | None
METAS_HOSTS: Final = ("whatsapp.net", "fbcdn.net", "fbsbx.com")


class ForeignAddressError(Exception):
    """The file is at an address that must not get our token."""


class TooMuchError(Exception):
    """The file is larger than asked for."""


class GraphSession(httpx.AsyncClient):
    """The httpx client that pywa asks for. Only `request`, `download` and `aclose` work."""

    def __init__(self, api_url: str, *, read_seconds: float = READ_SECONDS) -> None:
        super().__init__(transport=httpx.AsyncBaseTransport(), trust_env=False)
        self._home = URL(api_url).origin()
        self._read_seconds = read_seconds
        self._wire: aiohttp.ClientSession | None = None

    async def request(self, method: str, url: httpx.URL | str, **more: Any) -> httpx.Response:
        """As httpx's, of `params`, `json` and `files`. The answer has no header but its content's type."""
        address = URL(str(self.base_url).rstrip("/") + "/" + str(url).lstrip("/"))
        address = address.update_query(more.get("params") or {})
        if files := more.get("files"):
            return await self._exchange(method, address, _form(files), self._bearer(), FILE_SECONDS)
        if (json := more.get("json")) is None:
            return await self._exchange(method, address, None, self._bearer(), CALL_SECONDS)
        headers = {**self._bearer(), "Content-Type": "application/json"}
        return await self._exchange(method, address, _json(json), headers, CALL_SECONDS)

    async def _exchange(
        self, method: str, address: URL, body: Body, headers: dict[str, str], seconds: float
    ) -> httpx.Response:
        patience = self._patience(seconds)
        try:
            async with self._open().request(
                method, address, data=body, headers=headers, timeout=patience, allow_redirects=False
            ) as answer:
                content = await answer.read()
        except (aiohttp.ClientError, OSError) as error:
            raise _as_httpx(error) from None
        kind = answer.headers.get("Content-Type", "")
        return httpx.Response(answer.status, headers={"Content-Type": kind}, content=content)

    async def download(self, url: str, most: int) -> httpx.Response:
        """The file at an address of Meta's; redirects are followed to such addresses alone.

        Raises ForeignAddressError, TooMuchError and httpx's errors."""
        address = URL(url)
        try:
            for _ in range(MOST_REDIRECTS):
                answer = await self._download(address, most)
                if not answer.has_redirect_location:
                    return answer
                address = address.join(URL(answer.headers["Location"]))
        except (aiohttp.ClientError, OSError) as error:
            raise _as_httpx(error) from None
        raise ForeignAddressError("redirected too often")

    async def _download(self, address: URL, most: int) -> httpx.Response:
        self._must_be_metas(address)
        headers = {**self._bearer(), "Accept-Encoding": "identity"}
        async with self._open().get(
            address, headers=headers, timeout=self._patience(FILE_SECONDS), allow_redirects=False
        ) as answer:
            if answer.status != 200:
                return httpx.Response(answer.status, headers={"Location": answer.headers.get("Location", "")})
            return httpx.Response(200, content=await _read_at_most(answer, most))

    def _must_be_metas(self, address: URL) -> None:
        if not address.absolute or address.user is not None:
            raise ForeignAddressError("no plain address")
        if address.origin() == self._home:
            return
        host = (address.host or "").lower()
        is_metas = any(host == known or host.endswith("." + known) for known in METAS_HOSTS)
        if address.scheme != "https" or address.port != 443 or not is_metas:
            raise ForeignAddressError(host)

    async def aclose(self) -> None:
        wire, self._wire = self._wire, None
        if wire is not None:
            await wire.close()
        await super().aclose()

    def _open(self) -> aiohttp.ClientSession:
        if self._wire is None:
            self._wire = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=CONNECTIONS), cookie_jar=aiohttp.DummyCookieJar()
            )
        return self._wire

    def _bearer(self) -> dict[str, str]:
        return {name: self.headers[name] for name in ("Authorization", "User-Agent")}

    def _patience(self, seconds: float) -> aiohttp.ClientTimeout:
        return aiohttp.ClientTimeout(
            total=seconds,
            connect=WAIT_FOR_A_CONNECTION_SECONDS,
            sock_connect=CONNECT_SECONDS,
            sock_read=self._read_seconds,
        )


async def _read_at_most(answer: aiohttp.ClientResponse, most: int) -> bytes:
    """What came compressed although we asked for it plain is not unpacked by surprise: it counts unpacked."""
    parts, size = [], 0
    async for part in answer.content.iter_chunked(CHUNK):
        size += len(part)
        if size > most:
            raise TooMuchError
        parts.append(part)
    return b"".join(parts)


def _json(value: object) -> bytes:
    """orjson takes no half surrogate pair, which a text from elsewhere may have."""
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:
        text = jsonlib.dumps(value, ensure_ascii=False)
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


def _form(files: Mapping[str, tuple[str | None, Any] | tuple[str | None, Any, str]]) -> aiohttp.FormData:
    form = aiohttp.FormData()
    for field, (filename, value, *kind) in files.items():
        form.add_field(field, value, filename=filename, content_type=kind[0] if kind else None)
    return form


def _as_httpx(error: Exception) -> httpx.TransportError:
    """The same trouble in httpx's words, without the address. A ConnectError has certainly not left us."""
    name = type(error).__name__
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return httpx.ConnectTimeout(name)
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.InvalidURL):
        return httpx.ConnectError(name)
    if isinstance(error, TimeoutError):
        return httpx.ReadTimeout(name)
    return httpx.ReadError(name)
