"""A flood in short, and proof that a bot without a limit would be found out."""

from pathlib import Path

import pytest

from tests.crash.stage import Stage
from tests.crash.test_crash import tamper
from tests.proofs.flood import FACTOR, Flood, Plan
from tests.proofs.sabotage import watcher
from tests.proofs.tally import TIMED, promises

pytestmark = pytest.mark.timeout(180)


async def test_of_a_flood_all_is_kept_or_sent_away_and_normal_messages_are_answered_after_it(
    tmp_path: Path,
) -> None:
    async with Stage(tmp_path) as stage:
        flood = Flood(Plan(seconds=4, measure_seconds=2), stage)
        outcome = await flood.run()

        broken = {promise for promise, sentences in outcome.verdict.broken.items() if sentences}
        assert broken <= set(TIMED), "\n".join(outcome.verdict.lines())
        assert outcome.tally.answers[200] > 100
        assert outcome.tally.answers[503] > 100
        assert not outcome.errors
        tamper(stage.file, "DELETE FROM updates WHERE id = (SELECT max(id) FROM updates)")
        assert flood.judge(0, []).broken["acknowledged updates lost"]


async def test_a_bot_that_lets_everybody_in_is_found_out(tmp_path: Path) -> None:
    async with Stage(tmp_path, watcher=watcher("unbounded")) as stage:
        flood = Flood(Plan(seconds=5, measure_seconds=2, lines=400), stage)
        await flood.flood(FACTOR * await flood.begin())

    assert promises(flood.tally, 0, [])["offers that found all lines waiting"]
    assert not flood.tally.answers[503]
