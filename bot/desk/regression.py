"""Known answers: after a change of the knowledge base the desk is told which of them it broke."""

import asyncio
from functools import partial

import orjson

from bot.business import Business
from bot.knowledge.evaluation import Case, CaseError, Outcome, evaluate, read_cases
from bot.knowledge.language import detect
from bot.knowledge.learning import CASES
from bot.outbound import tell
from storage import facts
from storage.database import Statements

FACT = "known_answers"
LOCK = "known answers"
MOST_CASES, MOST_NAMED = 5_000, 10
RIGHT = ("right", "rightly_escalated")


async def watch(business: Business) -> None:
    """Ask every known question, when the articles or the questions changed since they were asked last."""
    changed_at = business.library.summary().changed_at
    path = business.settings.knowledge.folder / CASES
    try:
        status = await asyncio.to_thread(path.stat)
    except OSError:
        return
    state = f"{changed_at} {status.st_mtime_ns} {status.st_size}"
    before = orjson.loads(await facts.find(business.db, FACT) or "null")
    if not changed_at or (before and before["state"] == state):
        return
    outcomes = await asyncio.to_thread(partial(_ask, business))
    if outcomes is not None:
        await _compare(business, state, outcomes)


def _ask(business: Business) -> list[Outcome] | None:
    """None when the file cannot be read: whoever is writing it will be done by the next time."""
    path = business.settings.knowledge.folder / CASES
    spoken = business.settings.bot.languages
    try:
        cases = read_cases(path.read_text("utf-8").splitlines())[:MOST_CASES]
    except (OSError, UnicodeDecodeError, CaseError):
        return None
    tally = evaluate(business.library.find, cases, lambda text: detect(text, spoken, spoken[0]))
    return list(tally.outcomes)


async def _compare(business: Business, state: str, outcomes: list[Outcome]) -> None:
    broken = {one.case.question: one for one in outcomes if one.verdict not in RIGHT}

    async def work(tx: Statements) -> None:
        await tx.lock(LOCK)
        before = orjson.loads(await facts.find(tx, FACT) or "null")
        known = set(before["right"]) if before else set()
        newly = [one for question, one in broken.items() if question in known]
        right = [one.case.question for one in outcomes if one.verdict in RIGHT]
        await facts.put(tx, FACT, orjson.dumps({"state": state, "right": right}).decode())
        if newly:
            await tell(tx, business, _report(business, newly))

    await business.db.transaction(work)


def _report(business: Business, newly: list[Outcome]) -> str:
    lines = [
        business.tell_desk(
            "broken_answer", question=one.case.question[:120], wanted=_wanted(one.case), now=_now(one)
        )
        for one in newly[:MOST_NAMED]
    ]
    more = ["…"] if len(newly) > MOST_NAMED else []
    return "\n".join([business.tell_desk("broken_answers", count=len(newly)), *lines, *more])


def _wanted(case: Case) -> str:
    return case.source or "–"


def _now(one: Outcome) -> str:
    best = one.found.hits[0].passage if one.found.answered else None
    return f"{best.file}#{best.heading}" if best else "–"
