"""python -m tests.crash: the crash test as long as wanted, with its figures as a table."""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.crash.campaign import Outcome, Plan, run


def main() -> int:
    options = _parser().parse_args()
    plan = Plan(options.kills, options.seed, options.minutes, forum=not options.plain)
    folder = Path(tempfile.mkdtemp(prefix="svar-crash-"))
    started = time.monotonic()
    outcome = asyncio.run(run(plan, folder))
    sys.stdout.write("\n".join(table(outcome, time.monotonic() - started)) + "\n")
    if outcome.verdict.kept:
        return 0
    sys.stdout.write(f"\nBroken promises. The log and the database lie in {folder}\n")
    return 1


def table(outcome: Outcome, seconds: float) -> list[str]:
    moments = ", ".join(f"{times} {name}" for name, times in outcome.kills.most_common())
    restarts = sorted(outcome.restarts)
    return [
        f"{outcome.kills.total()} times SIGKILL in {seconds:.0f} s: {moments}",
        f"from start to the first 200: median {statistics.median(restarts):.2f} s, longest {restarts[-1]:.2f} s"
        f" ({len(restarts)} starts)",
        f"from the last word until all had arrived: {outcome.rest:.1f} s",
        f"lines at level error in the bot's log: {len(outcome.errors)}",
        *(f"    {line}" for line in outcome.errors[:5]),
        "",
        *outcome.verdict.lines(),
    ]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m tests.crash", description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=10, help="no kill after so many")
    parser.add_argument("--plain", action="store_true", help="a desk without topics")
    return parser


if __name__ == "__main__":
    sys.exit(main())
