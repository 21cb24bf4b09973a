"""The desk's histories, in short; and proof that a bot which passes too much on, or mixes customers up, is found out."""

from pathlib import Path

import pytest

from tests.proofs.desk_fuzz import Plan, run

pytestmark = pytest.mark.timeout(180)


async def test_nothing_inside_gets_out_and_no_reply_goes_astray(tmp_path: Path) -> None:
    verdict, _ = await run(Plan(histories=20, seed=5, crashes=1), tmp_path)

    assert verdict.kept, "\n".join(verdict.lines())
    assert verdict.figures["internal messages"] > 30
    assert verdict.figures["replies"] > 5


async def test_a_bot_that_passes_everything_on_is_found_out(tmp_path: Path) -> None:
    verdict, _ = await run(Plan(histories=12, seed=5, crashes=0, sabotage="talkative"), tmp_path)

    assert verdict.broken["words that stay inside, read by a customer"]


async def test_a_bot_that_mixes_customers_up_is_found_out(tmp_path: Path) -> None:
    verdict, _ = await run(Plan(histories=12, seed=5, crashes=0, sabotage="confused"), tmp_path)

    assert verdict.broken["replies that reached another one"]
