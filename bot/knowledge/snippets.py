"""Snippets: Markdown files of words that staff send again and again, with places to fill and files to attach."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bot.content import Content, Media
from bot.knowledge.articles import Unreadable
from bot.knowledge.folder import SNIPPETS, decode, read_bytes
from bot.knowledge.render import render
from bot.local_files import media

MOST = 500
LONGEST_LINE = 60
_PLACE = re.compile(r"\{([a-z_]{1,30})\}")
_FILE = re.compile(r"^[ \t]*attach:[ \t]*(\S.*?)[ \t]*$", re.MULTILINE | re.IGNORECASE)
"""A line of its own that names a file beside the snippet."""
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~&])")


@dataclass(frozen=True, slots=True)
class Snippet:
    name: str
    language: str
    """Empty: for customers of any language."""
    path: Path
    text: str

    @property
    def first_line(self) -> str:
        line = next((line.strip("#* ") for line in self.text.splitlines() if line.strip("#* ")), "")
        return line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE - 1] + "…"


class Unfit(Exception):
    """The snippet cannot be sent; `missing` are the places that nothing fills, `file` is an attachment that
    is not there."""

    def __init__(self, *, missing: Sequence[str] = (), file: str = "") -> None:
        super().__init__(", ".join(missing) or file)
        self.missing, self.file = tuple(missing), file


def read_snippets(folder: Path, languages: Sequence[str]) -> list[Snippet]:
    """All of the knowledge base's, by name. What cannot be read is left out."""
    root = folder / SNIPPETS
    found = []
    for path in sorted(root.glob("*.md"))[:MOST]:
        if path.name.startswith((".", "~", "#")):
            continue
        try:
            text = decode(read_bytes(path, root))
        except Unreadable:
            continue
        name, _, language = path.stem.rpartition(".")
        of_language = language.lower() if name and language.lower() in languages else ""
        found.append(Snippet((name if of_language else path.stem).lower(), of_language, path, text))
    return found


def fitting(snippets: Sequence[Snippet], language: str) -> dict[str, Snippet]:
    """By name, each in the customer's language where there is one."""
    chosen: dict[str, Snippet] = {}
    for snippet in snippets:
        best = chosen.get(snippet.name)
        rank = {language: 2, "": 1}
        if best is None or rank.get(snippet.language, 0) > rank.get(best.language, 0):
            chosen[snippet.name] = snippet
    return chosen


def search(snippets: Mapping[str, Snippet], words: str) -> list[Snippet]:
    """The one that is called so, else those whose name or text has all the words."""
    wanted = words.casefold().split()
    if exact := snippets.get("-".join(wanted)) or snippets.get(words.casefold().strip()):
        return [exact]
    by_name = [one for one in snippets.values() if all(word in one.name for word in wanted)]
    in_text = [one for one in snippets.values() if all(word in one.text.casefold() for word in wanted)]
    return by_name or in_text


def filled(snippet: Snippet, values: Mapping[str, str]) -> Content:
    """What is sent, its places filled in and its files attached. Raises Unfit."""
    missing = sorted({name for name in _PLACE.findall(snippet.text) if not values.get(name)})
    if missing:
        raise Unfit(missing=missing)
    files = [_attached(snippet, name) for name in _FILE.findall(snippet.text)]
    words = _PLACE.sub(lambda place: _literal(values[place[1]]), _FILE.sub("", snippet.text))
    return replace(render(words), media=tuple(files))


def _attached(snippet: Snippet, name: str) -> Media:
    root = snippet.path.parent
    path = root / name
    if not path.is_file() or not path.resolve().is_relative_to(root.resolve()):
        raise Unfit(file=name)
    return media(path, f"{SNIPPETS}/{name}")


def _literal(value: str) -> str:
    """The value as it stands, whatever Markdown makes of its signs."""
    return _SPECIAL.sub(r"\\\1", " ".join(value.split()))
