"""Strangers who take their time: they are cut off, and nobody else notices."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import pytest

from handlers.limits import Limits
from tests.server.wire import LIMIT_SECONDS, PATIENCE, SHORT, House, Line, post, until

HALF_HEAD = b"POST /post HTTP/1.1\r\nHost: bot.example\r\nX-Slow: "
HALF_BODY = b"POST /post HTTP/1.1\r\nHost: bot.example\r\nContent-Length: 1000\r\n\r\n{"
ENDLESS = b"POST /post HTTP/1.1\r\nHost: bot.example\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"
DAWDLING = {"nothing": (b"", b""), "head": (HALF_HEAD, b"x"), "body": (HALF_BODY, b"x")}
DAWDLING["chunks"] = (ENDLESS, b"1\r\nx\r\n")


async def trickle(line: Line, part: bytes) -> None:
    while True:
        line.say(part)
        await asyncio.sleep(PATIENCE / 5)


@contextlib.asynccontextmanager
async def trickling(line: Line, part: bytes) -> AsyncIterator[None]:
    task = asyncio.create_task(trickle(line, part))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def test_the_limits_that_nobody_sets_cut_within_fifteen_seconds() -> None:
    limits = Limits()
    for seconds in (limits.head_seconds, limits.body_seconds, limits.unread_seconds):
        assert seconds + 2 * limits.sweep_seconds <= LIMIT_SECONDS


@pytest.mark.parametrize("way", DAWDLING)
async def test_who_dawdles_is_cut_off(way: str) -> None:
    first, then = DAWDLING[way]
    async with House().opened() as server:
        line = await Line.to(server.port)
        line.say(first)
        async with trickling(line, then):
            assert await line.is_cut() == b""
        assert server.figures()["connections"] == 0
        assert server.figures()["connections_cut"] == 1
        await line.close()


async def test_an_answered_stranger_who_stays_is_cut_off_and_who_brought_a_post_may_stay() -> None:
    house = House()
    async with house.opened() as server:
        stranger, platform = await Line.to(server.port), await Line.to(server.port)
        stranger.say(post("/forged"))
        platform.say(post())
        assert ((await stranger.hears()).status, (await platform.hears()).status) == (403, 200)
        assert await stranger.is_cut() == b""
        platform.say(post())
        assert (await platform.hears()).status == 200


async def test_who_is_slow_but_keeps_coming_is_heard_out() -> None:
    house = House(SHORT)
    async with house.opened(body_bytes_per_second=10) as server:
        line = await Line.to(server.port)
        line.say(HALF_BODY)
        for _ in range(20):
            await asyncio.sleep(PATIENCE / 10)
            line.say(b"x" * 10)
        line.say(b"x" * 799)
        assert (await line.hears()).status == 200


async def test_nobody_is_cut_off_for_what_we_take_long_for() -> None:
    house = House(hangs=True)
    async with house.opened() as server:
        line, other = await Line.to(server.port), await Line.to(server.port)
        line.say(post())
        assert await other.is_cut() == b""
        house.go_on.set()
        assert (await line.hears()).status == 200


async def test_who_asks_and_never_reads_is_cut_off() -> None:
    async with House().opened() as server:
        reader = socket.socket()
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reader.setblocking(False)
        await asyncio.get_running_loop().sock_connect(reader, ("127.0.0.1", server.port))
        asking = b"GET /large HTTP/1.1\r\nHost: bot.example\r\n\r\n" * 8
        await asyncio.get_running_loop().sock_sendall(reader, asking)
        await until(lambda: server.figures()["connections"] == 1)
        await until(lambda: server.figures()["connections"] == 0)
        assert server.figures()["connections_cut"] == 1
        reader.close()


async def test_a_newcomer_gets_in_when_all_places_are_taken_by_those_who_dawdle() -> None:
    async with House().opened(connections=100, connections_of_one=100, head_seconds=100) as server:
        crowd = [await Line.to(server.port) for _ in range(99)]
        oldest, newest = crowd[0], crowd[-1]
        platform = await Line.to(server.port)
        platform.say(post())
        assert (await platform.hears()).status == 200
        late = [await Line.to(server.port) for _ in range(3)]
        for line in late:
            line.say(post())
            assert (await line.hears()).status == 200
        assert await oldest.is_cut() == b""
        newest.say(post())
        platform.say(post())
        assert [(await line.hears()).status for line in (newest, platform)] == [200, 200]
        for line in (*crowd, *late, platform):
            await line.close()


async def test_one_address_that_takes_too_much_costs_only_itself() -> None:
    async with House().opened(connections_of_one=10, head_seconds=100) as server:
        quiet = await Line.to(server.port, source="127.0.0.2")
        greedy = [await Line.to(server.port, source="127.0.0.3") for _ in range(50)]
        await until(lambda: server.figures()["connections_cut"] >= 40)
        assert server.figures()["connections"] <= 11
        quiet.say(post())
        assert (await quiet.hears()).status == 200
        for line in (quiet, *greedy):
            await line.close()


async def test_when_everybody_is_being_served_the_next_one_is_told_to_come_later() -> None:
    house = House(hangs=True)
    async with house.opened(connections_of_one=5) as server:
        served = [await Line.to(server.port) for _ in range(5)]
        for line in served:
            line.say(post())
        await until(lambda: len(house.bodies) == 5)
        late = await Line.to(server.port)
        answer = await late.hears()
        assert (answer.status, answer.headers["retry-after"]) == (503, "5")
        house.go_on.set()
        assert [(await line.hears()).status for line in served] == [200] * 5


async def test_all_sorts_of_them_at_once_and_every_real_post_is_taken() -> None:
    """The same as `python -m tests.server.loris`, smaller."""
    house = House()
    async with house.opened() as server:
        crowd = []
        for first, _ in DAWDLING.values():
            for _ in range(40):
                line = await Line.to(server.port)
                line.say(first)
                crowd.append(line)
        platform = await Line.to(server.port)
        cut = asyncio.gather(*(line.is_cut() for line in crowd))
        real = 0
        while not cut.done():
            platform.say(post())
            assert (await platform.hears()).status == 200
            real += 1
            await asyncio.sleep(0.01)
        await cut
        await until(lambda: server.figures()["connections"] == 1)
        assert len(house.bodies) == real > 0
        for line in crowd:
            await line.close()


async def test_it_leaves_though_half_a_post_is_there() -> None:
    loop = asyncio.get_running_loop()
    async with House().opened(head_seconds=100, body_seconds=100) as server:
        crowd = [await Line.to(server.port) for _ in range(20)]
        for line, first in zip(crowd, (HALF_HEAD, HALF_BODY, ENDLESS, b"") * 5, strict=True):
            line.say(first)
        await until(lambda: server.figures()["connections"] == 20)
        began = loop.time()
    assert loop.time() - began < 10
    assert [await line.is_cut() for line in crowd] == [b""] * 20


async def test_whoever_hangs_up_in_the_middle_fills_no_log(caplog: pytest.LogCaptureFixture) -> None:
    async with House().opened() as server:
        for first in (HALF_HEAD, HALF_BODY, ENDLESS):
            line = await Line.to(server.port)
            line.say(first)
            await line.close()
        await until(lambda: server.figures()["connections"] == 0)
    assert not caplog.records
