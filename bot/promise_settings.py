"""What may be set of tickets and of time: what is promised, when the business is open, when the digest comes."""

import itertools
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from bot.config_errors import shown
from bot.hours import read_holiday, read_span
from bot.section import Section

NotNegative = Annotated[float, Field(ge=0)]


def _prefix(value: str) -> str:
    if not (
        value.isascii() and value.isalnum() and value.isupper() and value[0].isalpha() and len(value) <= 8
    ):
        raise ValueError(f"{shown(value)} must be one to eight of A-Z and 0-9, a letter first")
    return value


def _day(spans: tuple[str, ...]) -> tuple[str, ...]:
    """Raises ValueError for what is no span, and for spans that overlap."""
    read = sorted(map(read_span, spans))
    for (_, end), (start, _) in itertools.pairwise(read):
        if start < end:
            raise ValueError("its spans overlap")
    return spans


Day = Annotated[tuple[str, ...], Field(strict=False), AfterValidator(_day)]
Holiday = Annotated[str, AfterValidator(read_holiday)]


class Tickets(Section):
    prefix: Annotated[str, Field(min_length=1), AfterValidator(_prefix)] = "NF"
    first_response_minutes: NotNegative = 60
    """Of open time; 0: nothing is promised."""
    next_response_minutes: NotNegative = 240
    nudge_minutes: NotNegative = 15
    """So long before a promise breaks the desk is nudged; 0: it is not."""
    close_after_hours: NotNegative = 96
    """0: tickets never close themselves."""
    warn_hours: NotNegative = 24
    reopen_days: NotNegative = 7
    ask_rating: bool = True
    suggest: bool = True
    """The nearest passage is proposed as a reply."""
    join_minutes: NotNegative = 60
    """Questions that are nearly the same within so long share a card; 0: each has its own."""


class Hours(Section):
    """When people answer; no span in the whole week: round the clock."""

    monday: Day = ()
    tuesday: Day = ()
    wednesday: Day = ()
    thursday: Day = ()
    friday: Day = ()
    saturday: Day = ()
    sunday: Day = ()
    holidays: Annotated[tuple[Holiday, ...], Field(strict=False)] = ()

    @property
    def week(self) -> tuple[tuple[str, ...], ...]:
        return (
            self.monday,
            self.tuesday,
            self.wednesday,
            self.thursday,
            self.friday,
            self.saturday,
            self.sunday,
        )


class Digest(Section):
    weekly: bool = True
    weekday: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] = "monday"
    hour: Annotated[int, Field(ge=0, le=23)] = 8
