"""The file of a backup: whatever is cut off, changed or put in is noticed, and nothing lands outside its folder."""

import gzip
import io
import json
import random
import tarfile
from pathlib import Path

import pytest

from bot.backup import archive, sealing
from bot.backup.archive import Manifest
from bot.backup.sealing import FRAME_BYTES, HEAD_BYTES, Sealed, Unsealed
from bot.backup.trouble import BackupRefused
from storage.tables import Tally
from tests.backup.conftest import KEY


@pytest.fixture
def contents(tmp_path: Path) -> dict[str, Path]:
    chance = random.Random(1)
    made = {"database.sqlite": chance.randbytes(5 * FRAME_BYTES + 17), "knowledge-base/å.md": b"# Hej\n"}
    for at, content in enumerate(made.values()):
        (tmp_path / str(at)).write_bytes(content)
    return {name: tmp_path / str(at) for at, name in enumerate(made)}


def manifest(contents: dict[str, Path], **more: object) -> Manifest:
    digests = {name: archive.sha256_of(path) for name, path in contents.items()}
    told = {"svar": "1", "engine": "sqlite", "schema": 1, "made_at": "now", "tables": {"a": Tally(1, "0")}}
    return Manifest(**{**told, "files": digests, **more})  # type: ignore[arg-type]


def packed(contents: dict[str, Path], key: str = "", **more: object) -> bytes:
    file = io.BytesIO()
    archive.write(file, manifest(contents, **more), contents, key)
    return file.getvalue()


def unpacked(content: bytes, folder: Path, key: str = KEY) -> Manifest:
    file = folder / "backup"
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    return archive.unpack(file, folder / "in", key)


@pytest.mark.parametrize("key", ["", KEY])
def test_what_is_unpacked_is_what_was_packed(contents: dict[str, Path], tmp_path: Path, key: str) -> None:
    assert unpacked(packed(contents, key), tmp_path / "to") == manifest(contents)
    for name, path in contents.items():
        assert (tmp_path / "to/in" / name).read_bytes() == path.read_bytes()


@pytest.mark.parametrize("key", ["", KEY], ids=["plain", "sealed"])
def test_wherever_it_is_cut_off_or_changed_it_is_refused(
    contents: dict[str, Path], tmp_path: Path, key: str
) -> None:
    whole = packed(contents, key)
    places = [0, 1, 12, HEAD_BYTES - 1, HEAD_BYTES + 2, HEAD_BYTES + FRAME_BYTES, len(whole) - 1]
    places += random.Random(2).sample(range(20, len(whole)), 20)
    for at in places:
        changed = whole[:at] + bytes([whole[at] ^ 64]) + whole[at + 1 :]
        for number, broken in enumerate((whole[:at], changed)):
            try:
                told = unpacked(broken, tmp_path / f"{at}-{number}")
            except BackupRefused:
                continue
            # A gzip holds a few bytes that mean nothing: its date, say.
            assert not key
            assert told == manifest(contents)


def test_frames_cannot_change_places_or_be_left_out(contents: dict[str, Path], tmp_path: Path) -> None:
    whole = packed(contents, KEY)
    size = 4 + FRAME_BYTES + sealing.TAG_BYTES
    head, first, second, rest = (
        whole[:HEAD_BYTES],
        whole[HEAD_BYTES : HEAD_BYTES + size],
        whole[HEAD_BYTES + size : HEAD_BYTES + 2 * size],
        whole[HEAD_BYTES + 2 * size :],
    )
    for at, broken in enumerate((head + second + first + rest, head + second + rest, head + first + rest)):
        with pytest.raises(BackupRefused, match="damaged"):
            unpacked(broken, tmp_path / f"order-{at}")
    with pytest.raises(BackupRefused, match="behind its end"):
        unpacked(whole + b"more", tmp_path / "more")


@pytest.mark.parametrize("size", [0, 1, FRAME_BYTES - 1, FRAME_BYTES, FRAME_BYTES + 1, 3 * FRAME_BYTES])
def test_what_was_sealed_is_read_again_whatever_its_length(size: int) -> None:
    content, file = random.Random(3).randbytes(size), io.BytesIO()
    with Sealed(file, KEY) as sealed:
        sealed.write(content)
    file.seek(0)
    assert io.BufferedReader(Unsealed(file, KEY)).read() == content


def test_the_wrong_key_and_damage_are_told_apart(contents: dict[str, Path], tmp_path: Path) -> None:
    whole = packed(contents, KEY)
    with pytest.raises(BackupRefused, match="made with another key"):
        unpacked(whole, tmp_path / "a", KEY + "x")
    with pytest.raises(BackupRefused, match="is encrypted: set BACKUP_KEY"):
        unpacked(whole, tmp_path / "b", "")
    with pytest.raises(BackupRefused, match="damaged at its beginning"):
        unpacked(whole[:12] + b"?" + whole[13:], tmp_path / "c", KEY)


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"SQLite format 3\0" + bytes(100), gzip.compress(b"hello", mtime=0)]
)
def test_what_is_no_backup_is_told_so(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(BackupRefused, match=r"is empty|not a backup|no backup"):
        unpacked(content, tmp_path / "to")


def test_one_of_a_newer_version_says_which(contents: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(BackupRefused, match=r"made by a newer Svar \(7.1\)"):
        unpacked(packed(contents, svar="7.1", format=2), tmp_path / "to")


@pytest.mark.parametrize("name", ["../out", "/tmp/svar-out", "a/../../out", "link"])
def test_nothing_is_written_outside_of_the_folder(name: str, tmp_path: Path) -> None:
    told = {"svar": "1", "engine": "sqlite", "schema": 1, "made_at": "", "tables": {}, "files": {name: ""}}
    words = json.dumps({**told, "format": 1}).encode()
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        first = tarfile.TarInfo(archive.MANIFEST)
        first.size = len(words)
        tar.addfile(first, io.BytesIO(words))
        second = tarfile.TarInfo(name)
        if name == "link":
            second.type, second.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(second)
    with pytest.raises(BackupRefused, match="not a backup of Svar's"):
        unpacked(file.getvalue(), tmp_path / "to")
    assert not (tmp_path / "to/out").exists()
    assert not (tmp_path / "out").exists()
