"""A PostgreSQL database for each story of several processes."""

from pathlib import Path

import pytest

from tests.postgres import database_of


@pytest.fixture
async def url(tmp_path: Path) -> str:
    return await database_of(tmp_path)
