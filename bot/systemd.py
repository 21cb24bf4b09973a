"""Tells systemd that we are ready, alive and leaving, where it asked to be told (Type=notify)."""

import os
import socket
import time
from collections.abc import Callable, Mapping

READY, ALIVE, LEAVING = b"READY=1", b"WATCHDOG=1", b"STOPPING=1"


def tell(word: bytes, environ: Mapping[str, str] = os.environ) -> None:
    """Nothing happens where nobody listens, or no longer does."""
    address = environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.settimeout(0)
            line.sendto(word, "\0" + address[1:] if address.startswith("@") else address)
    except OSError:
        return


def alive(environ: Mapping[str, str] = os.environ) -> Callable[[], None]:
    """To be called often: tells systemd twice in each span that it allows (WatchdogSec), and nobody else."""
    microseconds = environ.get("WATCHDOG_USEC", "")
    if not microseconds.isdecimal() or environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return lambda: None
    every, told = int(microseconds) / 2_000_000, [float("-inf")]

    def tell_again() -> None:
        now = time.monotonic()
        if now - told[0] >= every - 0.5:
            told[0] = now
            tell(ALIVE, environ)

    return tell_again
