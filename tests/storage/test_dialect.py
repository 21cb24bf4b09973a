"""What PostgreSQL is given instead of the portable text, and what of it may be asked many at once."""

import pytest

from storage.dialect import translate


@pytest.mark.parametrize(
    ("sql", "numbered", "names"),
    [
        ("SELECT :a, :b, :a", "SELECT $1, $2, $1", ("a", "b")),
        ("SELECT ':a' || :b", "SELECT ':a' || $1", ("b",)),
        ("SELECT 'it''s :a', \":a\" -- :a\n, :b", "SELECT 'it''s :a', \":a\" -- :a\n, $1", ("b",)),
        ("SELECT x::text, :a::int /* :b */", "SELECT x::text, $1::int /* :b */", ("a",)),
        ("SELECT l[1:2], :a_1", "SELECT l[1:2], $1", ("a_1",)),
    ],
)
def test_names_become_numbers_outside_of_quotes(sql: str, numbered: str, names: tuple[str, ...]) -> None:
    found = translate(sql)
    assert (found.sql, found.names) == (numbered, names)


@pytest.mark.parametrize(
    ("sql", "many"),
    [
        ("SELECT a FROM t WHERE b = :b", "SELECT $2::int AS _n, q.* FROM (SELECT a FROM t WHERE b = $1) q"),
        (
            "INSERT INTO t (a) VALUES (:a) RETURNING id",
            "WITH q AS (INSERT INTO t (a) VALUES ($1) RETURNING id) SELECT $2::int AS _n, q.* FROM q",
        ),
        (
            "DELETE FROM t",
            "WITH q AS (DELETE FROM t RETURNING 1) SELECT $1::int AS _n, count(*) AS touched FROM q",
        ),
        (
            "WITH due AS (SELECT id FROM t FOR UPDATE SKIP LOCKED) UPDATE t SET a = 1 FROM due RETURNING t.id",
            "WITH q AS (WITH due AS (SELECT id FROM t FOR UPDATE SKIP LOCKED) UPDATE t SET a = 1 FROM due"
            " RETURNING t.id) SELECT $1::int AS _n, q.* FROM q",
        ),
        ("WITH gone AS (DELETE FROM t RETURNING id) SELECT id FROM gone", ""),
        ("SET TRANSACTION READ ONLY", ""),
    ],
)
def test_many_at_once_are_told_apart_by_a_number(sql: str, many: str) -> None:
    assert translate(sql).many == many


@pytest.mark.parametrize(
    ("sql", "writes"),
    [
        ("SELECT a FROM t FOR UPDATE", False),
        ("SELECT a FROM t WHERE b IN (SELECT b FROM u FOR NO KEY UPDATE)", False),
        ("INSERT INTO t (a) VALUES (1) ON CONFLICT DO NOTHING RETURNING a", True),
        ("WITH gone AS (DELETE FROM t RETURNING id) SELECT id FROM gone", True),
    ],
)
def test_what_writes_is_known(sql: str, writes: bool) -> None:
    assert translate(sql).writes is writes
