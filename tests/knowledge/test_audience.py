"""What is for some is told to nobody else, whatever is asked and whatever happens to the files meanwhile."""

import ast
import os
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.knowledge import reading
from bot.knowledge.articles import Passage
from bot.knowledge.audience import Audience
from bot.knowledge.documents.marks import Document
from bot.knowledge.documents.reader import DocumentReader
from bot.knowledge.index import Index
from bot.knowledge.library import Library, Sureness
from tests.knowledge import papers

PUBLIC, CUSTOMERS, STAFF = Audience.PUBLIC, Audience.CUSTOMERS, Audience.STAFF
PROJECT = Path(__file__).parents[2]
OPEN = "# Hours\n\n## When do you open?\nalso: opening hours\n\nAt ten.\n"
ORDERS = "# Orders\n\n## How do I change my order?\nalso: change an order\n\nOn your page.\n"
MARGINS = "# Margins\n\n## How much discount may I give?\nalso: largest discount\n\nUp to 15 %.\n"
EVERY_QUESTION = (
    "When do you open?",
    "opening hours",
    "How do I change my order?",
    "change an order",
    "How much discount may I give?",
    "largest discount",
    "discount",
    "Up to 15 %",
    "margins",
    "staff",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (("hours.md", OPEN), ("customers/orders.md", ORDERS), ("staff/margins.md", MARGINS)):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture
def library(folder: Path) -> Library:
    library = Library(folder, ("en", "sv"), Sureness(threshold=0.3), clock=SystemClock())
    library.load()
    return library


def told(library: Library, audience: Audience | None = None) -> set[str]:
    """The first folder or file of whatever is found for any question, surely or not."""
    given = {} if audience is None else {"audience": audience}
    return {
        hit.passage.file.partition("/")[0]
        for question in EVERY_QUESTION
        for language in ("en", "sv")
        for hit in library.find(question, language, 9, **given).hits
    }


def test_whoever_has_proven_nothing_finds_public_passages_alone(library: Library) -> None:
    assert told(library) == told(library, PUBLIC) == {"hours.md"}


def test_customers_and_staff_find_what_is_theirs(library: Library) -> None:
    assert told(library, CUSTOMERS) == {"hours.md", "customers"}
    assert told(library, STAFF) == {"hours.md", "customers", "staff"}
    assert library.find("largest discount", "en", audience=STAFF).hits[0].passage.body == "Up to 15 %."


def test_the_public_index_holds_nothing_private(library: Library) -> None:
    """Not a word of it, so that nothing can be guessed from scores, either."""
    assert library.edition is not None
    public = library.edition.indexes[PUBLIC]
    assert [passage.audience for passage in public.passages] == [PUBLIC]
    assert (library.summary().passages, library.summary().private) == (3, 2)


def test_an_index_that_held_too_much_would_still_tell_nothing(library: Library) -> None:
    edition = library.edition
    assert edition is not None
    mixed = Index.build(edition.indexes[STAFF].passages, threshold=0.3)
    broken = type(edition)(edition.version, dict.fromkeys(Audience, mixed), edition.edge)
    assert not broken.find("largest discount", "en", 1, PUBLIC, 0).hits
    assert broken.find("largest discount", "en", 1, STAFF, 0).hits


def test_without_anything_private_there_is_one_index(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(OPEN)
    library = Library(tmp_path, ("en",), clock=SystemClock())
    library.load()
    assert library.edition is not None
    assert len({id(index) for index in library.edition.indexes.values()}) == 1


def test_a_language_with_nothing_private_is_indexed_once(folder: Path, library: Library) -> None:
    (folder / "hours.sv.md").write_text("# Tider\n\n## När öppnar ni?\nalso: öppettider\n\nKlockan tio.\n")
    library.load()
    assert library.edition is not None
    public, staff = (library.edition.indexes[audience]._shelves for audience in (PUBLIC, STAFF))
    assert public["sv"] is staff["sv"]
    assert public["en"] is not staff["en"]


class Unbuildable(Exception):
    """The index is not made: what is told in the meantime must be right all the same."""


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "hours.md").write_text(f"---\naudience: staff\n---\n{OPEN}"),
        lambda folder: (folder / "hours.md").write_text(f"---\naudiance: staff\n---\n{OPEN}"),
        lambda folder: (folder / "hours.md").write_text(f"---\naudience: staff\n{OPEN}"),
        lambda folder: (folder / "hours.md").rename(folder / "staff" / "hours.md"),
        lambda folder: (folder / "hours.md").unlink(),
    ],
)
def test_what_becomes_private_or_is_deleted_is_not_told_even_before_the_next_edition(
    folder: Path, library: Library, change: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> Index:
        raise Unbuildable

    assert callable(change)
    change(folder)
    with monkeypatch.context() as broken:
        broken.setattr(Index, "build", refuse)
        with pytest.raises(Unbuildable):
            library.load()
        assert told(library) == set()
    assert library.changed(), "it is tried again"
    library.load()
    assert told(library) == set()


def test_a_mistyped_audience_hides_the_article_and_says_so(folder: Path, library: Library) -> None:
    (folder / "hours.md").write_text(f"---\naudience: stafff\n---\n{OPEN}")
    library.load()
    [skipped] = library.summary().skipped
    assert told(library, STAFF) == {"customers", "staff"}
    assert skipped.reason.endswith('(did you mean "staff"?); until then nothing of it is told')


def test_a_document_given_an_audience_beside_it_is_gone_for_others(folder: Path, library: Library) -> None:
    (folder / "prices.html").write_text("<h1>How much discount may I give?</h1><p>5 %")
    library.load()
    assert told(library) == {"hours.md", "prices.html"}
    (folder / "prices.html.meta").write_text("audience: customers")
    library.load()
    assert (told(library), told(library, CUSTOMERS)) == (
        {"hours.md"},
        {"hours.md", "customers", "prices.html"},
    )
    (folder / "prices.html.meta").unlink()
    library.load()
    assert told(library) == {"hours.md", "prices.html"}


def test_a_document_that_may_have_become_private_is_not_told_while_it_is_read(
    folder: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "prices.html").write_text("<h1>How much discount may I give?</h1><p>5 %")
    library.load()
    (folder / "prices.html.meta").write_text("audience: staff")
    seen: list[set[str]] = []
    reads = DocumentReader.read

    def slow(reader: DocumentReader, kind: str, content: bytes) -> Document:
        seen.append(told(library))
        return reads(reader, kind, content)

    monkeypatch.setattr(DocumentReader, "read", slow)
    library.load()
    assert seen == [{"hours.md"}]


def test_what_is_deleted_is_not_told_while_others_are_read(
    folder: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "hours.md").unlink()
    (folder / "new.md").write_text("# New\n\nA new article.\n")
    seen: list[set[str]] = []
    opens = reading.open_source

    def slow(folder: Path, file: str, *, beside: bool = False) -> reading.Source:
        seen.append(told(library))
        return opens(folder, file, beside=beside)

    monkeypatch.setattr(reading, "open_source", slow)
    library.load()
    assert seen == [set()]


def test_a_broken_document_that_became_private_is_not_told_from_its_last_version(
    folder: Path, library: Library
) -> None:
    (folder / "prices.pdf").write_bytes(papers.pdf([(20, "How much discount may I give?"), (11, "5 %")]))
    library.load()
    assert told(library) == {"hours.md", "prices.pdf"}
    (folder / "prices.pdf").write_bytes(b"broken")
    (folder / "prices.pdf.meta").write_text("audience: staff")
    library.load()
    assert told(library) == {"hours.md"}


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16"])
def test_an_article_that_became_private_and_unreadable_at_once_is_not_told(
    folder: Path, library: Library, encoding: str
) -> None:
    (folder / "hours.md").write_bytes(f"---\naudience: staff\n---\n{OPEN}På natten, ÿ.".encode(encoding))
    library.load()
    assert told(library) == set()


def test_a_link_turned_to_a_private_file_is_private(folder: Path, library: Library) -> None:
    (folder / "link.md").symlink_to(folder / "hours.md")
    library.load()
    assert told(library) == {"hours.md", "link.md"}
    (folder / "next").symlink_to(folder / "staff" / "margins.md")
    os.replace(folder / "next", folder / "link.md")
    library.load()
    assert told(library) == {"hours.md"}


MAY_NAME_AN_AUDIENCE = {
    "bot/answer.py": "it hands on what it is given, and takes everybody for the public otherwise",
    "bot/desk/commands/asking.py": "a command at the desk, which only those in the staff's group read",
    "bot/asking.py": "the command line, where whoever sits can read every file anyway",
}


def test_nobody_names_an_audience_who_does_not_know_who_is_asking() -> None:
    """Whoever adds a place that does, proves there who is asking, and adds it here."""
    asks = {
        str(path.relative_to(PROJECT))
        for room in ("bot", "handlers", "storage")
        for path in sorted((PROJECT / room).rglob("*.py"))
        if not path.is_relative_to(PROJECT / "bot/knowledge")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module == "bot.knowledge.audience"
    }
    assert asks <= set(MAY_NAME_AN_AUDIENCE)


def test_a_passage_is_public_unless_said_otherwise() -> None:
    assert Passage("a.md", ("A",), ("A",), "b", "en").audience is PUBLIC
