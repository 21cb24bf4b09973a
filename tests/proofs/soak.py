"""python -m tests.proofs.soak: memory, descriptors, tasks and the write-ahead log stay flat under load."""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.crash.by_hand import tell
from tests.proofs.endurance import Sample, Soak, judge, soak


def main() -> int:
    options = _parser().parse_args()
    plan = Soak(options.events, options.minutes, options.seed, leak=options.leak)
    with tempfile.TemporaryDirectory(prefix="svar-soak-") as folder:
        report = asyncio.run(soak(plan, Path(folder), _told_each(options.every)))
    verdict = judge(report)
    tell("\n".join(["", *verdict.lines(), ""]))
    tell("KEPT: all of it is flat." if verdict.kept else "BROKEN: something grows.")
    return 0 if verdict.kept else 1


def _told_each(seconds: float) -> Callable[[Sample], None]:
    tell("    seconds       events  memory MB  descriptors  tasks  log kB")
    due = 0.0

    def show(sample: Sample) -> None:
        nonlocal due
        if sample.seconds < due:
            return
        due = sample.seconds + seconds
        tell(
            f"{sample.seconds:11,.0f}  {sample.events:11,}  {sample.memory:9.1f}  {sample.descriptors:11}"
            f"  {sample.tasks:5}  {sample.wal // 1024:6,}"
        )

    return show


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m tests.proofs.soak", description=__doc__)
    parser.add_argument("--events", type=int, default=100_000, help="customers' messages, answered")
    parser.add_argument("--minutes", type=float, default=5, help="not longer than that, however many")
    parser.add_argument("--every", type=float, default=20, help="seconds between the lines that are printed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--leak", action="store_true", help="a bot that forgets nothing: must be found broken"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
