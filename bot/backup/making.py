"""Makes a backup: copied, counted, packed, and read back before it gets its name."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot import VERSION
from bot.backup import archive
from bot.backup.archive import DATABASES, Manifest
from bot.backup.trouble import BackupRefused
from bot.settings import Settings
from storage import copying, dump, snapshot
from storage.address import is_postgres
from storage.database import DatabaseRefused
from storage.filelock import FileLock
from storage.snapshot import Damaged, Snapshot

WORKSHOP = ".svar-backup-"
"""Folders that begin so hold unfinished work; their lock tells whether anybody is still at it."""
UNPACKED = "unpacked"


@dataclass(frozen=True, slots=True)
class Plan:
    """All that making one takes, so that another process can be told to do it."""

    url: str
    files: dict[str, str]
    """Further files: their names in the archive, and where they are."""
    key: str


@dataclass(frozen=True, slots=True)
class Made:
    manifest: Manifest
    size: int
    """In bytes."""


def plan(settings: Settings) -> Plan:
    """The database, and what the owner wrote: bot.toml and the knowledge base. Secrets stay where they are."""
    folder = settings.knowledge.folder
    articles = {
        f"knowledge-base/{path.relative_to(folder).as_posix()}": str(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    }
    own = {"bot.toml": str(settings.file)} if settings.file.is_file() else {}
    return Plan(
        settings.storage.url.get_secret_value(),
        own | articles,
        settings.secrets.backup_key.get_secret_value(),
    )


def make(plan: Plan, target: Path, *, force: bool = False) -> Made:
    """Write `target`: whole and verified, or not at all. Raises BackupRefused."""
    if target.exists() and not force:
        raise BackupRefused(f"{target} is there already: choose another name, or say --force")
    if target.is_dir():
        raise BackupRefused(f"{target} is a folder: name a file")
    with refusals(target), workshop(target.parent) as folder:
        made = _make(plan, folder / "part")
        _be_sure(folder / "part", folder / UNPACKED, made, plan.key)
        size = (folder / "part").stat().st_size
        os.replace(folder / "part", target)
        copying.sync(target.parent)
    return Made(made, size)


def _make(plan: Plan, part: Path) -> Manifest:
    """Copy, count and pack; the copy itself is not needed any more then."""
    engine = engine_of(plan.url)
    copied = part.with_name(DATABASES[engine])
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    if engine == "sqlite":
        taken = snapshot.take(Path(plan.url.removeprefix("sqlite:///")), copied)
    else:
        taken = dump.take(plan.url, copied)
    contents = {copied.name: copied} | _own_files(plan, part.with_name("own"))
    digests = {name: archive.sha256_of(path) for name, path in contents.items()}
    manifest = Manifest(VERSION, engine, taken.schema, made_at, taken.tallies, digests)
    with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        archive.write(file, manifest, contents, plan.key)
        file.flush()
        os.fsync(file.fileno())
    copied.unlink()
    return manifest


def engine_of(url: str) -> archive.Engine:
    return "postgresql" if is_postgres(url) else "sqlite"


def _own_files(plan: Plan, folder: Path) -> dict[str, Path]:
    """Copies of the owner's files, which may be written to or go away while we pack."""
    copies = {}
    for name, place in plan.files.items():
        copied = folder / name
        copied.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(place, copied)
        except FileNotFoundError:
            continue
        copies[name] = copied
    return copies


def _be_sure(part: Path, folder: Path, written: Manifest, key: str) -> None:
    folder.mkdir()
    manifest = archive.unpack(part, folder, key)
    found = read_database(folder, manifest)
    if manifest != written or found != written.snapshot:
        raise BackupRefused(
            f"what was written is not what was read back{differences(written.snapshot, found)}"
        )


def read_database(folder: Path, manifest: Manifest) -> Snapshot:
    """Count what is in an unpacked backup's database. Raises BackupRefused."""
    path = folder / DATABASES[manifest.engine]
    try:
        return snapshot.read_back(path) if manifest.engine == "sqlite" else dump.read_back(path)
    except (Damaged, DatabaseRefused) as error:
        raise BackupRefused(f"the database in it is damaged: {error}") from error


def differences(wanted: Snapshot, found: Snapshot) -> str:
    names = sorted(
        name
        for name in wanted.tallies.keys() | found.tallies.keys()
        if wanted.tallies.get(name) != found.tallies.get(name)
    )
    return f": {', '.join(names)}" if names else ""


@contextmanager
def workshop(parent: Path) -> Iterator[Path]:
    """A folder for unfinished work that is gone afterwards; what a killed process left goes too."""
    parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in parent.glob(f"{WORKSHOP}*"):
        _clear(left)
    made = Path(tempfile.mkdtemp(prefix=".svar-new-", dir=parent))
    lock = FileLock(made / "lock")
    lock.acquire()
    folder = made.rename(made.with_name(f"{WORKSHOP}{made.name.rpartition('-')[2]}"))
    try:
        yield folder
    finally:
        lock.release()
        shutil.rmtree(folder, ignore_errors=True)


def _clear(left: Path) -> None:
    try:
        lock = FileLock(left / "lock")
    except OSError:
        return
    if lock.acquire():
        lock.release()
        shutil.rmtree(left, ignore_errors=True)


@contextmanager
def refusals(place: Path) -> Iterator[None]:
    """Every way in which files fail, as a sentence."""
    try:
        yield
    except (Damaged, DatabaseRefused) as error:
        raise BackupRefused(str(error)) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise BackupRefused(f"there is no space left in {place.parent}: nothing was written") from error
        raise BackupRefused(f"{error.filename or place} cannot be used: {error.strerror or error}") from error
