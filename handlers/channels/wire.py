"""How we call the platforms: one pool of connections each, and an error that says whether a call has left us."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import aiohttp
from aiohttp import hdrs
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

CONNECT_SECONDS: Final = 5.0
WAIT_FOR_A_CONNECTION_SECONDS: Final = 10.0
CONNECTING: Final = aiohttp.ClientTimeout(connect=WAIT_FOR_A_CONNECTION_SECONDS, sock_connect=CONNECT_SECONDS)
CHUNK: Final = 64 * 1024
ANSWER_MOST: Final = 16 * 1024 * 1024
"""More no call answers: a hundred updates at once are a tenth of it."""
STALE_MOST: Final = 8
"""So many connections that ended before we used them are passed over in one call."""

NEVER_LEFT: Final = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
    aiohttp.NonHttpUrlClientError,
)
BROKEN: Final = (aiohttp.ClientError, aiohttp.EofStream, HttpProcessingError, OSError)

PLAIN: Final = {"Accept-Encoding": "identity"}
"""An answer of some hundred bytes is not worth packing."""

Headers = Mapping[str, str] | None


class Failure(Exception):
    """A call that did not go well. `message` names no address: it may hold a token."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NeverLeft(Failure):
    """No connection came about: nothing can have been done."""


class Unanswered(Failure):
    """It left us, and no answer came that says what became of it."""


class TooMuch(Failure):
    """The file is larger than asked for, or than the platform takes."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where calls go, and all that is the same in each of their heads: aiohttp writes it, once.

    `request` is what its connections are told apart by."""

    request: aiohttp.ClientRequest
    start: bytes
    has_body: bool

    @classmethod
    def of(cls, url: str | URL, headers: Headers = None, method: str = "POST") -> "Address":
        """Raises NeverLeft where it is no address of HTTP's."""
        try:
            request = aiohttp.ClientRequest(method, URL(url), headers={**PLAIN, **(headers or {})})
            return cls(request, _start(request), method == "POST")
        except ValueError as error:
            raise NeverLeft(f"no address of HTTP's ({type(error).__name__})") from None

    def request_with(self, body: bytes) -> bytes:
        """The whole request, to be written at once."""
        if not self.has_body:
            return self.start + b"\r\n"
        return b"%bContent-Length: %d\r\n\r\n%b" % (self.start, len(body), body)


def _start(request: aiohttp.ClientRequest) -> bytes:
    """The head without its last line, which says how long the body is. Raises ValueError."""
    fields = [f"{name}: {value}" for name, value in request.headers.items() if name != hdrs.CONTENT_LENGTH]
    lines = [f"{request.method} {request.url.raw_path_qs} HTTP/1.1", *fields]
    if request.url.scheme not in ("http", "https") or any(set("\r\n\0") & set(line) for line in lines):
        raise ValueError
    return "".join(f"{line}\r\n" for line in lines).encode()


class Wire:
    """`read_seconds` is how long the other side may be silent, where a call does not say."""

    def __init__(self, connections: int, read_seconds: float) -> None:
        self._connections, self._read_seconds = connections, read_seconds
        self._connector: aiohttp.TCPConnector | None = None
        self._session: aiohttp.ClientSession | None = None

    async def call(
        self, address: Address, body: bytes = b"", *, seconds: float, silence: float | None = None
    ) -> tuple[int, bytes]:
        """Status and content of the answer, whatever they say. Redirects are not followed.

        From the connection on, `seconds` is for all of it, `silence` for each wait. Raises NeverLeft, Unanswered.

        The connections are aiohttp's; what its session does around each call costs several times as much as the
        call, and none of it is needed for a few bytes of JSON."""
        connection = await self._reach(address)
        try:
            return await _exchange(
                connection, address.request_with(body), seconds, silence or self._read_seconds
            )
        except TimeoutError:
            raise Unanswered("no answer in time") from None
        except BROKEN as error:
            raise Unanswered(f"connection broke ({type(error).__name__})") from None
        except TooMuch:
            raise Unanswered("the answer has no end") from None
        finally:
            connection.close()  # where there was an answer it is back in the pool, and this does nothing

    async def upload(
        self,
        url: URL,
        form: aiohttp.FormData,
        headers: Headers = None,
        *,
        seconds: float,
        silence: float | None = None,
    ) -> tuple[int, bytes]:
        """As `call`, for files. Raises NeverLeft, Unanswered."""
        timeout = _timeout(seconds, silence or self._read_seconds)
        try:
            async with self._open().post(
                url, data=form, headers=headers, timeout=timeout, allow_redirects=False
            ) as answer:
                return answer.status, await answer.read()
        except NEVER_LEFT as error:
            raise NeverLeft(f"cannot connect ({type(error).__name__})") from None
        except TimeoutError:
            raise Unanswered("no answer in time") from None
        except (aiohttp.ClientError, OSError) as error:
            raise Unanswered(f"connection broke ({type(error).__name__})") from None

    async def download(
        self, address: URL, most: int, headers: Headers = None, *, seconds: float
    ) -> tuple[int, bytes]:
        """As a `call` that gets at most `most` bytes of a file; of a redirect the content is where it leads.

        Raises NeverLeft, Unanswered, TooMuch."""
        timeout = _timeout(seconds, self._read_seconds)
        try:
            async with self._open().get(
                address, headers=headers, timeout=timeout, allow_redirects=False
            ) as answer:
                if answer.status != 200:
                    return answer.status, answer.headers.get("Location", "").encode()
                return answer.status, await _read_at_most(answer.content, most)
        except NEVER_LEFT as error:
            raise NeverLeft(f"cannot connect ({type(error).__name__})") from None
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise Unanswered(f"download broke ({type(error).__name__})") from None

    async def close(self) -> None:
        session, self._session = self._session, None
        connector, self._connector = self._connector, None
        if session is not None:
            await session.close()
        if connector is not None:
            await connector.close()

    async def _reach(self, address: Address) -> Connection:
        """A connection on which the other side has said nothing yet. Raises NeverLeft: nothing was written."""
        connector = self._connector or self._pool()
        try:
            for _ in range(STALE_MOST):
                connection = await connector.connect(address.request, [], CONNECTING)
                protocol = connection.protocol
                if protocol is not None and protocol.is_connected() and not protocol.should_close:
                    return connection
                connection.close()
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise NeverLeft(f"cannot connect ({type(error).__name__})") from None
        raise NeverLeft("cannot connect (connections end before we use them)")

    def _pool(self) -> aiohttp.TCPConnector:
        if self._connector is None:
            self._connector = aiohttp.TCPConnector(limit=self._connections)
        return self._connector

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=self._pool(), connector_owner=False, cookie_jar=aiohttp.DummyCookieJar()
            )
        return self._session


def _timeout(seconds: float, silence: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(
        total=seconds, connect=WAIT_FOR_A_CONNECTION_SECONDS, sock_connect=CONNECT_SECONDS, sock_read=silence
    )


async def _exchange(
    connection: Connection, request: bytes, seconds: float, silence: float
) -> tuple[int, bytes]:
    """One request and its answer. Raises TimeoutError, TooMuch and BROKEN; the connection is used up then."""
    protocol, transport = connection.protocol, connection.transport
    assert protocol is not None
    assert transport is not None
    end = asyncio.get_running_loop().time() + seconds
    protocol.set_response_params(read_until_eof=True)
    transport.write(request)
    status, payload = await _head(protocol, min(seconds, silence))
    if payload.is_eof():
        content = payload.read_nowait()
    else:
        protocol.read_timeout = silence
        protocol.start_timeout()
        async with asyncio.timeout_at(end):
            content = await _read_at_most(payload, ANSWER_MOST)
    connection.release()
    return status, content


async def _head(protocol: ResponseHandler, seconds: float) -> tuple[int, aiohttp.StreamReader]:
    """Nearly always the whole answer comes with it, so this one timer is all that most calls pay for."""
    alarm = asyncio.get_running_loop().call_later(seconds, protocol.set_exception, TimeoutError())
    try:
        while True:
            message, payload = await protocol.read()
            if message.code == 101 or not 100 <= message.code < 200:
                return message.code, payload
    finally:
        alarm.cancel()


async def _read_at_most(stream: aiohttp.StreamReader, most: int) -> bytes:
    """What came compressed although we asked for it plain counts unpacked."""
    got = bytearray()
    async for piece in stream.iter_chunked(CHUNK):
        got += piece
        if len(got) > most:
            raise TooMuch("larger than asked for")
    return bytes(got)
