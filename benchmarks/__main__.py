"""python -m benchmarks: one run, one page of ratios."""

import argparse
import asyncio
import resource
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from benchmarks.contender import cores, stay_on
from benchmarks.machine import Meanwhile
from benchmarks.peers.running import fast_loop
from benchmarks.plan import Bench, Run
from benchmarks.report import report


def main() -> int:
    options = _parser().parse_args()
    rounds = options.rounds or (1 if options.quick else 3)
    seconds = options.seconds or (0.8 if options.quick else 2.0)
    with tempfile.TemporaryDirectory(prefix="svar-bench-") as folder:
        run = Run(Path(folder), cores(), seconds)
        stay_on(run.cores.load)
        began, meanwhile = perf_counter(), Meanwhile()
        with asyncio.Runner(loop_factory=fast_loop) as runner:
            runner.run(_measure(run, rounds))
    print(report(run))
    print(
        f"Rounds: {rounds}, {seconds:g} s a trial, {perf_counter() - began:.0f} s in all;"
        f" other programs kept {meanwhile.others():.1f} cores busy."
    )
    return 1 if run.void else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m benchmarks", description="How fast it is, as ratios.")
    parser.add_argument("--quick", action="store_true", help="one short round, in less than a minute")
    parser.add_argument("--rounds", type=int, help="how often each contender has its turn (3)")
    parser.add_argument("--seconds", type=float, help="how long one trial asks (2)")
    return parser


async def _measure(run: Run, rounds: int) -> None:
    _allow_many_files()
    bench = Bench(run)
    try:
        await bench.open()
        for number in range(rounds):
            _say(f"round {number + 1} of {rounds}")
            await bench.round(number)
        for number in range(min(rounds, 3)):
            _say(f"starts, {number + 1} of {min(rounds, 3)}")
            await bench.starts(number)
    finally:
        await bench.close()


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _allow_many_files() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 65_536), most))


if __name__ == "__main__":
    sys.exit(main())
