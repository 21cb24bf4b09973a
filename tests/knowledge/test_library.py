"""The knowledge base's folder while people write in it."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.clock import SystemClock
from bot.knowledge import collection, reading
from bot.knowledge.audience import Audience
from bot.knowledge.documents import reader
from bot.knowledge.documents.marks import Unfit
from bot.knowledge.documents.reader import DocumentReader
from bot.knowledge.folder import BeingWritten
from bot.knowledge.library import FolderMissing, Library, Sureness
from bot.knowledge.reading import Source
from tests.knowledge.papers import docx, paragraph, pdf

HOURS = "# Hours\n\n## When do you open?\nalso: opening hours\n\nAt ten.\n"
PRICES = "# Prices\n\n## What does delivery cost?\nalso: shipping price\n\n495 SEK.\n"
SURE_ENOUGH = Sureness(threshold=0.5)


class EagerClock(SystemClock):
    """Time that never waits, and counts how often it was asked to."""

    def __init__(self) -> None:
        self.naps = 0

    def now(self) -> int:
        return 1_000 + self.naps

    async def sleep(self, seconds: float) -> None:
        assert 0 < seconds <= 0.5
        self.naps += 1
        await asyncio.sleep(0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "hours.md").write_text(HOURS)
    (tmp_path / "prices.md").write_text(PRICES)
    return tmp_path


@pytest.fixture
def library(folder: Path) -> Library:
    library = Library(folder, ("en", "sv"), SURE_ENOUGH, clock=EagerClock())
    library.load()
    return library


def answer(library: Library, question: str) -> str:
    found = library.find(question, "en")
    return found.hits[0].passage.body if found.answered else ""


def reasons(library: Library) -> dict[str, str]:
    return {skipped.file: skipped.reason for skipped in library.summary().skipped}


def test_the_summary_tells_what_was_read(library: Library) -> None:
    summary = library.summary()
    assert (summary.passages, summary.articles, summary.languages) == (2, 2, ("en",))
    assert (summary.changed_at, summary.skipped, summary.threshold) == (1_000, (), 0.5)


def test_a_missing_folder_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FolderMissing, match=r"knowledge\.folder: .*create it and put Markdown files"):
        Library(tmp_path / "nowhere", ("en",), clock=EagerClock()).load()


def test_an_empty_folder_answers_nothing(tmp_path: Path) -> None:
    library = Library(tmp_path, ("en",), clock=EagerClock())
    library.load()
    assert (library.summary().passages, library.find("anything", "en").answered) == (0, False)


def test_articles_in_folders_are_read_and_hidden_ones_are_not(folder: Path, library: Library) -> None:
    for place in (folder / "sub", folder / ".git"):
        place.mkdir()
        (place / "a.md").write_text("# Parking\n\nBehind the house.")
    for name in (".#hours.md", "~hours.md", "notes.txt"):
        (folder / name).write_text("# Parking\n\nNowhere.")
    library.load()
    assert library.summary().articles == 3
    assert answer(library, "parking") == "Behind the house."


def test_nothing_changed_until_something_did(folder: Path, library: Library) -> None:
    assert not library.changed()
    (folder / "hours.md").write_text(HOURS.replace("ten", "eleven"))
    assert library.changed()


def test_a_file_merely_touched_changes_nothing(folder: Path, library: Library) -> None:
    os.utime(folder / "hours.md", ns=(1, 1))
    assert library.changed()
    assert not library.load()
    assert not library.changed()


def test_a_changed_article_is_answered_from_at_once(folder: Path, library: Library) -> None:
    (folder / "hours.md").write_text(HOURS.replace("ten", "eleven"))
    assert library.load()
    assert answer(library, "when do you open") == "At eleven."


def test_a_deleted_article_answers_no_more(folder: Path, library: Library) -> None:
    (folder / "hours.md").unlink()
    library.load()
    assert answer(library, "when do you open") == ""
    assert library.summary().articles == 1


@pytest.mark.parametrize("broken", [b"", b"\xff\xfe#\x00", b"# caf\xe9", b"a" * 2_000_001])
def test_a_broken_article_keeps_its_last_good_version(folder: Path, library: Library, broken: bytes) -> None:
    (folder / "hours.md").write_bytes(broken)
    library.load()
    assert answer(library, "when do you open") == "At ten."
    assert reasons(library)["hours.md"].endswith("its last good version still answers")
    (folder / "hours.md").write_text(HOURS.replace("ten", "nine"))
    library.load()
    assert (answer(library, "when do you open"), reasons(library)) == ("At nine.", {})


def test_an_article_never_readable_is_skipped_and_the_rest_is_read(folder: Path) -> None:
    (folder / "bad.md").write_bytes(b"\x00")
    (folder / "line\nbreak.md").symlink_to(folder / "line\nbreak.md")
    library = Library(folder, ("en",), SURE_ENOUGH, clock=EagerClock())
    library.load()
    assert set(reasons(library)) == {"bad.md", "line\N{REPLACEMENT CHARACTER}break.md"}
    assert answer(library, "shipping price") == "495 SEK."


def test_an_editors_replacing_by_rename_is_seen(folder: Path, library: Library) -> None:
    (folder / "hours.new").write_text(HOURS.replace("ten", "two"))
    (folder / "hours.new").rename(folder / "hours.md")
    library.load()
    assert answer(library, "when do you open") == "At two."


@asynccontextmanager
async def watched(library: Library) -> AsyncIterator[None]:
    watching = asyncio.create_task(library.watch())
    try:
        yield
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 (a thread changes it, and files have no event)
            await asyncio.sleep(0)


def unread(folder: Path) -> Library:
    return Library(folder, ("en", "sv"), SURE_ENOUGH, clock=EagerClock())


async def test_watching_begins_with_reading_what_nobody_has_read(folder: Path) -> None:
    library = unread(folder)
    assert (library.summary().passages, answer(library, "when do you open")) == (0, "")
    async with watched(library), asyncio.timeout(20):
        await library.until_read()
        assert (library.summary().passages, answer(library, "when do you open")) == (2, "At ten.")


async def test_what_is_read_already_is_not_waited_for(library: Library) -> None:
    async with asyncio.timeout(20):
        await library.until_read()


async def test_a_folder_that_is_gone_when_it_is_to_be_read_keeps_nobody_waiting(folder: Path) -> None:
    library, away = unread(folder), folder.with_name("away")
    library.look_for_folder()
    folder.rename(away)
    async with watched(library), asyncio.timeout(20):
        await library.until_read()
        assert answer(library, "when do you open") == ""
        away.rename(folder)
        await until(lambda: answer(library, "when do you open") == "At ten.")


def test_a_missing_folder_is_seen_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(FolderMissing):
        unread(tmp_path / "nowhere").look_for_folder()


async def test_watching_follows_every_change(folder: Path, library: Library) -> None:
    async with watched(library):
        for hour in ("three", "four", "five"):
            (folder / "hours.md").write_text(HOURS.replace("ten", hour))
            await until(lambda hour=hour: answer(library, "when do you open") == f"At {hour}.")  # type: ignore[misc]


async def test_a_question_in_the_middle_of_a_change_is_answered_whole(folder: Path, library: Library) -> None:
    """Every answer seen while one version follows the other is one of the two, and never none."""
    seen: set[str] = set()

    def changed_over() -> bool:
        seen.add(answer(library, "when do you open"))
        return "At noon." in seen

    async with watched(library):
        (folder / "next").write_text(HOURS.replace("ten", "noon"))
        (folder / "next").rename(folder / "hours.md")
        await until(changed_over)
    assert seen <= {"At ten.", "At noon."}


async def test_watching_outlives_a_folder_that_goes_and_comes(folder: Path, library: Library) -> None:
    away = folder.with_name("away")
    async with watched(library):
        folder.rename(away)
        clock = library._clock
        assert isinstance(clock, EagerClock)
        naps = clock.naps
        await until(lambda: clock.naps > naps + 2)
        assert answer(library, "when do you open") == "At ten."
        (away / "hours.md").write_text(HOURS.replace("ten", "six"))
        away.rename(folder)
        await until(lambda: answer(library, "when do you open") == "At six.")


class TurnedClock(EagerClock):
    """A clock that stands, until it is turned."""

    at = 0

    def now(self) -> int:
        return self.at


NEW_YEAR = 1_798_758_000_000
"""The first moment of 2027 in Stockholm, where it is an hour later than in Greenwich."""


def test_what_has_a_time_is_told_within_it_and_no_file_need_change(folder: Path) -> None:
    (folder / "hours.md").write_text(f"---\nvalid-until: 2026-12-31\n---\n{HOURS}")
    (folder / "next.md").write_text(f"---\nvalid-from: 2027-01-01\n---\n{HOURS.replace('ten', 'eleven')}")
    clock = TurnedClock()
    clock.at = NEW_YEAR - 1
    library = Library(folder, ("en",), SURE_ENOUGH, clock=clock, zone=ZoneInfo("Europe/Stockholm"))
    library.load()
    assert (answer(library, "when do you open"), library.summary().resting) == ("At ten.", 1)
    assert not library.changed()
    clock.at = NEW_YEAR
    assert answer(library, "when do you open") == "", "not even before the next edition is made"
    assert library.changed()
    assert library.load()
    assert (answer(library, "when do you open"), library.summary().resting) == ("At eleven.", 1)
    assert not library.changed()


def test_each_edition_has_its_own_name_and_the_same_articles_the_same(folder: Path, library: Library) -> None:
    first = library.summary().version
    (folder / "hours.md").write_text(HOURS.replace("ten", "nine"))
    library.load()
    second = library.summary().version
    (folder / "hours.md").write_text(HOURS)
    library.load()
    assert library.summary().version == first != second


def test_whoever_asks_twice_may_keep_to_one_edition(folder: Path, library: Library) -> None:
    edition = library.edition
    assert edition is not None
    (folder / "hours.md").write_text(HOURS.replace("ten", "nine"))
    library.load()
    found = edition.find("when do you open", "en", 1, Audience.PUBLIC, 0)
    assert (found.hits[0].passage.body, answer(library, "when do you open")) == ("At ten.", "At nine.")


def test_only_what_changed_is_read_again(
    folder: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    opens = reading.open_source

    def noted(folder: Path, file: str, *, beside: bool = False) -> Source:
        opened.append(file)
        return opens(folder, file, beside=beside)

    monkeypatch.setattr(reading, "open_source", noted)
    (folder / "hours.md").write_text(HOURS.replace("ten", "nine"))
    library.load()
    assert opened == ["hours.md"]


def test_a_file_that_cannot_be_read_is_not_tried_again_until_it_changes(
    folder: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "slow.pdf").write_bytes(b"nonsense")
    library.load()
    monkeypatch.setattr(reading, "open_source", None)
    assert not library.changed()
    assert not library.load()
    assert "is no PDF" in reasons(library)["slow.pdf"]


def test_a_file_that_may_be_read_again_is_read(folder: Path, library: Library) -> None:
    """Its rights change, and not its content or its time: whoever is not root could not read it before."""
    (folder / "hours.md").chmod(0)
    assert library.changed()
    library.load()
    (folder / "hours.md").chmod(0o600)
    assert library.changed()
    library.load()
    assert (answer(library, "when do you open"), reasons(library)) == ("At ten.", {})


def test_pages_word_documents_and_pdfs_answer_like_any_article(folder: Path, library: Library) -> None:
    (folder / "a.html").write_text("<h1>Where can I park?</h1><p>Behind the house.")
    (folder / "b.docx").write_bytes(
        docx(paragraph("Do you gift wrap?", "Rubrik1"), paragraph("Yes, for 20 kr."))
    )
    (folder / "c.pdf").write_bytes(pdf([(20, "Is there a lift?"), (11, "Yes, to each floor.")]))
    library.load()
    assert answer(library, "where can I park") == "Behind the house."
    assert answer(library, "do you gift wrap") == "Yes, for 20 kr."
    assert answer(library, "is there a lift") == "Yes, to each floor."
    assert library.summary().articles == 5


def test_texts_do_not_wait_for_documents(
    folder: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A document that takes half a minute to refuse, and an article changed at the same moment."""
    seen: list[str] = []

    def slow(*_: object) -> None:
        seen.append(answer(library, "when do you open"))
        raise Unfit("takes too long")

    monkeypatch.setattr(DocumentReader, "read", slow)
    (folder / "a.pdf").write_bytes(b"x")
    (folder / "hours.md").write_text(HOURS.replace("ten", "nine"))
    library.load()
    assert seen == ["At nine."]


def test_many_documents_are_told_of_as_they_are_read(
    folder: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each takes longer than is read at once; after each the next edition has one more."""
    for name in ("a.html", "b.html", "c.html"):
        (folder / name).write_text(f"<h1>{name}</h1><p>{name}")
    monkeypatch.setattr(collection, "SECONDS_AT_ONCE", -1.0)
    told = []
    while library.changed():
        library._follow()
        told.append(library.summary().passages)
    assert told == [3, 4, 5]
    (folder / "a.html").unlink()
    (folder / "b.html").write_text("<h1>b</h1><p>new")
    (folder / "d.html").write_text("<h1>d</h1><p>new")
    library.load()
    assert (library.changed(), library.summary().passages) == (False, 5)


async def test_whoever_leaves_waits_for_no_document(
    folder: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that would be read for half a minute; after the leaving it counts as not read yet."""
    monkeypatch.setattr(reader, "_COMMAND", "import time; time.sleep(3600)")
    (folder / "slow.pdf").write_bytes(b"x")
    async with asyncio.timeout(20):
        async with watched(library):
            await until(
                lambda: library._collection._reader is not None and bool(library._collection._reader._process)
            )
        await until(lambda: library._collection._reader is None)
    assert library.changed()
    assert reasons(library) == {}


def test_a_file_that_is_being_written_is_read_when_it_is_whole(
    folder: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half(*_: object, **__: object) -> Source:
        raise BeingWritten("is being written")

    (folder / "hours.md").write_text(HOURS.replace("ten", "nine"))
    with monkeypatch.context() as writing:
        writing.setattr(reading, "open_source", half)
        library.load()
    assert (answer(library, "when do you open"), reasons(library)) == ("At ten.", {})
    assert library.changed()
    library.load()
    assert answer(library, "when do you open") == "At nine."


def test_more_passages_than_can_be_kept_are_left_out_by_the_file(
    folder: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collection, "MOST_PASSAGES", 3)
    (folder / "more.md").write_text("# A\n\nb\n\n# C\n\nd")
    library.load()
    assert reasons(library) == {"more.md": "would make it more than 3 passages in all"}


def test_front_matter_beside_nothing_is_told_of(folder: Path, library: Library) -> None:
    (folder / "hours.md.meta").write_text("audience: staff")
    (folder / "gone.pdf.meta").write_text("audience: staff")
    library.load()
    assert set(reasons(library)) == {"hours.md.meta", "gone.pdf.meta"}
    assert "there is none of that name" in reasons(library)["gone.pdf.meta"]
