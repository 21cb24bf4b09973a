"""One program that is measured: its process, on a core of its own where there are two."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Final

from benchmarks import platforms
from benchmarks.peers.running import HEALTH
from benchmarks.platforms import Kind
from bot.environment import NAMES

START_SECONDS: Final = 30.0
STOP_SECONDS: Final = 15.0
ROOT: Final = Path(__file__).parent.parent
KINDS: Final[dict[str, Kind]] = {"telegram": platforms.TELEGRAM, "whatsapp": platforms.WHATSAPP}

SETTINGS: Final = """
[bot]
name = "Maja"
company = "Nordmöbler"
languages = ["en", "sv", "nb"]
[server]
port = {port}
public_url = "https://bot.nordmobler.example"
[telegram]
api_url = "{api}"
delivery = "webhook"
messages_per_second = 1000000
chat_messages_per_second = 1000000
group_messages_per_minute = 60000000
[whatsapp]
api_url = "{api}"
messages_per_second = 1000000
contact_seconds_per_message = 0.000001
contact_burst = 1000000
[knowledge]
folder = "{knowledge}"
[log]
level = "warning"
"""
SECRETS: Final = {
    "TELEGRAM_BOT_TOKEN": platforms.TOKEN,
    "TELEGRAM_CHAT_ID": str(platforms.DESK),
    "TELEGRAM_WEBHOOK_SECRET": platforms.SECRET,
    "WHATSAPP_ACCESS_TOKEN": platforms.ACCESS_TOKEN,
    "WHATSAPP_SENDER_ID": platforms.SENDER_ID,
    "WHATSAPP_APP_SECRET": platforms.APP_SECRET,
    "WHATSAPP_VERIFY_TOKEN": platforms.VERIFY_TOKEN,
}


@dataclass(frozen=True, slots=True)
class Cores:
    """Which core is whose; the same one where there is no choice."""

    bot: frozenset[int]
    load: frozenset[int]
    every: frozenset[int]

    @property
    def apart(self) -> bool:
        return self.bot != self.load


def cores() -> Cores:
    if not hasattr(os, "sched_getaffinity"):
        return Cores(frozenset(), frozenset(), frozenset())
    ours = sorted(os.sched_getaffinity(0))
    return Cores(frozenset(ours[:1]), frozenset(ours[1:2] or ours[:1]), frozenset(ours))


def stay_on(chosen: frozenset[int]) -> None:
    if chosen:
        os.sched_setaffinity(0, chosen)


PEERS: Final = {
    "relay": "relay (aiohttp in, aiohttp out)",
    "prototype": "durable prototype",
    "ptb": "python-telegram-bot",
    "aiogram": "aiogram",
    "pywa": "pywa",
}
"""By their module in `benchmarks.peers`."""


@dataclass(slots=True)
class Contender:
    """`name` is "svar" or a peer's; `folder` is its alone, `knowledge` everybody's."""

    name: str
    folder: Path
    knowledge: Path
    storage: str = ""
    """A PostgreSQL's address, in place of a file in `folder`."""
    port: int = 0
    started_in: float = 0.0
    """Seconds from its process's start to its first 200."""
    asked: int = 0
    """How many messages it has been sent."""
    _process: "subprocess.Popen[bytes] | None" = None

    @property
    def platforms(self) -> tuple[str, ...]:
        if self.name == "svar":
            return ("telegram", "whatsapp")
        return ("whatsapp",) if self.name == "pywa" else ("telegram",)

    @property
    def database(self) -> Path:
        return self.folder / "bot.db"

    async def start(self, api_url: str, where: Cores) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        command, environ = self._command(api_url)
        stay_on(where.bot)  # a child is born on its parent's core
        began = perf_counter()
        self._spawn(command, environ)
        stay_on(where.load)
        await self._until_healthy(began + START_SECONDS)
        self.started_in = perf_counter() - began

    def _spawn(self, command: list[str], environ: dict[str, str]) -> None:
        """Without the secrets of whoever measures: a model or a real platform must not come into it."""
        clean = {name: value for name, value in os.environ.items() if name not in NAMES}
        self._process = subprocess.Popen(
            command, cwd=ROOT, env={**clean, **environ}, stdout=subprocess.DEVNULL
        )

    def _command(self, api_url: str) -> tuple[list[str], dict[str, str]]:
        if self.name != "svar":
            module = f"benchmarks.peers.{self.name}"
            more = [str(self.port), api_url, str(self.database), str(self.knowledge)]
            return [sys.executable, "-m", module, *more], {}
        settings = SETTINGS.format(port=self.port, api=api_url, knowledge=self.knowledge.absolute())
        storage = self.storage or f"sqlite:///{self.database.absolute()}"
        config = self.folder / "bot.toml"
        config.write_text(f'{settings}[storage]\nurl = "{storage}"\n', "utf-8")
        return [sys.executable, "-m", "bot", "--config", str(config), "run"], SECRETS

    async def _until_healthy(self, deadline: float) -> None:
        while not await self._is_healthy():
            if self._running.poll() is not None or perf_counter() > deadline:
                raise RuntimeError(f"{self.name} did not start (exit code {self._running.poll()})")
            await asyncio.sleep(0.002)

    async def _is_healthy(self) -> bool:
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            writer.write(f"GET {HEALTH} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
            answer = await reader.readline()
            writer.close()
            return b" 200 " in answer
        return False

    async def stop(self) -> None:
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            await asyncio.to_thread(self._process.wait, STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    @property
    def is_running(self) -> bool:
        return self._process is not None

    def kill(self) -> None:
        self._running.kill()
        self._running.wait()
        self._process = None

    @property
    def _running(self) -> "subprocess.Popen[bytes]":
        assert self._process is not None
        return self._process

    def cpu(self) -> float:
        """Seconds of CPU that the process has used, with its threads; 0 where the system does not tell."""
        try:
            fields = Path(f"/proc/{self._running.pid}/stat").read_text().rpartition(")")[2].split()
        except FileNotFoundError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """MiB that it holds; 0 where the system does not tell."""
        try:
            lines = Path(f"/proc/{self._running.pid}/status").read_text().splitlines()
        except FileNotFoundError:
            return 0.0
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
