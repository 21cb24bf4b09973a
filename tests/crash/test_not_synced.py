"""A disk that says it did not keep what it was given: asked again it would lie, so the process ends and starts anew."""

import asyncio
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.crash.evidence import Ledger, lost
from tests.crash.load import Load
from tests.crash.stage import Stage
from tests.crash.test_synced import can_trace

pytestmark = pytest.mark.timeout(120)


def failing(folder: Path, file: str, after: int) -> Sequence[str]:
    """A command that runs another, whose syncs of the file fail from some time on."""
    path = folder / "data" / file
    inject = f"inject=fsync,fdatasync:error=EIO:when={after}+"
    return (
        "strace",
        "-D",
        "-f",
        "-qq",
        "-o",
        "/dev/null",
        "-P",
        str(path),
        "-e",
        "trace=fsync,fdatasync",
        "-e",
        inject,
    )


@pytest.mark.parametrize(("file", "after"), [("bot.db-wal", 40), ("bot.db", 8)], ids=["log", "database"])
async def test_it_ends_with_1_and_nothing_acknowledged_is_lost(tmp_path: Path, file: str, after: int) -> None:
    if not can_trace(tmp_path):
        pytest.skip("strace cannot watch a process here")
    async with Stage(tmp_path, watcher=failing(tmp_path, file, after)) as stage:
        await stage.first_start()
        load = Load(stage.shop, seed=1)
        load.start(3)
        try:
            code = await asyncio.to_thread(stage.bot.bury, 60)
        except subprocess.TimeoutExpired:
            pytest.fail("it went on with a disk that does not keep what it is given")
        assert code == 1
        assert "the disk did not keep what was written" in stage.bot.last_words(20)
        await load.stop()
        with Ledger(stage.database) as ledger:
            assert not lost(stage.front.acknowledged, ledger.stored())
            assert ledger.rows("PRAGMA quick_check") == [{"quick_check": "ok"}]
