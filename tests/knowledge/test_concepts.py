"""Words that mean the same find the same passage, and the lists of them are whole."""

from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.knowledge import concepts
from bot.knowledge.articles import passages_of
from bot.knowledge.concepts import LANGUAGES, Concepts
from bot.knowledge.index import Index
from bot.knowledge.library import Library

ARTICLE = """\
# Hotel
## Can I hire a bicycle?
Yes, 150 kr a day.
## When is breakfast served?
From seven to ten.
## Where can I park the car?
Behind the house.
## How do I cancel my booking?
With the link in your confirmation.
## Is there a lift?
Yes, to all floors.
"""
LINES = [
    (file.name, number, line)
    for file in sorted((Path(concepts.__file__).parent / "concepts").glob("*.txt"))
    for number, line in enumerate(file.read_text("utf-8").splitlines(), 1)
    if not line.startswith("#")
]


@pytest.fixture(scope="module")
def index() -> Index:
    return Index.build(passages_of(ARTICLE, "hotel.md", "en"))


def best(index: Index, question: str, language: str) -> str:
    return index.find(question, language).hits[0].passage.heading


@pytest.mark.parametrize(
    ("question", "language", "heading"),
    [
        ("do you rent out bikes", "en", "Can I hire a bicycle?"),
        ("what time is brekkie", "en", "When is breakfast served?"),
        ("kan man hyra cykel", "sv", "Can I hire a bicycle?"),
        ("när är frukosten", "sv", "When is breakfast served?"),
        ("hvor kan jeg parkere bilen", "nb", "Where can I park the car?"),
        ("jag vill avboka min bokning", "sv", "How do I cancel my booking?"),
        ("er det heis", "nb", "Is there a lift?"),
    ],
)
def test_words_of_the_same_meaning_find_the_passage(
    index: Index, question: str, language: str, heading: str
) -> None:
    assert best(index, question, language) == heading


def test_a_compound_is_understood_by_its_parts() -> None:
    index = Index.build(passages_of("# Delivery time\n\nA week.\n\n# Car parks\n\nNone.", "a.md", "en"))
    assert best(index, "leveranstid", "sv") == "Delivery time"


def test_a_word_of_its_own_counts_more_than_one_that_means_the_same() -> None:
    index = Index.build(passages_of("# Bicycles\n\nYes.\n\n# Cars\n\nNo.\n\n# Boats\n\nNo.", "a.md", "en"))
    own, other = (index.search(word, "en")[0].score for word in ("bicycles", "bikes"))
    assert 0.5 * own < other < own


def test_what_has_its_own_language_is_not_answered_from_another_by_meaning() -> None:
    swedish = passages_of("# Öppettider\n\nTio till sex.\n\n# Presentkort\n\nJa.", "a.sv.md", "sv")
    index = Index.build([*passages_of(ARTICLE, "hotel.md", "en"), *swedish])
    assert not index.find("kan man hyra cykel", "sv").answered


def test_a_small_word_of_another_language_is_no_topic(index: Index) -> None:
    assert index.search("hvordan kan jeg", "nb") == []


def test_an_owners_own_line_joins_words_of_any_language() -> None:
    known = Concepts(own=["fatboy, beanbag, sittsäck"])
    assert list(known.related("sittsäck", "en")) == ["fatboy", "beanbag", "sittsäck"]
    assert list(known.related("sofa", "en")) == []


def test_the_owners_list_counts_for_words_that_passages_know_too() -> None:
    text = "# The lounge\n\nUpstairs.\n\n# The parlour\n\nDownstairs.\n\n# The yard\n\nOutside."
    passages = passages_of(text, "a.md", "en")
    plain, told = Index.build(passages), Index.build(passages, synonyms=("lounge, yard",))
    assert [hit.passage.heading for hit in plain.search("lounge", "en")] == ["The lounge"]
    assert [hit.passage.heading for hit in told.search("lounge", "en")] == ["The lounge", "The yard"]


def library_with(folder: Path, synonyms: str) -> Library:
    (folder / "hotel.md").write_text(ARTICLE, "utf-8")
    (folder / "synonyms.txt").write_text(synonyms, "utf-8")
    library = Library(folder, ("en", "sv", "nb"), clock=SystemClock())
    library.load()
    return library


def test_an_owners_list_is_read_from_the_folder_and_again_when_it_changes(tmp_path: Path) -> None:
    library = library_with(tmp_path, "# ours\nzoomer, lift\n")
    assert library.find("zoomer", "en").hits[0].passage.heading == "Is there a lift?"
    assert not library.changed()
    (tmp_path / "synonyms.txt").write_text("zoomer, bicycle, car\n", "utf-8")
    assert library.changed()
    assert library.load()
    assert library.find("zoomer", "en").hits[0].passage.heading != "Is there a lift?"
    (tmp_path / "synonyms.txt").unlink()
    assert library.load()
    assert library.find("zoomer", "en").hits == ()


def test_what_is_wrong_in_an_owners_list_is_told(tmp_path: Path) -> None:
    [skipped] = library_with(tmp_path, "zoomer lift\n").summary().skipped
    assert (skipped.file, "commas" in skipped.reason) == ("synonyms.txt", True)


@pytest.mark.parametrize("file", sorted({file for file, _, _ in LINES}))
def test_each_line_of_a_list_has_words_in_each_language(file: str) -> None:
    for name, number, line in LINES:
        if name == file:
            columns = [[term.strip() for term in column.split(",")] for column in line.split("|")]
            assert len(columns) == len(LANGUAGES), number
            assert all(all(terms) and len(set(terms)) == len(terms) for terms in columns), number
