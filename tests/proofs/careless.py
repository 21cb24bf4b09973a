"""The bot with one promise taken out of it: `make` shows red on it, or the proof proves nothing.

python -m tests.proofs.careless HOW --config bot.toml run"""

import sys

from bot.__main__ import main
from storage import sqlite


def sync_now_and_then() -> None:
    """SQLite's synchronous = NORMAL: a commit is on disk at the next checkpoint."""
    changed = tuple(pragma.replace("FULL", "NORMAL") for pragma in sqlite.PRAGMAS)
    assert changed != sqlite.PRAGMAS
    setattr(sqlite, "PRAGMAS", changed)  # noqa: B010 - its type says which pragmas there are


WAYS = {"normal": sync_now_and_then}

if __name__ == "__main__":
    WAYS[sys.argv.pop(1)]()
    sys.exit(main())
