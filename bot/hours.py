"""When the business is open: several spans a day, holidays, and how much open time lies between two moments."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.zones import local, moment

MINUTE = 60_000
LOOK_AHEAD_DAYS = 400
END_OF_DAY = 24 * 60
_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})")
Span = tuple[int, int]
"""Minutes of the day from and until which it is open."""


def read_span(text: str) -> Span:
    """ "9:00-17:30" as minutes. Raises ValueError."""
    found = _SPAN.fullmatch(text.strip())
    if not found:
        raise ValueError(f'"{text}" is no span of hours, as "9:00-17:30"')
    start_hour, start_minute, end_hour, end_minute = map(int, found.groups())
    span = (start_hour * 60 + start_minute, end_hour * 60 + end_minute)
    if max(start_minute, end_minute) > 59 or not span[0] < span[1] <= END_OF_DAY:
        raise ValueError(
            f'"{text}" does not lie within a day: it begins before it ends, at 24:00 at the latest'
        )
    return span


def read_holiday(text: str) -> str:
    """ "2026-12-24", or "12-24" for each year. Raises ValueError."""
    try:
        date.fromisoformat(text if len(text) > 5 else f"2000-{text}")
    except ValueError:
        raise ValueError(f'"{text}" is no day, as "2026-12-24", or "12-24" for each year') from None
    return text


@dataclass(frozen=True, slots=True)
class Hours:
    """Without any span at all it is open round the clock."""

    week: tuple[tuple[Span, ...], ...] = ((),) * 7
    """Monday first."""
    holidays: frozenset[str] = frozenset()
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))

    @classmethod
    def of(cls, week: Sequence[Sequence[str]], holidays: Sequence[str], timezone: str) -> "Hours":
        spans = tuple(tuple(sorted(map(read_span, day))) for day in week)
        return cls(spans, frozenset(holidays), ZoneInfo(timezone))

    @property
    def always(self) -> bool:
        return not any(self.week)

    def open_at(self, at: int) -> bool:
        return self.always or any(start <= at < end for start, end in self._spans(at, days=1))

    def opens_after(self, at: int) -> int | None:
        """When it is open next: `at` itself when it is open then; None when that is never."""
        if self.open_at(at):
            return at
        return next((start for start, _ in self._spans(at) if start > at), None)

    def after(self, at: int, minutes: float) -> int | None:
        """When so many open minutes have passed; None when that is never."""
        left = int(minutes * MINUTE)
        if self.always:
            return at + left
        for start, end in self._spans(at):
            begin = max(start, at)
            if begin + left <= end:
                return begin + left
            left -= max(0, end - begin)
        return None

    def between(self, since: int, until: int) -> int:
        """Milliseconds of open time from one to the other."""
        if until <= since:
            return 0
        if self.always:
            return until - since
        total = 0
        for start, end in self._spans(since):
            if start >= until:
                break
            total += max(0, min(end, until) - max(start, since))
        return total

    def _spans(self, at: int, days: int = LOOK_AHEAD_DAYS) -> Iterator[tuple[int, int]]:
        """The open spans from the day of `at` on, as moments, in order."""
        first = local(self.zone, at).date()
        for number in range(days):
            day = first + timedelta(days=number)
            if {day.isoformat(), day.isoformat()[5:]} & self.holidays:
                continue
            for start, end in self.week[day.weekday()]:
                yield self._moment(day, start), self._moment(day, end)

    def _moment(self, day: date, minutes: int) -> int:
        if minutes == END_OF_DAY:
            return moment(self.zone, day + timedelta(days=1), time(0))
        return moment(self.zone, day, time(minutes // 60, minutes % 60))


def clock_face(there: datetime) -> str:
    """ "9:00", as people write it."""
    return f"{there.hour}:{there.minute:02}"
