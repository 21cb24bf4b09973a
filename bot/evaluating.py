"""`eval`: how often the knowledge base answers its own cases rightly, by language; and whether that got worse."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import orjson

from bot.asking import loaded
from bot.knowledge.evaluation import CaseError, Outcome, Tally, Verdict, evaluate, read_cases
from bot.knowledge.language import detect
from bot.settings import Settings

CASES, BASELINE = "questions.jsonl", ".baseline.json"
VERDICTS: Final[Mapping[Verdict, str]] = {
    "right": "█",
    "rightly_escalated": "▓",
    "wrongly_escalated": "░",
    "wrong": "✗",
}
"""Each with its sign in the chart."""
WIDTH = 50
RANK: Final[Mapping[str, int]] = {"wrong": 0, "wrongly_escalated": 1, "rightly_escalated": 2, "right": 2}
"""From worst to best."""


def evaluate_file(settings: Settings, cases: Path | None, *, must_hold: bool, record: bool) -> int:
    """Print the counts; with `must_hold` compare them with what was recorded, and with `record` record them."""
    path = cases or settings.knowledge.folder / CASES
    library = loaded(settings)
    if library is None:
        return 1
    spoken = settings.bot.languages
    try:
        known = read_cases(path.read_text("utf-8").splitlines())
        tally = evaluate(library.find, known, lambda text: detect(text, spoken, spoken[0]))
    except (OSError, UnicodeDecodeError, CaseError) as error:
        said = error.strerror if isinstance(error, OSError) else error
        print(f"{path}: {said}", file=sys.stderr)
        return 1
    _print(tally, spoken[0])
    baseline = path.with_name(path.stem + BASELINE)
    if record:
        baseline.write_bytes(orjson.dumps(_verdicts(tally), option=orjson.OPT_INDENT_2) + b"\n")
        print(f"recorded in {baseline}")
    return _compare(tally, baseline) if must_hold else 0


def _print(tally: Tally, fallback: str) -> None:
    for outcome in tally.of("wrong"):
        first = outcome.found.hits[0].passage
        print(f"wrong: {outcome.case.question!r} -> {first.file}#{first.heading}")
    for verdict in ("right", "wrong", "rightly_escalated", "wrongly_escalated"):
        print(f"{verdict.replace('_', ' '):18} {tally.count(verdict):5}  {tally.share(verdict):6.1%}")
    asked_back = [one for one in tally.of("wrongly_escalated") if one.found.choices]
    print(
        f"{'of these asked back':18} {len(asked_back):4}  {sum(map(_is_offered, asked_back)):4} with the answer"
    )
    print()
    languages = dict.fromkeys(one.case.language or fallback for one in tally.outcomes)
    for language in languages:
        of_it = Tally(tuple(one for one in tally.outcomes if (one.case.language or fallback) == language))
        counts = " ".join(f"{of_it.count(verdict):4}" for verdict in VERDICTS)
        print(f"{language:4} {_bar(of_it)} {counts}")
    print(
        f"     {'  '.join(f'{sign} {verdict.replace(chr(95), chr(32))}' for verdict, sign in VERDICTS.items())}"
    )


def _is_offered(outcome: Outcome) -> bool:
    """The right passage is among those the customer is asked to choose from."""
    file, _, heading = (outcome.case.source or "").partition("#")
    named = [hit.passage for hit in outcome.found.choices]
    return any(one.file == file and heading.casefold() in ("", one.heading.casefold()) for one in named)


def _bar(tally: Tally) -> str:
    """As wide as it is for all languages; each verdict's part rounded, the last one takes the rest."""
    bar = ""
    for verdict, sign in VERDICTS.items():
        bar += sign * (round(WIDTH * tally.share(verdict)) or (tally.count(verdict) > 0))
    return bar[:WIDTH].ljust(WIDTH)


def _verdicts(tally: Tally) -> dict[str, str]:
    return {_key(one): one.verdict for one in tally.outcomes}


def _key(outcome: Outcome) -> str:
    return f"{outcome.case.language}: {outcome.case.question}"


def _compare(tally: Tally, baseline: Path) -> int:
    """1 when more of the cases that were recorded are wrong now, or fewer are right."""
    try:
        before: dict[str, str] = orjson.loads(baseline.read_bytes())
    except (OSError, ValueError):
        print(f"{baseline}: cannot be read; make it with `eval --record`", file=sys.stderr)
        return 1
    known = [one for one in tally.outcomes if before.get(_key(one)) in RANK]
    worse = [one for one in known if RANK[one.verdict] < RANK[before[_key(one)]]]
    better = [one for one in known if RANK[one.verdict] > RANK[before[_key(one)]]]
    for one in worse:
        print(f"worse: {one.case.question!r}: {before[_key(one)]} before, {one.verdict} now")
    print(f"{len(better)} better, {len(worse)} worse, of {len(known)} recorded")
    return int(_got_worse(known, [before[_key(one)] for one in known]))


def _got_worse(known: Sequence[Outcome], before: Sequence[str]) -> bool:
    now = [one.verdict for one in known]
    good = sum(RANK[verdict] == 2 for verdict in now) < sum(RANK[verdict] == 2 for verdict in before)
    return good or now.count("wrong") > before.count("wrong")
