"""Every fault of a knowledge base, in the order in which an owner goes through the files."""

from collections.abc import Sequence
from pathlib import Path

from bot.knowledge.articles import Unreadable
from bot.knowledge.folder import decode, kind_of, look, read_bytes
from bot.knowledge.front import FrontMistake, split_front
from bot.knowledge.library import Library
from bot.knowledge.lint.doubles import doubles
from bot.knowledge.lint.fault import Fault, Kind
from bot.knowledge.lint.languages import side_by_side
from bot.knowledge.lint.links import empty, links
from bot.knowledge.lint.reach import never_found, too_long


def faults(library: Library, folder: Path, languages: Sequence[str], now: int) -> list[Fault]:
    """Of a library that is loaded; `languages` are those of the business."""
    passages = [passage for article in library.articles.values() for passage in article.passages]
    texts, above = _texts(folder)
    found = [Fault(one.file, 0, Kind.NOT_READ, one.reason) for one in library.summary().skipped]
    found += doubles(passages)
    found += links(texts, folder, above)
    found += empty(texts, above)
    found += too_long(passages)
    found += side_by_side(library.articles, languages)
    if library.edition is not None:
        found += never_found(passages, library.edition, now)
    return sorted(set(found))


def _texts(folder: Path) -> tuple[dict[str, str], dict[str, int]]:
    """The Markdown of each file that can be read, and how many lines stand above it."""
    texts, above = {}, {}
    for file in look(folder).files:
        if kind_of(file) == "markdown":
            try:
                whole = decode(read_bytes(folder / file, folder)).replace("\r\n", "\n").replace("\r", "\n")
                _, texts[file], above[file] = split_front(whole)
            except (Unreadable, FrontMistake):
                continue
    return texts, above
