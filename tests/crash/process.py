"""The bot as its owner runs it: a process of its own, which we start, end and start again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.shop import REPOSITORY

INHERITED = ("PATH", "HOME", "LANG", "TMPDIR", "SYSTEMROOT")


class BotProcess:
    """`python -m bot --config … run`. What it prints goes to `log`; `watcher` is a command that runs it, and
    `module` may be another one, with its arguments, that runs the bot in its own way."""

    def __init__(
        self,
        config: Path,
        secrets: Mapping[str, str],
        watcher: Sequence[str] = (),
        module: Sequence[str] = ("bot",),
    ) -> None:
        self.log = config.with_name("bot.log")
        self._command = [*watcher, sys.executable, "-m", *module, "--config", str(config), "run"]
        self._environ = {name: os.environ[name] for name in INHERITED if name in os.environ} | dict(secrets)
        self._process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0
        """In monotonic seconds."""

    def start(self, **more: str) -> None:
        """`more` is for the environment of this one process."""
        assert self._process is None
        command, environ = self._command, self._environ | more
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, cwd=REPOSITORY, env=environ, stdout=log, stderr=log)
        self.started_at = time.monotonic()

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """At once, whatever it is doing. Harmless when it was killed already."""
        self.death()()

    def death(self) -> Callable[[], None]:
        """What kills this very process and, called late, none that was started after it."""
        process = self._process

        def kill() -> None:
            if process is not None and process.poll() is None:
                process.send_signal(signal.SIGKILL)

        return kill

    def dies_within(self, seconds: float) -> bool:
        """Waits; false when it lives on."""
        assert self._process is not None
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def last_words(self, lines: int = 5) -> str:
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-lines:])

    def errors(self) -> list[str]:
        """Lines of the log at level error."""
        lines = self.log.read_text("utf-8", "replace").splitlines()
        return [line for line in lines if " ERROR " in line or line.startswith("Traceback")]

    def bury(self, seconds: float = 10) -> int:
        """Wait for it to be gone; its exit code, -9 after SIGKILL. Raises subprocess.TimeoutExpired."""
        assert self._process is not None
        code = self._process.wait(seconds)
        self._process = None
        return code

    def leave(self, seconds: float = 12) -> int:
        """SIGTERM, and its exit code. Raises subprocess.TimeoutExpired when it does not go."""
        assert self._process is not None
        self._process.terminate()
        try:
            return self._process.wait(seconds)
        finally:
            self.kill()
            self.bury()
