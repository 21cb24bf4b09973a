"""Times as colleagues type them, where the business is, also on the days on which clocks are turned."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.desk.when import read

STOCKHOLM = ZoneInfo("Europe/Stockholm")
NOW = "2026-11-20 10:30"
"""A Friday."""


def at(local: str) -> int:
    return int(datetime.fromisoformat(local).replace(tzinfo=STOCKHOLM).timestamp() * 1000)


def wall(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, STOCKHOLM).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("9:00 Good morning", "2026-11-21 09:00"),
        ("11:00 Good morning", "2026-11-20 11:00"),
        ("09.15 hej", "2026-11-21 09:15"),
        ("9pm hi", "2026-11-20 21:00"),
        ("12am hi", "2026-11-21 00:00"),
        ("2h call", "2026-11-20 12:30"),
        ("1h30m call", "2026-11-20 12:00"),
        ("2 hours call", "2026-11-20 12:30"),
        ("30 minuter ring", "2026-11-20 11:00"),
        ("7d", "2026-11-27 10:30"),
        ("2v", "2026-12-04 10:30"),
        ("1 uke", "2026-11-27 10:30"),
        ("tomorrow 14:30 x", "2026-11-21 14:30"),
        ("i morgon 8:00 x", "2026-11-21 08:00"),
        ("i morgen 8:00 x", "2026-11-21 08:00"),
        ("imorgon", "2026-11-21 09:00"),
        ("today 17:00 x", "2026-11-20 17:00"),
        ("i dag 17:00 x", "2026-11-20 17:00"),
        ("monday 9:00", "2026-11-23 09:00"),
        ("måndag", "2026-11-23 09:00"),
        ("fredag 9:00", "2026-11-27 09:00"),
        ("friday 11:00", "2026-11-20 11:00"),
        ("søn 12:00", "2026-11-22 12:00"),
        ("24/12 15:00 God jul", "2026-12-24 15:00"),
        ("3/1 9:00", "2027-01-03 09:00"),
        ("2026-12-24", "2026-12-24 09:00"),
        ("\t9:00\nGood morning", "2026-11-21 09:00"),
    ],
)
def test_a_time_is_understood(typed: str, meant: str) -> None:
    found = read(typed.lstrip(), at(NOW), STOCKHOLM)
    assert found is not None
    assert wall(found.at) == meant


@pytest.mark.parametrize(
    "typed",
    ["", "soon", "25:00 x", "9:61 x", "13pm x", "0h x", "today 9:00 x", "2026-11-19 9:00", "2031-01-01", "31/2 9:00",
     "99999d", "9 x", "2 apples", "h", "-2h x", "9:00am5", "2026-13-01", "366w x"],
)  # fmt: skip
def test_what_is_no_time_or_over_is_not_guessed_at(typed: str) -> None:
    assert read(typed, at(NOW), STOCKHOLM) is None


@pytest.mark.parametrize(
    "typed", ["9:00 Hello", "tomorrow 9:00 Hello", "2 h Hello", "i morgon Hello", "7d Hello"]
)
def test_the_words_begin_where_the_time_ends(typed: str) -> None:
    found = read(typed, at(NOW), STOCKHOLM)
    assert found is not None
    assert typed[found.end :].strip() == "Hello"


def test_days_keep_the_time_of_day_when_the_clocks_are_turned_and_hours_are_hours() -> None:
    before = at("2026-10-24 10:00")
    week, day = read("7d", before, STOCKHOLM), read("24h", before, STOCKHOLM)
    assert week is not None
    assert day is not None
    assert wall(week.at) == "2026-10-31 10:00"
    assert week.at - before == (7 * 24 + 1) * 3_600_000
    assert wall(day.at) == "2026-10-25 09:00"


def test_a_time_that_is_left_out_in_spring_is_an_hour_later() -> None:
    found = read("2:30 x", at("2026-03-28 20:00"), STOCKHOLM)
    assert found is not None
    assert wall(found.at) == "2026-03-29 03:30"


def test_of_a_time_that_comes_twice_in_autumn_it_is_the_next_one() -> None:
    evening = at("2026-10-24 20:00")
    first = read("2:30 x", evening, STOCKHOLM)
    assert first is not None
    assert datetime.fromtimestamp(first.at / 1000, UTC).strftime("%H:%M") == "00:30"
    second = read("2:30 x", first.at, STOCKHOLM)
    assert second is not None
    assert second.at - first.at == 3_600_000
    assert read("2:30 x", second.at, STOCKHOLM).at - second.at == 24 * 3_600_000  # type: ignore[union-attr]
