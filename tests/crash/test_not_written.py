"""A disk that refuses to write for a while: 503 meanwhile, and it heals when the disk takes things again (R-05)."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.crash.load import Load
from tests.crash.stage import Stage
from tests.crash.test_synced import can_trace
from tests.crash.verdict import judge

pytestmark = pytest.mark.timeout(150)
FIRST, LAST = 600, 660
"""Which writes to the log fail: long after the tables are made, and some commits one after the other."""


def refusing(path: Path, error: str) -> Sequence[str]:
    """A command that runs another, some of whose writes to the file fail."""
    inject = f"inject=pwrite64,write:error={error}:when={FIRST}..{LAST}"
    watch = ("-P", str(path), "-e", "trace=pwrite64,write", "-e", inject)
    return ("strace", "-D", "-f", "-qq", "-o", "/dev/null", *watch)


@pytest.mark.parametrize("error", ["EIO", "EDQUOT"])
async def test_what_could_not_be_written_is_not_acknowledged_and_it_heals_by_itself(
    tmp_path: Path, error: str
) -> None:
    if not can_trace(tmp_path):
        pytest.skip("strace cannot watch a process here")
    database = tmp_path / "data" / "bot.db"
    async with Stage(tmp_path, watcher=refusing(Path(f"{database}-wal"), error)) as stage:
        await stage.first_start()
        load = Load(stage.shop, seed=3)
        load.start(3)
        await stage.shop.telegram.until(lambda: stage.front.answers[503], 30)
        taken = len(stage.front.acknowledged)
        await stage.shop.telegram.until(lambda: len(stage.front.acknowledged) > taken + 30, 40)
        await load.stop()
        await stage.rest()
        verdict = judge(stage.shop, stage.front, load, stage.database)
        assert verdict.kept, "\n".join(verdict.lines())
