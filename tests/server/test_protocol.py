"""What is no proper HTTP: refused, the connection closed, and nothing of it taken for a request of its own."""

import pytest

from tests.server.wire import House, Line, post

HOST = b"Host: bot.example\r\n"
TWO = b"Content-Length: 2\r\n\r\n{}"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
SMUGGLED = post("/post", b"smuggled")
NEXT = post("/post", b"next")

REFUSED = {
    "HTTP/0.9": b"GET /post\r\n\r\n",
    "HTTP/1.2": b"POST /post HTTP/1.2\r\n" + HOST + TWO,
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": bytes.fromhex("16030100c5010000c10303") + bytes(100),
    "no Host": b"POST /post HTTP/1.1\r\n" + TWO,
    "two Hosts": b"POST /post HTTP/1.1\r\n" + HOST + HOST + TWO,
    "absolute address": b"POST http://bot.example/post HTTP/1.1\r\n" + HOST + TWO,
    "no address": b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n",
    "length and chunks": b"POST /post HTTP/1.1\r\n"
    + HOST
    + b"Content-Length: 5\r\n"
    + CHUNKED
    + b"\r\n0\r\n\r\n"
    + SMUGGLED,
    "chunks and length": b"POST /post HTTP/1.1\r\n"
    + HOST
    + CHUNKED
    + b"Content-Length: 5\r\n\r\n0\r\n\r\n"
    + SMUGGLED,
    "two lengths": b"POST /post HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\n" + TWO,
    "length with a sign": b"POST /post HTTP/1.1\r\n" + HOST + b"Content-Length: +2\r\n\r\n{}",
    "length below nothing": b"POST /post HTTP/1.1\r\n" + HOST + b"Content-Length: -2\r\n\r\n{}",
    "length beyond numbers": b"POST /post HTTP/1.1\r\n"
    + HOST
    + b"Content-Length: "
    + b"9" * 30
    + b"\r\n\r\n{}",
    "chunks with a space": b"POST /post HTTP/1.1\r\n"
    + HOST
    + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "chunks of another kind": b"POST /post HTTP/1.1\r\n"
    + HOST
    + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunks not last": b"POST /post HTTP/1.1\r\n"
    + HOST
    + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "packed chunks": b"POST /post HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "chunk of no size": b"POST /post HTTP/1.1\r\n" + HOST + CHUNKED + b"\r\nzz\r\n{}\r\n0\r\n\r\n",
    "bare line feeds": b"POST /post HTTP/1.1\nHost: bot.example\nContent-Length: 2\n\n{}",
    "one bare line feed": b"POST /post HTTP/1.1\r\n" + HOST + b"X: 1\n" + TWO,
    "a bare return": b"POST /post HTTP/1.1\r\n" + HOST + b"X: 1\rY: 2\r\n" + TWO,
    "a folded header": b"POST /post HTTP/1.1\r\n" + HOST + b"X: 1\r\n 2\r\n" + TWO,
    "a NUL": b"POST /post HTTP/1.1\r\n" + HOST + b"X: 1\0\r\n" + TWO,
    "TRACE": b"TRACE /post HTTP/1.1\r\n" + HOST + b"\r\n",
    "CONNECT": b"CONNECT bot.example:443 HTTP/1.1\r\n" + HOST + b"\r\n",
    "PROPFIND": b"PROPFIND /post HTTP/1.1\r\n" + HOST + b"\r\n",
    "no method": b"BREW /post HTTP/1.1\r\n" + HOST + b"\r\n",
    "64 kB in a header": b"POST /post HTTP/1.1\r\n" + HOST + b"X: " + b"x" * 65_536 + b"\r\n" + TWO,
    "64 kB of address": b"POST /" + b"x" * 65_536 + b" HTTP/1.1\r\n" + HOST + TWO,
    "10,000 headers": b"POST /post HTTP/1.1\r\n" + HOST + b"X: y\r\n" * 10_000 + TWO,
    "1,000 trailers": b"POST /post HTTP/1.1\r\n"
    + HOST
    + CHUNKED
    + b"\r\n2\r\n{}\r\n0\r\n"
    + b"X: y\r\n" * 1000
    + b"\r\n",
    "packed": b"POST /post HTTP/1.1\r\n" + HOST + b"Content-Encoding: br, gzip, x\r\n" + TWO,
    "too large": b"POST /post HTTP/1.1\r\n" + HOST + b"Content-Length: 1000000000\r\n\r\n",
    "too large, and asked first": b"POST /post HTTP/1.1\r\n"
    + HOST
    + b"Expect: 100-continue\r\nContent-Length: 1000000000\r\n\r\n",
}
TAKEN = {
    "after empty lines": b"\r\n\r\n" + post(),
    "in chunks": b"POST /post HTTP/1.1\r\n" + HOST + CHUNKED + b"\r\n1\r\n{\r\n1;why=not\r\n}\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("way", REFUSED)
async def test_what_is_no_proper_request_is_refused_and_the_connection_closed(
    way: str, caplog: pytest.LogCaptureFixture
) -> None:
    house = House()
    async with house.opened() as server:
        line = await Line.to(server.port)
        line.say(REFUSED[way], NEXT)
        said = await line.is_cut()
        await line.close()
    assert said.startswith((b"HTTP/1.1 4", b"HTTP/1.0 4", b"HTTP/0.9 4", b"HTTP/1.1 501")) or not said, said
    assert said.count(b"HTTP/") <= 1
    assert b"aiohttp" not in said.lower()
    assert b"Python" not in said
    assert set(house.bodies) <= {b""}
    assert not [record for record in caplog.records if record.exc_info]


@pytest.mark.parametrize("way", TAKEN)
async def test_what_is_odd_but_proper_is_taken_and_so_is_the_next(way: str) -> None:
    house = House()
    async with house.opened() as server:
        line = await Line.to(server.port)
        line.say(TAKEN[way], NEXT)
        assert [(await line.hears()).status for _ in range(2)] == [200, 200]
        await line.close()
    assert house.bodies == [b"{}", b"next"]


@pytest.mark.parametrize("other", ["h2c", "websocket", "TLS/1.0"])
async def test_who_offers_to_speak_something_else_is_answered_once_in_ours(other: str) -> None:
    """What follows such a request might be meant in the other language."""
    house = House()
    async with house.opened() as server:
        line = await Line.to(server.port)
        line.say(post("/post", b"{}", "Connection: Upgrade", f"Upgrade: {other}"), NEXT)
        said = await line.is_cut()
        await line.close()
    assert said.startswith(b"HTTP/1.1 200 ")
    assert said.count(b"HTTP/") == 1
    assert house.bodies == [b"{}"]


async def test_an_old_proxy_that_speaks_http_1_0_is_served_and_the_connection_closed() -> None:
    """It is what nginx speaks when nobody tells it otherwise."""
    house = House()
    async with house.opened() as server:
        line = await Line.to(server.port)
        line.say(b"POST /post HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}")
        said = await line.is_cut()
        await line.close()
    assert said.startswith(b"HTTP/1.0 200 OK\r\n")
    assert said.count(b"HTTP/") == 1
    assert house.bodies == [b"{}"]


async def test_a_few_requests_sent_ahead_are_answered_in_order_and_each_once() -> None:
    house = House()
    bodies = [b"%d" % number for number in range(6)]
    async with house.opened() as server:
        line = await Line.to(server.port)
        line.say(*(post("/post", body) for body in bodies))
        assert [(await line.hears()).status for _ in bodies] == [200] * 6
        await line.close()
    assert house.bodies == bodies


async def test_who_sends_many_requests_ahead_is_cut_off() -> None:
    house = House()
    async with house.opened() as server:
        line = await Line.to(server.port)
        line.say(post() * 500)
        await line.is_cut()
        await line.close()
        assert server.figures()["connections_cut"] == 1
    assert len(house.bodies) < 30


async def test_a_forged_request_in_between_does_not_disturb_the_others() -> None:
    house = House()
    async with house.opened() as server:
        line = await Line.to(server.port)
        line.say(post(), post("/forged", b"x" * 1000), post(), post("/nowhere", b"y" * 1000), post())
        assert [(await line.hears()).status for _ in range(5)] == [200, 403, 200, 404, 200]
        await line.close()


async def test_a_head_that_never_ends_is_refused_before_it_is_large() -> None:
    async with House().opened(head_seconds=100) as server:
        line = await Line.to(server.port)
        line.say(b"POST /post HTTP/1.1\r\n", HOST)
        for number in range(60):
            line.say(b"X-%d: " % number, b"x" * 1000, b"\r\n")
        said = await line.is_cut()
        await line.close()
    assert said.startswith(b"HTTP/1.1 431 ") or not said


async def test_no_answer_tells_what_we_are_made_of_and_text_is_text() -> None:
    async with House().opened() as server:
        line = await Line.to(server.port)
        for path in ("/nowhere", "/post", "/api/support/health", "/large"):
            line.say(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            answer = await line.hears()
            assert answer.headers["server"] == "Svar"
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.body
        line.say(post())
        assert (await line.hears()).headers["server"] == "Svar"
        await line.close()


async def test_health_is_503_when_nothing_can_be_stored_and_when_nobody_can_tell() -> None:
    house = House(health={"status": "cannot store"})
    async with house.opened() as server:
        line = await Line.to(server.port)
        for status, code in (("cannot store", 503), ("ok", 200)):
            house.health["status"] = status
            line.say(b"GET /api/support/health HTTP/1.1\r\nHost: x\r\n\r\n")
            assert (await line.hears()).status == code
        await line.close()
