"""Stories are told in memory: each commit is synced, and five hundred stories wait long for a disk."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

MEMORY = Path("/dev/shm")
ENOUGH_BYTES = 32 * 1024 * 1024


def _place() -> Path | None:
    """None: where temporary files usually are."""
    there = MEMORY.is_dir() and os.access(MEMORY, os.W_OK)
    return MEMORY if there and shutil.disk_usage(MEMORY).free > ENOUGH_BYTES else None


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    with TemporaryDirectory(prefix="svar-", dir=_place()) as folder:
        yield Path(folder)
