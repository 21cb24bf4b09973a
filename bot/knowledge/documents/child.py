"""The process that reads documents: one after another from standard input, within limits, its text to standard output.

Whatever a document does to it, it does not do to the bot: it has no network, no secrets, can write no file and may use
so much memory and time; and it is ended from outside if it takes longer.
"""

import contextlib
import ctypes
import json
import signal
import sys
from collections.abc import Callable
from typing import BinaryIO

from bot.knowledge.documents.marks import Document, Unfit

MOST_MEMORY_BYTES, CPU_SECONDS = 512_000_000, 20
_MOST_FILES = 32
_NEW_USER, _NEW_NETWORK, _DIE_WITH_PARENT, _NO_NEW_RIGHTS = 0x10000000, 0x40000000, 1, 38


def main() -> None:
    out, sys.stdout = sys.stdout.buffer, sys.stderr
    _shut_in()
    while request := sys.stdin.buffer.readline():
        kind, length = request.split()
        _allow_time()
        answer = _answer(kind.decode(), sys.stdin.buffer.read(int(length)))
        _send(out, answer)


def _answer(kind: str, content: bytes) -> dict[str, str]:
    try:
        document = _reader(kind)(content)
    except Unfit as reason:
        return {"unfit": str(reason)}
    except ImportError as error:
        return {"unfit": f"needs the package {error.name}, which is not installed here"}
    except MemoryError:
        return {"unfit": f"takes more than {MOST_MEMORY_BYTES // 1_000_000} MB to read"}
    except Exception as error:  # a library's own mistake, in a process that is there for it
        return {"unfit": f"cannot be read ({type(error).__name__}); save it anew, or as Markdown"}
    return {"text": document.text, "title": document.title, "language": document.language}


def _reader(kind: str) -> Callable[[bytes], Document]:
    if kind == "pdf":
        from bot.knowledge.documents.from_pdf import read_pdf

        return read_pdf
    if kind == "docx":
        from bot.knowledge.documents.from_docx import read_docx

        return read_docx
    from bot.knowledge.documents.from_html import read_html

    return read_html


def _send(out: BinaryIO, answer: dict[str, str]) -> None:
    body = json.dumps(answer).encode()
    out.write(b"%d\n" % len(body))
    out.write(body)
    out.flush()


def _shut_in() -> None:
    """What the system lets us give up. Windows knows none of it; the time limit from outside is left there."""
    for name, most in (("AS", MOST_MEMORY_BYTES), ("FSIZE", 0), ("CORE", 0), ("NOFILE", _MOST_FILES)):
        with contextlib.suppress(ImportError, AttributeError, OSError, ValueError):
            import resource

            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (most, most))
    with contextlib.suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None)
        libc.prctl(_DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
        libc.prctl(_NO_NEW_RIGHTS, 1, 0, 0, 0)
        libc.unshare(_NEW_USER | _NEW_NETWORK)


def _allow_time() -> None:
    """So many more seconds of the processor, for the next document."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        soft = int(used.ru_utime + used.ru_stime) + 1 + CPU_SECONDS
        resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))


if __name__ == "__main__":
    main()
