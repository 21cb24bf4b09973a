"""A killed process loses nothing that the kernel has; a power cut does. So what is acknowledged is synced first."""

import asyncio
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from tests.crash.evidence import Ledger
from tests.crash.stage import Stage
from tests.shop import SECRET

POSTS = 100
CALLS = "fsync,fdatasync,pwrite64,write,writev,sendto,sendmsg"
WROTE = re.compile(r"pwrite64\(\d+<[^>]*bot\.db-wal>")
SYNCED = re.compile(r"(fsync|fdatasync)\(\d+<[^>]*bot\.db-wal>\) += 0")
UNFINISHED = re.compile(r"^(\d+) .*(fsync|fdatasync)\(\d+<[^>]*bot\.db-wal> <unfinished")
RESUMED = re.compile(r"^(\d+) .*<\.\.\. (fsync|fdatasync) resumed>\) += 0")
ANSWERED = re.compile(r'(write|writev|sendto|sendmsg)\(.*"HTTP/1\.1 200 OK')


def can_trace(folder: Path) -> bool:
    if shutil.which("strace") is None:
        return False
    command = ["strace", "-f", "-o", str(folder / "probe"), "true"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def story(trace: Path) -> Iterator[str]:
    """What happened, a letter each: w wrote to the log of the database, s synced it, a answered 200."""
    syncing: set[str] = set()
    for line in trace.read_text("utf-8", "replace").splitlines():
        if WROTE.search(line):
            yield "w"
        elif begun := UNFINISHED.match(line):
            syncing.add(begun[1])
        elif SYNCED.search(line) or ((ended := RESUMED.match(line)) and ended[1] in syncing):
            yield "s"
        elif ANSWERED.search(line):
            yield "a"


async def test_no_update_is_acknowledged_before_it_is_synced(tmp_path: Path) -> None:
    if not can_trace(tmp_path):
        pytest.skip("strace cannot watch a process here")
    trace = tmp_path / "trace"
    watcher = ("strace", "-D", "-f", "-y", "-s", "32", "-e", f"trace={CALLS}", "-o", str(trace))
    async with Stage(tmp_path, watcher=watcher) as stage:
        await stage.first_start()
        await stage.shop.telegram.delivered()
        await stage.rest()
        already = len(list(story(trace)))
        await post_one_by_one(f"{stage.bot_url}/telegram/webhook")
        assert await asyncio.to_thread(stage.bot.leave, 10) == 0
    with Ledger(stage.database) as ledger:
        assert ledger.count("SELECT count(*) FROM updates WHERE state = 'kept'") >= POSTS

    happened = "".join(story(trace))[already:]
    acknowledged = re.findall("[ws]*a", happened)[:POSTS]
    assert len(acknowledged) == POSTS
    assert [one for one in acknowledged if not re.search("w+s+a$", one)] == []


async def post_one_by_one(url: str) -> None:
    """Updates of a kind that nobody needs: they are kept and nothing else is written meanwhile."""
    headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
    async with aiohttp.ClientSession(headers=headers) as session:
        for at in range(POSTS):
            update = {"update_id": 1_000_000 + at, "poll": {"id": str(at)}}
            async with session.post(url, json=update) as answer:
                assert answer.status == 200
