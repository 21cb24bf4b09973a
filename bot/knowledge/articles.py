"""An article is a Markdown file; a passage is one heading of it with what stands beneath."""

import os
import re
import stat
from collections.abc import Iterator, MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

MOST_BYTES = 2_000_000
_NOT_PLAIN = re.compile(r"[<\t]|```|~~~|\]:|^ +#|^    |^ {0,3}(?:-+|=+) *$", re.MULTILINE)
"""What may make a line that looks like a heading none, or make one of a line that does not."""
_PLAIN_HEADING = re.compile(r"(#{1,6})(?: +(.*?))??(?: +#+)? *")
_Environment = MutableMapping[str, Any]
_ALSO = re.compile(r"\s*also:\s*(.*)", re.IGNORECASE)
_MARKDOWN = MarkdownIt("commonmark").enable("table")
_MARKDOWN.core.ruler.disable(["inline", "text_join"])  # of all lines, only headings are read closely


@dataclass(frozen=True, slots=True)
class Passage:
    file: str
    """The article, relative to the knowledge base's folder, with "/" between folders."""
    headings: tuple[str, ...]
    """From the article's title down to the passage's own heading."""
    questions: tuple[str, ...]
    """The passage's own heading and its other phrasings: what a customer may ask."""
    body: str
    """Markdown."""
    language: str

    @property
    def heading(self) -> str:
        return self.headings[-1]


@dataclass(frozen=True, slots=True)
class Skipped:
    """An article that cannot be read, and why: a sentence's end, as in "faq.md: is not UTF-8"."""

    file: str
    reason: str


class Unreadable(Exception):
    """The article cannot be read; the message is the reason."""


def language_of(file: str, languages: Sequence[str]) -> str:
    """The language that a file's name tells ("faq.sv.md"), else the first of `languages`."""
    suffixes = Path(file).suffixes
    named = suffixes[-2][1:].lower() if len(suffixes) > 1 else ""
    return named if named in languages else languages[0]


def read_bytes(path: Path, root: Path) -> bytes:
    """The article's bytes. Raises Unreadable."""
    return read_whole(path, root, MOST_BYTES)


def read_whole(path: Path, root: Path, most: int) -> bytes:
    """A file's bytes, at most so many. Raises Unreadable; follows no link out of `root` and waits for no pipe."""
    try:
        if not path.resolve(strict=True).is_relative_to(root.resolve()):
            raise Unreadable("is a link that leaves the knowledge base")
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise Unreadable("is not a file")
            content = file.read(most + 1)
    except (OSError, RuntimeError) as error:
        raise Unreadable(f"cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if len(content) > most:
        raise Unreadable(f"is larger than {most // 1_000_000} MB")
    return content


def decode(content: bytes) -> str:
    """The text of an article. Raises Unreadable."""
    if b"\0" in content:
        raise Unreadable("is not a text (it holds zero bytes); save it as UTF-8")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Unreadable(f"is not UTF-8 (line {line}); save it as UTF-8") from error
    if not text.strip():
        raise Unreadable("is empty")
    return text


def read_article(path: Path, root: Path, languages: Sequence[str] = ("en",)) -> list[Passage]:
    """The passages of the article at `path`, in their order. Raises Unreadable."""
    file = path.relative_to(root).as_posix()
    return passages_of(decode(read_bytes(path, root)), file, language_of(file, languages))


def passages_of(text: str, file: str, language: str) -> list[Passage]:
    """Cut a Markdown text at its headings; what stands before the first one is headed by the file's name."""
    path: list[tuple[int, str]] = []
    passages = []
    for level, heading, also, body in _sections(text):
        while path and (path[-1][0] >= level or not path[-1][0]):
            path.pop()
        path.append((level, heading or Path(file).name.partition(".")[0]))
        if body:
            headings = tuple(name for _, name in path)
            passages.append(Passage(file, headings, (headings[-1], *also), body, language))
    return passages


def _sections(text: str) -> Iterator[tuple[int, str, list[str], str]]:
    """Each heading's level, words, other phrasings and body; level 0 is the text before any heading."""
    text = re.sub(r"\r\n?", "\n", text)
    lines = text.split("\n")
    environment: _Environment = {}
    is_plain = not _NOT_PLAIN.search(text)
    found = _plain_headings(lines) if is_plain else _headings(_MARKDOWN.parse(text, environment))
    links = environment.get("references", {})
    headings = [(level, _words(content, environment), first, last) for level, content, first, last in found]
    starts = [(0, "", 0, 0), *(heading for heading in headings if heading[1])]
    ends = [start for _, _, start, _ in starts[1:]] + [len(lines)]
    for (level, heading, _, first), end in zip(starts, ends, strict=True):
        also, body = _split_also(lines[first:end])
        yield level, heading, also, _with_links(body, links)


def _headings(tokens: Sequence[Token]) -> Iterator[tuple[int, str, int, int]]:
    """Level, Markdown, first line and the line after it, of each heading that no list or quote holds."""
    for index, token in enumerate(tokens):
        if token.type == "heading_open" and token.level == 0 and token.map:
            yield int(token.tag[1:]), tokens[index + 1].content, token.map[0], token.map[1]


def _plain_headings(lines: Sequence[str]) -> Iterator[tuple[int, str, int, int]]:
    """The same for articles without code, HTML and the like, which most are: many times as quick."""
    for number, line in enumerate(lines):
        if line.startswith("#") and (found := _PLAIN_HEADING.fullmatch(line)):
            yield len(found[1]), found[2] or "", number, number + 1


def _words(content: str, environment: _Environment) -> str:
    inline: list[Token] = []
    _MARKDOWN.inline.parse(content, _MARKDOWN, environment, inline)
    return plain_text(inline)


def plain_text(children: Sequence[Token]) -> str:
    """What inline tokens say, without their marks."""
    breaks = {"softbreak": " ", "hardbreak": " "}
    kept = ("text", "code_inline", "text_special", "image")
    parts = [child.content if child.type in kept else breaks.get(child.type, "") for child in children]
    return " ".join("".join(parts).split())


def _split_also(lines: list[str]) -> tuple[list[str], str]:
    """Take the `also:` lines off the top of a section: the other phrasings, and the body."""
    also: list[str] = []
    for number, line in enumerate(lines):
        found = _ALSO.fullmatch(line)
        if found:
            also += [phrasing.strip() for phrasing in found[1].split("|") if phrasing.strip()]
        elif line.strip():
            return also, "\n".join(lines[number:]).strip()
    return also, ""


def _with_links(body: str, links: dict[str, dict[str, str]]) -> str:
    """A passage stands alone: give it the link targets that the article keeps elsewhere."""
    upper = body.upper()
    needed = [
        f"[{label}]: <{link['href']}>"
        for label, link in links.items()
        if f"[{label}]" in upper and f"[{label}]:" not in upper
    ]
    return "\n".join([body, "", *needed]) if needed else body
