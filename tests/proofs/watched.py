"""The bot, with a window: on SIGUSR1 it writes down how many asyncio tasks it has.

python -m tests.proofs.watched FILE [leak] --config bot.toml run"""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

from bot.__main__ import main
from storage import updates
from storage.records import Update


def show_tasks(file: Path) -> None:
    def write(*_: object) -> None:
        tasks = len(asyncio.all_tasks(asyncio.get_running_loop()))
        fresh = file.with_suffix(".new")
        fresh.write_text(str(tasks), "utf-8")
        os.replace(fresh, file)

    signal.signal(signal.SIGUSR1, write)


def leak() -> None:
    """What `make soak` must find out: each update that comes in stays in memory."""
    kept: list[bytearray] = []
    add = updates.add

    async def keep(*arguments: Any, **more: Any) -> Update | None:
        kept.append(bytearray(os.urandom(4096)))
        return await add(*arguments, **more)

    setattr(updates, "add", keep)  # noqa: B010 - as seen by all who call it


if __name__ == "__main__":
    show_tasks(Path(sys.argv.pop(1)))
    if sys.argv[1] == "leak":
        del sys.argv[1]
        leak()
    sys.exit(main())
