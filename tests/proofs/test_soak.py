"""`make soak` in short, and proof that it would notice."""

from pathlib import Path

import pytest

from tests.proofs.endurance import Report, Sample, Soak, drift_of, judge, slope_of, soak

pytestmark = pytest.mark.timeout(180)


async def test_under_load_nothing_grows(tmp_path: Path) -> None:
    report = await soak(Soak(events=3_000, minutes=0.3, customers=6, sample_seconds=0.1), tmp_path)
    verdict = judge(report)

    assert verdict.kept, "\n".join(verdict.lines())
    assert verdict.figures["events"] > 200


async def test_a_bot_that_forgets_nothing_is_found_out(tmp_path: Path) -> None:
    plan = Soak(events=6_000, minutes=0.3, customers=6, sample_seconds=0.5, leak=True)
    verdict = judge(await soak(plan, tmp_path))

    assert verdict.broken["memory that grows"], "\n".join(verdict.lines())


def test_a_line_is_fitted_and_what_only_comes_and_goes_is_no_drift() -> None:
    assert slope_of([(0, 1), (10, 3), (20, 5)]) == pytest.approx(0.2)
    assert slope_of([(5, 1)]) == 0
    assert drift_of([20, 31, 20, 31, 20, 31]) == 0
    assert drift_of([20, 20, 40, 40, 60, 60]) == 40


@pytest.mark.parametrize(
    ("what", "last"),
    [
        ("memory that grows", Sample(1000, 10, 150.0, 20, 9, 1000, 9000)),
        ("descriptors that drift", Sample(1000, 10, 100.0, 40, 9, 1000, 9000)),
        ("tasks that drift", Sample(1000, 10, 100.0, 20, 40, 1000, 9000)),
        ("write-ahead log over 64 MB", Sample(1000, 10, 100.0, 20, 9, 65 * 1024 * 1024, 9000)),
    ],
)
def test_each_thing_that_is_not_flat_is_told(what: str, last: Sample) -> None:
    first = Sample(400, 4, 100.0, 20, 9, 1000, 5000)
    verdict = judge(Report([first, last]))

    assert [promise for promise, found in verdict.broken.items() if found] == [what]
