"""A time of day where the business is, as a moment: right on the days on which its clocks are turned."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def moment(zone: ZoneInfo, day: date, at: time, *, after: int = 0) -> int:
    """Milliseconds since 1970. A time that a turned clock leaves out is as much later as it was turned by;
    of one that it shows twice, the first that comes after `after`."""
    wall = datetime.combine(day, at)
    first = _milliseconds(wall.replace(tzinfo=zone, fold=0))
    return first if first > after else max(first, _milliseconds(wall.replace(tzinfo=zone, fold=1)))


def local(zone: ZoneInfo, milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, zone)


def days_later(zone: ZoneInfo, milliseconds: int, days: int) -> int:
    """The same time of day so many days on, whatever the clocks did in between."""
    here = local(zone, milliseconds)
    there = here + timedelta(days=days)
    return moment(zone, there.date(), there.time(), after=milliseconds)


def _milliseconds(there: datetime) -> int:
    return int(there.astimezone(UTC).timestamp() * 1000)
