"""python -m bot: the commands."""

import argparse
import asyncio
import os
import runpy
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from bot import VERSION, logs
from bot.config import ConfigError, load
from bot.settings import Settings

FINE, FAILED, MISUSED = 0, 1, 2


def main(arguments: list[str] | None = None) -> int:
    os.umask(0o077)
    options, more = _parser().parse_known_args(arguments)
    if more and options.command != "sandbox":
        _parser().error(f"unrecognized arguments: {' '.join(more)}")
    if options.command == "sandbox":
        return _sandbox(options.config, more)
    try:
        settings = load(options.config, os.environ)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return FAILED
    logs.setup(settings.log.level, settings.log.format, settings.hidden())
    if options.command == "run" and not (settings.telegram_on or settings.whatsapp_on):
        print(
            "No platform is set up yet (see .env.example): starting the sandbox to try it out.\n", flush=True
        )
        return _sandbox(options.config, [])
    if options.command in AT_ONCE:
        return AT_ONCE[options.command](settings, options)
    return _run(WORK[options.command](settings, options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m bot", description="A customer-service bot that knows when to ask a person."
    )
    parser.add_argument(
        "--config", type=Path, default=Path("bot.toml"), help="where bot.toml is (default: here)"
    )
    parser.add_argument("--version", action="version", version=VERSION)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("run", help="the bot itself; with no platform set up, the sandbox")
    commands.add_parser(
        "sandbox",
        add_help=False,
        help="try it: emulated Telegram and WhatsApp, and a page to play both sides",
    )
    commands.add_parser("check", help="read everything, ask each service who we are, say what is wrong")
    ask = commands.add_parser("ask", help="what would be answered, and from which passage")
    ask.add_argument("--json", action="store_true", help="print JSON")
    ask.add_argument(
        "--audience",
        choices=("public", "customers", "staff"),
        default="public",
        help="whom the bot would tell",
    )
    ask.add_argument("question", help="the question; - reads one a line from standard input")
    backup = commands.add_parser("backup", help="a consistent copy of everything, also while the bot runs")
    backup.add_argument("file", type=Path, help="the file to write")
    backup.add_argument("--force", action="store_true", help="write over a file that is there")
    restore = commands.add_parser("restore", help="put a backup into the database's place")
    restore.add_argument("file", type=Path, help="the backup")
    restore.add_argument("--force", action="store_true", help="also when there is something in the database")
    restore.add_argument(
        "--unpack", type=Path, metavar="FOLDER", help="only put what is in it into this folder, to look at"
    )
    move = commands.add_parser("move", help="everything from one database to another, SQLite or PostgreSQL")
    move.add_argument("source", metavar="FROM", help="as sqlite:///data/bot.db; its bot must be stopped")
    move.add_argument("target", metavar="TO", help="as postgresql://user@host/name")
    move.add_argument(
        "--force", action="store_true", help="empty the one to move to, if there is something in it"
    )
    evaluation = commands.add_parser("eval", help="count right and wrong answers to the questions of a file")
    evaluation.add_argument(
        "cases", type=Path, nargs="?", help="JSON lines; without it, questions.jsonl of the knowledge base"
    )
    evaluation.add_argument("--ci", action="store_true", help="fail when it got worse than what is recorded")
    evaluation.add_argument("--record", action="store_true", help="record these results, for --ci")
    gaps = commands.add_parser("gaps", help="what customers asked and got no answer to, in groups")
    gaps.add_argument("--days", type=int, help="how far to look back (default: learning.days)")
    gaps.add_argument("--json", action="store_true", help="print JSON")
    knowledge = commands.add_parser("kb", help="look after the knowledge base")
    chores = knowledge.add_subparsers(dest="chore", required=True, metavar="WHAT")
    chores.add_parser("lint", help="duplicates, contradictions, dead links, passages never found or too long")
    return parser


def _run(work: Coroutine[Any, Any, int]) -> int:
    """On uvloop where it is installed."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run(work)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def _sandbox(config: Path, more: list[str]) -> int:
    sys.argv = ["sandbox", "--config", str(config), *more]
    try:
        runpy.run_module("sandbox", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else FAILED
    return FINE


async def _serve(settings: Settings, options: argparse.Namespace) -> int:
    from bot.service import serve

    return await serve(settings)


async def _check(settings: Settings, options: argparse.Namespace) -> int:
    from bot.check import check

    return await check(settings)


async def _ask(settings: Settings, options: argparse.Namespace) -> int:
    from bot.asking import ask

    return await ask(settings, options.question, as_json=options.json, audience=options.audience)


async def _evaluate(settings: Settings, options: argparse.Namespace) -> int:
    from bot.evaluating import evaluate_file

    return evaluate_file(settings, options.cases, must_hold=options.ci, record=options.record)


async def _gaps(settings: Settings, options: argparse.Namespace) -> int:
    from bot.gaps import show

    return await show(settings, days=options.days, as_json=options.json)


def _back_up(settings: Settings, options: argparse.Namespace) -> int:
    from bot.backup.commands import backup

    return backup(settings, options.file, force=options.force)


def _restore(settings: Settings, options: argparse.Namespace) -> int:
    from bot.backup.commands import restore, unpack

    if options.unpack is not None:
        return unpack(settings, options.file, options.unpack)
    return restore(settings, options.file, force=options.force)


async def _move(settings: Settings, options: argparse.Namespace) -> int:
    from bot.moving import move

    return await move(options.source, options.target, force=options.force)


def _tend(settings: Settings, options: argparse.Namespace) -> int:
    from bot.tending import lint

    return lint(settings)


AT_ONCE: dict[str, Callable[[Settings, argparse.Namespace], int]] = {
    "backup": _back_up,
    "restore": _restore,
    "kb": _tend,
}
WORK: dict[str, Callable[[Settings, argparse.Namespace], Coroutine[Any, Any, int]]] = {
    "run": _serve,
    "check": _check,
    "ask": _ask,
    "eval": _evaluate,
    "gaps": _gaps,
    "move": _move,
}


def _main_in_a_pipe() -> int:
    """Whoever reads what we print may have enough of it, as `head` has.

    The signal for that stays ignored: a connection that somebody else ended would bring it, too."""
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    return code


if __name__ == "__main__":
    sys.exit(_main_in_a_pipe())
