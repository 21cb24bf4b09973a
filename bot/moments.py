"""A moment in words, as people where the business is say it: tomorrow at 9:00."""

from zoneinfo import ZoneInfo

from bot.business import Business
from bot.zones import local

WEEK_DAYS = 6
"""So far ahead a weekday says which one is meant."""


def at_time(business: Business, milliseconds: int, language: str = "") -> str:
    """In that language, or the desk's."""
    language = language or business.settings.desk.language
    zone = ZoneInfo(business.settings.bot.timezone)
    there, here = local(zone, milliseconds), local(zone, business.clock.now())
    time, days = there.strftime("%H:%M"), (there.date() - here.date()).days
    if days in (0, 1):
        return business.say(language, "moment_tomorrow" if days else "moment_today", time=time)
    if 0 < days <= WEEK_DAYS:
        weekday = business.say(language, f"weekday_{there.weekday()}")
        return business.say(language, "moment_weekday", weekday=weekday, time=time)
    return business.say(language, "moment_date", date=there.date().isoformat(), time=time)
