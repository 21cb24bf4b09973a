"""The file of a backup: a gzipped tar that any computer can open, sealed when there is a key."""

import gzip
import hashlib
import io
import json
import os
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Literal, cast

from bot.backup.sealing import Sealed, Unsealed, is_sealed
from bot.backup.trouble import BackupRefused
from storage import tables
from storage.snapshot import Snapshot
from storage.tables import Tally

FORMAT = 1
MANIFEST = "manifest.json"
DATABASES = {"sqlite": "database.sqlite", "postgresql": "database.pgdump"}
LARGEST_MANIFEST = 16 * 1024 * 1024
PIECE_BYTES = 1024 * 1024
Engine = Literal["sqlite", "postgresql"]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself. `files` gives each other file's SHA-256."""

    svar: str
    engine: Engine
    schema: int
    made_at: str
    tables: dict[str, Tally]
    files: dict[str, str]
    format: int = FORMAT

    @property
    def snapshot(self) -> Snapshot:
        return Snapshot(self.schema, self.tables)

    def written(self) -> bytes:
        content = {**asdict(self), "tables": tables.as_json(self.tables)}
        return json.dumps(content, indent=2, ensure_ascii=False).encode()


def write(file: BinaryIO, manifest: Manifest, contents: Mapping[str, Path], key: str) -> None:
    """The manifest first, then each of `contents`, by its name in the archive."""
    with ExitStack() as open_:
        inner = open_.enter_context(Sealed(file, key)) if key else file
        packed = open_.enter_context(
            gzip.GzipFile("", "wb", compresslevel=1, fileobj=cast("Any", inner), mtime=0)
        )
        tar = open_.enter_context(tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT))
        words = manifest.written()
        tar.addfile(_entry(MANIFEST, len(words)), io.BytesIO(words))
        for name, path in contents.items():
            with path.open("rb") as content:
                tar.addfile(_entry(name, os.fstat(content.fileno()).st_size), content)


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    return entry


def unpack(path: Path, folder: Path, key: str) -> Manifest:
    """Put its files into `folder`, each checked, none outside it. Raises BackupRefused, OSError."""
    try:
        with path.open("rb") as file, _opened(file, key) as packed:
            manifest = _unpack(packed, folder)
            while packed.read(PIECE_BYTES):
                pass  # to its end, where its own checksum is
        return manifest
    except BackupRefused as error:
        raise BackupRefused(f"{path} {error}") from error
    except (gzip.BadGzipFile, EOFError, zlib.error, tarfile.TarError) as error:
        raise BackupRefused(f"{path} is damaged, or no backup at all: {error}") from error


@contextmanager
def _opened(file: BinaryIO, key: str) -> Iterator[gzip.GzipFile]:
    beginning = file.read(16)
    file.seek(0)
    if is_sealed(beginning):
        inner: Any = io.BufferedReader(Unsealed(file, key), PIECE_BYTES)
    elif beginning.startswith(b"\x1f\x8b"):
        inner = file
    else:
        raise BackupRefused("is not a backup of Svar's" if beginning else "is empty")
    with gzip.GzipFile(fileobj=inner, mode="rb") as packed:
        yield packed


def _unpack(packed: gzip.GzipFile, folder: Path) -> Manifest:
    manifest: Manifest | None = None
    found: set[str] = set()
    with tarfile.open(fileobj=packed, mode="r|") as tar:
        for entry in tar:
            content = tar.extractfile(entry) if entry.isreg() else None
            if content is None:
                raise BackupRefused(f"is not a backup of Svar's: {entry.name} in it is no file")
            if manifest is None:
                manifest = _read_manifest(entry, cast("BinaryIO", content))
                continue
            found.add(entry.name)
            _put(folder / _inside(entry.name), cast("BinaryIO", content), manifest.files.get(entry.name, ""))
    if manifest is None or found != set(manifest.files):
        raise BackupRefused("is damaged: not all of its files are in it")
    return manifest


def _read_manifest(entry: tarfile.TarInfo, content: BinaryIO) -> Manifest:
    if entry.name != MANIFEST or entry.size > LARGEST_MANIFEST:
        raise BackupRefused("is not a backup of Svar's: it does not begin with its manifest")
    try:
        told = json.loads(content.read())
        if told["format"] > FORMAT:
            raise BackupRefused(f"was made by a newer Svar ({told['svar']}): restore it with that version")
        return Manifest(**{**told, "tables": tables.from_json(told["tables"])})
    except (ValueError, KeyError, TypeError) as error:
        raise BackupRefused("is damaged: its manifest cannot be read") from error


def _inside(name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise BackupRefused(f"is not a backup of Svar's: {name} would lie outside of its folder")
    return path


def _put(path: Path, content: BinaryIO, sha256: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        while piece := content.read(PIECE_BYTES):
            digest.update(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    if digest.hexdigest() != sha256:
        raise BackupRefused(f"is damaged: {path.name} in it is not what was put there")


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
