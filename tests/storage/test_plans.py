"""No statement walks through a whole table that grows for ever: SQLite's own plan of each is read."""

import ast
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage import migrations

STORAGE = Path(__file__).parent.parent.parent / "storage"
ALLOWED = ("SET raw = NULL", "sqlite_master", "FROM processes", "FROM duties", "FROM firings", "FROM budgets")
"""Nightly work, what is asked once at the start, and tables of a handful of rows."""

BOUNDED = "SCAN open"
"""The rows of a subquery that ends after so many, as storage/queues.py writes them."""


def statements() -> Iterator[str]:
    for path in sorted(STORAGE.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Constant(value=str(text)) if re.match(r"(SELECT|UPDATE|DELETE) .*\w", text):
                    yield text


@pytest.mark.parametrize("sql", [sql for sql in statements() if not any(part in sql for part in ALLOWED)])
def test_a_statement_finds_its_rows_by_an_index(sql: str) -> None:
    database = sqlite3.connect(":memory:")
    for migration in migrations.known():
        database.executescript(migration.sql)
    try:
        plan = list(database.execute(f"EXPLAIN QUERY PLAN {sql}", dict.fromkeys(re.findall(r":(\w+)", sql))))
    except sqlite3.OperationalError as error:
        pytest.skip(f"not a whole statement: {error}")
    scans = {
        step for *_, step in plan if step.startswith("SCAN") and not re.search("INDEX|CONSTANT ROW", step)
    }
    assert scans - {BOUNDED} == set()
