"""A database of its own for each test, in a folder of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.sqlite import SqliteDatabase, open_sqlite


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "bot.db"


@pytest.fixture
async def db(path: Path) -> AsyncIterator[SqliteDatabase]:
    database = await open_sqlite(path)
    yield database
    await database.close()
