"""The way back: unpacked, checked, brought to this version, and only then put into place."""

import asyncio
from pathlib import Path

from bot.backup import archive
from bot.backup.archive import DATABASES, Manifest
from bot.backup.making import UNPACKED, differences, read_database, refusals, workshop
from bot.backup.trouble import BackupRefused
from bot.settings import Settings
from storage import replacing
from storage.sqlite import open_sqlite


def restore(settings: Settings, file: Path, *, force: bool) -> tuple[Manifest, Path | None]:
    """What it held, and where the old database is kept now. Raises BackupRefused."""
    key = settings.secrets.backup_key.get_secret_value()
    target = settings.storage.file
    with refusals(target):
        replacing.refuse(target, force=force)
    with refusals(target), workshop(target.parent) as folder:
        unpacked = folder / UNPACKED
        manifest = unpack(file, unpacked, key)
        new = unpacked / DATABASES[manifest.engine]
        if manifest.engine != "sqlite":
            raise BackupRefused(
                f"{file} is of a PostgreSQL: restore it to one (DATABASE_URL), then bring it here with"
                " python -m bot move"
            )
        asyncio.run(_bring_to_this_version(new))
        return manifest, replacing.replace(target, new, force=force)


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


async def _bring_to_this_version(path: Path) -> None:
    await (await open_sqlite(path)).close()
