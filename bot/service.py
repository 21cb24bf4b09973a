"""`python -m bot run`: starts a business, says where it is, and leaves when it is told to."""

import asyncio
import gc
import signal
import sys
from functools import partial

from bot import lastword, mishaps, systemd
from bot.app import App, PortInUse, assemble
from bot.knowledge.library import FolderMissing
from bot.settings import Settings
from bot.watchdog import leave_at_once
from storage.database import DatabaseRefused, StorageUnavailable

SWITCH_SECONDS = 0.0005
"""The writer's thread wants the interpreter for microseconds, again and again: it must not wait 5 ms each time."""
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


async def serve(settings: Settings) -> int:
    """Runs until SIGTERM, SIGINT or, unless started by nohup, SIGHUP; 1 when it cannot start."""
    # A connection or a reader of the log that is gone ends a command, and must not end a bot.
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    for warning in settings.warnings:
        print(warning, file=sys.stderr)
    try:
        app = await assemble(settings)
    except (DatabaseRefused, FolderMissing) as error:
        print(error, file=sys.stderr)
        return 1
    leave = _leave_when_told()
    with mishaps.heard(app.business.figures, asyncio.get_running_loop()):
        return await _run(app, leave)


async def _run(app: App, leave: asyncio.Event) -> int:
    _be_ended_when_stuck(app)
    try:
        await app.start()
        print(_greeting(app), flush=True)
        systemd.tell(systemd.READY)
        app.supervisor.keep("settling", partial(_settle, app), may_end=True)
        await leave.wait()
    except (PortInUse, StorageUnavailable) as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        systemd.tell(systemd.LEAVING)
        await app.stop()
        lastword.disarm()
        _be_deaf()
    return 0


async def _settle(app: App) -> None:
    """It takes messages already; once the articles are read, it answers."""
    library = app.business.library
    await library.until_read()
    gc.freeze()
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.set_threshold(20_000, 20, 100)  # thousands of short-lived objects a message, hardly a cycle
    print(f"It answers from {library.summary().passages} passages.", flush=True)


def _greeting(app: App) -> str:
    business = app.business
    lines = [
        f"{business.settings.bot.name} answers for {business.settings.bot.company}"
        f" on {', '.join(sorted(business.channels))}."
        f" Listening on {business.settings.server.host}:{app.server.port}."
    ]
    if business.desk.code:
        lines.append(
            "No desk yet: add the bot to your staff's Telegram group, make it an administrator,"
            f" and write there: /desk {business.desk.code}"
        )
    return "\n".join(lines)


def _be_ended_when_stuck(app: App) -> None:
    """Whoever started us starts us again: better than a bot that is there and does nothing."""
    app.watchdog.end = leave_at_once
    app.watchdog.beats += [systemd.alive(), lastword.arm(app.business.settings.watch.exit_seconds)]


def _leave_when_told() -> asyncio.Event:
    leave = asyncio.Event()
    for name in SIGNALS:
        if signal.getsignal(name) is not signal.SIG_IGN:
            asyncio.get_running_loop().add_signal_handler(name, leave.set)
    return leave


def _be_deaf() -> None:
    """We are as good as gone: a second signal must not turn a clean exit into a death."""
    loop = asyncio.get_running_loop()
    for name in SIGNALS:
        loop.remove_signal_handler(name)
        signal.signal(name, signal.SIG_IGN)
