"""The bot's process with a loop that is made to stand still: `python -m tests.stall sleep|pattern BOT.TOML`."""

import asyncio
import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bot import logs
from bot.__main__ import _run
from bot.config import load
from bot.service import serve
from bot.settings import Settings

NEVER_MATCHES = re.compile(r"(a+)+$")


def sleep() -> None:
    """As a call that waits for the network without giving the loop its turn: other threads go on."""
    time.sleep(3600)


def pattern() -> None:
    """As a pattern that takes for ever: it keeps the interpreter's lock, and no thread goes on."""
    NEVER_MATCHES.match("a" * 64 + "b")


KINDS: dict[str, Callable[[], None]] = {"sleep": sleep, "pattern": pattern}


async def stand_still(settings: Settings, kind: str) -> None:
    """As soon as it listens."""
    while True:
        try:
            _, writer = await asyncio.open_connection(settings.server.host, settings.server.port)
        except OSError:
            await asyncio.sleep(0.02)
        else:
            writer.close()
            KINDS[kind]()


async def main(kind: str, config: str) -> int:
    settings = load(Path(config), os.environ)
    logs.setup(settings.log.level, "json", settings.secrets.hidden())
    standing = asyncio.create_task(stand_still(settings, kind))
    code = await serve(settings)
    standing.cancel()
    return code


if __name__ == "__main__":
    sys.exit(_run(main(*sys.argv[1:])))
