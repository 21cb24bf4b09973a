"""`python -m bot kb lint`: what is wrong with the articles, a line a fault."""

import sys

from bot.app import library_of
from bot.clock import SystemClock
from bot.knowledge.library import FolderMissing
from bot.knowledge.lint.all import faults
from bot.settings import Settings


def lint(settings: Settings) -> int:
    """1 if anything is wrong."""
    clock = SystemClock()
    library = library_of(settings, clock)
    try:
        library.load()
    except FolderMissing as error:
        print(error, file=sys.stderr)
        return 1
    found = faults(library, settings.knowledge.folder, settings.bot.languages, clock.now())
    for fault in found:
        print(fault)
    summary = library.summary()
    read = f"{_count(summary.articles, 'file')}, {_count(summary.passages + summary.resting, 'passage')}"
    faulty = _count(len({fault.file for fault in found}), "file")
    print(f"{_count(len(found), 'fault')} in {faulty} ({read})" if found else f"nothing is wrong ({read})")
    return int(bool(found))


def _count(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"
