"""`gaps`: what customers asked and got no answer to, in groups of questions alike, with examples."""

from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

import orjson

from bot.app import look_only
from bot.learning import DAY_MILLISECONDS, Asked, Gap, gaps, questions
from bot.settings import Settings

EXAMPLES, LINES = 3, 30


async def show(settings: Settings, *, days: int | None, as_json: bool) -> int:
    """Print what was not answered, what was asked most often first. Reads the database of a bot that may run."""
    app = await look_only(settings)
    business = app.business
    try:
        since = business.clock.now() - (days or settings.learning.days) * DAY_MILLISECONDS
        asked = await questions(business.db, since)
    finally:
        await app.close_unstarted()
    found = gaps(asked)
    print(_as_json(asked, found) if as_json else _as_text(asked, found, settings.bot.timezone))
    return 0


def outcomes(asked: list[Asked]) -> Counter[str]:
    return Counter(one.outcome for one in asked)


def _as_json(asked: list[Asked], found: list[Gap]) -> str:
    counts = dict(outcomes(asked))
    groups = [
        {
            "topic": gap.topic,
            "language": gap.language,
            "times": gap.times,
            "examples": gap.examples[:EXAMPLES],
            "reasons": dict(Counter(one.record.why or one.outcome for one in gap.asked)),
            "nearest": [{"file": file, "heading": heading} for file, heading in _nearest(gap)],
            "last": max(one.at for one in gap.asked),
        }
        for gap in found
    ]
    return orjson.dumps({"questions": len(asked), "outcomes": counts, "gaps": groups}).decode()


def _as_text(asked: list[Asked], found: list[Gap], timezone: str) -> str:
    counts = ", ".join(f"{count} {outcome}" for outcome, count in outcomes(asked).most_common())
    lines = [f"{len(asked)} questions: {counts or 'none'}", ""]
    for gap in found[:LINES]:
        last = datetime.fromtimestamp(max(one.at for one in gap.asked) / 1000, ZoneInfo(timezone))
        lines.append(f"{gap.times:4} × [{gap.language}] {gap.example}   (last {last:%Y-%m-%d})")
        lines += [f"         {example}" for example in gap.examples[1:EXAMPLES]]
        lines += [f"         nearest: {file} # {heading}" for file, heading in _nearest(gap)[:1]]
    if len(found) > LINES:
        lines.append(f"… and {len(found) - LINES} more")
    return "\n".join(lines)


def _nearest(gap: Gap) -> list[tuple[str, str]]:
    """The passages that came nearest, the one that did so most often first."""
    counts = Counter(one.record.hits[0][:2] for one in gap.asked if one.record.hits)
    return [passage for passage, _ in counts.most_common(EXAMPLES)]
