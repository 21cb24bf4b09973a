"""Opening hours: several spans a day, holidays, and the time in between, also when clocks are turned."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.hours import Hours, read_holiday, read_span

STOCKHOLM = ZoneInfo("Europe/Stockholm")
WEEK = [["9:00-12:00", "13:00-17:00"]] * 5 + [["10:00-14:00"], []]
HOURS = Hours.of(WEEK, ["12-24", "2026-11-23"], "Europe/Stockholm")
MINUTE, HOUR = 60_000, 3_600_000


def at(local: str) -> int:
    return int(datetime.fromisoformat(local).replace(tzinfo=STOCKHOLM).timestamp() * 1000)


def wall(milliseconds: int | None) -> str:
    assert milliseconds is not None
    return datetime.fromtimestamp(milliseconds / 1000, STOCKHOLM).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-20 08:59", False), ("2026-11-20 09:00", True), ("2026-11-20 12:00", False),
        ("2026-11-20 13:00", True), ("2026-11-20 17:00", False), ("2026-11-21 10:00", True),
        ("2026-11-22 11:00", False), ("2026-11-23 10:00", False), ("2026-12-24 10:00", False),
        ("2027-12-24 10:00", False),
    ],
)  # fmt: skip
def test_it_is_open_within_its_spans_but_not_on_holidays(moment: str, is_open: bool) -> None:
    assert HOURS.open_at(at(moment)) is is_open


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-11-20 10:00", "2026-11-20 10:00"), ("2026-11-20 12:30", "2026-11-20 13:00"),
        ("2026-11-20 18:00", "2026-11-21 10:00"), ("2026-11-21 14:00", "2026-11-24 09:00"),
        ("2026-12-23 17:30", "2026-12-25 09:00"),
    ],
)  # fmt: skip
def test_when_somebody_is_there_again(moment: str, opens: str) -> None:
    assert wall(HOURS.opens_after(at(moment))) == opens


def test_promised_time_runs_while_it_is_open() -> None:
    assert wall(HOURS.after(at("2026-11-20 11:30"), 60)) == "2026-11-20 13:30"
    assert wall(HOURS.after(at("2026-11-20 16:30"), 60)) == "2026-11-21 10:30"
    assert wall(HOURS.after(at("2026-11-21 13:00"), 120)) == "2026-11-24 10:00"
    assert HOURS.between(at("2026-11-20 11:00"), at("2026-11-21 11:00")) == (1 + 4 + 1) * HOUR
    assert HOURS.between(at("2026-11-22 00:00"), at("2026-11-23 23:00")) == 0


def test_a_night_on_which_clocks_are_turned_is_as_long_as_it_is() -> None:
    all_night = Hours.of([["0:00-24:00"]] * 7, [], "Europe/Stockholm")
    assert all_night.between(at("2026-10-24 20:00"), at("2026-10-25 20:00")) == 25 * HOUR
    assert all_night.between(at("2026-03-28 20:00"), at("2026-03-29 20:00")) == 23 * HOUR
    assert wall(all_night.after(at("2026-10-24 20:00"), 24 * 60)) == "2026-10-25 19:00"


def test_without_any_hours_it_is_open_round_the_clock() -> None:
    always = Hours.of([[]] * 7, ["2026-12-24"], "Europe/Stockholm")
    assert always.opens_after(at("2026-12-24 03:00")) == at("2026-12-24 03:00")
    assert always.after(at("2026-12-24 03:00"), 5) == at("2026-12-24 03:05")


def test_hours_that_never_come_are_never() -> None:
    never = Hours(
        week=(((540, 1020),), (), (), (), (), (), ()), holidays=frozenset(_every_monday()), zone=STOCKHOLM
    )
    assert never.opens_after(at("2026-11-20 10:00")) is None
    assert never.after(at("2026-11-20 10:00"), 5) is None


def _every_monday() -> list[str]:
    return [f"{month:02}-{day:02}" for month in range(1, 13) for day in range(1, 32)]


@pytest.mark.parametrize("text", ["", "9-17", "17:00-9:00", "9:00-24:01", "9:60-10:00", "9:00-9:00", "nine"])
def test_a_span_that_is_none_is_named(text: str) -> None:
    with pytest.raises(ValueError, match=r"day|span"):
        read_span(text)


@pytest.mark.parametrize("text", ["", "2026-02-30", "13-01", "christmas", "24/12"])
def test_a_holiday_that_is_none_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="day"):
        read_holiday(text)
