"""Cuts what is too long for one message where a reader would: paragraph, line, sentence, word."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace

from bot.channel import Limits
from bot.content import Content, Entity

_LINK = re.compile(r"(?:https?://|www\.)\S+|(?<!\S)[^\s@]{1,64}@\S{1,255}")
_PLACES = (
    re.compile(r"\n\s*\n"),
    re.compile(r"\n"),
    re.compile(r"(?<=[.!?…:;])\s+"),
    re.compile(r"\s+"),
)
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
"""Characters that are two UTF-16 code units."""
_JOINERS = {"\u200d", "\ufe0e", "\ufe0f", "\u20e3"}
_LEAST = 0.4
"""A better kind of place counts only when it leaves no message shorter than this share of the limit."""


def units(text: str) -> int:
    """Length in UTF-16 code units, as the platforms count."""
    return len(text) if text.isascii() else len(text) + len(_ASTRAL.findall(text))


def parts(content: Content, limits: Limits) -> list[Content]:
    """The messages that together carry `content` within the limits, in order. Empty for nothing to say."""
    if _fits(content, limits):
        return [content]
    return [
        *_with_media(content, limits),
        *_with_text(_left_over(content, limits), limits),
        *_others(content),
    ]


def _fits(content: Content, limits: Limits) -> bool:
    """It is a text for one message, as most are."""
    if content.media or content.place or content.shared or content.unreadable or content.wordless:
        return False
    return units(content.text) <= (
        min(limits.text, limits.text_with_buttons) if content.buttons else limits.text
    )


def _captioned(content: Content, limits: Limits) -> bool:
    """The text fits under the first file."""
    return (
        bool(content.media)
        and units(content.text) <= limits.caption
        and content.media[0].kind not in limits.captionless
    )


def _with_media(content: Content, limits: Limits) -> Iterator[Content]:
    for start in range(0, len(content.media), limits.album):
        first = start == 0 and _captioned(content, limits)
        yield Content(
            media=content.media[start : start + limits.album],
            text=content.text if first else "",
            entities=content.entities if first else (),
        )


def _left_over(content: Content, limits: Limits) -> Content:
    if _captioned(content, limits):
        return Content()
    buttons = content.buttons if units(content.text) <= limits.text_with_buttons else ()
    return Content(text=content.text, entities=content.entities, buttons=buttons)


def _with_text(content: Content, limits: Limits) -> Iterator[Content]:
    if content.wordless:
        return
    if units(content.text) <= limits.text:
        yield content
        return
    pieces = (stretch(content, start, end) for start, end in _stretches(content, limits.text))
    yield from (piece for piece in pieces if not piece.wordless)


def _others(content: Content) -> Iterator[Content]:
    if content.place:
        yield Content(place=content.place)
    if content.shared:
        yield Content(shared=content.shared)


def _stretches(content: Content, most: int) -> Iterator[tuple[int, int]]:
    """Start and end of each part, in characters."""
    text = content.text
    offsets = _offsets(text)
    closed = _closed(content, offsets, most)
    start = 0
    while offsets[len(text)] - offsets[start] > most:
        end = bisect_right(offsets, offsets[start] + most) - 1
        cut = _cut(text, start, end, closed)
        yield start, cut
        start = cut
    yield start, len(text)


def _cut(text: str, start: int, end: int, closed: list[tuple[int, int]]) -> int:
    """The best place to cut in (start, end]; there is always one."""
    least = start + int((end - start) * _LEAST)
    for pattern in _PLACES:
        for match in reversed(list(pattern.finditer(text, least, min(end + 1, len(text))))):
            if start < match.start() <= end and not _inside(match.start(), closed):
                return match.start()
    cut = end
    while cut > start + 1 and (_inside(cut, closed) or _inside_character(text, cut)):
        cut -= 1
    return cut if cut > start + 1 else end


def _inside(position: int, closed: list[tuple[int, int]]) -> bool:
    return any(start < position < end for start, end in closed)


def _inside_character(text: str, position: int) -> bool:
    """The reader sees the characters on both sides as one (accents, emoji of several parts)."""
    after, before = text[position], text[position - 1]
    return (
        unicodedata.combining(after) > 0
        or after in _JOINERS
        or before == "\u200d"
        or 0x1F3FB <= ord(after) <= 0x1F3FF
        or _is_half_flag(text, position)
    )


def _is_half_flag(text: str, position: int) -> bool:
    count = 0
    while count < position and 0x1F1E6 <= ord(text[position - 1 - count]) <= 0x1F1FF:
        count += 1
    return count % 2 == 1 and 0x1F1E6 <= ord(text[position]) <= 0x1F1FF


def _closed(content: Content, offsets: list[int], most: int) -> list[tuple[int, int]]:
    """Stretches that must stay whole: links, and styled ones that fit into a message."""
    links = [match.span() for match in _LINK.finditer(content.text)]
    styled = [
        (bisect_right(offsets, entity.offset) - 1, bisect_right(offsets, entity.offset + entity.length) - 1)
        for entity in content.entities
        if entity.length <= most
    ]
    return [span for span in links if offsets[span[1]] - offsets[span[0]] <= most] + styled


def _offsets(text: str) -> list[int]:
    """The UTF-16 offset of each character, and of the end."""
    offsets = [0]
    for character in text:
        offsets.append(offsets[-1] + (2 if ord(character) > 0xFFFF else 1))
    return offsets


def stretch(content: Content, start: int, end: int) -> Content:
    """One part, without the white space at its ends, with the entities that lie in it."""
    piece = content.text[start:end]
    lead = len(piece) - len(piece.lstrip())
    first = units(content.text[: start + lead])
    text = piece.strip()
    last = first + units(text)
    entities = tuple(
        _clip(entity, first, last) for entity in content.entities if _overlaps(entity, first, last)
    )
    return replace(content, text=text, entities=entities, media=(), buttons=())


def _overlaps(entity: Entity, first: int, last: int) -> bool:
    return entity.offset < last and entity.offset + entity.length > first


def _clip(entity: Entity, first: int, last: int) -> Entity:
    start = max(entity.offset, first)
    end = min(entity.offset + entity.length, last)
    return replace(entity, offset=start - first, length=end - start)
