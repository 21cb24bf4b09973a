"""`python -m bot backup` and `restore`: what they print."""

import sys
from pathlib import Path

from bot.backup import making, restoring
from bot.backup.archive import Manifest
from bot.backup.trouble import BackupRefused
from bot.settings import Settings


def backup(settings: Settings, file: Path, *, force: bool) -> int:
    plan = making.plan(settings)
    try:
        made = making.make(plan, file, force=force)
    except BackupRefused as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{file}: {_contents(made.manifest)}; {_megabytes(made.size)}, read back and compared.")
    if not plan.key:
        print("It is not encrypted: whoever has it can read it. BACKUP_KEY in .env would encrypt it.")
    return 0


def restore(settings: Settings, file: Path, *, force: bool) -> int:
    try:
        manifest, kept = restoring.restore(settings, file, force=force)
    except BackupRefused as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Restored {_contents(manifest)}, as of {manifest.made_at}.")
    if kept is not None:
        print(f"The old database is kept as {kept}: remove it when you need it no more.")
    return 0


def unpack(settings: Settings, file: Path, folder: Path) -> int:
    try:
        manifest = restoring.unpack(file, folder, settings.secrets.backup_key.get_secret_value())
    except BackupRefused as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Unpacked into {folder}: {_contents(manifest)}, as of {manifest.made_at}.")
    return 0


def _contents(manifest: Manifest) -> str:
    rows = {name: tally.rows for name, tally in manifest.tables.items()}
    return f"{rows.get('messages', 0):,} messages of {rows.get('contacts', 0):,} customers"


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:,.1f} MB"
