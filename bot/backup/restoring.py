"""The way back: unpacked, checked, brought to this version, and only then put into place."""

import asyncio
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from bot.backup import archive
from bot.backup.archive import DATABASES, Manifest
from bot.backup.making import UNPACKED, differences, engine_of, make, plan, read_database, refusals, workshop
from bot.backup.trouble import BackupRefused
from bot.moving import be_alone
from bot.settings import Settings
from storage import dump, moving, replacing
from storage.database import DatabaseRefused
from storage.opening import open_database
from storage.sqlite import open_sqlite


def restore(settings: Settings, file: Path, *, force: bool) -> tuple[Manifest, Path | None]:
    """What it held, and where the old database is kept now. Raises BackupRefused."""
    url = settings.storage.url.get_secret_value()
    if engine_of(url) == "sqlite":
        return _to_sqlite(settings, file, force=force)
    with refusals(file), workshop(file.absolute().parent) as folder:
        used = asyncio.run(_is_used(url))
        if used and not force:
            raise BackupRefused(
                f"there is something in {settings.storage.place} already: say --force to put the backup into its"
                " place (a backup of the old one is made first)"
            )
        manifest = unpack(file, folder / UNPACKED, _key(settings))
        kept = _keep(settings, file) if used else None
        TO_POSTGRES[manifest.engine](folder / UNPACKED / DATABASES[manifest.engine], url, manifest)
        return manifest, kept


def _to_sqlite(settings: Settings, file: Path, *, force: bool) -> tuple[Manifest, Path | None]:
    target = settings.storage.file
    with refusals(target):
        replacing.refuse(target, force=force)
    with refusals(target), workshop(target.parent) as folder:
        manifest = unpack(file, folder / UNPACKED, _key(settings))
        if manifest.engine != "sqlite":
            raise BackupRefused(
                f"{file} is of a PostgreSQL: restore it to one (DATABASE_URL), then bring it here with"
                " python -m bot move"
            )
        new = folder / UNPACKED / DATABASES[manifest.engine]
        asyncio.run(_bring_to_this_version(new))
        return manifest, replacing.replace(target, new, force=force)


async def _bring_to_this_version(path: Path) -> None:
    await (await open_sqlite(path)).close()


async def _is_used(url: str) -> bool:
    """Raises DatabaseRefused, also when a bot lives there."""
    db = await open_database(url, half_moved=True)
    try:
        await be_alone(db)
        return await moving.is_used(db)
    finally:
        await db.close()


def _keep(settings: Settings, file: Path) -> Path:
    """PostgreSQL's tables cannot be put beside; a backup of them can."""
    name = f"before-restore-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    names = (f"{name}{f'-{again}' if again else ''}.svar" for again in count())
    kept = next(path for path in map(file.absolute().with_name, names) if not path.exists())
    make(plan(settings), kept)
    return kept


def _load(database: Path, url: str, manifest: Manifest) -> None:
    """pg_dump's file, compared with the manifest before a migration changes anything."""
    dump.restore(database, url)
    if (found := dump.count(url)) != manifest.snapshot:
        raise BackupRefused(f"the rows are not what they were{differences(manifest.snapshot, found)}")

    async def bring_to_this_version() -> None:
        await (await open_database(url)).close()

    asyncio.run(bring_to_this_version())


def _move(database: Path, url: str, manifest: Manifest) -> None:
    """A SQLite file, row by row."""

    async def move() -> None:
        source = await open_sqlite(database)
        target = await open_database(url, half_moved=True)
        try:
            await moving.move(source, target, numbers_on=True, told=lambda table, rows: None)
        except moving.NotMoved as error:
            raise DatabaseRefused(
                f"it could not be restored, and the database is empty now: {error}"
            ) from error
        finally:
            await source.close()
            await target.close()

    asyncio.run(move())


TO_POSTGRES = {"postgresql": _load, "sqlite": _move}


def unpack(file: Path, folder: Path, key: str) -> Manifest:
    """All of its files, checked, into a folder that is empty or not there yet. Raises BackupRefused."""
    with refusals(folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if any(folder.iterdir()):
            raise BackupRefused(f"{folder} is not empty: name another folder")
        manifest = archive.unpack(file, folder, key)
        found = read_database(folder, manifest)
    if found != manifest.snapshot:
        raise BackupRefused(
            f"{file} is damaged: rows are not what they were{differences(manifest.snapshot, found)}"
        )
    return manifest


def _key(settings: Settings) -> str:
    return settings.secrets.backup_key.get_secret_value()
