"""What else this machine had to do meanwhile: a figure from a busy machine says less."""

import os
import resource
from pathlib import Path
from time import perf_counter


def _busy() -> float:
    """Seconds of CPU used by all, since the start of the machine; 0 where the system does not tell."""
    try:
        user, nice, system, _idle, _waiting, *interrupts = map(
            int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:8]
        )
    except OSError:
        return 0.0
    return (user + nice + system + sum(interrupts)) / os.sysconf("SC_CLK_TCK")


def _ours() -> float:
    """Seconds of CPU of this process and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


class Meanwhile:
    def __init__(self) -> None:
        self._began, self._busy, self._ours = perf_counter(), _busy(), _ours()

    def others(self) -> float:
        """How many cores others kept busy on average; call it when the children have ended."""
        others = (_busy() - self._busy) - (_ours() - self._ours)
        return max(0.0, others / (perf_counter() - self._began))
