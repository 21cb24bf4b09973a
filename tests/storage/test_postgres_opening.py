"""Opening a PostgreSQL: several processes at once, only what is ours, and a sentence that says what to do."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from storage import facts, migrations
from storage.database import DatabaseRefused, Statements, StorageUnavailable
from storage.migrations import postgres as on_postgres
from storage.opening import open_database, peek_database
from storage.postgres import open_postgres
from tests.postgres import ROOT, PostgresServer, connected, name_of
from tests.postgres_keeper import LOCKED_OUT

OPEN = """
import asyncio, sys
from storage.opening import open_database

async def opened():
    database = await open_database(sys.argv[1])
    print(len(await database.fetch("SELECT number FROM schema_migrations")))
    await database.close()

asyncio.run(opened())
"""
WITHOUT_DRIVER = "import sys; sys.modules['asyncpg'] = None\n" + OPEN


@pytest.fixture
async def empty(tmp_path: Path, server: PostgresServer) -> str:
    server.made[tmp_path / "empty"] = name_of(tmp_path / "empty")
    return await server.create(name_of(tmp_path / "empty"))


async def refusal(url: str) -> str:
    with pytest.raises(DatabaseRefused) as caught:
        await open_database(url)
    assert "\n" not in str(caught.value)
    assert "geheim" not in str(caught.value)
    return str(caught.value)


async def test_ten_that_start_at_once_make_the_tables_once(empty: str) -> None:
    processes = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", OPEN, empty), cwd=ROOT, stdout=asyncio.subprocess.PIPE
        )
        for _ in range(2)
    ]
    databases = await asyncio.gather(*(open_postgres(empty) for _ in range(8)))
    await asyncio.gather(*(database.close() for database in databases))
    said = [(await process.communicate())[0] for process in processes]

    assert said == [f"{len(migrations.known())}\n".encode()] * 2
    async with connected(empty) as connection:
        rows = await connection.fetch("SELECT number, sha256 FROM schema_migrations ORDER BY number")
    assert [(row["number"], row["sha256"]) for row in rows] == [
        (one.number, one.sha256) for one in migrations.known(engine="postgres")
    ]


async def test_businesses_in_schemas_of_their_own_see_nothing_of_each_other(empty: str) -> None:
    async def work(tx: Statements, value: str) -> None:
        await tx.lock("same name")
        await facts.put(tx, "whose", value)

    one, two = await open_postgres(f"{empty}&schema=one"), await open_postgres(f"{empty}&schema=two")
    await asyncio.gather(one.transaction(lambda tx: work(tx, "1")), two.transaction(lambda tx: work(tx, "2")))

    assert (await facts.find(one, "whose"), await facts.find(two, "whose")) == ("1", "2")
    await asyncio.gather(one.close(), two.close())


async def test_who_only_looks_changes_nothing(url: str) -> None:
    database = await open_database(url)
    await database.transaction(lambda tx: facts.put(tx, "a", "1"))
    peek = await peek_database(url)

    assert await facts.find(peek, "a") == "1"
    assert await peek.look(lambda tx: facts.find(tx, "a")) == "1"
    with pytest.raises(StorageUnavailable):
        await peek.transaction(lambda tx: facts.put(tx, "b", "1"))
    with pytest.raises(StorageUnavailable):
        await peek.fetch("DELETE FROM facts RETURNING name")
    await asyncio.gather(peek.close(), database.close())


async def test_some_other_program_s_database_is_refused_and_left_as_it_is(empty: str) -> None:
    async with connected(empty) as connection:
        for table in ("CREATE TABLE theirs (a TEXT)", "CREATE TABLE schema_migrations (version TEXT)"):
            await connection.execute(table)
            assert "some other program's tables" in await refusal(empty)
        tables = await connection.fetch(on_postgres.TABLES)
    assert {row["name"] for row in tables} == {"theirs", "schema_migrations"}


async def test_a_newer_database_is_refused(url: str) -> None:
    async with connected(url) as connection:
        await connection.execute("INSERT INTO schema_migrations VALUES (9999, 'later', '', 0)")
    assert "newer Svar (schema 9999" in await refusal(url)


async def test_a_file_that_was_changed_afterwards_is_refused(url: str) -> None:
    async with connected(url) as connection:
        await connection.execute("UPDATE schema_migrations SET sha256 = 'x' WHERE number = 1")
    assert "use the released file" in await refusal(url)


async def test_a_migration_that_fails_half_way_leaves_nothing_of_itself(empty: str, tmp_path: Path) -> None:
    (tmp_path / "0001_one.sql").write_text("CREATE TABLE one (id INTEGER PRIMARY KEY, a BLOB);", "utf-8")
    (tmp_path / "0002_two.sql").write_text("CREATE TABLE two (b TEXT); CREATE TABLE two (b TEXT);", "utf-8")
    async with connected(empty) as connection:
        with pytest.raises(Exception, match="already exists"):
            await on_postgres.apply(connection, folder=tmp_path)
        assert {row["name"] for row in await connection.fetch(on_postgres.TABLES)} == {
            "schema_migrations",
            "one",
        }

        (tmp_path / "0002_two.postgres.sql").write_text("CREATE TABLE theirs (b JSONB);", "utf-8")
        assert await on_postgres.apply(connection, folder=tmp_path) == 1
        assert await on_postgres.apply(connection, folder=tmp_path) == 0
        await connection.execute("INSERT INTO one (a) VALUES ('\\x00')")
        assert await connection.fetchval("SELECT id FROM one") == 1


async def test_who_may_not_in_is_told_so(server: PostgresServer) -> None:
    await server.run(f"DROP ROLE IF EXISTS {LOCKED_OUT}")
    await server.run(f"CREATE ROLE {LOCKED_OUT} LOGIN PASSWORD 'another'")
    said = await refusal(server.url("postgres", f"{LOCKED_OUT}:geheim"))

    assert f"does not let {LOCKED_OUT} in: check the name and the password" in said


async def test_who_may_not_make_tables_is_told_so(server: PostgresServer, empty: str) -> None:
    await server.run("DROP ROLE IF EXISTS guest")
    await server.run("CREATE ROLE guest LOGIN")
    async with connected(empty) as connection:
        await connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    said = await refusal(empty.replace("//svar@", "//guest:geheim@"))

    assert "guest may not create tables in" in said
    assert "GRANT CREATE ON SCHEMA public TO guest" in said


async def test_a_database_that_is_not_there_is_told_so(server: PostgresServer) -> None:
    assert 'has no database "nowhere": make it with CREATE DATABASE nowhere' in await refusal(
        server.url("nowhere", "svar:geheim")
    )


@pytest.mark.parametrize("place", ["127.0.0.1:1", "no-such-host.invalid:5432"])
async def test_a_server_that_is_not_there_is_told_so(place: str) -> None:
    said = await refusal(f"postgresql://svar:geheim@{place}/shop")
    assert f"no PostgreSQL answers at {place}/shop" in said


async def test_a_missing_driver_is_told_so(url: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", WITHOUT_DRIVER, url), cwd=ROOT, env=dict(os.environ), stderr=subprocess.PIPE
    )
    _, said = await process.communicate()
    assert b"asyncpg is not installed: pip install -r requirements-postgres.lock" in said
