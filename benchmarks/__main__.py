"""python -m benchmarks: one run, all figures of docs/performance.md, ready to be put there."""

import argparse
import asyncio
import resource
import sys
import tempfile
import warnings
from pathlib import Path
from time import perf_counter

from benchmarks import corpus, growth, hardship
from benchmarks.contender import PEERS, Contender, cores, stay_on
from benchmarks.growth import MANY, MANY_QUICK, Filled, Growth
from benchmarks.hardship import Hardship
from benchmarks.machine import Meanwhile
from benchmarks.peers.running import fast_loop
from benchmarks.plan import Bench, Run
from benchmarks.questions import questions
from benchmarks.report import Results, report
from benchmarks.scale import on_postgres
from benchmarks.world import World


def main() -> int:
    options = _parser().parse_args()
    warnings.filterwarnings("ignore", category=RuntimeWarning)
    with tempfile.TemporaryDirectory(prefix="svar-bench-") as folder:
        run = _run_in(Path(folder), options)
        stay_on(run.cores.load)
        began, meanwhile = perf_counter(), Meanwhile()
        with asyncio.Runner(loop_factory=fast_loop) as runner:
            results = runner.run(_measure(run, options))
    print(report(results))
    print(
        f"Rounds: {_rounds(options)}, {run.seconds:g} s a trial, {perf_counter() - began:.0f} s in all;"
        f" other programs kept {meanwhile.others():.1f} cores busy."
    )
    return 1 if run.void else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m benchmarks", description="How fast it is, as ratios.")
    parser.add_argument(
        "--quick", action="store_true", help="one short round and the cheaper half of the rest"
    )
    parser.add_argument("--rounds", type=int, help="how often each contender has its turn (3)")
    parser.add_argument("--seconds", type=float, help="how long one trial asks (2)")
    parser.add_argument("--postgres", action="store_true", help="the product on PostgreSQL too")
    return parser


def _rounds(options: argparse.Namespace) -> int:
    return options.rounds or (1 if options.quick else 3)


def _run_in(folder: Path, options: argparse.Namespace) -> Run:
    knowledge = folder / "knowledge-base"
    corpus.write(knowledge)
    seconds = options.seconds or (0.8 if options.quick else 2.0)
    return Run(folder, knowledge, cores(), seconds, quick=options.quick)


async def _measure(run: Run, options: argparse.Namespace) -> Results:
    _allow_many_files()
    world = World(questions(run.knowledge))
    await world.start()
    bench, grown, hard = Bench(run, world), Growth(), Hardship()
    filled, times = Filled(run, world), _rounds(options)
    try:
        await _set_up(bench, filled)
        for number in range(times):
            _say(f"round {number + 1} of {times}")
            await bench.round(number)
        _say("memory, forged webhooks")
        await growth.memory(bench, grown)
        await hardship.forgeries(bench, hard, times)
        _say("PostgreSQL")
        lines = await on_postgres(bench, times, wanted=options.postgres)
        await bench.close()
        _say("starts, lists")
        await growth.starts(bench, filled, grown, times)
        await growth.lists(run, filled, grown)
        _say("kills")
        await hardship.kills(bench, hard, times)
    finally:
        await bench.close()
        await world.stop()
    return Results(run, grown, hard, lines)


async def _set_up(bench: Bench, filled: Filled) -> None:
    run = bench.run
    for name in ("svar", *PEERS):
        _say(f"starting {name}")
        await bench.add(name, Contender(name, run.folder / name, run.knowledge))
    _say("filling a database")
    await bench.add("full", await filled.bot("full", MANY_QUICK if run.quick else MANY))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _allow_many_files() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 65_536), most))


if __name__ == "__main__":
    sys.exit(main())
