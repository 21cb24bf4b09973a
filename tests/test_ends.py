"""How a process may end, but for a kill: its terminal goes, its parent dies, its memory is not enough (R-10)."""

import asyncio
import contextlib
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.crash.load import Load
from tests.crash.stage import Stage
from tests.crash.verdict import judge
from tests.shop import REPOSITORY

pytestmark = pytest.mark.timeout(120)

KNOWN = "How long does delivery take?"
PARENT = """
import subprocess, sys
bot = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
print(bot.pid, flush=True)
"""
"""Starts a bot whose words it would read, and is gone at once."""


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with Stage(tmp_path) as stage:
        yield stage


async def test_when_its_terminal_goes_it_leaves_as_told(stage: Stage) -> None:
    await stage.first_start()
    os.kill(stage.bot.pid, signal.SIGHUP)
    assert await asyncio.to_thread(stage.bot.bury) == 0


async def test_started_to_outlive_its_terminal_it_does(tmp_path: Path) -> None:
    async with Stage(tmp_path, watcher=("nohup",)) as stage:
        await stage.first_start()
        os.kill(stage.bot.pid, signal.SIGHUP)
        anna = stage.shop.customer("telegram")
        anna.says(KNOWN)
        await anna.reads("working days")
        assert await asyncio.to_thread(stage.bot.leave) == 0


async def test_it_goes_on_when_its_parent_is_dead_and_nobody_reads_its_log(stage: Stage) -> None:
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", PARENT, *stage.bot._command],
        cwd=REPOSITORY,
        env=stage.bot._environ,
        capture_output=True,
        text=True,
    )
    pid = int(done.stdout)
    try:
        telegram = stage.shop.telegram
        await telegram.until(lambda: telegram.webhook.url, 15)
        anna = stage.shop.customer("telegram")
        anna.says(KNOWN)
        await anna.reads("working days")
        anna.says("Do you sell bicycles for elephants?")
        await anna.reads("NF-")
    finally:
        os.kill(pid, signal.SIGTERM)
        await until_gone(pid)


async def until_gone(pid: int) -> None:
    """It is nobody's child that could be waited for."""
    deadline = time.monotonic() + 12
    with contextlib.suppress(ProcessLookupError):
        while time.monotonic() < deadline:
            os.kill(pid, 0)
            await asyncio.sleep(0.05)
        os.kill(pid, signal.SIGKILL)
        raise AssertionError("it did not leave")


async def test_when_there_is_no_memory_left_nothing_acknowledged_is_lost(stage: Stage) -> None:
    """Whether it lives through it or not: it is started again as a supervisor would."""
    load = Load(stage.shop, seed=11)
    await stage.first_start()
    load.start(4)
    await stage.shop.telegram.until(lambda: len(stage.front.acknowledged) > 40, 20)
    pid = stage.bot.pid
    resource.prlimit(pid, resource.RLIMIT_AS, (size_of(pid) + 64 * 1024, resource.RLIM_INFINITY))
    await asyncio.sleep(1.5)
    stage.bot.kill()
    await asyncio.to_thread(stage.bot.bury)

    stage.start()
    await stage.first_answer()
    await load.stop()
    await stage.rest()
    verdict = judge(stage.shop, stage.front, load, stage.database)
    assert verdict.kept, "\n".join(verdict.lines())


def size_of(pid: int) -> int:
    """Bytes of its address space."""
    pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[0])
    return pages * resource.getpagesize()
