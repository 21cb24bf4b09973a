"""Backups of PostgreSQL: pg_dump's copy of one snapshot, counted in the same snapshot; and reading one back."""

from pathlib import Path

from storage.database import DatabaseRefused
from storage.snapshot import Snapshot


def take(url: str, target: Path) -> Snapshot:
    raise DatabaseRefused("this version keeps its data in SQLite only")


def read_back(path: Path) -> Snapshot:
    raise DatabaseRefused("this version keeps its data in SQLite only")
