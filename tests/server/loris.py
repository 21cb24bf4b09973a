"""python -m tests.server.loris: a crowd that dawdles in every way, and what real posts notice of it."""

import argparse
import asyncio
import contextlib
import itertools
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import orjson
import uvloop

from tests.crash.stage import Stage
from tests.server.bot import cpu_seconds, files_of, forged_posts, megabytes, real_posts
from tests.server.wire import Line, until

HALF_HEAD: Final = b"POST /telegram/webhook HTTP/1.1\r\nHost: bot.example\r\nX-Slow: "
HALF_BODY: Final = b"POST /telegram/webhook HTTP/1.1\r\nHost: bot.example\r\nContent-Length: 1000\r\n\r\n{"
HEALTH: Final = b"GET /api/support/health HTTP/1.1\r\nHost: bot.example\r\n\r\n"
AHEAD: Final = 8
"""So many requests a slow reader sends without reading one answer."""
WAYS: Final = {"half a head": HALF_HEAD, "half a body": HALF_BODY, "idle": HEALTH, "reads nothing": HEALTH}
TRICKLES: Final = ("half a head", "half a body")
CUT_SECONDS: Final = 15.0
PATIENCE_SECONDS: Final = 40.0
FORGED: Final = 20_000
CONNECTIONS: Final = 16
SOURCES: Final = itertools.cycle(f"127.0.1.{number}" for number in range(1, 9))
"""The crowd comes from several addresses."""


# The crowd, a process of its own


async def dawdle(port: int, way: str) -> float:
    """Seconds until we were cut off."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        if way == "reads nothing":
            return await read_nothing(port)
        line = await Line.to(port, source=next(SOURCES))
        line.say(WAYS[way])
        trickling = asyncio.create_task(_trickle(line if way in TRICKLES else None))
        await line.is_cut(PATIENCE_SECONDS)
        trickling.cancel()
    except (ConnectionError, TimeoutError):
        pass
    return loop.time() - began


async def _trickle(line: Line | None) -> None:
    while line is not None:
        await asyncio.sleep(1)
        line.say(b"x")


async def read_nothing(port: int) -> float:
    """Asks and asks, and has no room for the answers: only a write that fails tells us that we were cut."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.bind((next(SOURCES), 0))
        deaf.setblocking(False)
        await loop.sock_connect(deaf, ("127.0.0.1", port))
        with contextlib.suppress(ConnectionError, TimeoutError):
            async with asyncio.timeout(2):
                await loop.sock_sendall(deaf, HEALTH * AHEAD)
        while loop.time() - began < PATIENCE_SECONDS:
            if deaf.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) or _is_reset(deaf):
                break
            await asyncio.sleep(0.2)
    return loop.time() - began


def _is_reset(deaf: socket.socket) -> bool:
    try:
        deaf.send(b"x")
    except BlockingIOError:
        return False
    except ConnectionError:
        return True
    return False


async def attack(port: int, each: int) -> dict[str, float]:
    """The longest that one of each sort was suffered."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 8 * each)), hard))
    cuts = await asyncio.gather(*(asyncio.gather(*(dawdle(port, way) for _ in range(each))) for way in WAYS))
    return {way: max(seconds) for way, seconds in zip(WAYS, cuts, strict=True)}


# The real posts


async def bring(port: int, posts: Iterable[bytes], seconds: list[float], per_second: float) -> None:
    """One after the other over one connection, as a platform does; a new one when it was closed."""
    line = await Line.to(port)
    for each in posts:
        began = time.perf_counter()
        line.say(each)
        assert (await line.hears()).status == 200
        seconds.append(time.perf_counter() - began)
        await asyncio.sleep(1 / per_second)


async def while_it_lasts(
    port: int, posts: Iterator[bytes], each: int, per_second: float
) -> tuple[dict[str, float], list[float]]:
    seconds: list[float] = []
    command = [sys.executable, "-m", "tests.server.loris", "--attack", str(port), "--each", str(each)]
    crowd = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    platform = [asyncio.create_task(bring(port, posts, seconds, per_second / 4)) for _ in range(4)]
    told, _ = await crowd.communicate()
    for task in platform:
        task.cancel()
    broken = await asyncio.gather(*platform, return_exceptions=True)
    assert all(isinstance(found, asyncio.CancelledError) for found in broken), broken
    return orjson.loads(told), seconds


async def forge(port: int, forged: bytes, times: int) -> None:
    line = await Line.to(port)
    for _ in range(times):
        line.say(forged)
        assert (await line.hears()).status == 403
    await line.close()


async def cost_of_refusing(stage: Stage, forged: bytes) -> float:
    """Microseconds of CPU."""
    before = cpu_seconds(stage.bot.pid)
    await asyncio.gather(*(forge(stage.port, forged, FORGED // CONNECTIONS) for _ in range(CONNECTIONS)))
    return (cpu_seconds(stage.bot.pid) - before) / FORGED * 1e6


# The story


async def tell(each: int, per_second: float) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        async with Stage(Path(folder)) as stage:
            await stage.first_start()
            await stage.rest()
            pid = stage.bot.pid
            quiet: list[float] = []
            posts = real_posts()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(5):
                    await bring(stage.port, posts, quiet, per_second)
            await asyncio.sleep(1)
            files, memory = files_of(pid), megabytes(pid)
            cuts, seconds = await while_it_lasts(stage.port, posts, each, per_second)
            with contextlib.suppress(TimeoutError):
                await until(lambda: files_of(pid) <= files + 5, 5)
            left, grown = files_of(pid) - files, megabytes(pid) - memory
            forged = {name: await cost_of_refusing(stage, one) for name, one in forged_posts(stage).items()}
            lines = sum("strangers:" in line for line in stage.bot.last_words(100_000).splitlines())
            errors = stage.bot.errors()
    say(f"real posts with nobody else there    p99 {p99(quiet):6.1f} ms  ({len(quiet)} posts)")
    say(f"real posts meanwhile                 p99 {p99(seconds):6.1f} ms  ({len(seconds)} posts, each 200)")
    for way, longest in cuts.items():
        say(f"{each} of sort {way!r:16}       longest {longest:4.1f} s until it was cut off")
    say(f"files open afterwards                {left:+d}")
    say(f"memory afterwards                    {grown:+.1f} MB")
    for name, cost in forged.items():
        say(f"a forged post of {name:12}        {cost:6.0f} µs of CPU")
    say(f"lines about strangers in the log     {lines}, errors {len(errors)}")
    return max(cuts.values()) <= CUT_SECONDS and p99(seconds) < 100 and abs(left) <= 5 and not errors


def p99(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=100)[98] * 1000


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def main() -> int:
    parser = argparse.ArgumentParser("python -m tests.server.loris", description=__doc__)
    parser.add_argument("--each", type=int, default=600, help="so many of each sort at once")
    parser.add_argument("--per-second", type=float, default=50, help="so many real posts a second")
    parser.add_argument("--attack", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.attack:
        sys.stdout.write(orjson.dumps(uvloop.run(attack(options.attack, options.each))).decode())
        return 0
    return 0 if uvloop.run(tell(options.each, options.per_second)) else 1


if __name__ == "__main__":
    sys.exit(main())
