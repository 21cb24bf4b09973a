"""What ends a process that no thread of its own can end any more, and where it was when it ended."""

import faulthandler
import signal
import sys
from collections.abc import Callable


def arm(seconds: float) -> Callable[[], None]:
    """Returns what must be called again and again; when it is not called while the process works for so many
    processor seconds, the kernel ends it by SIGPROF, with every thread's stack on standard error.

    A call that keeps the interpreter's lock (a pattern that never finishes) stops every Python thread, the
    watchdog's, too. Processor time, because a process that is stopped must not die of it. Nothing on systems
    without such timers; 0 seconds: never."""
    faulthandler.enable()
    if not seconds or not hasattr(signal, "setitimer"):
        return lambda: None
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    faulthandler.register(signal.SIGPROF, file=sys.stderr, all_threads=True, chain=True)

    def renew() -> None:
        signal.setitimer(signal.ITIMER_PROF, seconds)

    return renew


def disarm() -> None:
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, 0)
        faulthandler.unregister(signal.SIGPROF)
