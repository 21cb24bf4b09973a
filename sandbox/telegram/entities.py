"""Formatted text as Telegram takes it: entities that fit their text, and two markup languages."""

import re
from typing import Any

from sandbox.telegram.errors import bad
from sandbox.telegram.html import parse_html
from sandbox.telegram.markdown import parse_markdown
from sandbox.telegram.params import Params

Json = dict[str, Any]

TEXT_MAX, CAPTION_MAX, ENTITIES_MAX = 4096, 1024, 100
_NAMES = (
    "mention hashtag cashtag bot_command url email phone_number bold italic underline strikethrough spoiler "
    "blockquote expandable_blockquote code pre text_link text_mention custom_emoji date_time"
)
KINDS = frozenset(_NAMES.split())
_FOUND = (
    ("bot_command", re.compile(r"(?<![\w/@])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?")),
    ("url", re.compile(r"https?://[^\s<>\"]+")),
    ("email", re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")),
    ("mention", re.compile(r"(?<![\w@/])@[A-Za-z]\w{3,31}")),
    ("hashtag", re.compile(r"(?<!\w)#\w+")),
)


def units(text: str) -> int:
    """The length in UTF-16 code units, in which Telegram counts."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def found_in(text: str) -> list[Json]:
    """The entities that Telegram finds by itself in what people write."""
    found: list[Json] = []
    for kind, pattern in _FOUND:
        for match in pattern.finditer(text):
            start, length = units(text[: match.start()]), units(match.group())
            if not any(_overlap(start, length, other) for other in found):
                found.append({"type": kind, "offset": start, "length": length})
    return sorted(found, key=lambda entity: entity["offset"])


def _overlap(start: int, length: int, other: Json) -> bool:
    return bool(start < other["offset"] + other["length"] and other["offset"] < start + length)


def formatted(params: Params, key: str, entities_key: str) -> tuple[str, list[Json]]:
    """A call's text and entities, after markup and without the white space around it."""
    text, mode = params.text(key), params.text("parse_mode")
    given = [] if mode else params.json(entities_key, [])
    return format_text(text, mode, given)


def format_text(text: str, mode: str, given: Any) -> tuple[str, list[Json]]:
    """Raises Refusal for markup that cannot be read and entities that do not fit."""
    if mode:
        text, entities = _parse(text, mode)
    else:
        entities = check(given, text) if given else []
    bare = text.strip()
    if len(bare) == len(text) or not entities:
        return bare, entities
    return bare, _moved(entities, units(text[: len(text) - len(text.lstrip())]), units(bare))


def _parse(text: str, mode: str) -> tuple[str, list[Json]]:
    parse = {"html": parse_html, "markdownv2": parse_markdown}.get(mode.lower())
    if parse is None:
        raise bad("unsupported parse_mode")
    try:
        return parse(text)
    except ValueError as mistake:
        raise bad(f"can't parse entities: {mistake}") from None


def _moved(entities: list[Json], skipped: int, length: int) -> list[Json]:
    moved = []
    for entity in entities:
        start = max(entity["offset"] - skipped, 0)
        end = min(entity["offset"] + entity["length"] - skipped, length)
        if end > start:
            moved.append({**entity, "offset": start, "length": end - start})
    return moved


def check(given: Any, text: str) -> list[Json]:
    """The entities in order, if each fits the text and none cuts another. Raises Refusal."""
    if not isinstance(given, list):
        raise bad("can't parse entities: expected an Array of MessageEntity")
    for entity in given:
        _check_shape(entity)
    entities = sorted(given, key=lambda entity: (entity["offset"], -entity["length"]))
    wide = text.encode("utf-16-le", "surrogatepass")
    for entity in entities:
        _check_range(entity, wide)
    _check_nesting(entities)
    return entities[:ENTITIES_MAX]


def _check_shape(entity: Any) -> None:
    whole = isinstance(entity, dict) and all(type(entity.get(key)) is int for key in ("offset", "length"))
    if not whole or entity.get("type") not in KINDS:
        raise bad("can't parse MessageEntity: unsupported type specified")
    if entity["offset"] < 0:
        raise bad(f"receive an entity with incorrect offset {entity['offset']}")
    if entity["length"] < 0:
        raise bad(f"receive an entity with incorrect length {entity['length']}")
    if entity["type"] == "text_link" and not entity.get("url"):
        raise bad("can't parse MessageEntity: Can't find field \"url\"")


def _check_range(entity: Json, wide: bytes) -> None:
    start, end = entity["offset"], entity["offset"] + entity["length"]
    if start > len(wide) // 2:
        raise bad(f"entity begins after the end of the text at UTF-16 offset {start}")
    if end > len(wide) // 2:
        where = f"entity beginning at UTF-16 offset {start} ends after the end of the text"
        raise bad(f"{where} at UTF-16 offset {end}")
    if _in_a_pair(wide, start):
        raise bad(f"entity begins in a middle of a UTF-16 symbol at byte offset {_bytes(wide, start)}")
    if _in_a_pair(wide, end):
        where = f"entity beginning at UTF-16 offset {start} ends in a middle of a UTF-16 symbol"
        raise bad(f"{where} at byte offset {_bytes(wide, end)}")


def _in_a_pair(wide: bytes, unit: int) -> bool:
    return 0xDC <= (wide[2 * unit + 1] if 2 * unit + 1 < len(wide) else 0) <= 0xDF


def _bytes(wide: bytes, unit: int) -> int:
    return len(wide[: 2 * unit + 2].decode("utf-16-le", "ignore").encode())


def _check_nesting(entities: list[Json]) -> None:
    """Telegram cuts crossing entities quietly; its documentation forbids them, and so do we."""
    ends: list[int] = []
    for entity in entities:
        start, end = entity["offset"], entity["offset"] + entity["length"]
        while ends and ends[-1] <= start:
            ends.pop()
        if ends and end > ends[-1]:
            raise bad(f"can't parse entities: entity at UTF-16 offset {start} crosses another one")
        ends.append(end)


def check_text(text: str, too_long: str = "message is too long") -> None:
    if not text:
        raise bad("message text is empty")
    if len(text) > TEXT_MAX // 2 and units(text) > TEXT_MAX:
        raise bad(too_long)


def check_caption(text: str) -> None:
    if len(text) > CAPTION_MAX // 2 and units(text) > CAPTION_MAX:
        raise bad("message caption is too long")
