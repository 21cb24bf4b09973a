"""python -m benchmarks.answers: the figures of docs/answers.md, ready to be put there."""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Final, cast

from benchmarks.answers import contenders, figures, sets, speed
from benchmarks.answers.sets import Case, Half
from benchmarks.answers.shop import shop
from benchmarks.machine import Meanwhile

SETS: Final = "SVAR_ANSWER_SETS"
WRONG, UNANSWERABLE = 0.02, 0.4
"""What the threshold is found for: the most wrong answers, and how many questions are taken to have none."""
CROSSED: Final = (("en", "sv"), ("en", "nb"), ("sv", "nb"), ("nb", "sv"), ("sv", "en"))
"""The knowledge base's language, and the question's."""


def main() -> int:
    options = _parser().parse_args()
    meanwhile = Meanwhile()
    rows = _rows(cast("Half", options.half), options.sets)
    for line in chain(_finding(rows), [""], _zones(rows), [""], _costs(wanted=not options.no_speed)):
        print(line, flush=True)
    print(f"Other programs kept {meanwhile.others():.1f} cores busy.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m benchmarks.answers", description="How good the answers are.")
    parser.add_argument(
        "--half", choices=("tuning", "judging"), default="judging", help="of the hotel's questions"
    )
    default = os.environ.get(SETS, "")
    parser.add_argument(
        "--sets",
        type=Path,
        default=Path(default) if default else None,
        help=f"a folder of further sets, as JSON files (or {SETS})",
    )
    parser.add_argument("--no-speed", action="store_true", help="leave out what takes time")
    return parser


def _rows(half: Half, folder: Path | None) -> dict[str, list[Case]]:
    rows = {f"hotel, {one}": [sets.hotel(one).only(half)] for one in sets.LANGUAGES}
    rows |= {
        f"hotel, {one}, two more phrasings": [case.only(half) for case in sets.hotel_with_phrasings(one)]
        for one in sets.LANGUAGES
    }
    rows |= {f"hotel, {asked} asked of {one}": [sets.hotel(one, asked).only(half)] for one, asked in CROSSED}
    for one, asked in CROSSED[:3]:
        rows[f"shop, {asked} asked of {one}"] = [shop(one, asked)]
        rows[f"shop, {asked} asked of {one}, headings alone"] = [shop(one, asked, bare=True)]
    if folder is not None:
        rows |= {case.name: [case] for case in sets.from_folder(folder)}
    return rows


def _finding(rows: dict[str, list[Case]]) -> Iterator[str]:
    here = [one for one in contenders.EVERY if not one.missing()]
    for one in contenders.EVERY:
        if one.missing():
            yield f"{one.name}: not measured; `pip install {one.package}`."
    yield "Of the questions that have an answer: the right passage first / among the first five.\n"
    yield f"| | questions | {' | '.join(one.name for one in here)} |"
    yield f"|---|---:|{'---:|' * len(here)}"
    for title, cases in rows.items():
        found = [figures.finding(cases, one.build) for one in here]
        cells = [f"{one.top1:.3f} / {one.recall5:.3f}" for one in found]
        yield f"| {title} | {found[0].answerable} | {' | '.join(cells)} |"


def _zones(rows: dict[str, list[Case]]) -> Iterator[str]:
    yield f"The threshold found without labels, for at most {WRONG:.0%} wrong; shares of all messages.\n"
    yield (
        "| | messages | without an answer | answered rightly | wrongly | asked back, the right one offered |"
        " asked back in vain | a person though written down | none, and a person at once | AUROC | bm25s' AUROC |"
    )
    yield f"|---|{'---:|' * 10}"
    for title, cases in rows.items():
        if all(any(asked.right for asked in case.asked) for case in cases) and _has_phrasings(cases):
            yield _zones_row(title, cases)


def _has_phrasings(cases: Sequence[Case]) -> bool:
    """A threshold is found from phrasings: a set of bare texts has none."""
    return all(any(question for question in one.questions) for case in cases for one in case.passages[:1])


def _zones_row(title: str, cases: Sequence[Case]) -> str:
    counted = figures.zones(cases, lambda case: contenders.svar_decides(case.passages, WRONG, UNANSWERABLE))
    counts = (
        counted.unanswerable, counted.right, counted.wrong, counted.offered, counted.offered_in_vain, counted.missed,
    )  # fmt: skip
    cells = [f"{counted.share(count):.1%}" for count in counts]
    given = f"{counted.given_up / counted.unanswerable:.0%}" if counted.unanswerable else "–"
    curves = [
        figures.finding(cases, one.build).auroc
        for one in contenders.EVERY
        if one.name in ("Svar", "bm25s") and not one.missing()
    ][::-1]
    shown = [f"{one:.3f}" if one is not None else "–" for one in curves] + ["–"] * (2 - len(curves))
    return f"| {title} | {counted.asked} | {' | '.join([*cells, given, *shown])} |"


def _costs(*, wanted: bool) -> Iterator[str]:
    if not wanted:
        return
    yield "CPU of one thread; words that nobody asked for before, and words that were.\n"
    yield "| passages | phrasings | look-up, new words p50 / p99 | known words p50 / p99 | all read | one changed | memory |"
    yield f"|---:|{'---:|' * 6}"
    for cost in speed.costs():
        yield (
            f"| {cost.passages:,} | {cost.units:,} | {_ends(cost.new)} | {_ends(cost.known)} | {cost.build * 1e3:,.0f} ms"
            f" | {cost.change * 1e3:,.0f} ms | {cost.memory:.0f} MiB |"
        )


def _ends(ends: tuple[float, float]) -> str:
    return f"{ends[0]:.3f} / {ends[1]:.2f} ms"


if __name__ == "__main__":
    sys.exit(main())
