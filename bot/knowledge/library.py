"""The knowledge base's folder, kept in mind: read, watched, and read again while questions are answered."""

import asyncio
import contextlib
import ctypes
import gc
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.knowledge.articles import UTC, Passage, Skipped
from bot.knowledge.audience import Audience
from bot.knowledge.collection import Collection
from bot.knowledge.edition import Edition
from bot.knowledge.edition import Sureness as Sureness
from bot.knowledge.folder import look
from bot.knowledge.found import Found
from bot.knowledge.reading import Article, Manner

log = logging.getLogger(__name__)

POLL_SECONDS = 0.4
_MUCH = 0.2
"""If more than this share of the passages was read anew, memory is given back: that holds up everything else."""


class FolderMissing(Exception):
    """The knowledge base's folder is not there; the message says what to do."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f'knowledge.folder: "{folder}" is not a folder that can be read; '
            "create it and put Markdown files (*.md), PDF, DOCX or HTML into it, or set [knowledge] folder to where they are"
        )
        self.folder = folder


@dataclass(frozen=True, slots=True)
class Summary:
    passages: int = 0
    """That hold now, for whomever."""
    private: int = 0
    """Of those, how many are for customers who have proven who they are, or for staff."""
    resting: int = 0
    """Those whose time has not come or has passed."""
    articles: int = 0
    languages: tuple[str, ...] = ()
    changed_at: int = 0
    """Milliseconds since 1970; 0 before the first load."""
    skipped: tuple[Skipped, ...] = ()
    threshold: float = 0.0
    expected_wrong: float = 0.0
    expected_answered: float = 0.0
    version: str = ""


class Library:
    def __init__(
        self,
        folder: Path,
        languages: Sequence[str],
        sureness: Sureness | None = None,
        *,
        clock: Clock,
        zone: ZoneInfo = UTC,
    ) -> None:
        self._folder, self._clock = folder, clock
        self._collection = Collection(folder, Manner(tuple(languages), zone), clock.monotonic)
        self._sureness = sureness or Sureness()
        self._edition: Edition | None = None
        self._read = False
        """All of it, once; but for documents that take very long."""
        self._told: dict[str, Article] = {}
        self._tried = asyncio.Event()
        self._summary = Summary()

    def find(
        self, question: str, language: str, limit: int = 3, audience: Audience = Audience.PUBLIC
    ) -> Found:
        """Nothing, as long as nothing has been read. `audience` is what the asking person has proven to be."""
        edition = self._edition
        if edition is None:
            return Found()
        return edition.find(question, language, limit, audience, self._clock.now())

    @property
    def edition(self) -> Edition | None:
        """All of one version, for who asks more than once and must not meet two."""
        return self._edition

    @property
    def articles(self) -> Mapping[str, Article]:
        """By file, also what does not hold yet or any more."""
        return self._collection.articles

    def passage(self, file: str, heading: str, audience: Audience = Audience.PUBLIC) -> Passage | None:
        """The passage under that heading, if it is still there and may be told to them."""
        edition = self._edition
        return edition.passage(file, heading, audience, self._clock.now()) if edition is not None else None

    async def until_read(self) -> None:
        """Wait until `watch` has read the folder, or has tried to and gone on without: nobody waits for ever."""
        if not self._read:
            await self._tried.wait()

    def look_for_folder(self) -> None:
        """Raises FolderMissing."""
        if not self._folder.is_dir() or not os.access(self._folder, os.R_OK | os.X_OK):
            raise FolderMissing(self._folder)

    def texts(self) -> Iterator[str]:
        """The words of every passage that anybody may read."""
        if self._edition is not None:
            yield from (passage.body for passage in self._edition.public.passages)

    def summary(self) -> Summary:
        return self._summary

    def changed(self) -> bool:
        """Has any article appeared, gone or been written since the last load, or its time come or passed?

        Cheap: opens no file."""
        collection, edition = self._collection, self._edition
        due = edition is None or self._clock.now() >= edition.edge or collection.articles != self._told
        return due or collection.is_new(look(self._checked_folder()))

    def load(self) -> bool:
        """Read what changed; True if the passages did, and then the next question meets them.

        Raises FolderMissing. Safe to run in a thread, one at a time."""
        changed = self._take_a_step()
        while self._collection.cut_short:
            changed = self._take_a_step() or changed
        return changed

    def _take_a_step(self) -> bool:
        """All changed texts, and of the documents as many as can be read in some seconds.

        What is withdrawn is not answered from any more before anything is read; texts wait for no document."""
        collection, known = self._collection, dict(self._collection.articles)
        collection.begin(look(self._checked_folder()))
        self._withdraw(collection.doubtful() | _narrowed(known, collection.articles))
        changed = False
        for documents in (False, True):
            collection.take(documents=documents)
            self._withdraw(_narrowed(known, collection.articles))
            changed = self._renew() or changed
        self._read = True
        return changed

    def _checked_folder(self) -> Path:
        self.look_for_folder()
        return self._folder

    def _withdraw(self, files: frozenset[str]) -> None:
        if self._edition is not None and not files <= self._edition.withdrawn:
            self._edition = self._edition.without(files)

    def _renew(self) -> bool:
        """A new edition, if there is anything new to tell; what was passed over is told in any case."""
        skipped = self._collection.skipped()
        for one in skipped:
            if one not in self._summary.skipped:
                log.warning("knowledge base: %s %s", one.file, one.reason)
        articles, edition = self._collection.articles, self._edition
        same = (
            edition is not None and articles == self._told and edition.synonyms == self._collection.synonyms
        )
        if edition is not None and same and self._clock.now() < edition.edge:
            self._edition = replace(edition, withdrawn=self._collection.doubtful())
            self._summary = replace(self._summary, articles=len(articles), skipped=skipped)
            return False
        synonyms = self._collection.synonyms
        new = Edition.of(articles, self._sureness, self._clock.now(), edition, synonyms)
        much = _changed(self._told, articles) > _MUCH * len(new.indexes[Audience.STAFF].passages)
        self._edition, self._told = new.without(self._collection.doubtful()), dict(articles)
        if much:
            _give_back()
        self._summary = self._sum_up(new, skipped)
        return True

    async def watch(self) -> None:
        """Read the folder, unless that was done, and keep in step with it until cancelled."""
        try:
            if not self._read:
                await self._keep_up()
                self._tried.set()
            while True:
                await self._clock.sleep(POLL_SECONDS)
                await self._keep_up()
        finally:
            self._collection.leave()

    async def _keep_up(self) -> None:
        self._collection.leave(leaving=False)
        try:
            await asyncio.to_thread(self._follow)
        except FolderMissing as error:
            log.warning("%s; the articles read before still answer", error)
        except Exception:
            log.exception("the knowledge base was not read; the articles read before still answer")

    def _follow(self) -> None:
        if (self._edition is None or self.changed()) and self._take_a_step():
            log.info("knowledge base: %d passages", self._summary.passages)

    def _sum_up(self, edition: Edition, skipped: tuple[Skipped, ...]) -> Summary:
        public, told = edition.public, edition.indexes[Audience.STAFF].passages
        return Summary(
            passages=len(told),
            private=len(told) - len(public.passages),
            resting=sum(len(article.passages) for article in self._told.values()) - len(told),
            articles=len(self._told),
            languages=tuple(dict.fromkeys(passage.language for passage in told)),
            changed_at=self._clock.now(),
            skipped=skipped,
            threshold=public.threshold,
            expected_wrong=public.expected_wrong,
            expected_answered=public.expected_answered,
            version=edition.version,
        )


def _narrowed(known: Mapping[str, Article], articles: Mapping[str, Article]) -> frozenset[str]:
    """Files that were told, and are no more, or are for fewer readers now."""
    return frozenset(
        file
        for file, article in known.items()
        if file not in articles or articles[file].audience not in article.audience.sees
    )


def _changed(known: Mapping[str, Article], articles: Mapping[str, Article]) -> int:
    """How many passages were read anew."""
    return sum(len(one.passages) for file, one in articles.items() if known.get(file) is not one)


def _give_back() -> None:
    """Reading and indexing takes several times the memory that is kept; glibc would hold on to the rest."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
