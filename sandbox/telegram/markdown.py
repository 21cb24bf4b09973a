"""Telegram's MarkdownV2: every sign that could mean something must mean it or be escaped."""

import re
from typing import Any

Json = dict[str, Any]

_RESERVED = frozenset("_*[]()~`>#+-=|{}.!")
_MARKS = (
    ("__", "underline", "Underline"),
    ("||", "spoiler", "Spoiler"),
    ("*", "bold", "Bold"),
    ("_", "italic", "Italic"),
    ("~", "strikethrough", "Strikethrough"),
)
_CODE = re.compile(r"(?P<fence>```)(?:(?P<language>[^\s`]+)\n|\n)?|`")
_TARGET = re.compile(r"\]\(((?:\\.|[^)\\])*)\)")


class _Writing:
    """The text so far, with what is open in it."""

    def __init__(self, source: str) -> None:
        self.source, self.pos = source, 0
        self.text: list[str] = []
        self.at = 0
        self.open: list[tuple[str, str, Json, int]] = []
        self.entities: list[Json] = []

    def write(self, plain: str) -> None:
        self.text.append(plain)
        self.at += len(plain.encode("utf-16-le")) // 2

    def byte(self) -> int:
        return len(self.source[: self.pos].encode())

    def close(self, **more: Any) -> None:
        _, _, entity, _ = self.open.pop()
        entity |= {"length": self.at - entity["offset"], **more}
        if entity["length"]:
            self.entities.append(entity)


def parse_markdown(source: str) -> tuple[str, list[Json]]:
    """The text and its entities (UTF-16 units). Raises ValueError in Telegram's words."""
    writing = _Writing(source)
    while writing.pos < len(source):
        if not (_escape(writing) or _quote(writing) or _code(writing) or _link(writing) or _mark(writing)):
            _plain(writing)
    _end_quote(writing)
    if writing.open:
        _, name, _, byte = writing.open[-1]
        raise ValueError(f"Can't find end of {name} entity at byte offset {byte}")
    entities = sorted(writing.entities, key=lambda entity: (entity["offset"], -entity["length"]))
    return "".join(writing.text), entities


def _escape(writing: _Writing) -> bool:
    following = writing.source[writing.pos + 1 : writing.pos + 2]
    if writing.source[writing.pos] != "\\" or not following or not 0 < ord(following) < 127:
        return False
    writing.write(following)
    writing.pos += 2
    return True


def _quote(writing: _Writing) -> bool:
    starts = writing.pos == 0 or writing.source[writing.pos - 1] == "\n"
    if not starts or writing.source[writing.pos] != ">":
        if starts:
            _end_quote(writing)
        return False
    if not any(mark == ">" for mark, *_ in writing.open):
        writing.open.append((">", "Blockquote", {"type": "blockquote", "offset": writing.at}, writing.byte()))
    writing.pos += 1
    return True


def _end_quote(writing: _Writing) -> None:
    if writing.open and writing.open[-1][0] == ">":
        writing.close()


def _code(writing: _Writing) -> bool:
    match = _CODE.match(writing.source, writing.pos)
    if match is None:
        return False
    fence = "```" if match["fence"] else "`"
    end = re.compile(rf"(?<!\\){fence}").search(writing.source, match.end())
    if end is None:
        name = "Pre" if match["fence"] else "Code"
        raise ValueError(f"Can't find end of {name} entity at byte offset {writing.byte()}")
    plain = re.sub(r"\\([\\`])", r"\1", writing.source[match.end() : end.start()])
    entity: Json = {"type": "pre" if match["fence"] else "code", "offset": writing.at}
    if match["language"]:
        entity["language"] = match["language"]
    writing.write(plain)
    writing.entities.append({**entity, "length": writing.at - entity["offset"]})
    writing.pos = end.end()
    return True


def _link(writing: _Writing) -> bool:
    if writing.source[writing.pos] == "[":
        writing.open.append(("[", "TextUrl", {"type": "text_link", "offset": writing.at}, writing.byte()))
        writing.pos += 1
        return True
    if writing.source[writing.pos] != "]" or not writing.open or writing.open[-1][0] != "[":
        return False
    match = _TARGET.match(writing.source, writing.pos)
    if match is None:
        raise ValueError(f"Can't find end of a URL at byte offset {writing.byte()}")
    writing.close(url=re.sub(r"\\(.)", r"\1", match[1]))
    writing.pos = match.end()
    return True


def _mark(writing: _Writing) -> bool:
    for mark, kind, name in _MARKS:
        if writing.source.startswith(mark, writing.pos):
            if writing.open and writing.open[-1][0] == mark:
                writing.close()
            elif any(opened == mark for opened, *_ in writing.open):
                _, other, _, byte = writing.open[-1]
                raise ValueError(f"Can't find end of {other} entity at byte offset {byte}")
            else:
                entity: Json = {"type": kind, "offset": writing.at}
                writing.open.append((mark, name, entity, writing.byte()))
            writing.pos += len(mark)
            return True
    return False


def _plain(writing: _Writing) -> None:
    sign = writing.source[writing.pos]
    if sign in _RESERVED:
        raise ValueError(f"Character '{sign}' is reserved and must be escaped with the preceding '\\'")
    writing.write(sign)
    writing.pos += 1
