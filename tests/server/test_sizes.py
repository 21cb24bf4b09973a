"""Bodies of every size at the real process: what is too large is refused at once and costs no memory."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest

from handlers.limits import Limits
from sandbox.whatsapp.payloads import signature
from tests.crash.stage import Stage
from tests.server.bot import SIGNATURE_HEADER, WHATSAPP, forget_peak, megabytes, peak_megabytes, real_posts
from tests.server.wire import Line, post

MOST = Limits().body_bytes
MEGABYTES = 32.0
HEAD = f"POST {WHATSAPP} HTTP/1.1\r\nHost: x\r\n".encode()
CHUNK = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
pytestmark = pytest.mark.timeout(120)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with Stage(tmp_path) as stage:
        await stage.first_start()
        await stage.rest()
        yield stage
        assert not stage.bot.errors()


def padded(stage: Stage, size: int) -> bytes:
    """A signed post of Meta's with a body of so many bytes."""
    body = orjson.dumps({"object": "x", "entry": [], "padding": ""})
    body = body[:-2] + b"x" * (size - len(body)) + body[-2:]
    assert len(body) == size
    return post(WHATSAPP, body, f"{SIGNATURE_HEADER}: {signature(stage.shop.whatsapp.app_secret, body)}")


async def status_of(stage: Stage, *parts: bytes) -> int:
    line = await Line.to(stage.port)
    line.say(*parts)
    answer = await line.hears()
    await line.close()
    return answer.status


async def test_what_is_too_large_or_packed_is_refused_at_once_and_costs_no_memory(stage: Stage) -> None:
    pid = stage.bot.pid
    bomb = gzip.compress(bytes(30_000_000))
    assert await status_of(stage, padded(stage, 1_000)) == 200
    forget_peak(pid)
    before = megabytes(pid)

    assert await status_of(stage, padded(stage, MOST + 1)) == 413
    assert await status_of(stage, HEAD, b"Content-Length: 1000000000\r\n\r\n{") == 413
    for coding in ("gzip", "br, gzip, x", "deflate", "zstd", "identity, gzip"):
        assert await status_of(stage, post(WHATSAPP, bomb, f"Content-Encoding: {coding}")) == 415
    assert await endless(stage) == 413
    assert peak_megabytes(pid) - before < MEGABYTES
    assert await status_of(stage, next(real_posts())) == 200


async def endless(stage: Stage) -> int:
    """Chunks without an end, until we are answered."""
    line = await Line.to(stage.port)
    line.say(HEAD, b"Transfer-Encoding: chunked\r\n\r\n")
    answered = asyncio.create_task(line.hears())
    while not answered.done():
        line.say(CHUNK)
        await asyncio.sleep(0)
    await line.close()
    return (await answered).status


async def test_the_largest_that_meta_posts_is_taken(stage: Stage) -> None:
    assert await status_of(stage, padded(stage, 3 * 1024 * 1024)) == 200
    assert await status_of(stage, padded(stage, MOST)) == 200


async def test_a_crowd_with_large_bodies_fills_no_memory_and_keeps_nobody_out(stage: Stage) -> None:
    pid = stage.bot.pid
    forget_peak(pid)
    before = megabytes(pid)
    crowd = [await Line.to(stage.port) for _ in range(200)]
    for number, line in enumerate(crowd):
        chunked = b"Transfer-Encoding: chunked\r\n\r\n" + CHUNK * 30
        declared = b"Content-Length: %d\r\n\r\n" % MOST + b"x" * 2_000_000
        line.say(HEAD, chunked if number % 2 else declared)
    posts = real_posts()
    for _ in range(20):
        assert await status_of(stage, next(posts)) == 200
        await asyncio.sleep(0.05)
    assert await status_of(stage, padded(stage, 3 * 1024 * 1024)) == 200
    assert peak_megabytes(pid) - before < 200, "the crowd sends 400 MB"
    for line in crowd:
        await line.close()
