"""A real file system of our own that can be cut off in mid-write, as by a power cut, and mounted again."""

import fcntl
import os
import shutil
import struct
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

MEGABYTES = 320
"""The smallest that xfs takes is 300."""
SHUTDOWN = 0x8004587D
"""EXT4_IOC_SHUTDOWN and XFS_IOC_GOINGDOWN, which are one number: _IOR('X', 125, __u32)."""
FORGET_JOURNAL = 2
"""Neither the journal nor any page that was not synced is written any more."""
KEEP_JOURNAL = 1
"""The journal is written out first, as by a disk that was quick."""
SYSTEMS = {"ext4": ["mkfs.ext4", "-q", "-F"], "xfs": ["mkfs.xfs", "-q", "-f"]}


class CannotMount(Exception):
    """No file system can be mounted here; the message says why."""


class Disk:
    """A file system in a file, mounted at `folder`. `with Disk(…)`; raises CannotMount."""

    def __init__(self, folder: Path, system: str = "ext4") -> None:
        self.folder, self.system = folder, system
        self._image = folder.with_name(folder.name + ".img")

    def __enter__(self) -> Self:
        make = SYSTEMS[self.system]
        if os.geteuid():
            raise CannotMount("only root may mount a file system")
        if shutil.which(make[0]) is None:
            raise CannotMount(f"there is no {make[0]} here")
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._image.open("wb") as image:
            image.truncate(MEGABYTES * 1024 * 1024)
        _run([*make, str(self._image)])
        self.mount()
        self._try_the_cut()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.folder.is_mount():
            self.unmount()
        self._image.unlink(missing_ok=True)

    def mount(self) -> None:
        _run(["mount", "-o", "loop", str(self._image), str(self.folder)])

    def unmount(self) -> None:
        _run(["umount", str(self.folder)])

    def cut(self, how: int = FORGET_JOURNAL) -> None:
        """From now on nothing reaches the disk: what is dirty in memory is lost, every write is an error."""
        assert self.folder.is_mount(), "never any file system but our own"
        door = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.ioctl(door, SHUTDOWN, struct.pack("I", how))
        finally:
            os.close(door)

    def power_returns(self) -> None:
        """Mount it again, which replays the journal. Nobody may have a file open there."""
        self.unmount()
        self.mount()

    def _try_the_cut(self) -> None:
        try:
            self.cut()
        except OSError as error:
            self.unmount()
            raise CannotMount(f"this {self.system} cannot be cut off: {error}") from error
        self.power_returns()


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotMount(f"{command[0]}: {done.stderr.strip()}")
