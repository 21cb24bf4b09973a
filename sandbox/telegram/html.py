"""Telegram's HTML: a few tags, refused with the same words when one is unknown or left open."""

import re
from typing import Any

Json = dict[str, Any]

_TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}
_PIECE = re.compile(
    r"<(?P<close>/?)(?P<tag>[A-Za-z0-9-]*)(?P<rest>[^<>]*)>|&(?P<sign>#[xX][0-9a-fA-F]{1,6}|#\d{1,7}|[A-Za-z]+);?|[^<&]+|[<&]"
)
_ATTRIBUTE = re.compile(r"""([\w-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|(\S+)))?""")
_SIGNS = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}


def parse_html(source: str) -> tuple[str, list[Json]]:
    """The text and its entities (UTF-16 units). Raises ValueError in Telegram's words."""
    text, at = "", 0
    opened: list[tuple[str, Json]] = []
    entities: list[Json] = []
    for piece in _PIECE.finditer(source):
        where = len(source[: piece.start()].encode())
        if piece["tag"] is None:
            plain = _plain(piece, where)
            text += plain
            at += len(plain.encode("utf-16-le")) // 2
        elif piece["close"]:
            _close(piece["tag"].lower(), opened, entities, at, where)
        else:
            opened.append(_open(piece["tag"].lower(), piece["rest"], at, where))
    if opened:
        raise ValueError(f'Can\'t find end tag corresponding to start tag "{opened[-1][0]}"')
    return text, sorted(entities, key=lambda entity: (entity["offset"], -entity["length"]))


def _plain(piece: re.Match[str], where: int) -> str:
    sign = piece["sign"]
    if sign is None:
        if piece.group() == "<":
            raise ValueError(f"Unclosed start tag at byte offset {where}")
        return piece.group()
    if sign.startswith("#"):
        digits = sign[1:]
        code = int(digits[1:], 16) if digits[0] in "xX" else int(digits)
        return chr(code) if 0 < code < 0xD800 or 0xDFFF < code < 0x110000 else piece.group()
    return _SIGNS.get(sign, piece.group())


def _open(tag: str, rest: str, at: int, where: int) -> tuple[str, Json]:
    kind = _TAGS.get(tag)
    if kind is None:
        raise ValueError(f'Unsupported start tag "{tag}" at byte offset {where}')
    given = {match[1].lower(): match[2] or match[3] or match[4] or "" for match in _ATTRIBUTE.finditer(rest)}
    if tag == "span" and given.get("class") != "tg-spoiler":
        raise ValueError(f'Tag "span" must have class "tg-spoiler" at byte offset {where}')
    entity: Json = {"type": kind, "offset": at}
    if kind == "text_link":
        entity["url"] = _SIGNLESS.sub(lambda match: _SIGNS.get(match[1], match[0]), given.get("href", ""))
    if kind == "custom_emoji":
        entity["custom_emoji_id"] = given.get("emoji-id", "")
    if kind == "blockquote" and "expandable" in given:
        entity["type"] = "expandable_blockquote"
    return tag, entity


_SIGNLESS = re.compile(r"&(\w+);")


def _close(tag: str, opened: list[tuple[str, Json]], entities: list[Json], at: int, where: int) -> None:
    if not opened:
        raise ValueError(f"Unexpected end tag at byte offset {where}")
    expected, entity = opened.pop()
    if tag not in ("", expected):
        raise ValueError(
            f'Unmatched end tag at byte offset {where}, expected "</{expected}>", found "</{tag}>"'
        )
    entity["length"] = at - entity["offset"]
    if entity["length"] and not (entity["type"] == "text_link" and not entity["url"]):
        entities.append(entity)
