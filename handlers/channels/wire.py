"""How we call the platforms: one pool of connections each, and an error that says whether a call has left us."""

from collections.abc import Mapping
from typing import Final

import aiohttp
from yarl import URL

CONNECT_SECONDS: Final = 5.0
WAIT_FOR_A_CONNECTION_SECONDS: Final = 10.0
CHUNK: Final = 64 * 1024

NEVER_LEFT: Final = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
    aiohttp.NonHttpUrlClientError,
)

Body = bytes | aiohttp.FormData | None
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


class Wire:
    """`read_seconds` is how long the other side may be silent, where a call does not say."""

    def __init__(self, connections: int, read_seconds: float) -> None:
        self._connections, self._read_seconds = connections, read_seconds
        self._patience: dict[tuple[float, float], aiohttp.ClientTimeout] = {}
        self._session: aiohttp.ClientSession | None = None

    async def call(
        self,
        address: URL,
        body: Body = None,
        headers: Headers = None,
        *,
        seconds: float,
        silence: float | None = None,
        method: str = "POST",
    ) -> tuple[int, bytes]:
        """Status and content of the answer, whatever they say. Redirects are not followed.

        `seconds` is for all of it, `silence` for each wait. Raises NeverLeft, Unanswered."""
        timeout = self._timeout(seconds, silence or self._read_seconds)
        try:
            async with self._open().request(
                method, address, data=body, headers=headers, timeout=timeout, allow_redirects=False
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
        timeout = self._timeout(seconds, self._read_seconds)
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
        if session is not None:
            await session.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=self._connections)
            self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        return self._session

    def _timeout(self, seconds: float, silence: float) -> aiohttp.ClientTimeout:
        made = self._patience.get((seconds, silence))
        if made is None:
            made = self._patience[seconds, silence] = aiohttp.ClientTimeout(
                total=seconds,
                connect=WAIT_FOR_A_CONNECTION_SECONDS,
                sock_connect=CONNECT_SECONDS,
                sock_read=silence,
            )
        return made


async def _read_at_most(stream: aiohttp.StreamReader, most: int) -> bytes:
    """What came compressed although we asked for it plain counts unpacked."""
    got = bytearray()
    async for piece in stream.iter_chunked(CHUNK):
        got += piece
        if len(got) > most:
            raise TooMuch("larger than asked for")
    return bytes(got)
