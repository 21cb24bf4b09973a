"""A backup is whole, of one moment, and made while the bot writes; what is restored is what was there."""

import asyncio
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import tarfile
import time
from pathlib import Path

import pytest

from storage import snapshot
from tests.backup.conftest import KEY, Home, Writer
from tests.backup.rows import fill

MORE = 1000


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def numbers(path: Path) -> set[int]:
    return {int(str(key)) for (key,) in rows(path, "SELECT key FROM updates")}


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.startswith(".svar")]


async def test_what_is_restored_elsewhere_is_what_was_there(home: Home, other: Home, tmp_path: Path) -> None:
    await fill(home.database, 300)
    file = tmp_path / "copy.svar"

    done = home.run("backup", file)
    assert done.returncode == 0, done.stderr
    assert "300 messages of 3 customers" in done.stdout
    assert "not encrypted" in done.stdout
    assert file.stat().st_mode & 0o777 == 0o600

    done = other.run("restore", file)
    assert (done.returncode, done.stderr) == (0, "")
    assert snapshot.read_back(other.database) == snapshot.read_back(home.database)
    assert leftovers(tmp_path) == leftovers(other.database.parent) == []


def test_while_messages_come_in_nothing_that_was_stored_is_missing_and_nothing_is_half(
    home: Home, other: Home, writer: Writer, tmp_path: Path
) -> None:
    writer.until(2000 + MORE)
    before, began = writer.stored, time.monotonic()
    done = home.run("backup", tmp_path / "copy")
    during, lasted = writer.stored, time.monotonic() - began
    assert done.returncode == 0, done.stderr
    assert during > before, f"the backup kept the bot from writing for {lasted:.1f} s"

    assert other.run("restore", tmp_path / "copy").returncode == 0
    there = numbers(other.database)
    assert set(range(before)) <= there
    assert there == set(range(len(there))), "of one moment: no gap"
    assert rows(other.database, "SELECT count(*) FROM messages") == [(len(there),)]
    assert rows(other.database, "PRAGMA foreign_key_check") == []


def test_a_backup_leaves_the_database_as_it_is(home: Home, writer: Writer, tmp_path: Path) -> None:
    writer.until(2000 + MORE)
    writer.end()
    log = home.database.with_name("bot.db-wal")
    before = home.database.read_bytes(), log.read_bytes()

    assert home.run("backup", tmp_path / "copy").returncode == 0
    assert (home.database.read_bytes(), log.read_bytes()) == before, "it neither wrote nor checkpointed"


async def test_a_file_that_is_there_is_not_written_over_without_a_word(home: Home, tmp_path: Path) -> None:
    await fill(home.database, 10)
    (tmp_path / "copy").write_text("mine", "utf-8")

    done = home.run("backup", tmp_path / "copy")
    assert done.returncode == 1
    assert "--force" in done.stderr
    assert (tmp_path / "copy").read_text("utf-8") == "mine"
    assert home.run("backup", "--force", tmp_path / "copy").returncode == 0


async def test_anybody_can_look_into_one_that_is_not_encrypted(home: Home, tmp_path: Path) -> None:
    await fill(home.database, 10)
    assert home.run("backup", tmp_path / "copy").returncode == 0

    with tarfile.open(tmp_path / "copy") as tar:
        tar.extractall(tmp_path / "in")
    manifest = json.loads((tmp_path / "in/manifest.json").read_text("utf-8"))
    assert manifest["tables"]["messages"]["rows"] == 10
    assert len(rows(tmp_path / "in/database.sqlite", "SELECT * FROM messages")) == 10
    assert (tmp_path / "in/bot.toml").read_bytes() == home.config.read_bytes()
    assert (tmp_path / "in/knowledge-base/opening.md").is_file()


async def test_secrets_are_not_in_it(home: Home, tmp_path: Path) -> None:
    await fill(home.database, 10)
    (home.folder / ".env").write_text("OPENAI_API_KEY=a-canary-nobody-may-read\n", "utf-8")
    (home.folder / ".env").chmod(0o600)
    assert home.run("backup", tmp_path / "copy").returncode == 0
    assert home.run("restore", tmp_path / "copy", "--unpack", tmp_path / "in").returncode == 0

    for path in (tmp_path / "in").rglob("*"):
        assert not path.is_file() or b"canary" not in path.read_bytes()


def test_with_no_database_there_is_nothing_to_back_up(home: Home, tmp_path: Path) -> None:
    done = home.run("backup", tmp_path / "copy")
    assert (done.returncode, done.stderr) == (1, f"there is no database at {home.database}\n")
    assert not (tmp_path / "copy").exists()


def test_killed_in_the_middle_it_leaves_no_file_and_the_next_one_clears_up(
    home: Home, tmp_path: Path
) -> None:
    asyncio.run(fill(home.database, 20_000))
    folder = tmp_path / "backups"
    folder.mkdir()
    for part in ("database.sqlite", "part", "unpacked"):
        process = home.start("backup", folder / "copy")
        while not list(folder.glob(f".svar-backup-*/{part}")):
            assert process.poll() is None, process.communicate()[0]
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert not (folder / "copy").exists()

    assert leftovers(folder)
    assert home.run("backup", folder / "copy").returncode == 0
    assert [path.name for path in folder.iterdir()] == ["copy"]


def test_on_a_full_disk_there_is_no_file_and_a_clear_word(home: Home, tmp_path: Path) -> None:
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m,mode=700", "svar-test", str(folder)]
    if os.geteuid() or not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("nobody may mount a small disk here")
    try:
        asyncio.run(fill(home.database, 5000))
        done = home.run("backup", folder / "copy")
        assert (done.returncode, done.stderr) == (
            1,
            f"there is no space left in {folder}: nothing was written\n",
        )
        assert list(folder.iterdir()) == []

        (folder / "data").mkdir()
        home.environ["DATABASE_URL"] = f"sqlite:///{folder}/data/bot.db"
        assert Home(home.folder).run("backup", tmp_path / "copy").returncode == 0
        done = home.run("restore", tmp_path / "copy")
        assert done.returncode == 1
        assert "no space left" in done.stderr
        assert not (folder / "data/bot.db").exists()
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


async def test_a_damaged_database_is_not_backed_up_as_if_all_were_well(home: Home, tmp_path: Path) -> None:
    await fill(home.database, 3000)
    with home.database.open("r+b") as file:
        file.seek(40 * 4096)
        file.write(os.urandom(8 * 4096))

    done = home.run("backup", tmp_path / "copy")
    assert done.returncode == 1
    assert "cannot be read" in done.stderr or "damaged" in done.stderr
    assert not (tmp_path / "copy").exists()


async def test_encrypted_it_holds_no_word_that_can_be_read_and_comes_back_with_the_key(
    home: Home, other: Home, tmp_path: Path
) -> None:
    await fill(home.database, 200)
    home.environ["BACKUP_KEY"] = KEY
    done = home.run("backup", tmp_path / "copy")
    assert "not encrypted" not in done.stdout
    assert b"manifest" not in (tmp_path / "copy").read_bytes()

    for key, word in (("", "is encrypted: set BACKUP_KEY"), (KEY + "x", "another key")):
        other.environ["BACKUP_KEY"] = key
        done = other.run("restore", tmp_path / "copy")
        assert (done.returncode, word in done.stderr) == (1, True), done.stderr
    other.environ["BACKUP_KEY"] = KEY
    assert other.run("restore", tmp_path / "copy").returncode == 0
    assert snapshot.read_back(other.database) == snapshot.read_back(home.database)


def test_a_short_key_is_refused(home: Home, tmp_path: Path) -> None:
    home.environ["BACKUP_KEY"] = "too short"
    done = home.run("backup", tmp_path / "copy")
    assert done.returncode == 1
    assert "BACKUP_KEY: is too short" in done.stderr
    assert "too short" not in done.stderr.replace("is too short", "")
