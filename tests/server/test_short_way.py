"""The short way for ordinary posts: whoever takes it sees no difference to the long one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from handlers.server import Server
from tests.server.wire import House, Line, post, until

ORDERS = [
    ["/post"] * 6,
    ["/long", "/post", "/long", "/post"],
    ["/post", "/long", "/post", "/nowhere", "/post"],
]


@asynccontextmanager
async def taking(house: House, **limits: Any) -> AsyncIterator[tuple[Server, Line]]:
    """The house is taking the first post of this line, "1", and does not come to an end with it."""
    house.hangs = True
    async with house.opened(**limits) as server:
        line = await Line.to(server.port)
        line.say(post("/post", b"1"))
        await until(lambda: house.bodies)
        yield server, line
        await line.close()


@pytest.mark.parametrize("paths", ORDERS)
@pytest.mark.parametrize("ahead", [False, True], ids=["one by one", "all ahead"])
async def test_short_and_long_ones_are_answered_in_order_on_one_connection(
    paths: list[str], *, ahead: bool
) -> None:
    house, statuses = House(), []
    async with house.opened() as server:
        line = await Line.to(server.port)
        posts = [post(path, b"%d" % number) for number, path in enumerate(paths)]
        for sent in [b"".join(posts)] if ahead else posts:
            line.say(sent)
            statuses += [(await line.hears()).status for _ in range(len(posts) if ahead else 1)]
        await line.close()
    assert statuses == [404 if path == "/nowhere" else 200 for path in paths]
    assert house.bodies == [b"%d" % number for number, path in enumerate(paths) if path != "/nowhere"]


async def test_what_comes_while_one_is_taken_waits_for_it() -> None:
    house = House()
    async with taking(house) as (_, line):
        line.say(post("/long", b"2"), post("/post", b"3"))
        await asyncio.sleep(0.1)  # nothing may happen
        assert house.bodies == [b"1"]
        house.go_on.set()
        assert [(await line.hears()).status for _ in range(3)] == [200] * 3
    assert house.bodies == [b"1", b"2", b"3"]


@pytest.mark.parametrize("cut", range(1, 60, 7))
async def test_a_post_that_comes_in_two_parts_is_taken_as_well(cut: int) -> None:
    house = House()
    async with house.opened() as server:
        line = await Line.to(server.port)
        whole = post("/post", b"in two parts")
        for part in (whole[:cut], whole[cut:], post("/post", b"next")):
            line.say(part)
            await asyncio.sleep(0.01)
        assert [(await line.hears()).status for _ in range(2)] == [200, 200]
        await line.close()
    assert house.bodies == [b"in two parts", b"next"]


async def test_an_answer_says_when_and_how_long_it_is() -> None:
    async with House().opened() as server:
        line = await Line.to(server.port)
        heads = []
        for path in ("/post", "/long"):
            line.say(post(path))
            heads.append((await line.hears()).headers)
        await line.close()
    short, long = heads
    assert short.items() <= {**long, "date": short["date"]}.items()
    assert short.keys() == {"content-length", "date", "server"}


async def test_who_hangs_up_while_their_post_is_taken_leaves_nothing_behind() -> None:
    house = House()
    async with taking(house) as (server, line):
        await line.close()
        await until(lambda: server.figures()["connections"] == 0)
        before = len(asyncio.all_tasks())
        house.go_on.set()
        await until(
            lambda: len(asyncio.all_tasks()) == before - 2
        )  # what took it, and what waited for the next
        house.hangs = False
        again = await Line.to(server.port)
        again.say(post("/post", b"2"))
        assert (await again.hears()).status == 200
        await again.close()
    await until(lambda: len(asyncio.all_tasks()) == 1)
    assert house.bodies == [b"1", b"2"]


async def test_a_post_that_is_being_taken_is_no_dawdler() -> None:
    """However long the disk takes: neither the sweep nor a crowd of newcomers ends its connection."""
    house = House()
    async with taking(house, connections_of_one=4, head_seconds=0.1, known_seconds=0.1) as (server, line):
        crowd = [await Line.to(server.port) for _ in range(12)]
        await until(lambda: server.figures()["connections"] == 1)
        house.go_on.set()
        assert (await line.hears()).status == 200
        for one in crowd:
            await one.close()


async def test_a_stop_waits_for_the_post_that_is_being_taken() -> None:
    house = House()
    async with taking(house) as (server, line):
        stopping = asyncio.create_task(server.stop())
        await asyncio.sleep(0.05)
        house.go_on.set()
        assert (await line.hears()).status == 200
        assert await line.is_cut() == b""
        await stopping


async def test_a_stop_does_not_wait_for_ever() -> None:
    async with taking(House()) as (server, _):
        await server.stop()
        await until(lambda: len(asyncio.all_tasks()) == 1)


async def test_our_own_mistake_is_a_500_and_ends_the_connection(caplog: pytest.LogCaptureFixture) -> None:
    async with House().opened(head_seconds=100) as server:
        line = await Line.to(server.port)
        line.say(post("/post", b"stumble"))
        assert (await line.is_cut()).startswith(b"HTTP/1.1 500 ")
        await line.close()
        assert server.figures()["connections_cut"] == 0
    assert [record.levelname for record in caplog.records if record.exc_info] == ["ERROR"]
