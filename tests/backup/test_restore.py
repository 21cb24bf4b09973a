"""The way back: never over something without a word, never beside a bot that runs, never half."""

import asyncio
import shutil
import sqlite3
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from storage import migrations, snapshot
from storage.sqlite import open_sqlite
from tests.backup.conftest import Home, Writer
from tests.backup.rows import fill

COUNT = "SELECT count(*) FROM messages"


def messages(path: Path) -> int:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return int(connection.execute(COUNT).fetchone()[0])
    finally:
        connection.close()


@pytest.fixture
def copy(home: Home, tmp_path: Path) -> Path:
    """A backup of 120 messages."""
    asyncio.run(fill(home.database, 120))
    assert home.run("backup", tmp_path / "copy").returncode == 0
    return tmp_path / "copy"


def test_what_is_in_the_way_is_only_put_aside_when_somebody_says_so(copy: Path, other: Home) -> None:
    asyncio.run(fill(other.database, 30))
    done = other.run("restore", copy)
    assert done.returncode == 1
    assert "there is something in" in done.stderr
    assert "--force" in done.stderr
    assert messages(other.database) == 30

    done = other.run("restore", "--force", copy)
    assert done.returncode == 0, done.stderr
    assert messages(other.database) == 120
    (kept,) = other.database.parent.glob("bot.db.before-restore-*Z")
    assert str(kept) in done.stdout
    assert messages(kept) == 30


def test_one_that_was_only_started_is_no_loss(copy: Path, other: Home) -> None:
    asyncio.run(fill(other.database, 0))
    assert other.run("restore", copy).returncode == 0
    assert messages(other.database) == 120


def test_beside_a_bot_that_runs_nothing_is_restored(home: Home, writer: Writer, tmp_path: Path) -> None:
    assert home.run("backup", tmp_path / "copy").returncode == 0
    done = home.run("restore", "--force", tmp_path / "copy")
    assert done.returncode == 1
    assert "is in use by another Svar: stop that one first" in done.stderr
    before = writer.stored
    writer.until(before + 100)


def test_what_was_in_the_log_of_a_killed_bot_is_kept_aside_too(
    home: Home, writer: Writer, tmp_path: Path
) -> None:
    writer.until(2100)
    assert home.run("backup", tmp_path / "copy").returncode == 0
    writer.until(writer.stored + 500)
    writer.end()
    stored = writer.stored
    assert home.run("restore", "--force", tmp_path / "copy").returncode == 0
    (kept,) = home.database.parent.glob("bot.db.before-restore-*Z")
    assert messages(kept) >= stored
    assert messages(home.database) < stored


def test_a_damaged_database_is_mended_by_a_backup(copy: Path, home: Home) -> None:
    home.database.write_bytes(b"rubbish" * 1000)
    assert "restore a backup" in home.run("check").stdout
    assert home.run("restore", copy).returncode == 1, "what is damaged may still be worth something"
    assert home.run("restore", "--force", copy).returncode == 0
    assert messages(home.database) == 120
    asyncio.run(opens(home.database))


async def opens(path: Path) -> None:
    await (await open_sqlite(path)).close()


def test_after_a_database_was_lost_its_backup_takes_its_place(copy: Path, home: Home) -> None:
    home.database.unlink()
    assert "is gone, and was not" in home.run("check").stdout
    assert home.run("restore", copy).returncode == 0
    assert messages(home.database) == 120


@pytest.mark.parametrize("spoil", ["cut", "changed", "text"])
def test_a_file_that_is_no_whole_backup_changes_nothing(copy: Path, other: Home, spoil: str) -> None:
    asyncio.run(fill(other.database, 30))
    whole = copy.read_bytes()
    middle = len(whole) // 2
    copy.write_bytes(
        {
            "cut": whole[:middle],
            "changed": whole[:middle] + bytes(64) + whole[middle + 64 :],
            "text": b"Dear Svar, please restore me.",
        }[spoil]
    )
    done = other.run("restore", "--force", copy)
    assert done.returncode == 1
    assert str(copy) in done.stderr
    assert done.stderr.count("\n") == 1
    assert messages(other.database) == 30
    assert [path.name for path in other.database.parent.iterdir() if "before" in path.name] == []


def test_a_row_that_was_changed_in_the_copy_is_noticed(copy: Path, other: Home, tmp_path: Path) -> None:
    """Somebody unpacked it, changed a word, and packed it again, with the right digests of the files."""
    from bot.backup import archive

    with tarfile.open(copy) as tar:
        tar.extractall(tmp_path / "in")
    connection = sqlite3.connect(tmp_path / "in/database.sqlite")
    connection.execute("UPDATE messages SET content = '{}' WHERE id = 7")
    connection.commit()
    connection.close()
    files = {
        path.relative_to(tmp_path / "in").as_posix(): path
        for path in (tmp_path / "in").rglob("*")
        if path.is_file() and path.name != archive.MANIFEST
    }
    manifest = archive.unpack(copy, tmp_path / "again", "")
    digests = {name: archive.sha256_of(path) for name, path in files.items()}
    changed = archive.Manifest(
        manifest.svar, manifest.engine, manifest.schema, manifest.made_at, manifest.tables, digests
    )
    with copy.open("wb") as file:
        archive.write(file, changed, files, "")

    done = other.run("restore", copy)
    assert done.returncode == 1
    assert "rows are not what they were: messages" in done.stderr


LATER = "CREATE TABLE more (a TEXT);\n"


def test_a_backup_of_an_older_version_is_brought_to_this_one(copy: Path, tmp_path: Path) -> None:
    """The next version of the product restores what this one made; this one refuses what that one makes."""
    later = tmp_path / "later"
    for room in ("bot", "handlers", "storage"):
        shutil.copytree(Path(migrations.FOLDER).parents[1] / room, later / room)
    (later / "storage/migrations/9001_more.sql").write_text(LATER, "utf-8")
    (tmp_path / "new").mkdir()
    (tmp_path / "new/bot.toml").write_text("", "utf-8")

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "bot", "--config", str(tmp_path / "new/bot.toml"), *arguments]
        return subprocess.run(command, cwd=later, capture_output=True, text=True, check=False)

    done = run("restore", str(copy))
    assert done.returncode == 0, done.stderr
    assert snapshot.read_back(tmp_path / "new/data/bot.db").schema == 9001
    assert messages(tmp_path / "new/data/bot.db") == 120
    assert run("backup", str(tmp_path / "newer")).returncode == 0

    (tmp_path / "old").mkdir()
    done = Home(tmp_path / "old").run("restore", tmp_path / "newer")
    assert done.returncode == 1
    assert "newer Svar (schema 9001" in done.stderr
    assert not (tmp_path / "old/data/bot.db").exists()


def test_unpacked_it_lies_open_and_touches_no_database(copy: Path, other: Home, tmp_path: Path) -> None:
    done = other.run("restore", copy, "--unpack", tmp_path / "open")
    assert done.returncode == 0, done.stderr
    assert messages(tmp_path / "open/database.sqlite") == 120
    assert (tmp_path / "open/knowledge-base/opening.md").is_file()
    assert not other.database.exists()
    assert "is not empty" in other.run("restore", copy, "--unpack", tmp_path / "open").stderr
