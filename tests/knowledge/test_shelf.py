"""Most passages are never looked at closely, and no answer may depend on that."""

from pathlib import Path

import pytest

from benchmarks import corpus
from bot.knowledge.articles import Passage
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
