"""An article is a Markdown text; a passage is one heading of it with what stands beneath."""

import re
from collections.abc import Iterator, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.knowledge.audience import Audience
from bot.knowledge.front import FOREVER, NOTHING_SAID, Front, moment

UTC = ZoneInfo("UTC")
MOST_PASSAGES, MOST_SIGNS = 5_000, 12_000
"""An article of more of them is none, and a passage of more signs would be several messages."""
_NOT_PLAIN = re.compile(r"[<\t]|```|~~~|\]:|^ +#|^    |^ {0,3}(?:-+|=+) *$", re.MULTILINE)
"""What may make a line that looks like a heading none, or make one of a line that does not."""
_PLAIN_HEADING = re.compile(r"(#{1,6})(?: +(.*?))??(?: +#+)? *")
_Environment = MutableMapping[str, Any]
_NOTE = re.compile(r"\s*(also|valid-from|valid-until):\s*(.*)", re.IGNORECASE)
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
    audience: Audience = Audience.PUBLIC
    valid_from: int = 0
    valid_until: int = FOREVER
    """Milliseconds since 1970: told from the first of them to just before the second."""
    aliases: tuple[str, ...] = ()
    """Other names of what the whole article is about."""
    line: int = field(default=0, compare=False)
    """Where its heading stands in the file, from 1; 0 where nobody could look it up."""

    def holds(self, now: int) -> bool:
        """It is true at this time: milliseconds since 1970."""
        return self.valid_from <= now < self.valid_until

    @property
    def heading(self) -> str:
        return self.headings[-1]


@dataclass(frozen=True, slots=True)
class Skipped:
    """What cannot be read, and why: a sentence's end, as in "faq.md is not UTF-8"."""

    file: str
    reason: str


class Unreadable(Exception):
    """The article cannot be read; the message is the reason."""


def language_of(file: str, languages: Sequence[str]) -> str:
    """The language that a file's name tells ("faq.sv.md"), else the first of `languages`."""
    return named_language(file, languages) or languages[0]


def named_language(file: str, languages: Sequence[str]) -> str:
    """The same, or nothing where its name tells none."""
    suffixes = Path(file).suffixes
    named = suffixes[-2][1:].lower() if len(suffixes) > 1 else ""
    return our_code(named, languages) if our_code(named, languages) in languages else ""


def our_code(language: str, languages: Sequence[str]) -> str:
    """Norwegian has two codes, and many who write it use the third."""
    return "nb" if language == "no" and "no" not in languages else language


@dataclass(frozen=True, slots=True)
class Origin:
    """What holds for every passage of an article. `line` is how many lines stand above its text."""

    file: str
    language: str
    front: Front = NOTHING_SAID
    audience: Audience = Audience.PUBLIC
    zone: ZoneInfo = UTC
    line: int | None = 0
    """None: its lines are not those of the file."""


class Section(NamedTuple):
    level: int
    """0 is the text before any heading."""
    heading: str
    notes: "Notes"
    body: str
    line: int


@dataclass(frozen=True, slots=True)
class Notes:
    """What stands directly beneath a heading and is not said."""

    also: tuple[str, ...] = ()
    valid_from: str = ""
    valid_until: str = ""

    def dates(self) -> tuple[tuple[str, str], ...]:
        return ("valid-from", self.valid_from), ("valid-until", self.valid_until)


@dataclass(frozen=True, slots=True)
class Cut:
    """An article's passages, and what was left out of it: each a sentence's end."""

    passages: tuple[Passage, ...]
    left_out: tuple[str, ...] = ()


def passages_of(text: str, file: str, language: str) -> list[Passage]:
    """Cut a Markdown text at its headings; what stands before the first one is headed by the file's name."""
    return list(cut(text, Origin(file, language)).passages)


def cut(text: str, origin: Origin) -> Cut:
    """The same for an article that says more about itself. Raises Unreadable."""
    path: list[tuple[int, str]] = []
    passages, left_out = [], []
    for section in sections(text):
        while path and (path[-1][0] >= section.level or not path[-1][0]):
            path.pop()
        path.append((section.level, section.heading or origin.front.title or _stem(origin.file)))
        try:
            if section.body:
                passages.append(_passage(section, tuple(name for _, name in path), origin))
        except ValueError as error:
            left_out.append(str(error))
        if len(passages) > MOST_PASSAGES:
            raise Unreadable(f"has more than {MOST_PASSAGES:,} passages; make it several files")
    return Cut(_with_aliases(passages, origin.front.aliases), tuple(left_out))


def _passage(section: Section, headings: tuple[str, ...], origin: Origin) -> Passage:
    """Raises ValueError: the end of a sentence that begins with the file's name."""
    line = 0 if origin.line is None else section.line + origin.line
    where = f"line {line}" if line else f'"{headings[-1][:60]}"'
    if len(section.body) > MOST_SIGNS:
        raise ValueError(
            f"holds more than {MOST_SIGNS:,} characters beneath one heading ({where}); give its parts their own"
        )
    try:
        valid_from, valid_until = _validity(section.notes, origin)
    except ValueError as error:
        raise ValueError(f"holds a passage whose time nobody can tell ({where}): {error}") from None
    questions = (headings[-1], *section.notes.also)
    return Passage(
        origin.file, headings, questions, section.body, origin.language, origin.audience,
        valid_from, valid_until, origin.front.aliases, line,
    )  # fmt: skip


def _validity(notes: Notes, origin: Origin) -> tuple[int, int]:
    """A heading may narrow what the front matter says, not widen it. Raises ValueError."""
    began, ends = origin.front.valid_from, origin.front.valid_until
    if notes.valid_from:
        began = max(began, moment(notes.valid_from, origin.zone))
    if notes.valid_until:
        ends = min(ends, moment(notes.valid_until, origin.zone, end=True))
    return began, ends


def _with_aliases(passages: Sequence[Passage], aliases: tuple[str, ...]) -> tuple[Passage, ...]:
    """Another name of an article with one passage is another way of asking for that passage."""
    if len(passages) != 1 or not aliases:
        return tuple(passages)
    return (replace(passages[0], questions=tuple(dict.fromkeys((*passages[0].questions, *aliases)))),)


def _stem(file: str) -> str:
    return Path(file).name.partition(".")[0]


def sections(text: str) -> Iterator[Section]:
    """Each heading of a Markdown text with what stands beneath it, and the text before the first."""
    text = re.sub(r"\r\n?", "\n", text)
    lines = text.split("\n")
    environment: _Environment = {}
    is_plain = not _NOT_PLAIN.search(text)
    found = _plain_headings(lines) if is_plain else _headings(_MARKDOWN.parse(text, environment))
    links = environment.get("references", {})
    headings = [(level, _words(content, environment), first, last) for level, content, first, last in found]
    starts = [(0, "", 0, 0), *(heading for heading in headings if heading[1])]
    ends = [start for _, _, start, _ in starts[1:]] + [len(lines)]
    for (level, heading, start, first), end in zip(starts, ends, strict=True):
        notes, body = _split_notes(lines[first:end])
        yield Section(level, heading, notes, _with_links(body, links), start + 1)


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


def _split_notes(lines: list[str]) -> tuple[Notes, str]:
    """Take the notes off the top of a section: the other phrasings and its validity; and the body."""
    also: list[str] = []
    dates = {"valid-from": "", "valid-until": ""}
    body = ""
    for number, line in enumerate(lines):
        found = _NOTE.fullmatch(line)
        if found and found[1].lower() in dates:
            dates[found[1].lower()] = found[2].strip()
        elif found:
            also += [phrasing.strip() for phrasing in found[2].split("|") if phrasing.strip()]
        elif line.strip():
            body = "\n".join(lines[number:]).strip()
            break
    return Notes(tuple(also), *dates.values()), body


def _with_links(body: str, links: dict[str, dict[str, str]]) -> str:
    """A passage stands alone: give it the link targets that the article keeps elsewhere."""
    upper = body.upper()
    needed = [
        f"[{label}]: <{link['href']}>"
        for label, link in links.items()
        if f"[{label}]" in upper and f"[{label}]:" not in upper
    ]
    return "\n".join([body, "", *needed]) if needed else body
