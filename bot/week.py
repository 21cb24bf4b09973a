"""The week in figures: how many were served, by whom, how quickly, and how they liked it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import quantiles
from zoneinfo import ZoneInfo

from bot.business import Business
from bot.knowledge.words import COMMON, stem, words
from bot.zones import local
from storage import week
from storage.week import Handed, Spoken

DAY = 86_400_000
WEEK = 7 * DAY
MOST_QUESTIONS = 5
ALIKE = 0.6
"""Questions that share so many of their telling words are one."""


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    answered: int
    handed: int


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question that the knowledge base has no answer to, and how many asked it."""

    question: str
    ticket_id: int
    count: int


@dataclass(frozen=True, slots=True)
class Figures:
    since: int
    until: int
    handled: int
    """Conversations in which a customer wrote."""
    bot_alone: int
    """Those that the bot answered and nobody was asked about."""
    alone_before: int
    """The same a week earlier, when seven days have passed since each answer;"""
    still_closed: int
    """of which so many needed no person in those seven days."""
    reasons: dict[str, int]
    reopened: int
    late: int
    """Broken promises."""
    first_responses: tuple[int, ...]
    """Milliseconds of open time, sorted."""
    ratings: dict[str, int]
    unanswered: tuple[Unanswered, ...]
    days: tuple[Day, ...]

    @property
    def handed_over(self) -> int:
        return sum(self.reasons.values())

    @property
    def median(self) -> int | None:
        return percentile(self.first_responses, 50)

    @property
    def p90(self) -> int | None:
        return percentile(self.first_responses, 90)


def percentile(values: Sequence[int], share: int) -> int | None:
    """None for nothing to measure."""
    if len(values) < 2:
        return values[0] if values else None
    return int(quantiles(values, n=100, method="inclusive")[share - 1])


async def figures(business: Business, since: int, until: int) -> Figures:
    db = business.db
    spoken = [one for one in await week.conversations(db, since, until) if one.asked]
    handed = await week.tickets(db, since, until)
    before = await week.conversations(db, since - WEEK, since)
    earlier = await week.tickets(db, since - WEEK, until)
    befell = await week.milestones(db, since, until)
    alone_before = _alone(before, [one for one in earlier if one.opened_at < since])
    return Figures(
        since,
        until,
        handled=len(spoken),
        bot_alone=len(_alone(spoken, handed)),
        alone_before=len(alone_before),
        still_closed=sum(not _came_back(one, earlier) for one in alone_before),
        reasons=dict(Counter(one.reason for one in handed).most_common()),
        reopened=sum(one.reopened > 0 for one in handed),
        late=sum(row["kind"] == "late" for row in befell),
        first_responses=_responses(business, handed),
        ratings=dict(Counter(row["value"] for row in befell if row["kind"] == "rated")),
        unanswered=unanswered([one for one in handed if one.reason == "no_answer"]),
        days=_days(business, since, until, await week.answers(db, since, until), handed),
    )


def _alone(spoken: Sequence[Spoken], handed: Sequence[Handed]) -> list[Spoken]:
    with_person = {one.conversation_id for one in handed}
    return [one for one in spoken if one.answered and one.conversation_id not in with_person]


def _came_back(spoken: Spoken, handed: Sequence[Handed]) -> bool:
    """They needed a person within seven days of the bot's last answer."""
    return any(
        one.conversation_id == spoken.conversation_id and 0 <= one.opened_at - spoken.last_answer_at < WEEK
        for one in handed
    )


def _responses(business: Business, handed: Sequence[Handed]) -> tuple[int, ...]:
    hours = business.settings.opening_hours
    return tuple(sorted(hours.between(one.opened_at, one.replied_at) for one in handed if one.replied_at))


def unanswered(handed: Sequence[Handed]) -> tuple[Unanswered, ...]:
    """What was asked most often and not answered; questions that say nearly the same are one."""
    groups: list[tuple[frozenset[str], list[Handed]]] = []
    for one in handed:
        telling = telling_words(one.question)
        fitting = next((group for said, group in groups if alike(said, telling)), None)
        if fitting is None:
            groups.append((telling, [one]))
        else:
            fitting.append(one)
    largest = sorted((group for _, group in groups), key=len, reverse=True)[:MOST_QUESTIONS]
    return tuple(Unanswered(group[-1].question, group[-1].id, len(group)) for group in largest)


def telling_words(question: str) -> frozenset[str]:
    """The stems of what it is about; of all its words where none tells."""
    said = words(question)
    small = frozenset().union(*COMMON.values())
    telling = [word for word in said if word not in small] or said
    return frozenset(stem(word, language) for word in telling for language in ("en",))


def alike(first: frozenset[str], second: frozenset[str]) -> bool:
    return bool(first) and len(first & second) >= ALIKE * len(first | second)


def _days(
    business: Business, since: int, until: int, answered: Sequence[int], handed: Sequence[Handed]
) -> tuple[Day, ...]:
    zone = ZoneInfo(business.settings.bot.timezone)
    by_bot = Counter(local(zone, at).date() for at in answered)
    by_staff = Counter(local(zone, one.opened_at).date() for one in handed)
    first, last = local(zone, since).date(), local(zone, until - 1).date()
    all_days = [first + timedelta(number) for number in range((last - first).days + 1)]
    return tuple(Day(day, by_bot[day], by_staff[day]) for day in all_days)
