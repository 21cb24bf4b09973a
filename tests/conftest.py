"""Shops for stories: on either channel, on either database, with a desk that has topics or one that has none."""

import itertools
import logging
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.people import Customer
from tests.postgres import forget_databases
from tests.shop import ARTICLES, ENGINE, REPOSITORY, Shop

TESTS = Path(__file__).parent
ON_BOTH = ("journeys", "test_outbox.py", "test_counted.py", "test_canaries.py")
"""Stories whose shop keeps its records wherever it is told to; tests/storage asks both engines by itself."""

STARTED_OFTEN = ("crash", "processes", "proofs", "test_disk_full.py", "test_ends.py")
"""Stories of processes that start again and again, which are about what they keep and not about what they know."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Who has no folder opens no database."""
    if _first_part(metafunc.definition.path) in ON_BOTH and "tmp_path" in metafunc.fixturenames:
        metafunc.parametrize("_engine", ["sqlite", "postgresql"], indirect=True)


def _first_part(path: Path) -> str:
    return path.relative_to(TESTS).parts[0]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files early, for each goes to one worker and the last ones should be short; and each long one beside a short
    one, for they start many processes. They say themselves that they are long."""
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    of_patience = sorted(files.values(), key=lambda of_file: -_patience(of_file[0]))
    long = [of_file for of_file in of_patience if _patience(of_file[0])]
    empty: list[pytest.Item] = []
    pairs = itertools.zip_longest(long, of_patience[len(long) :], fillvalue=empty)
    items[:] = [item for pair in pairs for of_file in pair for item in of_file]


def _patience(item: pytest.Item) -> float:
    """Seconds that its file wants at most for a test."""
    of_file = item.getparent(pytest.Module)
    mark = of_file.get_closest_marker("timeout") if of_file is not None else None
    return float(mark.args[0]) if mark is not None else 0.0


@pytest.fixture(scope="session")
def few_articles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One file in one language: read in a third of a second instead of one and a half."""
    folder = tmp_path_factory.mktemp("articles")
    shutil.copy(REPOSITORY / "knowledge-base" / "faq.md", folder)
    return folder


@pytest.fixture(autouse=True)
def _articles(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the shops of this story answer from."""
    if _first_part(request.path) in STARTED_OFTEN:
        monkeypatch.setenv(ARTICLES, str(request.getfixturevalue("few_articles")))


@pytest.fixture(autouse=True)
def _engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the shops of this story keep their records in, where it is told on both."""
    if hasattr(request, "param"):
        monkeypatch.setenv(ENGINE, request.param)


@pytest.fixture(autouse=True)
def _no_database_is_left() -> Iterator[None]:
    yield
    forget_databases()


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    """Its desk is a forum, so that each ticket has a topic."""
    async with Shop(tmp_path) as shop:
        yield shop


@pytest.fixture
async def plain_shop(tmp_path: Path) -> AsyncIterator[Shop]:
    """Its desk is a group without topics."""
    async with Shop(tmp_path, forum=False) as shop:
        yield shop


@pytest.fixture(params=["forum", "plain"])
async def any_shop(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Shop]:
    """With either kind of desk."""
    async with Shop(tmp_path, forum=request.param == "forum") as shop:
        yield shop


@pytest.fixture(params=["telegram", "whatsapp"])
def channel(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def anna(shop: Shop, channel: str) -> Customer:
    return shop.customer(channel, "Anna")


@pytest.fixture(autouse=True)
def _logs_as_at_first() -> None:
    """A sandbox or a process's start says how much is logged; the next story wants to read all of it."""
    logging.getLogger().setLevel(logging.WARNING)
    for name in ("bot", "handlers", "storage"):
        logging.getLogger(name).setLevel(logging.NOTSET)
