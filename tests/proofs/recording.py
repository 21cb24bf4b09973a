"""What a process did to its files, and what of it a disk would still have after a power cut at any moment."""

import random
import struct
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

RECORDER = Path(__file__).with_name("recorder.c")
HEADER = struct.Struct("<QIiqQ")
SECTOR = 512
"""What a disk writes wholly or not at all."""


class Kind(IntEnum):
    """As in recorder.c."""

    OPENED = 1
    WROTE = 2
    TRUNCATED = 3
    SYNC_BEGAN = 4
    SYNCED = 5
    UNLINKED = 6


@dataclass(frozen=True, slots=True)
class Entry:
    """`at` is a monotonic second; `content` is what was written, or a path."""

    at: float
    kind: Kind
    fd: int
    offset: int
    content: bytes


def environ(library: Path, log: Path, folder: Path) -> dict[str, str]:
    """For the process whose files in `folder` are to be watched."""
    return {"LD_PRELOAD": str(library), "SVAR_RECORD": str(log), "SVAR_RECORD_UNDER": f"{folder}/"}


def entries(log: Path) -> Iterator[Entry]:
    with log.open("rb") as book:
        while len(head := book.read(HEADER.size)) == HEADER.size:
            nanoseconds, kind, fd, offset, length = HEADER.unpack(head)
            yield Entry(nanoseconds / 1e9, Kind(kind), fd, offset, book.read(length))


@dataclass(slots=True)
class File:
    """`kept` is on the disk in any case; of `loose` a power cut leaves all, nothing or anything between."""

    kept: bytearray = field(default_factory=bytearray)
    loose: list[Entry] = field(default_factory=list)

    def sync(self, up_to: int) -> None:
        for entry in self.loose[:up_to]:
            _apply(self.kept, entry)
        del self.loose[:up_to]

    def after_a_cut(self, dice: random.Random, how: str) -> bytearray:
        left = bytearray(self.kept)
        loose = self.loose[: dice.randint(0, len(self.loose))] if how == "a part, in order" else self.loose
        for entry in loose:
            if how == "single sectors":
                _apply_sectors(left, entry, dice)
            elif how != "nothing":
                _apply(left, entry)
        return left


HOWS = ("nothing", "everything", "a part, in order", "single sectors")
"""What of the unsynced writes a cut may leave."""


class Disk:
    """The files as a careful disk has them. A name is taken to be there, or gone, at once: SQLite syncs its
    folder when it makes a log, and no cut of ours is as early or as late as that."""

    def __init__(self) -> None:
        self.files: dict[str, File] = {}
        self._open: dict[int, str] = {}
        self._begun: dict[int, list[int]] = defaultdict(list)
        """How many writes there were as each sync began, by descriptor."""

        self._next: Entry | None = None

    def note_until(self, moment: float, story: Iterator[Entry]) -> int:
        """Follow the story up to this moment; how many entries that were."""
        noted = 0
        while (entry := self._next or next(story, None)) is not None:
            self._next = None if entry.at <= moment else entry
            if self._next:
                break
            self.note(entry)
            noted += 1
        return noted

    def note(self, entry: Entry) -> None:
        if entry.kind is Kind.OPENED:
            self._open[entry.fd] = name = entry.content.decode()
            self.files.setdefault(name, File())
        elif entry.kind is Kind.UNLINKED:
            self.files.pop(entry.content.decode(), None)
        elif file := self.files.get(self._open.get(entry.fd, "")):
            self._touch(file, entry)

    def _touch(self, file: File, entry: Entry) -> None:
        if entry.kind is Kind.SYNC_BEGAN:
            self._begun[entry.fd].append(len(file.loose))
        elif entry.kind is Kind.SYNCED:
            file.sync(self._begun[entry.fd].pop())
        else:
            file.loose.append(entry)

    def cut(self, folder: Path, dice: random.Random, how: str) -> None:
        """Write into `folder` what is left."""
        for name, file in self.files.items():
            (folder / Path(name).name).write_bytes(file.after_a_cut(dice, how))


def _apply(content: bytearray, entry: Entry) -> None:
    if entry.kind is Kind.TRUNCATED:
        del content[entry.offset :]
        content.extend(bytes(entry.offset - len(content)))
        return
    _put(content, entry.offset, entry.content)


def _apply_sectors(content: bytearray, entry: Entry, dice: random.Random) -> None:
    if entry.kind is Kind.TRUNCATED:
        if dice.random() < 0.5:
            _apply(content, entry)
        return
    for start in range(0, len(entry.content), SECTOR):
        if dice.random() < 0.5:
            _put(content, entry.offset + start, entry.content[start : start + SECTOR])


def _put(content: bytearray, offset: int, piece: bytes) -> None:
    content.extend(bytes(max(0, offset - len(content))))
    content[offset : offset + len(piece)] = piece
