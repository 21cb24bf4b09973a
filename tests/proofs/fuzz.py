"""Signed nonsense by the million: whatever a platform posts is understood, kept or set aside, and troubles nobody.

python -m tests.proofs.fuzz --payloads 1000000 --seed 1"""

import argparse
import asyncio
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sandbox.whatsapp.customer import WhatsAppCustomer
from tests.crash import by_hand
from tests.crash.evidence import Ledger
from tests.crash.stage import Stage
from tests.crash.verdict import Verdict
from tests.proofs.line import Broken, Lines
from tests.proofs.mutate import spoiled
from tests.proofs.posts import Posts
from tests.proofs.sabotage import watcher
from tests.proofs.schema import CANARY, Grammar, People
from tests.proofs.traces import FIRST, STEP, Channel, Post, Traces

AT_ONCE: Final = 24
CUSTOMERS: Final = 150
"""On each channel; fewer people with more to say keep the way out short."""
FORGED_SHARE: Final = 0.01
DEEPEST: Final = 20_000
"""How deep our own calls may go, to write down what is nested deeply."""
CHUNK: Final = 20_000
"""So many posts are looked for in the database at once."""
PATIENCE: Final = 30.0
RETRY_SECONDS: Final = 0.05
WRONG: Final = "a-webhook-secret-that-is-somebody-elses-0"


@dataclass(frozen=True, slots=True)
class Plan:
    payloads: int = 1_000_000
    seed: int = 1
    sabotage: str = ""


@dataclass(slots=True)
class Outcome:
    verdict: Verdict
    seconds: float
    states: "Counter[str]"


@dataclass(slots=True)
class Findings:
    answers: "Counter[int]" = field(default_factory=Counter)
    asked_again: int = 0
    wrong_answers: list[str] = field(default_factory=list)
    let_in: list[str] = field(default_factory=list)
    vanished: list[str] = field(default_factory=list)


async def run(plan: Plan, folder: Path) -> Outcome:
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(DEEPEST)
    try:
        async with Stage(folder, watcher=watcher(plan.sabotage)) as stage:
            return await Fuzz(plan, stage).run()
    finally:
        sys.setrecursionlimit(usual)


class Fuzz:
    def __init__(self, plan: Plan, stage: Stage) -> None:
        self.plan, self.stage, self.shop = plan, stage, stage.shop
        self.lines, self.posts, self.found = Lines(stage.port, AT_ONCE), Posts(stage.shop), Findings()
        self._dice = random.Random(plan.seed)
        self._sent: list[Post] = []
        self._last_row = 0

    async def run(self) -> Outcome:
        self.shop.whatsapp.habits.on = False
        await self.stage.first_start()
        grammar, began = Grammar(self._people()), time.monotonic()
        payloads = self._payloads(grammar)
        while self.stage.bot.runs:
            await asyncio.gather(*(self._post_all(payloads) for _ in range(AT_ONCE)))
            if not self._sent:
                break
            self._look_for(self._sent)
            self._sent = []
        seconds = time.monotonic() - began
        self.lines.close()
        return await self._end(seconds)

    def _people(self) -> People:
        everybody = self.posts.invite(CUSTOMERS)
        at_whatsapp = [(one.phone, one.user_id) for one in everybody if isinstance(one, WhatsAppCustomer)]
        at_telegram = [user for user in self.shop.telegram.users if user != self.shop.staff.id]
        return People(at_telegram, at_whatsapp, self.shop.staff.id, self.shop.desk.id)

    def _payloads(self, grammar: Grammar) -> Iterator[Post]:
        dice = self._dice
        for at in range(self.plan.payloads):
            serial = FIRST + at * STEP
            authentic = dice.random() >= FORGED_SHARE
            if dice.random() < 0.5:
                yield Post("telegram", spoiled(grammar.telegram(dice, serial), dice), authentic)
            else:
                yield Post("whatsapp", spoiled(grammar.whatsapp(dice, serial), dice), authentic)

    async def _post_all(self, payloads: Iterator[Post]) -> None:
        """One platform's connection, until a chunk is full."""
        while len(self._sent) < CHUNK and self.stage.bot.runs:
            post = next(payloads, None)
            if post is None:
                return
            self._sent.append(post)
            status = await self._post(post)
            self.found.answers[status] += 1
            if (status == 200) != post.authentic or status >= 500:
                self.found.wrong_answers.append(f"{status} to {_shown(post)}")

    async def _post(self, post: Post) -> int:
        """Its status; a 503 that says when to come again is followed, as the platforms do; 0 for none."""
        secret = {} if post.authentic else {"secret": WRONG}
        write = self.posts.telegram if post.channel == "telegram" else self.posts.whatsapp
        request = write(post.body, **secret)
        while True:
            try:
                async with asyncio.timeout(PATIENCE):
                    answer = await self.lines.post(request)
            except (Broken, TimeoutError):
                return 0
            if answer.status != 503 or not answer.retry_after:
                return answer.status
            self.found.asked_again += 1
            await asyncio.sleep(RETRY_SECONDS)

    # What became of them

    def _look_for(self, sent: list[Post]) -> None:
        with Ledger(self.stage.database) as ledger:
            rows = ledger.rows(f"SELECT id, channel, key, raw FROM updates WHERE id > {self._last_row}")
            accounts: dict[Channel, str] = {
                "telegram": str(self.shop.telegram.bot["id"]),
                "whatsapp": self.shop.whatsapp.phone_number_id,
            }
            traces = Traces(rows, ledger, accounts)
            self._last_row = max((row["id"] for row in rows), default=self._last_row)
            for post in sent:
                if post.authentic and not traces.shows(post):
                    self.found.vanished.append(_shown(post))
                if not post.authentic and traces.shows_marks(post):
                    self.found.let_in.append(_shown(post))

    async def _end(self, seconds: float) -> Outcome:
        verdict, found = Verdict(), self.found
        died = [] if self.stage.bot.runs else [self.stage.bot.last_words()]
        waiting: list[str] = []
        if not died:
            try:
                await self.stage.rest(max(120.0, seconds / 4))
            except AssertionError as error:
                waiting = [str(error)[:500]]
            await asyncio.to_thread(self.stage.bot.leave, 10)
        with Ledger(self.stage.database) as ledger:
            states = Counter({row["state"]: row["n"] for row in ledger.rows(STATES)})
            unfit = [f"{name}: {n} rows" for name, sql in NULS.items() if (n := ledger.count(sql))]
            failed = [f"{row['kind']}: {row['error']} × {row['n']}" for row in ledger.rows(FAILED_TURNS)]
        verdict.figures |= {
            "posts": found.answers.total(),
            "of them forged": found.answers[403] + found.answers[401],
        }
        verdict.figures |= {"asked to come again": found.asked_again}
        verdict.figures |= {f"rows {state}": n for state, n in sorted(states.items())}
        verdict.check("answers that were not 200, or not 403 to a forged one", found.wrong_answers)
        verdict.check("forged posts that left a trace", found.let_in)
        verdict.check("authentic posts that left none", found.vanished)
        verdict.check("turns that failed", failed)
        verdict.check("texts that PostgreSQL would not take", unfit)
        verdict.check("ends of the process", died)
        verdict.check("rests that did not come", waiting)
        verdict.check("errors in the log", self.stage.bot.errors())
        verdict.check("lines of the log with a customer's words", self._words_in_log())
        return Outcome(verdict, seconds, states)

    def _words_in_log(self) -> list[str]:
        with self.stage.bot.log.open("r", encoding="utf-8", errors="replace") as log:
            return [line.strip()[:300] for line in log if CANARY in line]


STATES: Final = "SELECT state, count(*) AS n FROM updates GROUP BY state"
FAILED_TURNS: Final = (
    "SELECT kind, error, count(*) AS n FROM updates WHERE error <> ''"
    " AND (state <> 'quarantined' OR attempts > 0 OR error LIKE '%while it was stored') GROUP BY kind, error"
)
TEXTS: Final = (
    *("updates.kind", "updates.key", "updates.raw", "updates.error", "contacts.room", "contacts.name"),
    *("contacts.username", "contacts.phone", "contacts.language", "messages.content", "messages.album"),
    *("tickets.question", "deliveries.content", "deliveries.detail", "copies.remote_id"),
)
NULS: Final = {
    name: f"SELECT count(*) FROM {table} WHERE instr(CAST({column} AS BLOB), x'00') > 0"
    for name in TEXTS
    for table, column in [name.split(".")]
}


def _shown(post: Post) -> str:
    return f"{post.channel} {post.body[:700]!r}"


def table(outcome: Outcome, plan: Plan) -> list[str]:
    speed = outcome.verdict.figures["posts"] / max(outcome.seconds, 0.001)
    return [
        f"{plan.payloads:,} payloads in {outcome.seconds:.0f} s, {speed:.0f} a second",
        "",
        *outcome.verdict.lines(),
    ]


def main() -> int:
    chosen = _parser().parse_args()
    plan = Plan(chosen.payloads, chosen.seed, chosen.sabotage)
    return by_hand.run(
        "fuzz",
        lambda folder: run(plan, folder),
        lambda outcome: table(outcome, plan),
        lambda outcome: outcome.verdict.kept,
    )


def _parser() -> argparse.ArgumentParser:
    parser = by_hand.options("fuzz", __doc__)
    parser.add_argument("--payloads", type=int, default=1_000_000)
    return parser


if __name__ == "__main__":
    sys.exit(main())
