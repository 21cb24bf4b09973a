"""The crash test in short, and proof that it would notice: the same checks on a bot that breaks its word."""

import sqlite3
from pathlib import Path

import pytest

from tests.crash.calls import Calls, EveryCall
from tests.crash.campaign import Campaign, Plan, run
from tests.crash.preload import NoCompiler

pytestmark = pytest.mark.timeout(180)


async def test_what_was_acknowledged_survives_being_killed_and_nothing_happens_twice(tmp_path: Path) -> None:
    outcome = await run(Plan(kills=15, seed=7, customers=3), tmp_path)

    assert outcome.verdict.kept, "\n".join(outcome.verdict.lines())
    assert outcome.verdict.figures["updates acknowledged"] > 100
    assert not outcome.errors


async def test_a_bot_that_does_not_know_an_update_again_is_found_out(tmp_path: Path) -> None:
    outcome = await run(Plan(kills=1, customers=2, spoil=let_every_update_be_new), tmp_path)

    assert outcome.verdict.broken["updates with two effects"]
    assert not outcome.verdict.broken["acknowledged updates lost"]


async def test_a_bot_that_acknowledges_before_it_has_stored_is_found_out(tmp_path: Path) -> None:
    outcome = await run(Plan(kills=3, customers=3, liar=True), tmp_path)

    assert outcome.verdict.broken["acknowledged updates lost"]


async def test_a_repeated_send_without_a_doubt_on_record_is_found_out(tmp_path: Path) -> None:
    plan = Plan(kills=3, customers=3, moments=("as a send is accepted",))
    async with Campaign(plan, tmp_path) as campaign:
        outcome = await campaign.run()
        assert outcome.verdict.figures["sends repeated, on record as doubted"]
        tamper(campaign.file, "UPDATE deliveries SET doubts = 0, state = 'sent'")
        verdict = campaign.judge()

    assert verdict.broken["sends repeated without a doubt on record"]


async def test_told_to_leave_it_goes_in_time_and_leaves_nothing_in_doubt(tmp_path: Path) -> None:
    plan = Plan(kills=4, seed=3, gently=True, moments=("at any moment", "while it starts"))
    outcome = await run(plan, tmp_path)

    assert outcome.verdict.kept, "\n".join(outcome.verdict.lines())
    assert outcome.verdict.figures["sends repeated, on record as doubted"] == 0
    assert not outcome.errors


def let_every_update_be_new(connection: sqlite3.Connection) -> None:
    """As if the index updates_once were not there: a key that is in use is made free again."""
    connection.execute(
        "CREATE TRIGGER forget_key AFTER INSERT ON updates BEGIN"
        " UPDATE updates SET key = NEW.key || '#' || NEW.id WHERE id = NEW.id; END"
    )


def tamper(database: Path, sql: str) -> None:
    connection = sqlite3.connect(database)
    connection.execute(sql)
    connection.commit()
    connection.close()


async def test_a_bot_that_never_takes_up_again_what_it_had_taken_is_found_out(tmp_path: Path) -> None:
    """The lease off: a turn that a dead process had taken stays taken for ever."""
    plan = Plan(kills=8, customers=3, spoil=let_what_is_taken_stay_taken, rest_seconds=10)
    outcome = await run(plan, tmp_path)

    assert outcome.verdict.broken["work that lies undone"]


async def test_killed_at_a_call_in_the_middle_of_a_dialogue_it_comes_to_the_same_end(tmp_path: Path) -> None:
    try:
        campaign = EveryCall(Calls(first=60, step=140, at_most=3), tmp_path)
    except NoCompiler as error:
        pytest.skip(str(error))
    async with campaign:
        report = await campaign.every_call()

    assert report.verdict.kept, "\n".join(report.verdict.lines())
    assert report.reached == [60, 200, 340]


async def test_a_bot_that_is_not_killed_makes_calls_that_are_counted(tmp_path: Path) -> None:
    try:
        campaign = EveryCall(Calls(first=1_000_000), tmp_path)
    except NoCompiler as error:
        pytest.skip(str(error))
    async with campaign:
        report = await campaign.every_call()

    assert report.reached == []
    assert min(report.calls) > 300


def let_what_is_taken_stay_taken(connection: sqlite3.Connection) -> None:
    connection.execute(
        "CREATE TRIGGER keep_taken BEFORE UPDATE OF state ON updates WHEN OLD.state = 'taken'"
        " AND NEW.state = 'waiting' BEGIN SELECT RAISE(IGNORE); END"
    )
