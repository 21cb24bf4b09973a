"""From one database to another: every row, compared; the source locked meanwhile, the target whole or empty."""

import signal
import sqlite3
import time
from pathlib import Path

from storage import moving, snapshot, tables
from storage.sqlite import open_sqlite
from tests.backup.conftest import Home, Writer
from tests.backup.rows import fill, write


def url(path: Path) -> str:
    return f"sqlite:///{path}"


def tallies(path: Path) -> dict[str, tables.Tally]:
    found = snapshot.read_back(path).tallies
    return {table.name: found[table.name] for table in moving.moved_tables()}


async def test_everything_is_there_afterwards(home: Home, other: Home) -> None:
    await fill(home.database, 5000)
    done = home.run("move", url(home.database), url(other.database))
    assert (done.returncode, done.stderr) == (0, "")
    assert "messages: 5,000 rows" in done.stdout
    assert tallies(other.database) == tallies(home.database)

    db = await open_sqlite(other.database)
    await write(db, 10, 5000)
    await db.close()


async def test_rows_that_point_to_later_rows_of_their_own_table_arrive_too(home: Home, other: Home) -> None:
    await fill(home.database, 300)
    connection = sqlite3.connect(home.database)
    connection.execute("UPDATE messages SET reply_to = 300 WHERE id < 10")
    connection.execute("UPDATE messages SET reply_to = 1 WHERE id > 290")
    connection.commit()
    connection.close()
    assert home.run("move", url(home.database), url(other.database)).returncode == 0
    assert tallies(other.database) == tallies(home.database)


async def test_what_is_in_the_target_stays_unless_somebody_says_so(home: Home, other: Home) -> None:
    await fill(home.database, 30)
    await fill(other.database, 50)
    before = tallies(other.database)
    done = home.run("move", url(home.database), url(other.database))
    assert done.returncode == 1
    assert "--force" in done.stderr
    assert tallies(other.database) == before

    assert home.run("move", "--force", url(home.database), url(other.database)).returncode == 0
    assert tallies(other.database) == tallies(home.database)


def test_the_bot_must_be_stopped(home: Home, writer: Writer, other: Home) -> None:
    done = home.run("move", url(home.database), url(other.database))
    assert done.returncode == 1
    assert "is in use by another Svar: stop that one first" in done.stderr


async def test_from_nowhere_and_onto_itself_nothing_is_moved(home: Home, other: Home) -> None:
    assert "there is no database at" in home.run("move", url(home.database), url(other.database)).stderr
    assert not home.database.exists()
    await fill(home.database, 3)
    assert "the same database" in home.run("move", url(home.database), url(home.database)).stderr


async def test_what_cannot_be_moved_leaves_the_target_empty(home: Home, other: Home) -> None:
    """A row that points to none: no database that keeps its word holds such a thing."""
    await fill(home.database, 3000)
    connection = sqlite3.connect(home.database)
    connection.execute("UPDATE messages SET conversation_id = 9999 WHERE id = 2900")
    connection.commit()
    connection.close()
    done = home.run("move", url(home.database), url(other.database))
    assert done.returncode == 1
    assert "FOREIGN KEY" in done.stderr
    assert all(tally.rows == 0 for tally in tallies(other.database).values())


async def test_cut_off_in_the_middle_it_is_known_and_done_again(home: Home, other: Home) -> None:
    await fill(home.database, 20_000)
    process = home.start("move", url(home.database), url(other.database))
    log = other.database.with_name("bot.db-wal")
    while not (log.exists() and log.stat().st_size > 2_000_000):
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.001)  # noqa: ASYNC251
    process.send_signal(signal.SIGKILL)
    process.communicate()

    assert "half moved" in other.run("check").stdout
    assert home.run("move", url(home.database), url(other.database)).returncode == 0
    assert tallies(other.database) == tallies(home.database)
    assert "half moved" not in other.run("check").stdout
