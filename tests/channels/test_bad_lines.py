"""Bad lines: a platform that drips, stands still, hangs up or has no address; each call ends in time (R-20)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from yarl import URL

from handlers.channels.wire import Address, Failure, NeverLeft, TooMuch, Unanswered, Wire

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n"
SECONDS = 0.4


async def hears(reader: asyncio.StreamReader) -> None:
    """All of the request's head."""
    await reader.readuntil(b"\r\n\r\n")


async def drips(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One byte now and then: never silent for long, and never done."""
    await hears(reader)
    writer.write(HEAD)
    while not writer.is_closing():
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.02)


async def drips_the_head(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await hears(reader)
    for byte in HEAD:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.02)


async def stands_still(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Half open: the connection is there, and nobody at the other end."""
    await reader.read()


async def stops_in_the_middle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await hears(reader)
    writer.write(HEAD + b'{"ok"')
    await writer.drain()


async def hangs_up_at_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """For TLS this is a handshake that is cut off."""


async def talks_nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    writer.write(b"\x16\x03\x01\xff\xff not HTTP, not TLS\r\n\r\n")
    await writer.drain()


@asynccontextmanager
async def platform(talk: Talk) -> AsyncIterator[int]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        except (OSError, EOFError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    """Afterwards no task of it is left."""
    wire = Wire(4, SECONDS / 2)
    yield wire
    await wire.close()
    async with asyncio.timeout(5):
        while len(asyncio.all_tasks()) > 1:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    "talk",
    [drips, drips_the_head, stands_still, stops_in_the_middle, hangs_up_at_once, talks_nonsense],
    ids=lambda talk: talk.__name__,
)
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_bad_line_ends_in_time_and_nobody_takes_it_for_an_answer(
    wire: Wire, talk: Talk, scheme: str
) -> None:
    async with platform(talk) as port:
        address = URL(f"{scheme}://127.0.0.1:{port}/botx/sendMessage")
        async with asyncio.timeout(10):
            with pytest.raises((Unanswered, NeverLeft)) as call:
                await wire.call(Address.of(address), b"{}", seconds=SECONDS)
            with pytest.raises((Unanswered, NeverLeft)):
                await wire.download(address, 1000_000, seconds=SECONDS)
        assert scheme == "https" or type(call.value) is Unanswered, (
            "the request was there, and may have been done"
        )
        assert "127.0.0.1" not in call.value.message


async def test_a_name_that_is_nowhere_is_no_doubt(wire: Wire) -> None:
    with pytest.raises(NeverLeft):
        await wire.call(Address.of("http://nobody.invalid/"), b"{}", seconds=SECONDS)


async def test_after_a_bad_line_the_next_call_goes_through(wire: Wire) -> None:
    """Flapping: every other call meets a connection that breaks."""
    calls = 0

    async def flaps(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal calls
        calls += 1
        await hears(reader)
        if calls % 2 == 0:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
            await writer.drain()

    async with platform(flaps) as port:
        address = URL(f"http://127.0.0.1:{port}/")
        for _ in range(10):
            with pytest.raises(Unanswered):
                await wire.call(Address.of(address), b"{}", seconds=SECONDS)
            assert await wire.call(Address.of(address), b"{}", seconds=SECONDS) == (200, b"{}")


async def test_more_than_was_asked_for_is_not_taken(wire: Wire) -> None:
    async with platform(drips) as port:
        with pytest.raises((TooMuch, Failure)):
            await wire.download(URL(f"http://127.0.0.1:{port}/"), 5, seconds=SECONDS)
