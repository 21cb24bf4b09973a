"""The week at the desk: a picture, the figures in words, and the questions that wait for an answer to be written."""

import asyncio
from zoneinfo import ZoneInfo

from bot.business import Business
from bot.chart import Bar, Chart, draw
from bot.content import Button, Content, Media, MediaKind
from bot.desk.rating_signs import SIGNS
from bot.local_files import HERE
from bot.outbound import Priority, at_desk
from bot.status import span
from bot.week import DAY, Figures, figures
from bot.zones import local
from storage import facts
from storage.database import Statements

SHELF = "digest"
SENT_FACT = "digest_sent"
LOCK = "digest"
LATE_HOURS = 12
"""So late it still comes, when the bot was off at its hour."""
LONGEST_QUESTION = 120
DAYS_OF_A_WEEK = 7
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


async def send_weekly(business: Business) -> None:
    """On its day from its hour on, once."""
    settings, zone = business.settings.digest, ZoneInfo(business.settings.bot.timezone)
    here = local(zone, business.clock.now())
    late = here.hour - settings.hour
    if (
        not settings.weekly
        or here.weekday() != WEEKDAYS.index(settings.weekday)
        or not 0 <= late < LATE_HOURS
    ):
        return
    until = int(here.replace(hour=0, minute=0, second=0, microsecond=0).timestamp() * 1000)
    found = await figures(business, until - DAYS_OF_A_WEEK * DAY, until)
    today = here.date().isoformat()

    async def work(tx: Statements) -> None:
        await tx.lock(LOCK)
        if await facts.find(tx, SENT_FACT) == today:
            return
        await facts.put(tx, SENT_FACT, today)
        await post(tx, business, found)

    await business.db.transaction(work)


async def post(
    tx: Statements,
    business: Business,
    found: Figures,
    *,
    room: str = "",
    thread: str = "",
    reply_to: str = "",
) -> None:
    name = f"{found.since}-{found.until}"
    picture = Media(MediaKind.PICTURE, f"{SHELF}/{name}", HERE, name="digest.png", mime="image/png")
    await _say(tx, business, Content(text=words(business, found), media=(picture,)), room, thread, reply_to)
    if found.unanswered:
        await _say(tx, business, _questions(business, found), room, thread, "")


async def _say(
    tx: Statements, business: Business, content: Content, room: str, thread: str, reply_to: str
) -> None:
    await at_desk(
        tx,
        business,
        content,
        lane="desk",
        priority=Priority.WORD,
        role="note",
        room=room,
        thread=thread,
        reply_to=reply_to,
    )


def words(business: Business, found: Figures) -> str:
    tell, language = business.tell_desk, business.settings.desk.language
    lines = [
        tell("digest_title", company=business.settings.bot.company, span=_dates(business, found)),
        tell("digest_handled", handled=found.handled, alone=found.bot_alone, share=_share(found)),
    ]
    if found.alone_before:
        lines.append(tell("digest_still", before=found.alone_before, still=found.still_closed))
    if found.handed_over:
        why = ", ".join(
            f"{tell(f'reason_{reason}').lower()} {count}" for reason, count in found.reasons.items()
        )
        lines.append(tell("digest_handed", count=found.handed_over, why=why, reopened=found.reopened))
    if found.median is not None and found.p90 is not None:
        median, p90 = (span(business, language, value) for value in (found.median, found.p90))
        lines.append(tell("digest_response", median=median, p90=p90, late=found.late))
    if found.ratings:
        rated = "  ".join(f"{sign} {found.ratings.get(score, 0)}" for score, sign in SIGNS.items())
        lines.append(tell("digest_ratings", ratings=rated))
    return "\n".join(lines)


def _share(found: Figures) -> str:
    return f"{round(100 * found.bot_alone / found.handled)} %" if found.handled else "–"


def _dates(business: Business, found: Figures) -> str:
    zone = ZoneInfo(business.settings.bot.timezone)
    first, last = local(zone, found.since).date(), local(zone, found.until - 1).date()
    return f"{first.isoformat()} – {last.isoformat()}"


def _questions(business: Business, found: Figures) -> Content:
    lines = [business.tell_desk("digest_unanswered")]
    buttons = []
    for place, one in enumerate(found.unanswered, 1):
        question = " ".join(one.question.split())
        shown = question if len(question) <= LONGEST_QUESTION else question[: LONGEST_QUESTION - 1] + "…"
        lines.append(f"{place}. {shown}" + (f" (×{one.count})" if one.count > 1 else ""))
        buttons.append(Button(f"write:{one.ticket_id}", business.tell_desk("digest_write", place=place)))
    return Content(text="\n".join(lines), buttons=tuple(buttons))


def chart(business: Business, found: Figures) -> Chart:
    tell, language = business.tell_desk, business.settings.desk.language
    good = found.ratings.get("good", 0)
    rated = sum(found.ratings.values())
    tiles = [
        (str(found.handled), tell("tile_handled")),
        (_share(found), tell("tile_alone")),
        (str(found.handed_over), tell("tile_handed")),
        (span(business, language, found.median) if found.median is not None else "–", tell("tile_median")),
        (f"{round(100 * good / rated)} %" if rated else "–", tell("tile_good")),
    ]
    short = len(found.days) <= DAYS_OF_A_WEEK + 1
    bars = tuple(
        Bar(
            tell(f"weekday_{day.day.weekday()}")[:3] + f" {day.day.day}"
            if short
            else f"{day.day.day}/{day.day.month}",
            day.answered,
            day.handed,
        )
        for day in found.days
    )
    return Chart(
        business.settings.bot.company,
        _dates(business, found),
        tuple(tiles),
        bars,
        tell("chart_answered"),
        tell("chart_handed"),
    )


async def picture(business: Business, name: str) -> bytes:
    """The picture of a span, drawn when it leaves."""
    since, _, until = name.partition("-")
    found = await figures(business, int(since), int(until))
    return await asyncio.to_thread(draw, chart(business, found))
