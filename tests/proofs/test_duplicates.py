"""Everything told many times, in short; and proof that a bot which knows no update again would be found out."""

from pathlib import Path

import pytest

from tests.proofs.duplicates import Plan, run

pytestmark = pytest.mark.timeout(180)


async def test_whatever_is_told_many_times_has_its_effect_once_and_in_order(tmp_path: Path) -> None:
    outcome = await run(Plan(events=150, restarts=2, most_times=12, customers=10, seed=4), tmp_path)

    assert outcome.verdict.kept, "\n".join(outcome.verdict.lines())
    assert outcome.verdict.figures["updates acknowledged"] == 150
    assert outcome.verdict.figures["posts tried"] > 500
    assert outcome.ends.total() == 2
    assert not outcome.errors


async def test_a_bot_that_knows_no_update_again_is_found_out(tmp_path: Path) -> None:
    plan = Plan(events=30, restarts=0, most_times=4, customers=5, sabotage="forgetful")
    outcome = await run(plan, tmp_path)

    assert outcome.verdict.broken["updates with two effects"]
    assert outcome.verdict.broken["messages too many or too few"]
    assert not outcome.verdict.broken["acknowledged updates lost"]


async def test_a_bot_that_acknowledges_before_it_has_stored_is_found_out(tmp_path: Path) -> None:
    plan = Plan(events=150, restarts=4, most_times=2, customers=10, seed=2, sabotage="hasty")
    outcome = await run(plan, tmp_path)

    assert outcome.verdict.broken["acknowledged updates lost"]
