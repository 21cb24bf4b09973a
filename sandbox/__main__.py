"""`python -m bot sandbox`: puts the stage up, says where its page is, and takes it down when told to."""

import argparse
import asyncio
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

from bot.config import ConfigError
from bot.knowledge.library import FolderMissing
from handlers.server import PortInUse
from sandbox.page_server import NoPort, PageServer
from sandbox.play import put_up
from sandbox.whatsapp import NotVerified
from storage.database import DatabaseRefused

PORT = 8090
LEAVING = "Ctrl+C stops it; `python -m bot sandbox --help` shows its options."
REFUSALS = (ConfigError, DatabaseRefused, FolderMissing, PortInUse, NoPort, NotVerified)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "python -m bot sandbox", description="Play a customer and the staff, here."
    )
    parser.add_argument("--config", type=Path, default=Path("bot.toml"), help="where bot.toml is")
    parser.add_argument(
        "--port", type=int, default=PORT, help=f"the page's port (default: {PORT} or the next)"
    )
    parser.add_argument("--ai", action="store_true", help="with an emulated model that phrases the answers")
    parser.add_argument("--plain", action="store_true", help="begin with a group without topics")
    parser.add_argument(
        "--delivery", choices=("webhook", "polling"), default="webhook", help="how Telegram reaches the bot"
    )
    return parser.parse_args()


async def main(options: argparse.Namespace) -> int:
    """Runs until SIGINT or SIGTERM; 1 when the product refuses to start."""
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task is not None
    signals = (signal.SIGINT, signal.SIGTERM)

    def leave() -> None:
        """Once: a second signal must not cut the leaving short, or it would hang on what is still open."""
        for name in signals:
            loop.remove_signal_handler(name)
            signal.signal(name, signal.SIG_IGN)
        task.cancel()

    for name in signals:
        loop.add_signal_handler(name, leave)
    try:
        await _play(options)
    except REFUSALS as refusal:
        print(refusal, file=sys.stderr)  # noqa: T201
        return 1
    except TimeoutError:
        print("The bot did not open its doors in time; the lines above say why.", file=sys.stderr)  # noqa: T201
        return 1
    except asyncio.CancelledError:
        return 0
    return 0


async def _play(options: argparse.Namespace) -> None:
    async with put_up(options.config, plain=options.plain, delivery=options.delivery, ai=options.ai) as play:
        page = PageServer(play)
        try:
            await page.start(options.port)
            print(f"Svar sandbox: open {page.url} in a browser. {LEAVING}", flush=True)  # noqa: T201
            await asyncio.Event().wait()
        finally:
            await page.stop()


def _run(options: argparse.Namespace) -> int:
    """On uvloop where it is installed."""
    with suppress(ImportError):
        import uvloop

        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(main(options))
    return asyncio.run(main(options))


if __name__ == "__main__":
    os.umask(0o077)
    sys.exit(_run(_options()))
