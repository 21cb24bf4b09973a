"""The articles as they were last read: what is known is not read again, what breaks keeps its last good version."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.knowledge import reading
from bot.knowledge.articles import Skipped, Unreadable
from bot.knowledge.concepts import lines_of
from bot.knowledge.documents.reader import DocumentReader
from bot.knowledge.folder import (
    BESIDE,
    SYNONYMS,
    BeingWritten,
    Look,
    Mark,
    audience_in,
    decode,
    kind_of,
    read_bytes,
    shown,
)
from bot.knowledge.reading import Article, Manner, Source, Unsafe

MOST_PASSAGES = 50_000
SECONDS_AT_ONCE = 10.0
"""After so long with documents those that are read are told, and the others have their turn next."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """A file as it was when it was read last, and why it could not be."""

    marks: tuple[Mark, ...]
    """Its own, and that of the file beside it."""
    reason: str = ""


class Collection:
    """`texts` and `documents` take what changed in, the quick part and the slow one."""

    def __init__(self, folder: Path, manner: Manner, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._folder, self._manner, self._monotonic = folder, manner, monotonic
        self.cut_short = False
        """There were more documents than could be read in one go."""
        self._reader: DocumentReader | None = None
        self._leaving = False
        self._seen: dict[str, _Seen] = {}
        self._look = Look({}, ())
        self.articles: dict[str, Article] = {}
        self.synonyms: tuple[str, ...] = ()
        """The lines of the owner's own list."""
        self._synonyms_skipped: tuple[Skipped, ...] = ()

    def is_new(self, look: Look) -> bool:
        """Something is there that was not read as it stands now, or something is not there any more."""
        return look != self._look or bool(self._unread(look))

    def begin(self, look: Look) -> None:
        """Forget what is gone."""
        self._look = look
        self._read_synonyms()
        present = set(_articles_in(look))
        self._seen = {file: seen for file, seen in self._seen.items() if file in present}
        self.articles = {file: article for file, article in self.articles.items() if file in present}

    def _read_synonyms(self) -> None:
        """What breaks keeps its last good version; what is gone is gone."""
        reasons = []
        try:
            there = SYNONYMS in self._look.files
            text = decode(read_bytes(self._folder / SYNONYMS, self._folder)) if there else ""
            lines = lines_of(text)
            self.synonyms = tuple(line for line in lines if "," in line)
            reasons = [
                f'has a line of one word, "{line[:40]}"; put commas between words'
                for line in lines
                if "," not in line
            ]
        except Unreadable as reason:
            reasons = [str(reason)]
        self._synonyms_skipped = tuple(Skipped(SYNONYMS, reason) for reason in reasons)

    def doubtful(self) -> frozenset[str]:
        """Files whose last version may be for fewer readers now, as far as can be told before reading them."""
        return frozenset(
            file
            for file in self._unread(self._look)
            if file in self.articles and self._may_have_narrowed(file, self.articles[file])
        )

    def take(self, *, documents: bool) -> None:
        """Read what changed of the texts, or of the documents as much as some seconds allow."""
        unread = [file for file in self._unread(self._look) if (kind_of(file) != "markdown") is documents]
        self.cut_short = False
        if not unread:
            return
        began = self._monotonic()
        with DocumentReader() as self._reader:
            for file in unread:
                seen = self._read(file, self._reader)
                if self._leaving:
                    break
                self._seen[file] = seen
                if documents and self._monotonic() - began > SECONDS_AT_ONCE:
                    self.cut_short = file is not unread[-1]
                    break
        self._reader = None
        self.articles = dict(sorted(self.articles.items()))

    def leave(self, *, leaving: bool = True) -> None:
        """From another thread: begin nothing more, and give up the document that is being read."""
        self._leaving = leaving
        if leaving and self._reader is not None:
            self._reader.interrupt()

    def skipped(self) -> tuple[Skipped, ...]:
        """Everything that is not answered from, in the order of its names."""
        every = [*self._look.skipped, *self._synonyms_skipped, *self._reasons()]
        return tuple(sorted(every, key=lambda one: one.file))

    def _reasons(self) -> Iterator[Skipped]:
        for file, seen in self._seen.items():
            if seen.reason:
                kept = "; its last good version still answers" if file in self.articles else ""
                yield Skipped(shown(file), f"{seen.reason}{kept}")
        for file, article in self.articles.items():
            yield from (Skipped(shown(file), reason) for reason in article.left_out)
        for file in self._look.files:
            described = file.removesuffix(BESIDE)
            if described != file and (described not in self._look.files or kind_of(described) == "markdown"):
                reason = "is front matter for a PDF, DOCX or HTML file, and there is none of that name"
                yield Skipped(shown(file), reason)

    def _unread(self, look: Look) -> list[str]:
        return [
            file
            for file in _articles_in(look)
            if file not in self._seen or self._seen[file].marks != look.marks(file)
        ]

    def _may_have_narrowed(self, file: str, article: Article) -> bool:
        beside = self._look.marks(file)[1:]
        return (
            self._seen[file].marks[1:] != beside
            or audience_in(file, self._folder) not in article.audience.sees
        )

    def _read(self, file: str, reader: DocumentReader) -> _Seen:
        marks = self._look.marks(file)
        known = self.articles.get(file)
        try:
            source = reading.open_source(self._folder, file, beside=len(marks) > 1)
            if known is None or known.digest != source.digest:
                self._replace(file, source, reader)
        except BeingWritten:
            return _Seen(())  # to be read at the next look
        except Unsafe as reason:
            self.articles.pop(file, None)
            return _Seen(marks, f"{reason}; until then nothing of it is told")
        except Unreadable as reason:
            return _Seen(marks, str(reason))
        return _Seen(marks)

    def _replace(self, file: str, source: Source, reader: DocumentReader) -> None:
        """By what stands there now; by nothing, if that cannot be read and seems to be for fewer readers."""
        try:
            article = reading.read_source(source, self._manner, reader)
            others = sum(len(one.passages) for name, one in self.articles.items() if name != file)
            if others + len(article.passages) > MOST_PASSAGES:
                raise Unreadable(f"would make it more than {MOST_PASSAGES:,} passages in all")
        except Unreadable:
            known = self.articles.get(file)
            if known and reading.claimed(source, self._manner.zone) not in known.audience.sees:
                del self.articles[file]
            raise
        self.articles[file] = article


def _articles_in(look: Look) -> Iterable[str]:
    return (file for file in look.files if not file.endswith(BESIDE) and file != SYNONYMS)
