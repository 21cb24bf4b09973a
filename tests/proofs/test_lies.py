"""A model that lies, in short; and proof that a bot which does not look would be found out."""

from pathlib import Path

import pytest

from bot.ai import chain
from bot.ai.judge import Verdict
from bot.ai.prompt import Prompt
from bot.ai.reply import Reply
from tests.proofs.grounding import run
from tests.proofs.lies import FAMILIES

pytestmark = pytest.mark.timeout(180)


async def test_no_lie_of_a_model_reaches_a_customer(tmp_path: Path) -> None:
    outcome = await run(96, seed=7, folder=tmp_path)

    assert outcome.examples == []
    assert outcome.told.total() == 96
    assert len(outcome.told) == len(FAMILIES)
    assert outcome.true_left >= outcome.true_told * 0.9


async def test_a_bot_that_believes_its_model_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def believe(reply: Reply, asked: Prompt, *, sure: bool) -> Verdict:
        return Verdict(reply.text, (0,))

    monkeypatch.setattr(chain, "judge", believe)
    outcome = await run(30, seed=7, folder=tmp_path)

    assert outcome.false_left == 30
