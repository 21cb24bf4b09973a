"""Most passages are never looked at closely, and no answer may depend on that."""

from pathlib import Path

import pytest

from benchmarks import corpus
from bot.knowledge.articles import Passage, passages_of
from bot.knowledge.reading import read_article
from bot.knowledge.shelf import Shelf
from bot.knowledge.trace import Memory

ARTICLES = 20


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("articles")
    corpus.write(place)
    return place


@pytest.fixture(scope="module", params=["en", "sv"])
def shelf(folder: Path, request: pytest.FixtureRequest) -> Shelf:
    """In Swedish letter groups count too."""
    passages: list[Passage] = []
    for article in sorted(folder.iterdir())[:ARTICLES]:
        passages += read_article(article, folder, [request.param])
    return Shelf(passages, request.param)


def test_the_best_are_the_same_as_if_every_passage_were_scored_in_full(shelf: Shelf) -> None:
    for question in corpus.asked(200):
        asked = shelf.ask(question.text)
        assert asked is not None
        some, every = asked.best(3), asked.best(len(shelf.passages))[:3]
        assert [place for place, _ in some] == [place for place, _ in every]
        assert [score for _, score in some] == pytest.approx([score for _, score in every], abs=1e-6)


def test_words_are_forgotten_when_memory_is_full_and_learned_again(shelf: Shelf) -> None:
    study = shelf._traces.of
    forgetful = Memory(study, most=study("sofa").size + study("table").size)
    words = ["sofa", "table", "lamp", "sofa", "rug", "table", "sofa"]
    assert [forgetful.of(word) for word in words] == [study(word) for word in words]
    assert len(forgetful) < len(set(words))


TOLD = """\
# Returns
also: refund please | send it back | bought too much | changed my mind

Register the return with us and send it back within sixty days.

# Delivery
also: freight | shipping | when does it come | how soon

A week.
"""


def test_a_hidden_phrasing_leaves_no_trace_in_the_passages_text() -> None:
    """Where there are many phrasings, they are a part of the text too."""
    shelf = Shelf(passages_of(TOLD, "a.md", "en"), "en")
    shelf.settle(0.0)
    hiding = shelf.hiding()
    hidden = {}
    for number, unit in enumerate(shelf.units[:5]):
        asked = shelf.ask(unit)
        assert asked is not None
        hidden[unit] = asked.score_without(0, number, shelf.lost_without(0, number, hiding))
    assert hidden["refund please"] < 0.02  # "return" is spelled a little like it
    assert hidden["bought too much"] < 0.02
    assert hidden["send it back"] > 0.05
