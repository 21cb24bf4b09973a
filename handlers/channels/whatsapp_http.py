"""Meta's Graph API as plain JSON, and how files come from Meta's addresses, and from no others."""

import json as jsonlib
from collections.abc import Mapping
from typing import Any, Final

import aiohttp
import orjson
from yarl import URL

from handlers.channels.whatsapp_errors import Refused
from handlers.channels.whatsapp_items import Node, decoded
from handlers.channels.wire import Address, Failure, Unanswered, Wire

READ_SECONDS: Final = 20.0
CALL_SECONDS: Final = 60.0
FILE_SECONDS: Final = 180.0
CONNECTIONS: Final = 256
MOST_REDIRECTS: Final = 3
REDIRECTS: Final = (301, 302, 303, 307, 308)
METAS_HOSTS: Final = ("whatsapp.net", "fbcdn.net", "fbsbx.com")


class ForeignAddress(Failure):
    """The file is at an address that must not get our token."""


class GraphWire:
    """The calls of one access token. Raises Failure."""

    def __init__(self, api_url: str, version: str, token: str, *, read_seconds: float = READ_SECONDS) -> None:
        self._graph = f"{api_url.rstrip('/')}/v{version}/"
        self._home = URL(api_url).origin()
        self._bearer = {"Authorization": f"Bearer {token}"}
        self._headers = {**self._bearer, "Content-Type": "application/json"}
        self._addresses: dict[str, Address] = {}
        self._wire = Wire(CONNECTIONS, read_seconds)

    async def post(self, path: str, body: Node) -> Node:
        address = self._addresses.get(path)
        if address is None:
            address = self._addresses[path] = Address.of(self._graph + path, self._headers)
        return told(*await self._wire.call(address, written(body), seconds=CALL_SECONDS))

    async def get(self, path: str, query: Mapping[str, str]) -> Node:
        address = Address.of(URL(self._graph + path).update_query(query), self._bearer, "GET")
        return told(*await self._wire.call(address, seconds=CALL_SECONDS))

    async def upload(self, path: str, form: aiohttp.FormData) -> Node:
        address = URL(self._graph + path)
        return told(*await self._wire.upload(address, form, self._bearer, seconds=FILE_SECONDS))

    async def download(self, url: str, most: int) -> tuple[int, bytes]:
        """Status and content of the file at an address of Meta's; redirects to such addresses are followed.

        Raises ForeignAddress, TooMuch, other Failures, and ValueError for no address at all."""
        address = URL(url)
        for _ in range(MOST_REDIRECTS):
            self._must_be_metas(address)
            headers = {**self._bearer, "Accept-Encoding": "identity"}
            status, content = await self._wire.download(address, most, headers, seconds=FILE_SECONDS)
            if status not in REDIRECTS or not content:
                return status, content
            address = address.join(URL(content.decode("latin-1")))
        raise ForeignAddress("redirected too often")

    async def close(self) -> None:
        await self._wire.close()

    def _must_be_metas(self, address: URL) -> None:
        if not address.absolute or address.user is not None:
            raise ForeignAddress("no plain address")
        if address.origin() == self._home:
            return
        host = (address.host or "").lower()
        is_metas = any(host == known or host.endswith("." + known) for known in METAS_HOSTS)
        if address.scheme != "https" or address.port != 443 or not is_metas:
            raise ForeignAddress(host)


def written(value: object) -> bytes:
    """orjson takes no half surrogate pair, which a text from elsewhere may have."""
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:
        text = jsonlib.dumps(value, ensure_ascii=False)
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


def told(status: int, payload: bytes) -> Node:
    """What a good answer tells. Raises Refused, and Unanswered where it cannot be read."""
    try:
        answer = decoded(payload)
    except ValueError:
        answer = None
    if status >= 400:
        raise _refused(status, answer)
    if answer is None:
        raise Unanswered(f"HTTP {status} without JSON")
    return answer


def _refused(status: int, answer: Node | None) -> Failure:
    error: Any = (answer or {}).get("error")
    if error is None:
        return Refused(status, status, "")  # a proxy's page, whose words are worth nothing
    try:
        more = error.get("error_data") or {}
        details = more.get("details") if isinstance(more, dict) else more
        return Refused(
            status, int(error["code"]), details or error["message"], transient=bool(error.get("is_transient"))
        )
    except (LookupError, TypeError, ValueError, AttributeError) as failure:
        return Unanswered(type(failure).__name__)
