"""A full disk: nobody is told that we have what we have not, and all goes on when there is room again."""

import asyncio
import os
import resource
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import aiohttp
import pytest

from sandbox.faults import Fault
from tests.crash.evidence import Ledger, lost
from tests.crash.front import Front
from tests.crash.load import Load
from tests.crash.stage import Stage
from tests.crash.verdict import judge

pytestmark = pytest.mark.timeout(150)

DISK_BYTES = 8 * 1024 * 1024
HEALED_SECONDS = 40.0
"""Meta asks again after our Retry-After, and what was interrupted is found by the next sweep."""
FILE_BYTES = 64 * 1024


class Disk(Protocol):
    """Something under the database that can be filled and emptied."""

    def fill(self, stage: Stage) -> None: ...

    def empty(self, stage: Stage) -> None: ...


class SmallDisk:
    """A real file system of a few megabytes: what does not fit is ENOSPC."""

    def __init__(self, folder: Path) -> None:
        self._filler = folder / "filler"

    def fill(self, stage: Stage) -> None:
        with self._filler.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                return

    def empty(self, stage: Stage) -> None:
        self._filler.unlink()


class FileLimit:
    """Works where nobody may mount, too: the process may write at the start of its files only."""

    def fill(self, stage: Stage) -> None:
        resource.prlimit(stage.bot.pid, resource.RLIMIT_FSIZE, (FILE_BYTES, resource.RLIM_INFINITY))

    def empty(self, stage: Stage) -> None:
        forever = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(stage.bot.pid, resource.RLIMIT_FSIZE, forever)


def small_disk(folder: Path) -> Iterator[Disk]:
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=700", "svar-test", str(folder)]
    if os.geteuid() or not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("nobody may mount a small disk here")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def file_limit(folder: Path) -> Iterator[Disk]:
    yield FileLimit()


@pytest.fixture(params=[small_disk, file_limit], ids=["small disk", "file limit"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    make: Callable[[Path], Iterator[Disk]] = request.param
    yield from make(tmp_path / "data")


@pytest.fixture
async def stage(tmp_path: Path, disk: Disk) -> AsyncIterator[Stage]:
    async with Stage(tmp_path) as stage:
        await stage.first_start()
        yield stage


async def health(stage: Stage) -> tuple[int, dict[str, Any]]:
    url = f"{stage.bot_url}/api/support/health"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.json()


async def until_health(stage: Stage, expected: int) -> dict[str, Any]:
    """What it tells when it answers so. A last small write may still fit where a message does not."""
    async with asyncio.timeout(15):
        while (found := await health(stage))[0] != expected:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return found[1]


async def until_refused(front: Front, stage: Stage, times: int = 20) -> None:
    def refused() -> bool:
        assert stage.bot.runs, f"the bot ended by itself: {stage.bot.last_words()}"
        return front.answers[503] >= times

    await stage.shop.telegram.until(refused, 30)


async def test_nothing_is_acknowledged_that_is_not_stored_and_it_heals_by_itself(
    disk: Disk, stage: Stage
) -> None:
    front, load = stage.front, Load(stage.shop, seed=1)
    load.start(3)
    await stage.shop.telegram.until(lambda: len(front.acknowledged) > 40, 20)
    assert (await until_health(stage, 200))["status"] == "ok"
    assert not front.answers[503]

    disk.fill(stage)
    await until_refused(front, stage)
    told = await until_health(stage, 503)
    assert told["status"] == "cannot store"
    assert told["passages"] > 0, "what only reads still works"
    assert front.retry_after == {"5"}
    with Ledger(stage.database) as ledger:
        assert not lost(front.acknowledged, ledger.stored())
        assert ledger.rows("PRAGMA quick_check") == [{"quick_check": "ok"}]

    disk.empty(stage)
    await load.stop()
    await stage.rest(HEALED_SECONDS)
    assert (await health(stage))[1]["status"] == "ok"
    assert await asyncio.to_thread(stage.bot.leave, 10) == 0

    verdict = judge(stage.shop, front, load, stage.database)
    assert verdict.kept, "\n".join(verdict.lines())
    assert verdict.figures["sends repeated, on record as doubted"] == 0


async def test_what_a_platform_puts_off_meanwhile_keeps_its_place(disk: Disk, stage: Stage) -> None:
    """Neither the call nor what came of it goes well: still nothing overtakes, and nothing is in doubt."""
    telegram, load = stage.shop.telegram, Load(stage.shop, seed=4)
    load.start(3)
    await telegram.until(lambda: len(stage.front.acknowledged) > 40, 20)
    telegram.faults.random(4, 0.6, [Fault.status(500)], names=["sendMessage"])
    disk.fill(stage)
    await until_refused(stage.front, stage)
    telegram.faults.calm()
    disk.empty(stage)
    await load.stop()
    await stage.rest()
    assert await asyncio.to_thread(stage.bot.leave, 10) == 0

    verdict = judge(stage.shop, stage.front, load, stage.database)
    assert verdict.kept, "\n".join(verdict.lines())


async def test_told_to_leave_while_the_disk_is_full_it_leaves(disk: Disk, stage: Stage) -> None:
    load = Load(stage.shop, seed=2)
    load.start(3)
    disk.fill(stage)
    await until_refused(stage.front, stage)
    await load.stop()

    assert await asyncio.to_thread(stage.bot.leave, 10) == 0
    with Ledger(stage.database) as ledger:
        assert not lost(stage.front.acknowledged, ledger.stored())


async def test_killed_on_a_full_disk_it_starts_there_and_heals_by_itself(tmp_path: Path) -> None:
    for disk in small_disk(tmp_path / "data"):
        async with Stage(tmp_path) as stage:
            await stage.first_start()
            load = Load(stage.shop, seed=3)
            load.start(3)
            await stage.shop.telegram.until(lambda: len(stage.front.acknowledged) > 40, 20)
            disk.fill(stage)
            await until_refused(stage.front, stage)
            stage.bot.kill()
            stage.bot.bury()

            stage.start()
            await until_refused(stage.front, stage, stage.front.answers[503] + 20)
            disk.empty(stage)
            await load.stop()
            await stage.rest()
            assert await asyncio.to_thread(stage.bot.leave, 10) == 0
            verdict = judge(stage.shop, stage.front, load, stage.database)
            assert verdict.kept, "\n".join(verdict.lines())
