"""Writes styled text as WhatsApp styles it: *bold*, _italic_, ~struck~, ```mono```, > quote, text (url)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from bot.content import Entity, Style

MARKS: dict[Style, str] = {
    Style.BOLD: "*",
    Style.ITALIC: "_",
    Style.STRIKETHROUGH: "~",
    Style.CODE: "```",
    Style.PRE: "```",
}
"""WhatsApp knows no underline and no spoiler: those are left out."""

IN_ONE_LINE = frozenset((Style.BOLD, Style.ITALIC, Style.STRIKETHROUGH))
VERBATIM = frozenset((Style.CODE, Style.PRE))
WORTH_SHOWING = re.compile(r"(?:https?://|mailto:|tel:)", re.IGNORECASE)
OUTERMOST_FIRST = tuple(MARKS)


@dataclass(frozen=True, slots=True)
class Span:
    """A styled stretch; `start` and `end` count characters of a Python string."""

    style: Style
    start: int
    end: int
    url: str = ""


def formatted(text: str, entities: Sequence[Entity], most: int) -> str:
    """The text with its marks, or with fewer where they would make it longer than `most` UTF-16 units."""
    if not entities:
        return text
    spans = list(_spans(text, entities))
    for chosen in (spans, [span for span in spans if span.style == Style.LINK]):
        written = _written(text, chosen)
        if units(written) <= most:
            return written
    return text


def units(text: str) -> int:
    """The text's length in UTF-16 code units."""
    return len(text) + sum(char > "\uffff" for char in text)


def _spans(text: str, entities: Sequence[Entity]) -> Iterator[Span]:
    if not entities:
        return
    place = _places(text)
    last = len(place) - 1
    for entity in entities:
        start = place[min(max(entity.offset, 0), last)]
        end = place[min(max(entity.offset + entity.length, 0), last)]
        if start < end:
            yield Span(entity.style, start, end, entity.url)


def _places(text: str) -> Sequence[int]:
    """Where the character that holds each UTF-16 unit stands; one more for the end."""
    if text.isascii():
        return range(len(text) + 1)
    places = [index for index, char in enumerate(text) for _ in range(1 + (char > "\uffff"))]
    return [*places, len(text)]


def _written(text: str, spans: Sequence[Span]) -> str:
    before: dict[int, str] = {}
    after: dict[int, str] = {}
    marked = _nested(text, [span for span in spans if span.style in MARKS])
    for span in spans:
        if span.style == Style.QUOTE:
            before.update(_quote_marks(text, span))
    for span in marked:
        mark = MARKS[span.style]
        before[span.start] = before.get(span.start, "") + mark
        after[span.end] = mark + after.get(span.end, "")
    for span in spans:
        if span.style == Style.LINK and _worth_showing(text, span, marked):
            after[span.end] = f"{after.get(span.end, '')} ({span.url})"
    for span in spans:
        if span.style == Style.QUOTE and text[span.end : span.end + 1] not in ("", "\n"):
            after[span.end] = after.get(span.end, "") + "\n"
    places = sorted({0, len(text), *before, *after})
    parts = [
        after.get(here, "") + before.get(here, "") + text[here:there] for here, there in pairwise(places)
    ]
    return "".join(parts) + after.get(len(text), "")


def _nested(text: str, spans: Sequence[Span]) -> list[Span]:
    """The spans so that each stands wholly inside or outside every other, outer ones first."""
    waiting = sorted(
        (piece for span in spans for piece in _pieces(text, span)), key=_outer_first, reverse=True
    )
    done: list[Span] = []
    around: list[Span] = []
    while waiting:
        span = waiting.pop()
        while around and around[-1].end <= span.start:
            around.pop()
        if around and span.end > around[-1].end:
            edge = around[-1].end
            for half in (replace(span, end=edge), replace(span, start=edge)):
                waiting.extend(_pieces(text, half))
            waiting.sort(key=_outer_first, reverse=True)
            continue
        if _shows(text, span, around):
            done.append(span)
            around.append(span)
    return done


def _outer_first(span: Span) -> tuple[int, int, int]:
    return span.start, -span.end, OUTERMOST_FIRST.index(span.style)


def _pieces(text: str, span: Span) -> Iterator[Span]:
    """WhatsApp's bold ends with its line, and a mark with a space inside it is shown as it is."""
    lines = re.finditer(r"[^\n]+" if span.style in IN_ONE_LINE else r"(?s).+", text[span.start : span.end])
    for line in lines:
        inner = line[0].strip()
        if inner:
            start = span.start + line.start() + line[0].index(inner)
            yield replace(span, start=start, end=start + len(inner))


def _shows(text: str, span: Span, around: Sequence[Span]) -> bool:
    """WhatsApp reads a mark only between a word and something that is none."""
    if any(outer.style in VERBATIM or outer.style == span.style for outer in around):
        return False
    inner = text[span.start : span.end]
    beside = text[max(span.start - 1, 0) : span.start] + text[span.end : span.end + 1]
    return MARKS[span.style] not in inner and inner == inner.strip() and not any(map(str.isalnum, beside))


def _quote_marks(text: str, span: Span) -> Iterator[tuple[int, str]]:
    yield span.start, "> " if span.start == 0 or text[span.start - 1] == "\n" else "\n> "
    for line in re.finditer(r"\n(?=.)", text[span.start : span.end], re.DOTALL):
        yield span.start + line.end(), "> "


def _worth_showing(text: str, link: Span, marked: Sequence[Span]) -> bool:
    """Not in code, not an address inside the app, and not where the text is the address already."""
    if any(span.style in VERBATIM and span.start < link.end <= span.end for span in marked):
        return False
    says, url = text[link.start : link.end].rstrip("/").lower(), link.url.rstrip("/").lower()
    scheme = WORTH_SHOWING.match(url)
    return scheme is not None and says not in (url, url[scheme.end() :])
