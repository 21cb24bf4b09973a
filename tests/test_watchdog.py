"""A loop that stands still: seen, told where, and ended when it does not get going again; a stopped process is none."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError

import pytest

from bot import systemd
from bot.app import App, assemble
from bot.clock import SystemClock
from bot.settings import Settings
from tests.crash.process import INHERITED
from tests.shop import REPOSITORY, Shop, shared_library

PATIENCE = 15.0
WORDS = "Anna Andersson asks about her sofa"


def until(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.01)


class Bot(threading.Thread):
    """A business in a thread and a loop of its own, so that the test's thread goes on while that loop stands."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(daemon=True)
        self.settings, self.ready, self.release = settings, threading.Event(), threading.Event()
        self.app: App
        self.loop: asyncio.AbstractEventLoop

    def run(self) -> None:
        asyncio.run(self._live())

    async def _live(self) -> None:
        self.app = await assemble(self.settings, SystemClock(), library=shared_library(self.settings))
        self.loop, self._leave = asyncio.get_running_loop(), asyncio.Event()
        await self.app.start()
        self.ready.set()
        await self._leave.wait()
        await self.app.stop()

    def stand_still(self) -> None:
        def wait_for_ever() -> None:
            words = WORDS
            self.release.wait()
            del words

        self.loop.call_soon_threadsafe(wait_for_ever)

    def leave(self) -> None:
        self.release.set()
        self.loop.call_soon_threadsafe(self._leave.set)
        self.join(PATIENCE)
        assert not self.is_alive()

    def health(self) -> dict[str, Any]:
        url = f"http://127.0.0.1:{self.app.server.port}/api/support/health"
        with urllib.request.urlopen(url, timeout=0.5) as answer:
            found: dict[str, Any] = json.load(answer)
        return found


def settings_of(folder: Path, watch: str) -> Settings:
    shop = Shop(folder, environ={"TELEGRAM_BOT_TOKEN": ""}, tables={"watch": watch}, delivery="polling")
    shop.whatsapp.url = shop.telegram.url = "http://127.0.0.1:9"
    return shop.settings()


@pytest.fixture
def bot(tmp_path: Path) -> Iterator[Bot]:
    bot = Bot(settings_of(tmp_path, "stall_seconds = 0.4\nexit_seconds = 1.2"))
    bot.start()
    assert bot.ready.wait(PATIENCE)
    yield bot
    bot.leave()


def test_a_loop_that_stands_is_told_of_with_its_place_and_health_fails_until_it_turns(
    bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    watchdog = bot.app.watchdog
    bot.stand_still()
    until(lambda: watchdog.stalled)
    with pytest.raises((URLError, TimeoutError)):
        bot.health()
    assert bot.app.business.figures.stalls == 1
    told = next(record.getMessage() for record in caplog.records if "has not turned" in record.getMessage())
    assert "wait_for_ever" in told
    assert "self.release.wait()" in told
    assert WORDS not in caplog.text

    bot.release.set()
    until(lambda: not watchdog.stalled)
    found = bot.health()
    assert found["status"] == "degraded"
    assert "loop" in {trouble["part"] for trouble in found["troubles"]}
    until(lambda: "turns again" in caplog.text)


def test_a_loop_that_does_not_get_going_again_ends_the_process_and_a_short_stall_does_not(bot: Bot) -> None:
    ended: list[int] = []
    bot.app.watchdog.end = ended.append
    bot.loop.call_soon_threadsafe(time.sleep, 0.6)
    until(lambda: bot.app.business.figures.stalls)
    until(lambda: not bot.app.watchdog.stalled)
    assert ended == []

    bot.stand_still()
    until(lambda: ended)
    assert ended[0] == 1


def test_a_loop_that_turns_is_left_alone(bot: Bot, caplog: pytest.LogCaptureFixture) -> None:
    lag = bot.app.business.figures.lag
    until(lambda: lag.count > 8)
    assert "has not turned" not in caplog.text
    assert bot.app.business.figures.stalls == 0


# The process itself


def start(folder: Path, kind: str, watch: str, **environ: str) -> subprocess.Popen[bytes]:
    settings_of(folder, watch)
    secrets = {
        "WHATSAPP_ACCESS_TOKEN": "EAAcanaryaccess",
        "WHATSAPP_SENDER_ID": "106540352242922",
        "WHATSAPP_APP_SECRET": "canary-app-secret-0123456789",
        "WHATSAPP_VERIFY_TOKEN": "canary-verify-token",
    }
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    command = [sys.executable, "-m", "tests.stall", kind, str(folder / "bot.toml")]
    if not kind:
        command = [sys.executable, "-m", "bot", "--config", str(folder / "bot.toml"), "run"]
    with (folder / "bot.log").open("wb") as log:
        return subprocess.Popen(
            command, cwd=REPOSITORY, env=inherited | secrets | environ, stdout=log, stderr=log
        )


def end_of(process: subprocess.Popen[bytes], seconds: float) -> int:
    """Its exit code when it ends by itself; -9 when it has to be ended."""
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def log_of(folder: Path) -> str:
    return (folder / "bot.log").read_text("utf-8", "replace")


def test_a_process_whose_loop_waits_for_ever_leaves_with_1(tmp_path: Path) -> None:
    process = start(tmp_path, "sleep", "stall_seconds = 0.5\nexit_seconds = 1.5")
    assert end_of(process, PATIENCE) == 1
    lines = [json.loads(line) for line in log_of(tmp_path).splitlines() if line.startswith("{")]
    stood = next(line for line in lines if "has not turned" in line["message"])
    assert "time.sleep(3600)" in stood["message"]
    assert "leaving, to be started again" in lines[-1]["message"]


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no such timers")
def test_a_call_that_stops_even_the_watchdog_is_ended_by_the_kernel(tmp_path: Path) -> None:
    process = start(tmp_path, "pattern", "stall_seconds = 0.5\nexit_seconds = 1.5")
    assert end_of(process, 2 * PATIENCE) == -signal.SIGPROF
    assert "in pattern" in log_of(tmp_path), "it says where it was"


def test_a_process_that_is_stopped_and_goes_on_is_not_taken_for_stuck(tmp_path: Path) -> None:
    process = start(tmp_path, "", "stall_seconds = 0.3\nexit_seconds = 0.8")
    try:
        until(lambda: "Listening on" in log_of(tmp_path))
        os.kill(process.pid, signal.SIGSTOP)
        time.sleep(2.5)  # three times as long as a stall may last
        os.kill(process.pid, signal.SIGCONT)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(2)
    finally:
        process.terminate()
        code = process.wait(PATIENCE)
    assert code == 0
    assert "has not turned" not in log_of(tmp_path)


# systemd


def test_systemd_hears_that_it_is_ready_alive_and_leaving(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(address)
        line.settimeout(PATIENCE)
        process = start(tmp_path, "", "stall_seconds = 5", NOTIFY_SOCKET=address, WATCHDOG_USEC="2000000")
        heard = {line.recv(64) for _ in range(4)}
        process.terminate()
        while systemd.LEAVING not in heard:
            heard.add(line.recv(64))
        assert process.wait(PATIENCE) == 0
    assert heard == {systemd.READY, systemd.ALIVE, systemd.LEAVING}


def test_where_nobody_listens_nothing_happens(tmp_path: Path) -> None:
    systemd.tell(systemd.READY, {"NOTIFY_SOCKET": str(tmp_path / "nobody")})
    systemd.tell(systemd.READY, {})
    systemd.alive({"WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "1", "NOTIFY_SOCKET": "/nowhere"})()
