"""A shop's folder with a database in it, and the commands given from there, a process each."""

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.backup.rows import fill
from tests.shop import REPOSITORY

KEY = "a-key-for-tests-0123456789-0123456789"
INHERITED = ("PATH", "HOME", "LANG", "TMPDIR", "SYSTEMROOT")


@dataclass
class Home:
    folder: Path
    environ: dict[str, str] = field(default_factory=dict)
    more: str = ""

    @property
    def database(self) -> Path:
        return self.folder / "data" / "bot.db"

    @property
    def config(self) -> Path:
        path = self.folder / "bot.toml"
        path.write_text(f'[bot]\nname = "Maja"\n{self.more}', "utf-8")
        return path

    def command(self, *arguments: str | Path) -> list[str]:
        return [sys.executable, "-m", "bot", "--config", str(self.config), *map(str, arguments)]

    @property
    def environment(self) -> dict[str, str]:
        return {name: os.environ[name] for name in INHERITED if name in os.environ} | self.environ

    def run(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            cwd=REPOSITORY,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=50,
            check=False,
        )

    def start(self, *arguments: str | Path) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            self.command(*arguments),
            cwd=REPOSITORY,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


def make_home(folder: Path) -> Home:
    knowledge = folder / "knowledge-base"
    knowledge.mkdir(parents=True)
    (knowledge / "opening.md").write_text("# Opening hours\n\nWe are open from 9 to 17.\n", "utf-8")
    return Home(folder)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return make_home(tmp_path / "shop")


@pytest.fixture
def other(tmp_path: Path) -> Home:
    """Another machine, on which there is nothing yet."""
    return make_home(tmp_path / "other")


class Writer:
    """Another process that writes some hundreds of messages a second, and says what is stored."""

    def __init__(self, path: Path, start: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.backup.rows", str(path), str(start)],
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.stored = start
        """Every number below this one is on disk."""
        self._listening = threading.Thread(target=self._listen)
        self._listening.start()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.stored = int(line)

    def until(self, number: int) -> None:
        deadline = time.monotonic() + 20
        while self.stored < number:
            assert time.monotonic() < deadline, "nothing is written any more"
            time.sleep(0.01)

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        self._listening.join()
        assert self._process.stdout is not None
        self._process.stdout.close()


@pytest.fixture
def writer(home: Home) -> Iterator[Writer]:
    asyncio.run(fill(home.database, 2000))
    writer = Writer(home.database, 2000)
    writer.until(2001)  # before that somebody else could still get the lock
    yield writer
    writer.end()
