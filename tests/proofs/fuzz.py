"""Signed nonsense by the million: whatever a platform posts is understood, kept or set aside, and troubles nobody.

python -m tests.proofs.fuzz --payloads 1000000 --seed 1"""

import argparse
import asyncio
import hashlib
import json
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

import uvloop

from handlers.channels import whatsapp_read
from sandbox.whatsapp.customer import WhatsAppCustomer
from tests.crash.evidence import Ledger
from tests.crash.stage import Stage
from tests.crash.verdict import Verdict
from tests.proofs.line import Broken, Lines
from tests.proofs.mutate import spoiled
from tests.proofs.posts import Posts
from tests.proofs.sabotage import watcher
from tests.proofs.schema import CANARY, Grammar, People

AT_ONCE: Final = 24
CUSTOMERS: Final = 150
"""On each channel; fewer people with more to say keep the way out short."""
FORGED_SHARE: Final = 0.01
CHUNK: Final = 20_000
"""So many posts are looked for in the database at once."""
PATIENCE: Final = 30.0
RETRY_SECONDS: Final = 0.05
WRONG: Final = "a-webhook-secret-that-is-somebody-elses-0"
TOKEN: Final = re.compile(r"F\d{9}Z")
ITEM: Final = re.compile(r"wamid\.F\d{9}Zn\d+")

QUOTE: Final = "'"

Channel = Literal["telegram", "whatsapp"]


@dataclass(frozen=True, slots=True)
class Plan:
    payloads: int = 1_000_000
    seed: int = 1
    sabotage: str = ""


@dataclass(frozen=True, slots=True)
class Post:
    channel: Channel
    body: bytes
    authentic: bool


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
    sys.setrecursionlimit(20_000)
    async with Stage(folder, watcher=watcher(plan.sabotage)) as stage:
        return await Fuzz(plan, stage).run()


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
            serial = 100_000_000 + at
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


class Traces:
    """The rows of a chunk, by all that a post may be known by."""

    def __init__(self, rows: list[dict[str, Any]], ledger: Ledger, accounts: dict[Channel, str]) -> None:
        self._ledger, self._accounts = ledger, accounts
        self._keys = {(row["channel"], row["key"]) for row in rows}
        self._bodies = {_digest(row["raw"] or "") for row in rows}
        self._marks = {mark for row in rows for mark in TOKEN.findall(row["raw"] or "")}
        self._ids = {one for row in rows for one in ITEM.findall(row["raw"] or "")}

    def shows(self, post: Post) -> bool:
        text = post.body.decode("utf-8", "replace")
        if _digest(text) in self._bodies or _digest(text.replace("\0", "\ufffd")) in self._bodies:
            return True
        if self._has_key(post.channel, f"sha256:{hashlib.sha256(post.body).hexdigest()}"):
            return True
        if post.channel == "telegram":
            return self._has_key("telegram", f"update:{_update_id(post.body)}")
        return self._shows_items(post.body)

    def shows_marks(self, post: Post) -> bool:
        """A forged post: nothing that has its number may stand anywhere."""
        if post.channel == "telegram":
            return ("telegram", f"update:{_update_id(post.body)}") in self._keys
        return any(mark in self._marks for mark in TOKEN.findall(post.body.decode("utf-8", "replace")))

    def _shows_items(self, body: bytes) -> bool:
        """Each message and status whose id nothing spoiled has its own row; what has no id, some row."""
        ids = _item_ids(body)
        if ids:
            return all(one in self._ids for one in ids)
        if any(mark in self._marks for mark in TOKEN.findall(body.decode("utf-8", "replace"))):
            return True
        try:
            items = whatsapp_read.read(body, self._accounts["whatsapp"])
        except ValueError:
            return False
        return all(self._has_key("whatsapp", item.key, getattr(item, "account", "")) for item in items)

    def _has_key(self, channel: Channel, key: str, account: str = "") -> bool:
        """In this chunk, or long ago: spoiled posts may be equal, and a spoiled id may be an older one's."""
        if (channel, key) in self._keys:
            return True
        wanted = (channel, account or self._accounts[channel], key)
        named = zip(("channel", "account", "key"), wanted, strict=True)
        where = " AND ".join(f"{name} = '{value.replace(QUOTE, QUOTE * 2)}'" for name, value in named)
        return bool(self._ledger.count(f"SELECT count(*) FROM updates WHERE {where}"))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:12]


def _update_id(body: bytes) -> object:
    try:
        return json.loads(body)["update_id"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return None


def _item_ids(body: bytes) -> list[str]:
    """The ids with our mark of the messages and statuses in a post, as the standard library reads it."""
    try:
        post = json.loads(body)
    except (ValueError, RecursionError):
        return []
    values = [
        change.get("value")
        for entry in _dicts(post, "entry")
        for change in _dicts(entry, "changes")
        if change.get("field") == "messages"
    ]
    items = [item for value in values for name in ("messages", "statuses") for item in _dicts(value, name)]
    ids = [item.get("id") for item in items]
    return [one for one in ids if isinstance(one, str) and ITEM.fullmatch(one)]


def _dicts(value: object, name: str) -> list[dict[str, Any]]:
    found = value.get(name) if isinstance(value, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


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
    options = _parser().parse_args()
    plan = Plan(options.payloads, options.seed, options.sabotage)
    folder = Path(tempfile.mkdtemp(prefix="svar-fuzz-"))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        outcome = runner.run(run(plan, folder))
    sys.stdout.write("\n".join(table(outcome, plan)) + "\n")
    if outcome.verdict.kept:
        return 0
    sys.stdout.write(f"\nBroken promises. The log and the database lie in {folder}\n")
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m tests.proofs.fuzz", description=__doc__)
    parser.add_argument("--payloads", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--sabotage", default="", help="a way of tests.proofs.sabotage: the verdict must be red"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
