"""Our side of the process that reads documents: it is started for the first one, and ended when it does not answer."""

import contextlib
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO

from bot.knowledge.documents.marks import Document, Unfit

ROOT = Path(__file__).parents[3]
SECONDS = 30.0
_LAST_SECONDS = 0.5
_SPENT = {getattr(signal, name) for name in ("SIGXCPU", "SIGKILL") if hasattr(signal, name)}
"""What ends a process that took more than it may."""
MOST_ANSWER_BYTES = 20_000_000
_COMMAND = (
    f"import sys; sys.path.insert(0, {str(ROOT)!r}); from bot.knowledge.documents.child import main; main()"
)


class DocumentReader:
    """Reads one document at a time, in a process that lives until `close`."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "DocumentReader":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def read(self, kind: str, content: bytes) -> Document:
        """Raises Unfit, after at most so many seconds."""
        process = self._process = self._process or _start()
        try:
            with _limit(process, self._seconds) as passed:
                answer = _exchange(process, kind, content)
        except (OSError, ValueError) as error:
            reason = f"takes longer than {self._seconds:g} s to read" if passed.is_set() else _why(process)
            self.close()
            raise Unfit(reason) from error
        if "unfit" in answer:
            raise Unfit(answer["unfit"])
        return Document(answer["text"], answer["title"], answer["language"])

    def interrupt(self) -> None:
        """From another thread: what is being read is given up."""
        if self._process is not None:
            self._process.kill()

    def close(self) -> None:
        """End the process, whatever it is doing."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()
        process.wait()


def _start() -> subprocess.Popen[bytes]:
    """Without our environment: it holds secrets. In a session of its own: a Ctrl-C is ours to take."""
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-I", "-c", _COMMAND],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"LC_ALL": "C.UTF-8"} if sys.platform != "win32" else None,
        start_new_session=True,
    )


@contextmanager
def _limit(process: subprocess.Popen[bytes], seconds: float) -> Iterator[threading.Event]:
    passed = threading.Event()

    def end() -> None:
        passed.set()
        process.kill()

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield passed
    finally:
        timer.cancel()


def _exchange(process: subprocess.Popen[bytes], kind: str, content: bytes) -> dict[str, str]:
    """Raises OSError, ValueError: the process is gone or no longer itself."""
    ask, hear = _pipe(process.stdin), _pipe(process.stdout)
    ask.write(f"{kind} {len(content)}\n".encode())
    ask.write(content)
    ask.flush()
    length = int(hear.readline(20))
    if not 0 < length <= MOST_ANSWER_BYTES:
        raise ValueError(length)
    answer = json.loads(hear.read(length))
    if not isinstance(answer, dict) or not (
        {"unfit"} <= answer.keys() or {"text", "title", "language"} <= answer.keys()
    ):
        raise ValueError("no answer")
    return {str(key): str(value) for key, value in answer.items()}


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe


def _why(process: subprocess.Popen[bytes]) -> str:
    """It ended, or it is alive and talks nonsense."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        if -process.wait(_LAST_SECONDS) in _SPENT:
            return "takes too much time or memory to read; save it anew, or as Markdown"
    return "ends the program that reads it; save it anew, or as Markdown"
