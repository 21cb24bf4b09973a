"""Passages that their own questions do not find, and passages that are too long to be said in a chat."""

from collections.abc import Iterator, Sequence

from bot.knowledge.articles import Passage
from bot.knowledge.edition import Edition
from bot.knowledge.lint.fault import Fault, Kind, at, place, quoted
from bot.knowledge.render import render

MOST_SIGNS = 1_500
"""About a screen of a telephone; what is longer is scrolled and not read."""


def never_found(passages: Sequence[Passage], edition: Edition, now: int) -> Iterator[Fault]:
    for passage in passages:
        if passage.holds(now) and (why := _why_not(passage, edition, now)):
            yield at(passage, Kind.NEVER_FOUND, why)


def too_long(passages: Sequence[Passage]) -> Iterator[Fault]:
    for passage in passages:
        if (length := len(render(passage.body).text)) > MOST_SIGNS:
            sentence = f"{length:,} characters are too long to say; give its parts headings of their own"
            yield at(passage, Kind.TOO_LONG, sentence)


def _why_not(passage: Passage, edition: Edition, now: int) -> str:
    """Empty if one of its questions finds it first, and surely."""
    shadow: Passage | None = None
    first = False
    for question in passage.questions:
        found = edition.find(question, passage.language, 1, passage.audience, now)
        best = found.hits[0].passage if found.hits else None
        if best == passage:
            if found.answered:
                return ""
            first = True
        elif best is not None:
            shadow = shadow or best
    if not first and shadow is not None:
        return f"its own question finds {quoted(shadow.heading)} ({place(shadow)}) instead; say what only this one answers"
    return "no question of its own is sure enough to answer it; add phrasings with also:"
