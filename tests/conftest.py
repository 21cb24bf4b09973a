"""Shops for stories: on either channel, with a desk that has topics or one that has none."""

import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.people import Customer
from tests.postgres import forget_databases
from tests.shop import Shop


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
