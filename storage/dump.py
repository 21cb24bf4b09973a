"""Backups of PostgreSQL: pg_dump's copy of one snapshot, counted in the same snapshot; and reading one back."""

import asyncio
import errno
import io
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from storage import tables
from storage.address import Address, read_address
from storage.copying import sync
from storage.database import DatabaseRefused
from storage.snapshot import Damaged, Snapshot
from storage.tables import RECORD, Counter, Tally

BATCH = 1000
WHOLE = ("integer", "bigint", "smallint")
ESCAPED = re.compile(r"\\(.)")
ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
CREATE = re.compile(r"CREATE TABLE (?:\S+\.)?(\w+) \(")
COLUMN = re.compile(r"    (\w+) (\w+)")
COPY = re.compile(r"COPY (?:\S+\.)?(\w+) \((.*)\) FROM stdin;")
Decode = Callable[[str], Any]


def take(url: str, target: Path) -> Snapshot:
    """Copy to `target`, while others write. Raises DatabaseRefused, OSError."""
    return asyncio.run(_take(read_address(url), target))


async def _take(address: Address, target: Path) -> Snapshot:
    connection = await _connect(address)
    try:
        # What pg_dump copies and what is counted here is the same moment, whatever is written meanwhile.
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            name = await connection.fetchval("SELECT pg_export_snapshot()")
            schema = await connection.fetchval("SELECT current_schema()")
            more = (f"--schema={schema}", f"--snapshot={name}", f"--file={target}")
            await asyncio.to_thread(_run, "pg_dump", address, "--format=custom", "--compress=0", *more)
            snapshot = await _look(connection)
    finally:
        await connection.close()
    target.chmod(0o600)
    sync(target)
    return snapshot


async def _connect(address: Address) -> Any:
    import asyncpg

    path = {"search_path": f'"{address.schema}"'} if address.schema else {}
    try:
        return await asyncpg.connect(address.dsn, timeout=10, server_settings=path)
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise DatabaseRefused(
            f"no PostgreSQL lets us in at {address.place} ({type(error).__name__})"
        ) from None


async def _look(connection: Any) -> Snapshot:
    names = [
        row["tablename"]
        for row in await connection.fetch(
            "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
        )
    ]
    if RECORD not in names:
        raise DatabaseRefused("the database holds nothing yet: start the bot once")
    number = await connection.fetchval(f"SELECT max(number) FROM {RECORD}")  # noqa: S608
    return Snapshot(number or 0, {name: await _tally(connection, name) for name in names})


async def _tally(connection: Any, name: str) -> Tally:
    counter, rows = Counter(), list[Any]()
    async for row in connection.cursor(f'SELECT * FROM "{name}"', prefetch=BATCH):  # noqa: S608
        rows.append(tuple(row))
        if len(rows) == BATCH:
            counter.add(rows)
            rows.clear()
    counter.add(rows)
    return counter.tally


def read_back(path: Path) -> Snapshot:
    """What is in pg_dump's file, without a server. Raises Damaged, DatabaseRefused."""
    kinds = _kinds(path)
    tallies: dict[str, Tally] = {}
    schema = 0
    with _printed(path, "--data-only") as lines:
        for line in lines:
            if found := COPY.fullmatch(line.rstrip("\n")):
                columns = [column.strip('" ') for column in found[2].split(",")]
                decoding = [kinds[found[1]][column] for column in columns]
                counter = Counter()
                for values in _rows(lines, decoding):
                    counter.add([values])
                    schema = max(schema, values[0]) if found[1] == RECORD else schema
                tallies[found[1]] = counter.tally
    return Snapshot(schema, tallies)


def _kinds(path: Path) -> dict[str, dict[str, Decode]]:
    """How each column of each table is read, as the file itself says."""
    kinds: dict[str, dict[str, Decode]] = {}
    columns: dict[str, Decode] = {}
    with _printed(path, "--schema-only") as lines:
        for line in lines:
            if found := CREATE.match(line):
                columns = kinds[found[1]] = {}
            elif found := COLUMN.match(line):
                columns[found[1]] = int if found[2] in WHOLE else _unescaped
    return kinds


def _rows(lines: Iterator[str], decoding: list[Decode]) -> Iterator[tuple[Any, ...]]:
    for line in lines:
        if line == "\\.\n":
            return
        values = line[:-1].split("\t")
        yield tuple(
            None if value == "\\N" else decode(value) for value, decode in zip(values, decoding, strict=True)
        )


def _unescaped(value: str) -> str:
    if "\\" not in value:
        return value
    return ESCAPED.sub(lambda found: ESCAPES.get(found[1], found[1]), value)


@contextmanager
def _printed(path: Path, what: str) -> Iterator[Iterator[str]]:
    """The lines of SQL that pg_restore makes of the file."""
    command = [_found("pg_restore"), what, "--no-owner", "--no-privileges", "--file=-", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        yield io.TextIOWrapper(process.stdout, "utf-8", newline="\n")
        words = process.stderr.read().decode(errors="replace")
        if process.wait():
            raise Damaged(f"{path.name} cannot be read: {_last_line(words)}")


def restore(path: Path, url: str) -> None:
    """Into a database whose tables of ours go first; all of it or nothing. Raises DatabaseRefused."""
    address = read_address(url)
    listed = subprocess.run([_found("pg_restore"), "--list", str(path)], capture_output=True, check=True)
    wanted = [line for line in listed.stdout.decode().splitlines() if " SCHEMA - " not in line]
    chosen = path.with_name("wanted")
    chosen.write_text("\n".join(wanted), "utf-8")
    asyncio.run(_clear(address))
    _run(
        "pg_restore",
        address,
        "--no-owner",
        "--no-privileges",
        "--single-transaction",
        "--exit-on-error",
        f"--use-list={chosen}",
        str(path),
    )


async def _clear(address: Address) -> None:
    """Nothing of ours stays, in one transaction."""
    connection = await _connect(address)
    try:
        ours = [table.name for table in reversed(tables.known())] + [RECORD]
        if address.schema:
            await connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{address.schema}"')
        await connection.execute(f"DROP TABLE IF EXISTS {', '.join(ours)} CASCADE")
    finally:
        await connection.close()


def count(url: str) -> Snapshot:
    """What is in the database now. Raises DatabaseRefused."""

    async def look() -> Snapshot:
        connection = await _connect(read_address(url))
        try:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                return await _look(connection)
        finally:
            await connection.close()

    return asyncio.run(look())


def _run(program: str, address: Address, *more: str) -> None:
    """Its password goes by the environment: a command line can be read by everybody on the machine."""
    environ = {**os.environ, "PGPASSWORD": address.password} if address.password else dict(os.environ)
    command = [_found(program), f"--dbname={_without_password(address.dsn)}", "--no-password", *more]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, errors="replace", check=False)
    if "version mismatch" in done.stderr:
        raise DatabaseRefused(
            f"{program} is older than the PostgreSQL at {address.place}: install its version"
        )
    if "No space left" in done.stderr:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if done.returncode:
        raise DatabaseRefused(f"{program} failed at {address.place}: {_last_line(done.stderr)}")


def _found(program: str) -> str:
    place = shutil.which(program)
    if place is None:
        raise DatabaseRefused(f"{program} is not installed here: on Debian, apt install postgresql-client")
    return place


def _without_password(dsn: str) -> str:
    parts = urlsplit(dsn)
    user, at, host = parts.netloc.rpartition("@")
    options = urlencode([(name, value) for name, value in parse_qsl(parts.query) if name != "password"])
    return urlunsplit(parts._replace(netloc=f"{user.partition(':')[0]}{at}{host}", query=options))


def _last_line(words: str) -> str:
    lines = [line for line in words.splitlines() if line.strip()]
    return next((line for line in lines if "error:" in line), lines[0] if lines else "it did not say why")
