"""The daily backup: when it is due, who makes it, what is kept of the older ones, and who hears of a failure."""

import asyncio
import dataclasses
import json
import re
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.backup import making
from bot.backup.making import Plan
from bot.backup.trouble import BackupRefused
from bot.business import Business
from bot.channel import Finding
from bot.outbound import tell
from storage import facts
from storage.database import Statements

MADE, BEGUN, FAILED = "backup_made", "backup_begun", "backup_failed"
LEASE = timedelta(hours=3)
"""Whoever began one and has not ended it by then is dead."""
LATE = timedelta(hours=50)
"""The newest may be so old: a day, and a night on which the bot was off."""
STAMP = "%Y%m%dT%H%M%SZ"
NAME = re.compile(r"svar-(\d{8}T\d{6}Z)\.(?:tar\.gz|sealed)")
ROOT = Path(__file__).parents[2]


async def make_scheduled(business: Business) -> None:
    """Make today's backup if it is due and nobody makes it; meant to be called each hour, in every process."""
    settings, folder = business.settings, business.settings.backups
    if folder is None or not settings.backup.daily:
        return
    now = datetime.fromtimestamp(business.clock.now() / 1000, ZoneInfo(settings.bot.timezone))
    if not await business.db.transaction(lambda tx: _begin(tx, now, last_due(now, settings.backup.hour))):
        return
    ending = "sealed" if settings.secrets.backup_key else "tar.gz"
    target = folder / f"svar-{now.astimezone(UTC):{STAMP}}.{ending}"
    try:
        await _make_elsewhere(making.plan(settings), target)
    except BackupRefused as error:
        await _failed(business, str(error))
    else:
        await _succeeded(business, now)
        for path in surplus(_kept(folder), now, settings.backup.keep_days, settings.backup.keep_weeks):
            path.unlink(missing_ok=True)


def last_due(now: datetime, hour: int) -> datetime:
    """The last time that the hour began."""
    today = now.replace(hour=hour, minute=0, second=0, microsecond=0)
    return today if today <= now else today - timedelta(days=1)


async def _begin(tx: Statements, now: datetime, due: datetime) -> bool:
    made = await facts.find(tx, MADE)
    if made is not None and made >= _stamp(due):
        return False
    return await facts.claim(tx, BEGUN, _stamp(now), older_than=_stamp(now - LEASE))


async def _make_elsewhere(plan: Plan, target: Path) -> None:
    """In a process of its own: counting rows would keep this one from answering. Raises BackupRefused."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot.backup",
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    order = {"plan": dataclasses.asdict(plan), "target": str(target)}
    try:
        told, _ = await process.communicate(json.dumps(order).encode())
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise BackupRefused(told.decode().strip() or f"it ended with {process.returncode}")


async def _failed(business: Business, reason: str) -> None:
    """Staff hear of it once; it is tried again with the next hour."""

    async def work(tx: Statements) -> None:
        if await facts.find(tx, FAILED) is None:
            await tell(tx, business, business.tell_desk("backup_failed", reason=reason))
        await facts.put(tx, FAILED, reason)
        await facts.forget(tx, BEGUN)

    await business.db.transaction(work)


async def _succeeded(business: Business, now: datetime) -> None:
    async def work(tx: Statements) -> None:
        if await facts.find(tx, FAILED) is not None:
            await tell(tx, business, business.tell_desk("backup_again"))
        await facts.forget(tx, FAILED)
        await facts.forget(tx, BEGUN)
        await facts.put(tx, MADE, _stamp(now))

    await business.db.transaction(work)


def surplus(kept: dict[Path, datetime], now: datetime, days: int, weeks: int) -> list[Path]:
    """Which are needed no more: older than `days`, and not the newest of one of the `weeks` before."""
    young = now - timedelta(days=days)
    old = young - timedelta(weeks=weeks)
    of_week = {(at.isocalendar()[:2]): path for path, at in sorted(kept.items(), key=lambda item: item[1])}
    needed = {path for path, at in kept.items() if at >= young}
    needed |= {path for path in of_week.values() if kept[path] >= old}
    newest = max(kept, key=lambda path: kept[path], default=None)
    return [path for path in kept if path not in needed and path != newest]


def _kept(folder: Path) -> dict[Path, datetime]:
    """The files that we named ourselves, and when."""
    return dict(_dated(folder.iterdir())) if folder.is_dir() else {}


def _dated(paths: Iterable[Path]) -> Iterator[tuple[Path, datetime]]:
    for path in paths:
        if found := NAME.fullmatch(path.name):
            yield path, datetime.strptime(found[1], STAMP).replace(tzinfo=UTC)


def _stamp(at: datetime) -> str:
    return f"{at.astimezone(UTC):{STAMP}}"


async def look(business: Business) -> Finding:
    """How it stands with the backups, for `check`."""
    settings, folder = business.settings, business.settings.backups
    if not settings.backup.daily:
        return Finding("backup", ok=True, sentence="none is made by itself (backup.daily is false)")
    if folder is None:
        return Finding("backup", ok=False, sentence="none is made: say in backup.folder where to keep them")
    if reason := await facts.find(business.db, FAILED):
        return Finding("backup", ok=False, sentence=f"the last try failed: {reason}")
    kept = _kept(folder)
    if not kept:
        return Finding(
            "backup",
            ok=True,
            sentence=f"none yet; the first is made after {settings.backup.hour}:00 in {folder}",
        )
    age = datetime.fromtimestamp(business.clock.now() / 1000, UTC) - max(kept.values())
    hours = int(age / timedelta(hours=1))
    sealed = "" if settings.secrets.backup_key else "; not encrypted (BACKUP_KEY is not set)"
    return Finding(
        "backup",
        ok=age <= LATE,
        sentence=f"{len(kept)} in {folder}, the newest {hours} h old{sealed}"
        if age <= LATE
        else f"the newest in {folder} is {hours // 24} days old, and one a day should be made: look into the log",
    )
