"""The daily backup: once a day whoever asks, old ones kept by their age, and staff hear when it fails."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.backup import schedule
from bot.clock import SystemClock
from tests.backup.conftest import KEY
from tests.shop import Shop

DAY = timedelta(days=1)


class TurnedClock(SystemClock):
    """Now, but for what a test turns it by."""

    def __init__(self) -> None:
        self.turned = timedelta()

    def now(self) -> int:
        return super().now() + int(self.turned.total_seconds() * 1000)


@pytest.fixture
async def nightly(tmp_path: Path) -> AsyncIterator[Shop]:
    async with Shop(tmp_path, clock=TurnedClock(), tables={"backup": f'folder = "{tmp_path}/kept"'}) as shop:
        yield shop


def turn(shop: Shop, by: timedelta) -> None:
    assert isinstance(shop.clock, TurnedClock)
    shop.clock.turned += by


def kept(shop: Shop) -> list[str]:
    folder = shop.folder / "kept"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


async def test_one_a_day_is_made_however_many_ask(nightly: Shop) -> None:
    business = nightly.running.business
    await asyncio.gather(*(schedule.make_scheduled(business) for _ in range(3)))
    assert len(kept(nightly)) == 1
    await schedule.make_scheduled(business)
    assert len(kept(nightly)) == 1

    turn(nightly, DAY)
    await schedule.make_scheduled(business)
    assert len(kept(nightly)) == 2
    assert all(schedule.NAME.fullmatch(name) and name.endswith(".tar.gz") for name in kept(nightly))


async def test_staff_hear_once_that_it_fails_and_once_that_it_works_again(nightly: Shop) -> None:
    business, blocked = nightly.running.business, nightly.folder / "kept"
    blocked.write_text("not a folder", "utf-8")
    await schedule.make_scheduled(business)
    told = await nightly.desk.sees("could not be made")
    assert str(blocked) in told.text
    assert (await schedule.look(business)).ok is False
    await schedule.make_scheduled(business)

    blocked.unlink()
    await schedule.make_scheduled(business)
    await nightly.desk.sees("is made again")
    assert (
        len([message for message in nightly.desk.messages.values() if "could not be made" in message.text])
        == 1
    )
    assert len(kept(nightly)) == 1
    assert (await schedule.look(business)).ok


async def test_check_says_when_the_newest_is_too_old(nightly: Shop) -> None:
    business = nightly.running.business
    assert "none yet" in (await schedule.look(business)).sentence
    await schedule.make_scheduled(business)
    finding = await schedule.look(business)
    assert finding.ok
    assert "the newest 0 h old; not encrypted" in finding.sentence

    turn(nightly, 3 * DAY)
    finding = await schedule.look(business)
    assert not finding.ok
    assert "is 3 days old" in finding.sentence


async def test_with_a_key_it_is_sealed(tmp_path: Path) -> None:
    async with Shop(tmp_path, environ={"BACKUP_KEY": KEY}) as shop:
        await schedule.make_scheduled(shop.running.business)
        (path,) = (tmp_path / "data/backups").iterdir()
        assert path.suffix == ".sealed"
        assert path.read_bytes().startswith(b"SVARSEAL")


async def test_nothing_is_made_where_it_is_turned_off(tmp_path: Path) -> None:
    async with Shop(tmp_path, tables={"backup": "daily = false"}) as shop:
        await schedule.make_scheduled(shop.running.business)
        assert not (tmp_path / "data/backups").exists()


async def test_who_is_told_to_leave_leaves_no_half_backup(nightly: Shop) -> None:
    making = asyncio.create_task(schedule.make_scheduled(nightly.running.business))
    folder = nightly.folder / "kept"
    while not list(folder.glob(".svar-backup-*")):
        assert not making.done(), making.exception()
        await asyncio.sleep(0.001)
    making.cancel()
    with pytest.raises(asyncio.CancelledError):
        await making
    assert not [name for name in kept(nightly) if schedule.NAME.fullmatch(name)]


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-11-20T02:59", "2026-11-19T03:00"),
        ("2026-11-20T03:00", "2026-11-20T03:00"),
        ("2026-11-20T23:10", "2026-11-20T03:00"),
    ],
)
def test_it_is_due_from_its_hour_on(now: str, due: str) -> None:
    zone = ZoneInfo("Europe/Stockholm")
    at = datetime.fromisoformat(now).replace(tzinfo=zone)
    assert schedule.last_due(at, 3) == datetime.fromisoformat(due).replace(tzinfo=zone)


def test_all_of_a_week_are_kept_and_then_one_a_week() -> None:
    now = datetime(2026, 11, 20, 3, 40, tzinfo=UTC)
    dates = {Path(f"{days}"): now - days * DAY for days in range(60)}
    while surplus := schedule.surplus(dates, now, days=7, weeks=4):
        for path in surplus:
            del dates[path]
    days = [int(path.name) for path in dates]
    assert days[:8] == [0, 1, 2, 3, 4, 5, 6, 7]
    assert len(days[8:]) in (4, 5)
    assert max(days) <= 7 + 28


def test_the_last_one_is_kept_however_old_it_is() -> None:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    assert schedule.surplus({Path("a"): now - 300 * DAY}, now, 7, 4) == []
