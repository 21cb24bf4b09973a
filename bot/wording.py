"""A passage as a person would say it in a chat: its own words, and no more of them than are read."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final

from bot.content import Content, Entity, Style
from bot.knowledge.words import is_common, stem, words
from bot.split import stretch, units

MOST: Final = 700
"""What a chat can carry, in UTF-16 units: a screen of a phone. With a line before it fits WhatsApp's 1,024."""
A_LITTLE: Final = 1.2
"""So much more is not worth a cut."""
BRIEF: Final = 320
"""For somebody who has lost patience."""
LEAST: Final = 25
"""Fewer characters are a scrap, not an answer."""
ELLIPSIS: Final = " …"

_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+(?=[^\sa-zåäöæø])|\s*\n+\s*")
_LINE_END = re.compile(r"\n+")


def short(content: Content, asked: str = "", language: str = "", most: int = MOST) -> Content:
    """All of it if it is short; else the part that says most of what is `asked`, cut at sentence ends."""
    if units(content.text) <= most * A_LITTLE:
        return content
    lines = _spans(content.text, _LINE_END)
    start = lines[_likeliest(content.text, lines, asked, language)][0]
    spans = _with_titles_joined(content, _spans(content.text, _SENTENCE_END))
    end = _last_end(content.text, spans, start, most)
    kept = stretch(content, start, end)
    is_whole = end >= len(content.text.rstrip())
    return kept if is_whole else replace(kept, text=kept.text + ELLIPSIS)


def is_cut(content: Content) -> bool:
    """More of it stands in the passage."""
    return content.text.endswith(ELLIPSIS)


def narrowed(content: Content, about: Iterable[str], language: str) -> Content:
    """Only the sentences and lines that name what is asked about; all of it where they are none or most."""
    stems = {stem(word, language) for word in about}
    spans = _with_titles_joined(content, _spans(content.text, _SENTENCE_END))
    told = [span for span in spans if not stems.isdisjoint(_stems(content.text[slice(*span)], language))]
    if not told or 2 * len(told) > len(spans):
        return content
    kept = joined([stretch(content, *span) for span in told], "\n")
    return kept if len(kept.text) >= LEAST else content


def headed(content: Content, heading: str) -> Content:
    """With its heading in bold above it: what it answers is said, where that is not plain."""
    bold = Content(heading, (Entity(Style.BOLD, 0, units(heading)),))
    return joined([bold, content], "\n")


def after(lead: str, content: Content) -> Content:
    """With a sentence of ours before it."""
    return joined([Content(lead), content], "\n\n") if lead and content.text else content


def joined(pieces: Sequence[Content], between: str) -> Content:
    """One message of several texts; the last one's buttons and files stay."""
    text, entities = "", list[Entity]()
    for piece in pieces:
        text += between if text else ""
        shift = units(text)
        entities += [replace(entity, offset=entity.offset + shift) for entity in piece.entities]
        text += piece.text
    return replace(pieces[-1], text=text, entities=tuple(entities))


def cut_title(title: str, most: int) -> str:
    """Within a button's width, at a word's end where that leaves enough; counted in UTF-16 units."""
    if units(title) <= most:
        return title
    kept = title
    while units(kept) > most - 1:
        kept = kept[:-1]
    at_word = kept.rpartition(" ")[0]
    return (at_word if len(at_word) * 2 > len(kept) else kept).rstrip(" ,;:–-") + "…"


def _spans(text: str, end: re.Pattern[str]) -> list[tuple[int, int]]:
    """Start and end of each piece between the ends; none is empty."""
    found, start = [], 0
    for match in end.finditer(text):
        found.append((start, match.start()))
        start = match.end()
    found.append((start, len(text)))
    return [(start, end) for start, end in found if text[start:end].strip()]


def _with_titles_joined(content: Content, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """A line in bold heads what follows it, as in a table's row: neither says anything without the other."""
    bold = {(one.offset, one.length) for one in content.entities if one.style is Style.BOLD}
    found: list[tuple[int, int]] = []
    titled = False
    for start, end in spans:
        found.append((found.pop()[0], end) if titled else (start, end))
        titled = not titled and (units(content.text[:start]), units(content.text[start:end])) in bold
    return found


def _likeliest(text: str, lines: Sequence[tuple[int, int]], asked: str, language: str) -> int:
    """The line from which to say it: the first, unless another says more of what was asked."""
    stems = {stem(word, language) for word in words(asked) if not is_common(word, language)}
    told = [len(stems & _stems(text[start:end], language)) for start, end in lines]
    return told.index(max(told)) if max(told) > told[0] else 0


@lru_cache(maxsize=2000)
def _stems(text: str, language: str) -> frozenset[str]:
    return frozenset(stem(word, language) for word in words(text))


def _last_end(text: str, spans: Sequence[tuple[int, int]], start: int, most: int) -> int:
    """Where the last sentence ends that fits; a sentence that fits nowhere is said whole, and cut by the channel."""
    ends = [end for _, end in spans if end > start]
    fitting = [end for end in ends if units(text[start:end]) <= most]
    return max(fitting) if fitting else min(ends)
