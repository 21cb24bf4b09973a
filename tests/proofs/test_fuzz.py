"""Signed nonsense, in short; and proof that a bot which trips over it, or trusts everybody, would be found out."""

from pathlib import Path

import pytest

from tests.proofs.fuzz import Plan, run

pytestmark = pytest.mark.timeout(180)


async def test_whatever_a_platform_posts_is_understood_kept_or_set_aside(tmp_path: Path) -> None:
    outcome = await run(Plan(payloads=2500, seed=11), tmp_path)

    assert outcome.verdict.kept, "\n".join(outcome.verdict.lines())
    assert min(outcome.states[state] for state in ("done", "kept", "quarantined")) > 100
    assert outcome.verdict.figures["of them forged"] > 5


async def test_a_bot_that_trips_over_nonsense_is_found_out(tmp_path: Path) -> None:
    outcome = await run(Plan(payloads=300, seed=11, sabotage="fragile"), tmp_path)

    assert outcome.verdict.broken["answers that were not 200, or not 403 to a forged one"]
    assert outcome.verdict.broken["authentic posts that left none"]
    assert outcome.verdict.broken["errors in the log"]


async def test_a_bot_that_trusts_everybody_is_found_out(tmp_path: Path) -> None:
    outcome = await run(Plan(payloads=800, seed=11, sabotage="trusting"), tmp_path)

    assert outcome.verdict.broken["answers that were not 200, or not 403 to a forged one"]
    assert outcome.verdict.broken["forged posts that left a trace"]
