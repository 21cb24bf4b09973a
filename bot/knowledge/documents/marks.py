"""Markdown written by us: from stretches of text to paragraphs, lists and tables that read back as they were."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

_MARK = re.compile(r"[\\`*\[\]<]|(?<![^\W_])_|_(?![^\W_])|~(?=~)|&(?=#?\w{1,31};)")
_LIKE_BLOCK = re.compile(r"(?m)^(#{1,6}(?=\s|$)|>|[-+=](?=\s|$|[-=])|\d{1,9}(?=[.)]\s))")
_LINKABLE = ("https://", "http://", "mailto:", "tel:")
_DEEPEST = 6


class Unfit(Exception):
    """The document cannot be read; the message is the reason, the end of a sentence."""


@dataclass(frozen=True, slots=True)
class Document:
    text: str
    """Markdown."""
    title: str = ""
    language: str = ""
    """What the document says itself, which is often what its editor was set to."""


class Run(NamedTuple):
    text: str
    bold: bool = False
    italic: bool = False
    link: str = ""


def escaped(text: str) -> str:
    """As Markdown that says just these words. What is no sign in any text is dropped."""
    seen = "".join(sign for sign in text if sign.isprintable() or sign in "\n\t\xa0\xad")
    return _MARK.sub(lambda found: f"\\{found[0]}", seen.replace("\xad", ""))


def inline(runs: Iterable[Run]) -> str:
    """One paragraph's text, its styles on the words and not on the spaces around them."""
    merged = [
        Run("".join(run.text for run in same), *style)
        for style, same in groupby(runs, key=lambda run: run[1:])
    ]
    return "".join(map(_styled, merged)).strip()


def _styled(run: Run) -> str:
    words = run.text.strip()
    if not words:
        return " " if run.text else ""
    before = run.text[: len(run.text) - len(run.text.lstrip())]
    after = run.text[len(run.text.rstrip()) :]
    mark = "**" * run.bold + "*" * run.italic
    said = f"{mark}{escaped(words)}{mark[::-1]}"
    if run.link.lower().startswith(_LINKABLE) and not re.search(r"[<>\s]", run.link):
        said = f"[{said}](<{run.link}>)" if words != run.link else escaped(words)
    return f"{before}{said}{after}"


class Writer:
    """A Markdown text that grows by a block."""

    def __init__(self) -> None:
        self._blocks: list[str] = []
        self._in_list = False

    def heading(self, level: int, runs: Sequence[Run]) -> None:
        words = " ".join(escaped("".join(run.text for run in runs)).split())
        if words:
            self._add(f"{'#' * min(max(level, 1), _DEEPEST)} {words.rstrip('#').rstrip()}")

    def paragraph(self, runs: Sequence[Run]) -> None:
        self.written(inline(runs))

    def written(self, markdown: str) -> None:
        """A paragraph that is Markdown already, but for what its lines begin with."""
        lines = [" ".join(line.split()) for line in markdown.split("\n")]
        if said := "\\\n".join(line for line in lines if line):
            self._add(_LIKE_BLOCK.sub(_unblocked, said))

    def item(self, depth: int, number: int | None, runs: Sequence[Run]) -> None:
        words = " ".join(inline(runs).split())
        if not words:
            return
        mark = "-" if number is None else f"{number}."
        line = f"{'   ' * min(depth, 8)}{mark} {_LIKE_BLOCK.sub(_unblocked, words)}"
        if self._in_list:
            self._blocks[-1] += f"\n{line}"
        else:
            self._add(line)
        self._in_list = True

    def code(self, text: str) -> None:
        if text.strip():
            body = text.strip("\n").replace("```", "'''")
            self._add(f"```\n{body}\n```")

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        """Cells are Markdown; the first row is the columns' names."""
        kept = [[" ".join(cell.split()).replace("|", "\\|") for cell in row] for row in rows if any(row)]
        if not kept:
            return
        width = max(map(len, kept))
        if width == 1:
            for [cell] in kept:
                self.written(cell.replace("\\|", "|"))
            return
        lines = [f"| {' | '.join(row + [''] * (width - len(row)))} |" for row in kept]
        self._add("\n".join([lines[0], f"|{'---|' * width}", *lines[1:]]))

    def text(self) -> str:
        return "\n\n".join(self._blocks)

    def _add(self, block: str) -> None:
        self._in_list = False
        self._blocks.append(block)


def _unblocked(found: re.Match[str]) -> str:
    """What would begin a heading, a list or a quote, as mere words."""
    return f"{found[0]}\\" if found[0].isdigit() else f"\\{found[0]}"
