"""python -m tests.proofs.power: what was acknowledged is still there after the disk forgot what was not synced."""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.crash.by_hand import tell
from tests.crash.preload import NoCompiler
from tests.crash.verdict import Verdict
from tests.proofs import cuts, points
from tests.proofs.cuts import Cuts
from tests.proofs.disk import SYSTEMS, CannotMount
from tests.proofs.points import Points


def main() -> int:
    options = _parser().parse_args()
    verdicts = list(_verdicts(options, Path(tempfile.mkdtemp(prefix="svar-power-"))))
    if not verdicts:
        tell("Nothing could be tried here, so nothing is proved.")
        return 1
    broken = [verdict for verdict in verdicts if not verdict.kept]
    tell("BROKEN: acknowledged, and lost." if broken else "KEPT: nothing that was acknowledged was lost.")
    return 1 if broken else 0


def _verdicts(options: argparse.Namespace, folder: Path) -> Iterator[Verdict]:
    for system in options.systems:
        plan = Cuts(options.cuts, options.seed, options.minutes, system, careless=options.careless)
        started = time.monotonic()
        try:
            outcome = asyncio.run(cuts.cut_off(plan, _made(folder / system), tell))
        except CannotMount as error:
            tell(f"No power cuts on a real {system}: {error}.\n")
            continue
        moments = ", ".join(f"{times} {name}" for name, times in outcome.kills.most_common())
        tell(f"{outcome.kills.total()} cuts in {time.monotonic() - started:.0f} s: {moments}")
        tell("\n".join(outcome.verdict.lines()) + "\n")
        yield outcome.verdict
    try:
        yield _thought_through(options, _made(folder / "recorded"))
    except NoCompiler as error:
        tell(f"No power cuts thought through: {error}.\n")


def _thought_through(options: argparse.Namespace, folder: Path) -> Verdict:
    plan = Points(options.points, options.seconds, options.seed, careless=options.careless)
    tell(f"{plan.cuts} power cuts thought through, in {plan.seconds:g} s of load …")
    verdict = points.judge(plan, asyncio.run(points.record(plan, folder)))
    tell("\n".join(verdict.lines()) + "\n")
    return verdict


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m tests.proofs.power", description=__doc__)
    parser.add_argument("--cuts", type=int, default=60, help="power cuts on each real file system")
    parser.add_argument("--systems", nargs="*", choices=SYSTEMS, default=[*SYSTEMS])
    parser.add_argument("--points", type=int, default=500, help="power cuts thought through")
    parser.add_argument("--seconds", type=float, default=20, help="of load for those")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=10, help="no cut on a file system after so many")
    parser.add_argument(
        "--careless", action="store_true", help="with synchronous=NORMAL: must be found broken"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
