"""What a shelf learns from its phrasings, and that it knows what it had said of one that it had not seen."""

import random

import numpy as np
import pytest

from bot.knowledge.articles import Passage, passages_of
from bot.knowledge.index import Index
from bot.knowledge.learned import Lesson
from bot.knowledge.postings import Ints, Postings
from bot.knowledge.shelf import Shelf

PASSAGES, EACH, TERMS = 6, 4, 40
UNITS = PASSAGES * EACH
FIRST_UNITS = np.arange(0, UNITS + 1, EACH)


def matrix() -> Postings:
    """Units of one passage share a few terms that hardly any other has."""
    chance = random.Random(7)
    held = {
        (term, unit)
        for unit in range(UNITS)
        for term in [unit // EACH, *(chance.randrange(PASSAGES, TERMS) for _ in range(5))]
    }
    terms, units = (np.array(side, dtype=np.int64) for side in zip(*sorted(held), strict=True))
    weights = np.full(len(terms), 0.4)
    return Postings.of(terms, units, weights, TERMS, UNITS)


def without(postings: Postings, units: Ints) -> Postings:
    """The same matrix in which these units hold nothing."""
    terms = np.repeat(np.arange(TERMS), np.diff(postings.starts))
    kept = ~np.isin(postings.rows, units)
    rows = postings.rows[kept].astype(np.int64)
    return Postings.of(terms[kept], rows, postings.weights[kept].astype(np.float64), TERMS, UNITS)


def said(postings: Postings, lesson: Lesson, unit: int) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """What a lesson says of a unit's own terms."""
    terms = np.flatnonzero(
        [unit in postings.rows[a:b] for a, b in zip(postings.starts, postings.starts[1:], strict=False)]
    )
    weights = np.full(len(terms), 0.4)
    learned = lesson.learned()
    return learned.stems.score(terms, weights) + learned.letters.score(terms, weights)


@pytest.mark.parametrize("unit", [0, 5, 23])
def test_what_it_had_said_without_a_passage_is_what_it_says_when_trained_without(unit: int) -> None:
    whole, row = matrix(), unit // EACH
    its = np.arange(row * EACH, (row + 1) * EACH)
    untaught = Lesson(without(whole, its), without(whole, its), FIRST_UNITS)
    expected = said(whole, untaught, unit)
    found = Lesson(whole, whole, FIRST_UNITS).without_passage(unit, row)
    others = [other for other in range(PASSAGES) if other != row]
    assert found[others] == pytest.approx(expected[others], abs=1e-4)


@pytest.mark.parametrize("unit", [0, 5, 23])
def test_what_it_had_said_without_a_phrasing_is_what_it_says_when_trained_without(unit: int) -> None:
    whole, row = matrix(), unit // EACH
    untaught = Lesson(without(whole, np.array([unit])), without(whole, np.array([unit])), FIRST_UNITS)
    found = Lesson(whole, whole, FIRST_UNITS).without_unit(unit, row)
    assert found == pytest.approx(said(whole, untaught, unit), abs=1e-4)
    assert found.argmax() == row


def bookings() -> list[Passage]:
    """Which of the words that all passages share tells them apart shows only from how often each says it."""
    topics = {
        "Book": ("make a booking", "start a booking", "new booking please", "a booking for two"),
        "Change": (
            "change my booking",
            "move my booking to friday",
            "another day for my booking",
            "swap days",
        ),
        "Cancel": ("drop my booking", "end my booking", "no longer need my booking", "undo the booking"),
    }
    text = "\n".join(
        f"# {name}\nalso: {' | '.join(also)}\n\n{name} it here.\n" for name, also in topics.items()
    )
    return passages_of(text, "a.md", "en")


def first(shelf: Shelf, question: str) -> str:
    asked = shelf.ask(question)
    assert asked is not None
    return shelf.passages[asked.best(1)[0][0]].heading


def test_what_was_learned_tells_passages_apart() -> None:
    plain, taught = Shelf(bookings(), "en"), Shelf(bookings(), "en")
    plain.settle(0.0)
    taught.settle(0.6)
    assert first(plain, "new day please") == "Book"  # "new ... please" is one of its phrasings
    assert first(taught, "new day please") == "Change"  # while "day" is what only changes are about


def test_with_few_phrasings_nothing_is_learned() -> None:
    passages = passages_of("# Hours\n\nTen.\n\n# Price\n\nFive.", "a.md", "en")
    assert Shelf(passages, "en").lesson is None


def test_the_lesson_is_over_when_the_index_stands() -> None:
    index = Index.build(bookings())
    assert index._shelves["en"].lesson is None
    assert all(0 <= hit.score <= 1 for hit in index.search("move my booking", "en"))
