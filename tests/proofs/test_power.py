"""`make power` in short, and proof that it would notice: the same with synchronous = NORMAL."""

from pathlib import Path

import pytest

from tests.crash.preload import NoCompiler
from tests.proofs import points
from tests.proofs.cuts import Cuts, cut_off
from tests.proofs.disk import CannotMount
from tests.proofs.points import Points

pytestmark = pytest.mark.timeout(180)


async def test_what_was_acknowledged_survives_power_cuts_on_a_real_disk(tmp_path: Path) -> None:
    try:
        outcome = await cut_off(Cuts(times=6, seed=2, customers=3), tmp_path)
    except CannotMount as error:
        pytest.skip(f"no disk can be cut off here: {error}")

    assert outcome.verdict.kept, "\n".join(outcome.verdict.lines())


async def test_a_real_disk_finds_out_a_bot_that_does_not_sync(tmp_path: Path) -> None:
    try:
        outcome = await cut_off(Cuts(times=3, seed=2, customers=3, careless=True), tmp_path)
    except CannotMount as error:
        pytest.skip(f"no disk can be cut off here: {error}")

    assert outcome.verdict.broken["acknowledged, and not in the file after the kill"]


@pytest.mark.parametrize("careless", [False, True], ids=["FULL", "NORMAL"])
async def test_whatever_of_the_unsynced_a_cut_leaves_what_was_acknowledged_is_there(
    tmp_path: Path, *, careless: bool
) -> None:
    plan = Points(cuts=60, seconds=4, seed=3, careless=careless, customers=3)
    try:
        verdict = points.judge(plan, await points.record(plan, tmp_path))
    except NoCompiler as error:
        pytest.skip(str(error))

    lost = verdict.broken["acknowledged, and not in the file after the cut"]
    assert bool(lost) is careless, "\n".join(verdict.lines())
    if not careless:
        assert verdict.kept, "\n".join(verdict.lines())
