"""The time that a colleague writes behind /later, /snooze and /remind, in any of our languages."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.zones import days_later, local, moment

MORNING = time(9)
"""A day without a time of day."""
LONGEST_DAYS = 366
_UNITS = {
    "m": 60, "min": 60, "mins": 60, "minut": 60, "minuter": 60, "minutter": 60, "minutes": 60, "minute": 60,
    "h": 3600, "t": 3600, "tim": 3600, "timme": 3600, "timmar": 3600, "time": 3600, "timer": 3600,
    "hour": 3600, "hours": 3600,
}  # fmt: skip
_DAYS = {
    "d": 1, "day": 1, "days": 1, "dag": 1, "dagar": 1, "dager": 1,
    "w": 7, "week": 7, "weeks": 7, "v": 7, "vecka": 7, "veckor": 7, "u": 7, "uke": 7, "uker": 7,
}  # fmt: skip
_WEEKDAYS = tuple(
    tuple(names.split())
    for names in (
        "monday mon måndag mån mandag man", "tuesday tue tisdag tis tirsdag tir", "wednesday wed onsdag ons",
        "thursday thu torsdag tor tors", "friday fri fredag fre", "saturday sat lördag lör lørdag lør",
        "sunday sun söndag sön søndag søn",
    )
)  # fmt: skip
_TODAY, _TOMORROW = ("today", "idag"), ("tomorrow", "imorgon", "imorgen")
_TWO_WORDS = re.compile(r"^(?<!\w)i (dag|morgon|morgen)\b")
_SPAN = re.compile(r"(\d{1,4})([a-zåäöø]+)")
_TIME = re.compile(r"(\d{1,2})[:.](\d{2})(am|pm)?|(\d{1,2})(am|pm)")
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_SHORT_DATE = re.compile(r"(\d{1,2})/(\d{1,2})")


@dataclass(frozen=True, slots=True)
class When:
    at: int
    """Milliseconds since 1970."""
    end: int
    """Where in the text the time ends and the words begin."""


def read(text: str, now: int, zone: ZoneInfo) -> When | None:
    """The time at the start of `text`; None where there is none, or one that is over or further than a year."""
    words = list(re.finditer(r"\S+", _TWO_WORDS.sub(r" i\1", text[:200].lower())))
    found = _span(words, now, zone) or _point(words, now, zone)
    if found is None or not now < found[0] <= days_later(zone, now, LONGEST_DAYS):
        return None
    at, used = found
    return When(at, len(text[: words[used - 1].end()]))


def _span(words: list[re.Match[str]], now: int, zone: ZoneInfo) -> tuple[int, int] | None:
    """2h, 1h30m, 7d, "2 hours": hours are hours, days keep the time of day."""
    seconds = days = used = 0
    while used < len(words):
        parts, taken = _pieces(words, used)
        if not parts:
            break
        for count, unit in parts:
            seconds += count * _UNITS.get(unit, 0)
            days += count * _DAYS.get(unit, 0)
        used += taken
        if taken == 1:
            break
    if not used or not (seconds or days):
        return None
    return days_later(zone, now, min(days, 10 * LONGEST_DAYS)) + seconds * 1000, used


def _pieces(words: list[re.Match[str]], at: int) -> tuple[list[tuple[int, str]], int]:
    """One word like "1h30m", or a number and its unit; and how many words that took."""
    word = words[at][0]
    if word.isdecimal() and len(word) < 5 and at + 1 < len(words) and _is_unit(words[at + 1][0]):
        return [(int(word), words[at + 1][0])], 2
    parts = [(int(count), unit) for count, unit in _SPAN.findall(word)]
    whole = "".join(f"{count}{unit}" for count, unit in _SPAN.findall(word)) == word
    return (parts, 1) if parts and whole and all(_is_unit(unit) for _, unit in parts) else ([], 0)


def _is_unit(word: str) -> bool:
    return word in _UNITS or word in _DAYS


def _point(words: list[re.Match[str]], now: int, zone: ZoneInfo) -> tuple[int, int] | None:
    """9:00, tomorrow 9:00, friday, 24/12 15:30, 2026-12-24."""
    if not words:
        return None
    here = local(zone, now)
    day = _day(words[0][0], here)
    at_word = words[1][0] if day and len(words) > 1 else "" if day else words[0][0]
    at = _time(at_word)
    if day is not None:
        found = moment(zone, day, at or MORNING, after=now)
        if found <= now and day == here.date() and words[0][0] not in _TODAY:
            found = moment(
                zone, day + timedelta(7), at or MORNING
            )  # a weekday that is today, and its time is over
        return found, 2 if at else 1
    if at is None:
        return None
    days = (here.date() + timedelta(number) for number in range(3))
    return next(later for day in days if (later := moment(zone, day, at, after=now)) > now), 1


def _day(word: str, here: datetime) -> date | None:
    if word in _TODAY:
        return here.date()
    if word in _TOMORROW:
        return here.date() + timedelta(1)
    for number, names in enumerate(_WEEKDAYS):
        if word in names:
            return here.date() + timedelta((number - here.weekday()) % 7)
    return _date(word, here)


def _date(word: str, here: datetime) -> date | None:
    try:
        if found := _DATE.fullmatch(word):
            return date(*map(int, found.groups()))
        if found := _SHORT_DATE.fullmatch(word):
            day, month = map(int, found.groups())
            this_year = date(here.year, month, day)
            return this_year if this_year >= here.date() else date(here.year + 1, month, day)
    except ValueError:
        pass
    return None


def _time(word: str) -> time | None:
    found = _TIME.fullmatch(word)
    if not found:
        return None
    hour, minute = int(found[1] or found[4]), int(found[2] or 0)
    half = found[3] or found[5]
    if half and not 1 <= hour <= 12:
        return None
    hour = hour % 12 + 12 * (half == "pm") if half else hour
    return time(hour, minute) if hour < 24 and minute < 60 else None
