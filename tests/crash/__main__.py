"""python -m tests.crash: the crash test as long as wanted, with its figures as a table."""

import argparse
import asyncio
import itertools
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.crash.by_hand import tell
from tests.crash.calls import Calls, EveryCall, Report
from tests.crash.campaign import Outcome, Plan, run
from tests.crash.preload import NoCompiler
from tests.crash.stage import REST_SECONDS
from tests.crash.verdict import Verdict
from tests.postgres import database_of


def main() -> int:
    options = _parser().parse_args()
    if options.database != "sqlite" and (options.every_call or options.messages):
        tell("--every-call and --messages are about the SQLite file alone.")
        return 2
    folder = Path(tempfile.mkdtemp(prefix="svar-crash-"))
    try:
        verdict = _at_every_call(options, folder) if options.every_call else _at_random(options, folder)
    except NoCompiler as error:
        tell(f"Nothing could be tried: {error}.")
        return 1
    if verdict.kept:
        tell("\nKEPT: nothing lost, nothing twice without a doubt on record.")
        return 0
    tell(f"\nBROKEN promises. The log and the database lie in {folder}")
    return 1


def _at_random(options: argparse.Namespace, folder: Path) -> Verdict:
    url = asyncio.run(database_of(folder)) if options.database == "postgresql" else ""
    plan = Plan(
        options.kills,
        options.seed,
        options.minutes,
        forum=not options.plain,
        messages=options.messages,
        url=url,
        rest_seconds=max(REST_SECONDS, 3.0 * options.kills),
    )
    started = time.monotonic()
    outcome = asyncio.run(run(plan, folder))
    median = statistics.median(outcome.restarts)
    late = [f"{median:.2f} s"] if median > options.start_seconds else []
    outcome.verdict.check(f"median start of more than {options.start_seconds:g} s", late)
    tell("\n".join(table(outcome, time.monotonic() - started)))
    return outcome.verdict


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


def _at_every_call(options: argparse.Namespace, folder: Path) -> Verdict:
    calls = Calls(options.first, options.step, options.kills or 1_000_000, options.minutes)
    report = asyncio.run(_every_call(calls, folder))
    tell("\n".join([*coverage(report), "", *report.verdict.lines()]))
    return report.verdict


async def _every_call(calls: Calls, folder: Path) -> Report:
    async with EveryCall(calls, folder) as campaign:
        return await campaign.every_call(tell if sys.stdout.isatty() else lambda line: None)


def coverage(report: Report) -> list[str]:
    """At which calls it was killed, and whether those are all that the dialogue makes."""
    reached = report.reached
    steps = {later - earlier for earlier, later in itertools.pairwise(reached)} or {1}
    whole = steps == {1} and reached[:1] == [1] and report.calls
    unhurt = (
        f"not killed, the dialogue takes {min(report.calls)} to {max(report.calls)}" if report.calls else ""
    )
    return [
        f"{len(reached)} times SIGKILL, at call {reached[0]} to {reached[-1]} of the process"
        f"{': every one' if whole else f', every {max(steps)}.'}{'; ' * bool(unhurt)}{unhurt}",
        *(f"{times:6}  {name}" for name, times in report.names.most_common()),
    ]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m tests.crash", description=__doc__)
    parser.add_argument(
        "--kills", type=int, default=50, help="0 with --every-call: as many as there are calls"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=10, help="no kill after so many")
    parser.add_argument("--plain", action="store_true", help="a desk without topics")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--messages", type=int, default=0, help="so many on record before it begins")
    parser.add_argument("--start-seconds", type=float, default=1.0, help="the median start may take so long")
    parser.add_argument(
        "--every-call", action="store_true", help="one dialogue, killed one call later each time"
    )
    parser.add_argument(
        "--first", type=int, default=1, help="with --every-call: the first call to be killed at"
    )
    parser.add_argument("--step", type=int, default=1, help="with --every-call: every so many-th call")
    return parser


if __name__ == "__main__":
    sys.exit(main())
