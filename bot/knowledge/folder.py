"""The knowledge base's folder: which files are articles, how one is opened, and what is passed over, and why."""

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bot.knowledge.articles import Skipped, Unreadable
from bot.knowledge.audience import Audience, audience_of

MOST_ARTICLES, MOST_ENTRIES, DEEPEST = 2_000, 20_000, 16
MOST_BYTES = 2_000_000
"""Of a text; books are longer than anything a customer is told."""
MOST_DOCUMENT_BYTES = 50_000_000
"""Of a file with pictures and fonts in it."""
Kind = Literal["markdown", "html", "docx", "pdf"]
KINDS: dict[str, Kind] = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".docx": "docx",
    ".pdf": "pdf",
}
SNIPPETS = "snippets"
"""A folder of texts that staff send, and no answers."""
SYNONYMS = "synonyms.txt"
"""The owner's own list of words that mean the same: a line each, commas between the words."""
BESIDE = ".meta"
"""`prices.pdf.meta` holds the front matter of `prices.pdf`, which has no place for it."""
_OTHER_DOCUMENTS = frozenset(
    [
        ".doc",
        ".docm",
        ".odt",
        ".rtf",
        ".pages",
        ".xls",
        ".xlsx",
        ".ods",
        ".ppt",
        ".pptx",
        ".epub",
        ".rst",
        ".adoc",
    ]
)
"""What somebody may well take for an article of ours."""
Mark = tuple[int, int, int, int]
"""When a file's content and its rights were changed last (ns), its size and its inode."""
_NO_MARK = (0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Look:
    """What was in the folder at one moment: articles and what stands beside them, by name."""

    files: Mapping[str, Mark]
    skipped: tuple[Skipped, ...]

    def marks(self, file: str) -> tuple[Mark, ...]:
        """The file's own, and that of its front matter if that stands beside it."""
        beside = self.files.get(file + BESIDE) if kind_of(file) != "markdown" else None
        return (self.files[file], beside) if beside else (self.files[file],)


def kind_of(file: str) -> Kind | None:
    return KINDS.get(os.path.splitext(file)[1].lower())


def shown(name: str) -> str:
    """A name that can be printed: no line breaks, no signs that are not there."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in name)


def look(folder: Path) -> Look:
    """Every article below the folder, hidden ones and editors' copies left out. Opens no file."""
    found: dict[str, Mark] = {}
    skipped = []
    for one in _walk(folder):
        if isinstance(one, Skipped):
            skipped.append(one)
        elif one[0].endswith(BESIDE) or kind_of(one[0]) or one[0] == SYNONYMS:
            found[one[0]] = one[1]
        elif os.path.splitext(one[0])[1].lower() in _OTHER_DOCUMENTS:
            skipped.append(Skipped(shown(one[0]), "cannot be read; save it as PDF, DOCX, HTML or Markdown"))
    names = sorted(found)
    skipped += [
        Skipped(shown(name), f"is one of more than {MOST_ARTICLES:,} files") for name in names[MOST_ARTICLES:]
    ]
    return Look({name: found[name] for name in names[:MOST_ARTICLES]}, tuple(skipped))


def _walk(folder: Path) -> Iterator[Skipped | tuple[str, Mark]]:
    """Names with "/" between folders, each with its time, size and inode; and what there is to say of others."""
    waiting, seen = [""], 0
    while waiting:
        place = waiting.pop()
        try:
            entries = sorted(os.scandir(folder / place), key=lambda entry: entry.name)
        except OSError as error:
            yield Skipped(shown(place) or ".", f"cannot be opened: {error.strerror}")
            continue
        for entry in entries:
            seen += 1
            if seen > MOST_ENTRIES:
                yield Skipped(
                    shown(place) or ".",
                    f"is in a folder of more than {MOST_ENTRIES:,} files; the rest is not read",
                )
                return
            if entry.name.startswith((".", "#", "~")):
                continue
            name = f"{place}/{entry.name}" if place else entry.name
            if name.lower() == SNIPPETS:
                continue
            if entry.is_dir(follow_symlinks=False):
                deep = name.count("/") >= DEEPEST
                if deep:
                    yield Skipped(shown(name), f"lies more than {DEEPEST} folders deep")
                else:
                    waiting.append(name)
            else:
                yield _file(entry, name)


def _file(entry: os.DirEntry[str], name: str) -> Skipped | tuple[str, Mark]:
    if entry.is_symlink() and os.path.isdir(entry.path):  # entry.is_dir() raises where a link goes in circles
        return Skipped(
            shown(name), "is a link to a folder, which is not followed; put the folder itself there"
        )
    if not name.isprintable():
        return Skipped(shown(name), "has a name with signs that cannot be shown; rename it")
    try:
        status = entry.stat()
    except OSError:
        return name, _NO_MARK
    return name, (status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)


def audience_in(file: str, folder: Path) -> Audience:
    """Whom the folders let read it; of a link, also those of the file that it leads to."""
    path = folder / file
    folders = [*Path(file).parent.parts]
    if path.is_symlink():
        folders += _parts_below(path, folder)
    return audience_of(folders)


def _parts_below(path: Path, folder: Path) -> tuple[str, ...]:
    try:
        return path.resolve(strict=True).relative_to(folder.resolve()).parent.parts
    except (OSError, RuntimeError, ValueError):
        return ()


def read_bytes(path: Path, root: Path, most: int = MOST_BYTES) -> bytes:
    """The file's bytes, at most `most`. Raises Unreadable; follows no link out of `root` and waits for no pipe."""
    try:
        if not path.resolve(strict=True).is_relative_to(root.resolve()):
            raise Unreadable("is a link that leaves the knowledge base")
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(descriptor, "rb") as file:
            before = os.fstat(descriptor)
            if not stat.S_ISREG(before.st_mode):
                raise Unreadable("is not a file")
            content = file.read(most + 1) if before.st_size <= most else b""
            after = os.fstat(descriptor)
    except (OSError, RuntimeError) as error:
        raise Unreadable(f"cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if max(before.st_size, len(content)) > most:
        raise Unreadable(f"is larger than {most // 1_000_000} MB")
    if (before.st_mtime_ns, before.st_size) != (after.st_mtime_ns, after.st_size):
        raise BeingWritten("is being written")
    return content


class BeingWritten(Unreadable):
    """It will be whole in a moment."""


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
