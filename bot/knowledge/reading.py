"""From a file's bytes to the passages of an article, whatever it was written with."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.knowledge.articles import (
    UTC,
    Origin,
    Passage,
    Section,
    Unreadable,
    cut,
    named_language,
    our_code,
    sections,
)
from bot.knowledge.audience import Audience, narrowest
from bot.knowledge.documents.marks import Document, Unfit, escaped
from bot.knowledge.documents.reader import DocumentReader
from bot.knowledge.folder import (
    BESIDE,
    MOST_BYTES,
    MOST_DOCUMENT_BYTES,
    Kind,
    audience_in,
    decode,
    kind_of,
    read_bytes,
)
from bot.knowledge.front import NOTHING_SAID, Front, FrontMistake, read_front, split_front

LONGEST_PIECE = 1_200
"""Of a document nobody wrote for us, so much beneath one heading is divided."""
_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Article:
    digest: bytes
    audience: Audience
    passages: tuple[Passage, ...]
    left_out: tuple[str, ...] = ()
    """What of it is not answered from, and why: each the end of a sentence that begins with its name."""
    front: Front = NOTHING_SAID


@dataclass(frozen=True, slots=True)
class Source:
    """A file as it was found, before it is known to be readable."""

    file: str
    kind: Kind
    content: bytes
    beside: bytes
    """Its front matter, where that stands in a file of its own."""
    audience: Audience
    """What the folders say."""

    @property
    def digest(self) -> bytes:
        parts = hashlib.blake2b(digest_size=16)
        for part in (self.audience.encode(), self.beside, self.content):
            parts.update(b"%d " % len(part))
            parts.update(part)
        return parts.digest()


class Unsafe(Unreadable):
    """It may be meant for fewer readers than its last version: that one must not be told, either."""


@dataclass(frozen=True, slots=True)
class Manner:
    """What the business says about all articles."""

    languages: tuple[str, ...] = ("en",)
    zone: ZoneInfo = UTC


def open_source(folder: Path, file: str, *, beside: bool = False) -> Source:
    """`beside`: its front matter stands in a file of its own. Raises Unreadable."""
    kind = kind_of(file)
    if kind is None:
        raise Unreadable("is no article")
    most = MOST_BYTES if kind == "markdown" else MOST_DOCUMENT_BYTES
    content = read_bytes(folder / file, folder, most)
    try:
        front = read_bytes(folder / (file + BESIDE), folder) if beside else b""
    except Unreadable as error:
        raise Unsafe(f"is not read, because {file}{BESIDE} {error}") from error
    return Source(file, kind, content, front, audience_in(file, folder))


def read_source(source: Source, manner: Manner, reader: DocumentReader) -> Article:
    """Raises Unreadable."""
    if source.kind == "markdown":
        lines, text, above = _split(decode(source.content))
        front = _front(lines, manner.zone)
        origin = _origin(source, manner, front, Document(""), above)
    else:
        document = _document(source, reader)
        front = _front(_beside(source), manner.zone, where=f"in {source.file}{BESIDE}, ", first_line=1)
        origin = _origin(source, manner, front, document, None)
        text = divided(document.text, origin.front.title or Path(source.file).name.partition(".")[0])
    if not text.strip():
        raise Unreadable("is empty")
    whole = cut(text, origin)
    if not whole.passages and not whole.left_out:
        raise Unreadable("has headings and no text beneath them")
    return Article(source.digest, origin.audience, whole.passages, whole.left_out, front)


def claimed(source: Source, zone: ZoneInfo) -> Audience:
    """Whom an article that cannot be read seems to be for; staff alone where that cannot be told, either."""
    try:
        if source.kind == "markdown":
            lines = split_front(_as_text(source.content))[0]
            front = read_front(lines, zone)
        else:
            front = _front(_beside(source), zone)
    except FrontMistake as mistake:
        return Audience.STAFF if mistake.unsafe else source.audience
    except Unreadable:
        return Audience.STAFF
    return narrowest([source.audience, *([front.audience] if front.audience else [])])


def _as_text(content: bytes) -> str:
    """Whatever it was saved as: enough to see how it begins."""
    text = content.decode("utf-16" if b"\0" in content[:400] else "utf-8-sig", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_article(path: Path, root: Path, languages: Sequence[str] = ("en",)) -> list[Passage]:
    """The passages of one article, in their order. Raises Unreadable."""
    source = open_source(root, path.relative_to(root).as_posix())
    with DocumentReader() as reader:
        return list(read_source(source, Manner(tuple(languages)), reader).passages)


def _split(text: str) -> tuple[list[str], str, int]:
    try:
        return split_front(text.replace("\r\n", "\n").replace("\r", "\n"))
    except FrontMistake as mistake:
        raise _refusal(mistake) from mistake


def _front(lines: list[str], zone: ZoneInfo, where: str = "", first_line: int = 2) -> Front:
    try:
        return read_front(lines, zone, first_line)
    except FrontMistake as mistake:
        raise _refusal(mistake, where) from mistake


def _refusal(mistake: FrontMistake, where: str = "") -> Unreadable:
    kind = Unsafe if mistake.unsafe else Unreadable
    return kind(f"has front matter that cannot be read: {where}{mistake}")


def _beside(source: Source) -> list[str]:
    if not source.beside:
        return []
    try:
        lines = decode(source.beside).splitlines()
    except Unreadable as error:
        raise Unsafe(f"is not read, because {source.file}{BESIDE} {error}") from error
    return [line for line in lines if line.rstrip() != "---"]


def _origin(source: Source, manner: Manner, front: Front, document: Document, above: int | None) -> Origin:
    """The front matter goes before the file's name, and that before what a document says of itself."""
    audience = narrowest([source.audience, *([front.audience] if front.audience else [])])
    own, said = (our_code(code, manner.languages) for code in (front.language, document.language))
    said = said if said in manner.languages else ""
    language = own or named_language(source.file, manner.languages) or said or manner.languages[0]
    if document.title and not front.title:
        front = _titled(front, document.title)
    return Origin(source.file, language, front, audience, manner.zone, above)


def _titled(front: Front, title: str) -> Front:
    return replace(front, title=" ".join(title.split())[:200])


def _document(source: Source, reader: DocumentReader) -> Document:
    try:
        return reader.read(source.kind, source.content)
    except Unfit as reason:
        raise Unreadable(str(reason)) from reason


def divided(text: str, name: str) -> str:
    """What is long beneath one heading gets headings of its own: each the first words of what follows.

    What stands before any heading is headed by the `name`."""
    return "\n\n".join(part for section in sections(text) for part in _pieces(section, name))


def _pieces(section: Section, name: str) -> Iterator[str]:
    """Cut where a paragraph ends."""
    level = section.level or 1
    if section.heading or section.body:
        yield f"{'#' * level} {escaped(section.heading or name)}"
    notes = section.notes
    yield from (f"also: {also}" for also in notes.also)
    yield from (f"{key}: {date}" for key, date in notes.dates() if date)
    size = 0
    blocks = re.split(r"\n{2,}", section.body) if "```" not in section.body else [section.body]
    for block in filter(None, blocks):
        if size and size + len(block) > LONGEST_PIECE:
            yield f"{'#' * min(level + 1, 6)} {escaped(_first_words(block))}"
            size = 0
        yield block
        size += len(block)


def _first_words(block: str) -> str:
    words = " ".join(re.sub(r"\]\([^)]*\)|[*#`|\[\]<>\\]+|^[-\d.]+ ", " ", block).split())
    if len(words) <= _LONGEST_NAME:
        return words
    return words[:_LONGEST_NAME].rpartition(" ")[0] + " …"
