"""What a proof says when it is run by hand, and how it ends."""

import argparse
import asyncio
import shutil
import sys
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import uvloop

T = TypeVar("T")


def tell(*lines: str) -> None:
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def options(name: str, description: str | None) -> argparse.ArgumentParser:
    """What each of them takes that can be made to go wrong."""
    parser = argparse.ArgumentParser(f"python -m tests.proofs.{name}", description=description)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--sabotage", default="", help="a way of tests.proofs.sabotage: the verdict must be red"
    )
    return parser


def run(
    name: str,
    story: Callable[[Path], Coroutine[Any, Any, T]],
    table: Callable[[T], list[str]],
    is_kept: Callable[[T], bool],
) -> int:
    """The exit code. What was found broken is left on disk to be looked at."""
    folder = Path(tempfile.mkdtemp(prefix=f"svar-{name}-"))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        outcome = runner.run(story(folder))
    tell(*table(outcome))
    if is_kept(outcome):
        shutil.rmtree(folder)
        return 0
    tell(f"\nBroken promises. The log and the database lie in {folder}")
    return 1
