"""The knowledge base's folder, kept in mind: read, watched, and read again while questions are answered."""

import asyncio
import contextlib
import ctypes
import gc
import hashlib
import logging
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bot.clock import Clock
from bot.knowledge.articles import (
    Passage,
    Skipped,
    Unreadable,
    decode,
    language_of,
    passages_of,
    read_bytes,
)
from bot.knowledge.found import Found
from bot.knowledge.threshold import Target

if TYPE_CHECKING:
    from bot.knowledge.index import Index

log = logging.getLogger(__name__)

POLL_SECONDS = 0.4
MOST_ARTICLES = 2_000
SNIPPETS = "snippets"
"""A folder of texts that staff send, and no answers."""


class FolderMissing(Exception):
    """The knowledge base's folder is not there; the message says what to do."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f'knowledge.folder: "{folder}" is not a folder that can be read; '
            "create it and put Markdown files (*.md) into it, or set [knowledge] folder to where they are"
        )
        self.folder = folder


@dataclass(frozen=True, slots=True)
class Sureness:
    """How sure the library must be to answer."""

    target: Target = field(default_factory=Target)
    threshold: float | None = None
    """Fixed by the operator instead of found."""


@dataclass(frozen=True, slots=True)
class Summary:
    passages: int = 0
    articles: int = 0
    languages: tuple[str, ...] = ()
    changed_at: int = 0
    """Milliseconds since 1970; 0 before the first load."""
    skipped: tuple[Skipped, ...] = ()
    threshold: float = 0.0
    expected_wrong: float = 0.0
    expected_answered: float = 0.0


@dataclass(frozen=True, slots=True)
class _Article:
    digest: bytes
    passages: tuple[Passage, ...]


Signature = tuple[tuple[str, int, int, int], ...]
"""Every article's name, time of change (ns), size and inode."""


class Library:
    def __init__(
        self, folder: Path, languages: Sequence[str], sureness: Sureness | None = None, *, clock: Clock
    ) -> None:
        self._folder, self._languages, self._clock = folder, tuple(languages), clock
        self._sureness = sureness or Sureness()
        self._articles: dict[str, _Article] = {}
        self._skipped: tuple[Skipped, ...] = ()
        self._signature: Signature = ()
        self._index: Index | None = None
        self._tried = asyncio.Event()
        self._summary = Summary()

    def find(self, question: str, language: str, limit: int = 3) -> Found:
        """Nothing, as long as nothing has been read."""
        return self._index.find(question, language, limit) if self._index is not None else Found()

    async def until_read(self) -> None:
        """Wait until `watch` has read the folder, or has tried to and gone on without: nobody waits for ever."""
        if self._index is None:
            await self._tried.wait()

    def look_for_folder(self) -> None:
        """Raises FolderMissing."""
        if not self._folder.is_dir() or not os.access(self._folder, os.R_OK | os.X_OK):
            raise FolderMissing(self._folder)

    def summary(self) -> Summary:
        return self._summary

    def changed(self) -> bool:
        """Has any article appeared, gone or been written since the last load? Cheap: opens no file."""
        return self._look()[0] != self._signature

    def load(self) -> bool:
        """Read what changed; True if the passages did, and then the next question meets them.

        Raises FolderMissing. Safe to run in a thread, one at a time."""
        signature, surplus = self._look()
        articles: dict[str, _Article] = {}
        skipped = list(surplus)
        for file, *_ in signature:
            try:
                articles[file] = self._read(file)
            except Unreadable as reason:
                skipped.append(self._keep_last(file, str(reason), articles))
        for one in skipped:
            if one not in self._skipped:
                log.warning("knowledge base: %s %s", one.file, one.reason)
        changed = articles != self._articles or not self._summary.changed_at
        self._articles, self._skipped, self._signature = articles, tuple(skipped), signature
        if changed:
            self._index = self._build()
            _give_back()
            self._summary = self._sum_up(self._index)
        else:
            self._summary = replace(self._summary, articles=len(articles), skipped=self._skipped)
        return changed

    async def watch(self) -> None:
        """Read the folder, unless that was done, and keep in step with it until cancelled."""
        if self._index is None:
            await self._keep_up()
            self._tried.set()
        while True:
            await self._clock.sleep(POLL_SECONDS)
            await self._keep_up()

    async def _keep_up(self) -> None:
        try:
            await asyncio.to_thread(self._follow)
        except FolderMissing as error:
            log.warning("%s; the articles read before still answer", error)
        except Exception:
            log.exception("the knowledge base was not read; the articles read before still answer")

    def _follow(self) -> None:
        if (self._index is None or self.changed()) and self.load():
            log.info("knowledge base: %d passages", self._summary.passages)

    def _look(self) -> tuple[Signature, list[Skipped]]:
        self.look_for_folder()
        names = sorted(_markdown_files(self._folder))
        surplus = [Skipped(name, f"is one of more than {MOST_ARTICLES}") for name in names[MOST_ARTICLES:]]
        return tuple(self._signature_of(name) for name in names[:MOST_ARTICLES]), surplus

    def _signature_of(self, name: str) -> tuple[str, int, int, int]:
        try:
            status = (self._folder / name).stat()
        except OSError:
            return name, 0, 0, 0
        return name, status.st_mtime_ns, status.st_size, status.st_ino

    def _read(self, file: str) -> _Article:
        content = read_bytes(self._folder / file, self._folder)
        digest = hashlib.blake2b(content, digest_size=16).digest()
        known = self._articles.get(file)
        if known and known.digest == digest:
            return known
        passages = passages_of(decode(content), file, language_of(file, self._languages))
        return _Article(digest, tuple(passages))

    def _keep_last(self, file: str, reason: str, articles: dict[str, _Article]) -> Skipped:
        known = self._articles.get(file)
        if known is None:
            return Skipped(file, reason)
        articles[file] = known
        return Skipped(file, f"{reason}; its last good version still answers")

    def _build(self) -> "Index":
        from bot.knowledge.index import Index  # numpy, which a start need not wait for

        passages = [passage for article in self._articles.values() for passage in article.passages]
        return Index.build(passages, self._sureness.target, self._sureness.threshold, self._index)

    def _sum_up(self, index: "Index") -> Summary:
        languages = dict.fromkeys(passage.language for passage in index.passages)
        return Summary(
            passages=len(index.passages),
            articles=len(self._articles),
            languages=tuple(languages),
            changed_at=self._clock.now(),
            skipped=self._skipped,
            threshold=index.threshold,
            expected_wrong=index.expected_wrong,
            expected_answered=index.expected_answered,
        )


def _give_back() -> None:
    """Reading and indexing takes several times the memory that is kept; glibc would hold on to the rest."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _markdown_files(folder: Path) -> Iterator[str]:
    """Names of Markdown files below the folder; hidden ones and editors' copies are not articles."""
    for place, folders, files in os.walk(folder):
        aside = (SNIPPETS,) if Path(place) == folder else ()
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in aside)
        for name in files:
            if name.lower().endswith(".md") and not name.startswith((".", "#", "~")):
                yield (Path(place) / name).relative_to(folder).as_posix()
