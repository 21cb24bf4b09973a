"""Links that lead nowhere, and headings with nothing beneath them; of Markdown, where lines are known."""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from urllib.parse import SplitResult, unquote, urlsplit

from markdown_it import MarkdownIt

from bot.knowledge.articles import sections
from bot.knowledge.lint.fault import Fault, Kind, quoted

_MARKDOWN = MarkdownIt("commonmark").enable("table")
_BARE = re.compile(r"\bhttps?:[^\s<>()\[\]\"']+", re.IGNORECASE)
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]", re.IGNORECASE)
_TAIL = ".,;:!?*_"


def links(texts: Mapping[str, str], folder: Path, above: Mapping[str, int]) -> Iterator[Fault]:
    """`texts` by file, without their front matter, which took so many lines `above`."""
    anchors = {file: _anchors(text) for file, text in texts.items()}
    for file, text in texts.items():
        for target, line in _targets(text):
            if why := _dead(target, file, anchors, folder):
                yield Fault(file, line + above[file], Kind.DEAD_LINK, f"{quoted(target)} {why}")


def empty(texts: Mapping[str, str], above: Mapping[str, int]) -> Iterator[Fault]:
    for file, text in texts.items():
        kept = list(sections(text))
        for section, following in zip(kept, [*kept[1:], None], strict=True):
            is_parent = following is not None and following.level > section.level
            if section.level and not section.body and not is_parent:
                sentence = f"nothing stands beneath {quoted(section.heading)}"
                yield Fault(file, section.line + above[file], Kind.EMPTY, sentence)


def _targets(text: str) -> Iterator[tuple[str, int]]:
    """Each link and bare address of a text, with its line."""
    for token in _MARKDOWN.parse(text):
        if token.type != "inline" or token.map is None:
            continue
        linked = [str(child.attrGet("href")) for child in token.children or [] if child.type == "link_open"]
        said = "".join(child.content for child in token.children or [] if child.type in ("text", "softbreak"))
        bare = [found.rstrip(_TAIL) for found in _BARE.findall(said)]
        for target in dict.fromkeys([*linked, *bare]):
            yield target, _line(target, token.content, token.map[0], text)


def _line(target: str, paragraph: str, above: int, text: str) -> int:
    """Where it stands in its paragraph, or where a label is given its target; else where the paragraph begins."""
    for written in (target, unquote(target)):
        if written in paragraph:
            return above + 1 + paragraph.partition(written)[0].count("\n")
        if f"]: {written}" in text:
            return 1 + text.partition(f"]: {written}")[0].count("\n")
    return above + 1


def _dead(target: str, file: str, anchors: Mapping[str, frozenset[str]], folder: Path) -> str:
    """Why it leads nowhere; empty if it may lead somewhere."""
    try:
        parts = urlsplit(target)
    except ValueError:
        return "is no address"
    if parts.scheme:
        wrong = _SCHEMES.get(parts.scheme)
        return wrong(parts) if wrong else "is no link that a message can carry"
    if parts.netloc:
        return "has no https: before it"
    place = _resolved(unquote(parts.path), file) if parts.path else file
    if not place or not os.path.exists(folder / place):
        return "is no file of the knowledge base"
    if parts.fragment and place in anchors and unquote(parts.fragment).lower() not in anchors[place]:
        return f"names no heading of {place}"
    return ""


def _web(parts: SplitResult) -> str:
    try:
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "has no port that can be right"
    if port == 0 or not _HOST.fullmatch(
        host.encode("idna").decode() if host.isprintable() and _is_name(host) else ""
    ):
        return "has no host that can be right"
    return ""


def _is_name(host: str) -> bool:
    try:
        host.encode("idna")
    except UnicodeError:
        return False
    return True


def _mail(parts: SplitResult) -> str:
    return "" if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", unquote(parts.path)) else "is no e-mail address"


def _phone(parts: SplitResult) -> str:
    return "" if re.fullmatch(r"\+?[\d ().-]{3,20}", unquote(parts.path)) else "is no telephone number"


_SCHEMES: dict[str, Callable[[SplitResult], str]] = {
    "http": _web,
    "https": _web,
    "mailto": _mail,
    "tel": _phone,
}


def _resolved(path: str, file: str) -> str:
    """Where a path leads from a file, within the folder; empty if out of it."""
    parts: list[str] = []
    start = [] if path.startswith("/") else list(PurePosixPath(file).parent.parts)
    for part in [*start, *path.split("/")]:
        if part == ".." and not parts:
            return ""
        if part == "..":
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def _anchors(text: str) -> frozenset[str]:
    """What "#…" may name: headings in small letters, spaces as dashes, other signs left out."""
    named: dict[str, int] = {}
    for section in sections(text):
        slug = re.sub(r"[^\w\- ]", "", section.heading.lower()).replace(" ", "-")
        named[slug] = named.get(slug, -1) + 1
        if named[slug]:
            named[f"{slug}-{named[slug]}"] = 0
    return frozenset(named)
