"""Reads what the page asks for: the right kinds of values, or a word on what is wrong."""

import base64
import binascii
from collections.abc import Collection
from typing import Any

from sandbox.samples import SAMPLES

Json = dict[str, Any]

LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024
MOST_BYTES = 10 * 1024 * 1024


class ActRefused(ValueError):
    """The act makes no sense; the message says why."""


def words(wish: Json, key: str = "text", most: int = LONGEST_TEXT) -> str:
    """Raises ActRefused for none, for blank and for too long ones."""
    text = wish.get(key)
    if not isinstance(text, str) or not text.strip():
        raise ActRefused(f"{key}: write something first")
    if len(text) > most:
        raise ActRefused(f"{key}: at most {most} characters")
    return text.strip()


def number(wish: Json, key: str) -> int:
    value = wish.get(key)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ActRefused(f"{key}: {value!r} is not a whole number")
    return value


def switch(wish: Json, key: str = "on") -> bool:
    value = wish.get(key)
    if not isinstance(value, bool):
        raise ActRefused(f"{key}: is neither true nor false")
    return value


def one_of(wish: Json, key: str, known: Collection[str]) -> str:
    value = wish.get(key)
    if not isinstance(value, str) or value not in known:
        raise ActRefused(f"{key}: {value!r} is none of {', '.join(known)}")
    return value


def emoji(wish: Json) -> str:
    """Empty takes the reaction back."""
    value = wish.get("emoji")
    if not isinstance(value, str) or len(value) > 12:
        raise ActRefused("emoji: is none")
    return value


def file(wish: Json) -> tuple[str, Json]:
    """The kind of file, and its bytes, name and type: the page's own or a sample."""
    kind = one_of(wish, "kind", SAMPLES)
    sample, content = SAMPLES[kind], wish.get("content")
    if content is None:
        return kind, {"content": sample.content, "name": sample.name, "mime": sample.mime}
    try:
        raw = base64.b64decode(str(content), validate=True)
    except binascii.Error as error:
        raise ActRefused("content: is not base64") from error
    if not 0 < len(raw) <= MOST_BYTES:
        raise ActRefused("content: a file of 1 byte to 10 MB, please")
    return kind, {
        "content": raw,
        "name": str(wish.get("name", ""))[:100],
        "mime": str(wish.get("mime", ""))[:100],
    }


def caption(wish: Json) -> str:
    return str(wish.get("caption", "")).strip()[:LONGEST_CAPTION]
