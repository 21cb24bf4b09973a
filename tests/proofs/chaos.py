"""python -m tests.proofs.chaos: hours of everything that platforms do, on a virtual clock."""

import argparse
import asyncio
import logging
import sys
import tempfile
import time
from pathlib import Path

from tests.crash.by_hand import tell
from tests.postgres import database_of
from tests.proofs import virtual
from tests.proofs.skies import Chaos, Report, Skies
from tests.proofs.weather import EPISODES


def main() -> int:
    options = _parser().parse_args()
    folder = Path(tempfile.mkdtemp(prefix="svar-chaos-"))
    logging.basicConfig(filename=folder / "bot.log", level=logging.INFO)
    kept = True
    for desk in options.desks:
        plan = Chaos(
            options.hours,
            options.seed,
            forum=desk == "forum",
            only=tuple(options.only),
            url=asyncio.run(database_of(folder / desk)) if options.database == "postgresql" else "",
        )
        started = time.monotonic()
        tell(f"{plan.hours:g} hours of bad weather, a desk {DESKS[desk]} …")
        report = live_through(plan, folder / desk)
        tell("\n".join(table(report, time.monotonic() - started)) + "\n")
        kept = kept and report.verdict.kept
    tell("KEPT: nothing lost, nobody forgotten." if kept else f"BROKEN. Log and databases lie in {folder}")
    return 0 if kept else 1


POSTGRES_PATIENCE = 0.001
"""Real seconds for what it says unasked; while it is asked, time does not jump at all."""
DESKS = {
    "forum": "with topics, Telegram by webhook",
    "plain": "without topics, upgraded once, Telegram polled",
}


def live_through(plan: Chaos, folder: Path) -> Report:
    async def story() -> Report:
        return await Skies(plan, folder).run()

    return virtual.run(story, POSTGRES_PATIENCE if plan.url else 0.0)


def table(report: Report, seconds: float) -> list[str]:
    return [
        f"{report.hours:.1f} virtual hours in {seconds:.0f} s, {len(report.happened)} kinds of episodes:",
        *(f"{times:6}  {name}" for name, times in sorted(report.happened.items())),
        "",
        *report.verdict.lines(),
    ]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m tests.proofs.chaos", description=__doc__)
    parser.add_argument("--hours", type=float, default=2.0, help="virtual ones, of load")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--desks", nargs="*", choices=DESKS, default=[*DESKS])
    parser.add_argument("--only", nargs="*", choices=EPISODES, default=[], help="these episodes alone")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    return parser


if __name__ == "__main__":
    sys.exit(main())
