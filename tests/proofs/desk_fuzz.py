"""python -m tests.proofs.desk_fuzz: ten thousand histories at the desk, with crashes in between.

No word that stays inside reaches a customer, and no reply reaches another one than it is for."""

import argparse
import asyncio
import contextlib
import itertools
import random
import re
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.telegram.chat import Message
from sandbox.telegram.group import Topic
from tests.crash.stage import Stage
from tests.crash.verdict import Verdict
from tests.people import Customer, Read, is_card, received
from tests.proofs.desk_grammar import INSIDE_DICE, POSITIONS, Cast, Pen, Place, Position
from tests.proofs.sabotage import watcher

MARK = re.compile(r"[IO]\d{6}")
"""I stays inside, O is for a customer."""
ASKED = re.compile(r"Q\d{6}")
DICE = re.compile(r"(?:.*\n)?\S+ 1")
OURS = ("I have asked a colleague", "is closed. If you have another question", "none of my colleagues")
"""What the bot itself says to a customer who asks nothing that it could answer."""
BLOCK = 500
"""So many histories share a group and a database."""
AT_ONCE = 48
CARD_SECONDS = 60.0
QUIET_SECONDS = 240.0


@dataclass(frozen=True, slots=True)
class Plan:
    histories: int = 10_000
    seed: int = 1
    steps: int = 8
    crashes: int = 4
    """A block."""
    sabotage: str = ""


@dataclass(slots=True, eq=False)
class History:
    """One customer, and what stands at the desk of them."""

    customer: Customer
    card: Message | None = None
    copies: list[Message] = field(default_factory=list)


@dataclass(slots=True)
class Found:
    inside: list[str] = field(default_factory=list)
    astray: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    figures: Counter[str] = field(default_factory=Counter)


class Block(Stage):
    """Some of the histories, each a task, with the bot ended at random moments."""

    def __init__(self, plan: Plan, folder: Path, number: int, found: Found) -> None:
        tables = {"desk": f"hold_seconds = {(0, 15)[number % 2]}\nmember_seconds = 2"}
        super().__init__(folder, forum=number % 4 < 2, watcher=watcher(plan.sabotage), tables=tables)
        self.plan, self.found = plan, found
        self.dice = random.Random(f"{plan.seed}:{number}")
        self._numbers = itertools.count(number * 10_000 + 1)
        self._meant: dict[str, History] = {}
        """For whom each reply is, by its mark."""
        self._texts: dict[str, Message] = {}
        """Replies in words alone, which must arrive or be spoken about, by mark."""
        self._histories: dict[str, History] = {}
        """By the mark of their question."""
        self._written: list[Message] = []
        self._notes: list[Message] = []
        self._read_to = 0
        self._over = asyncio.Event()

    async def run(self, histories: int) -> None:
        await self.first_start()
        self.pen = Pen(self.shop.desk, self._cast(), self.dice)
        crashes = asyncio.create_task(self._crash())
        gate = asyncio.Semaphore(AT_ONCE)
        try:
            await asyncio.gather(*(self._history(at, gate) for at in range(histories)))
        finally:
            self._over.set()
            await crashes
        await self.rest(QUIET_SECONDS)
        self._look()
        self._judge()
        await asyncio.to_thread(self.bot.leave)

    def _cast(self) -> Cast:
        telegram, desk = self.shop.telegram, self.shop.desk
        admin, gone = telegram.add_user("Boss", username="boss"), telegram.add_user("Ex")
        desk.join([admin], status="administrator")
        desk.join([gone], status="kicked")
        return Cast(self.shop.staff, self.shop.colleague, admin, gone)

    async def _crash(self) -> None:
        """At moments that nobody chose."""
        for _ in range(self.plan.crashes):
            if await self._is_over(self.dice.uniform(0.5, 3.0)):
                return
            self.bot.kill()
            await asyncio.to_thread(self.bot.bury)
            self.found.figures["crashes"] += 1
            self.start()
            if await self._is_over(1.0):
                return

    async def _is_over(self, seconds: float) -> bool:
        """Within so many; who cut a crash short would leave a bot that is dead and not buried."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._over.wait(), seconds)
        return self._over.is_set()

    async def _history(self, at: int, gate: asyncio.Semaphore) -> None:
        async with gate:
            history = self._begin(at)
            try:
                await self.shop.telegram.until(lambda: self._has_card(history), CARD_SECONDS)
            except AssertionError:
                self.found.lost.append(f"no card for {history.customer.name}")
                return
            for _ in range(self.plan.steps):
                self._step(history)
                await asyncio.sleep(self.dice.uniform(0.0, 0.05))

    def _begin(self, at: int) -> History:
        number = next(self._numbers)
        channel = ("telegram", "whatsapp")[at % 2]
        history = History(self.shop.customer(channel, f"C{number}"))
        self._histories[f"Q{number:06d}"] = history
        history.customer.says(f"Does the dragon Q{number:06d} in your warehouse breathe fire?")
        return history

    def _has_card(self, history: History) -> bool:
        self._look()
        return history.card is not None

    def _look(self) -> None:
        """What the bot has posted since: whose it is, by the words of theirs that it shows."""
        desk = self.shop.desk
        while self._read_to < desk.last_id:
            self._read_to += 1
            message = desk.messages.get(self._read_to)
            if message is None or not message.from_bot:
                continue
            owner = self._owner_of(message)
            if owner is None:
                self._notes.append(message)
            elif is_card(message):
                owner.card = message
            else:
                owner.copies.append(message)

    def _owner_of(self, message: Message) -> History | None:
        asked = ASKED.search(message.text)
        return self._histories.get(asked[0]) if asked else None

    # One step

    def _step(self, history: History) -> None:
        self._look()
        roll = self.dice.random()
        if roll < 0.15:
            self._customer_goes_on(history)
        elif roll < 0.25:
            self._somebody_edits()
        elif roll < 0.40:
            self._somebody_taps(history)
        elif roll < 0.44 and history.card is not None:
            self.shop.staff.reacts(history.card, self.dice.choice(("👍", "❤", "")))
        elif roll < 0.47:
            self._something_happens_to_a_topic(history)
        else:
            self._somebody_writes(history)

    def _customer_goes_on(self, history: History) -> None:
        number = next(self._numbers)
        self._histories[f"Q{number:06d}"] = history
        history.customer.says(f"And the unicorn Q{number:06d}?")
        self.found.figures["customers' words"] += 1

    def _somebody_writes(self, history: History) -> None:
        place, owner = self._somewhere(self.dice.choice(POSITIONS), history)
        mark = f"{'I' if owner is None else 'O'}{next(self._numbers):06d}"
        way = "text" if self.dice.random() < 0.4 else ""
        written, goes_out = self.pen.writes(
            place, mark, way, "staff" if way and self.dice.random() < 0.5 else ""
        )
        if owner is not None and goes_out:
            self._meant[mark] = owner
            if way and place.topic is None:  # across topics the bot's word cannot be tied to it
                self._texts[mark] = written[0]
        self.found.figures["replies" if owner is not None and goes_out else "internal messages"] += 1
        self._written += written

    def _somewhere(self, position: Position, history: History) -> tuple[Place, History | None]:
        """The place, and who may read what is written there: nobody, if it is no reply to a customer's."""
        other = self.dice.choice(list(self._histories.values()))
        topic = self._topic_of(history)
        if position == "card" and history.card is not None:
            return Place(position, None, history.card), history
        if position == "copy" and history.copies:
            return Place(position, None, self.dice.choice(history.copies)), history
        if position == "elsewhere" and other.card is not None:
            # as if in this topic, an answer to what stands in another: it is the other's
            return Place("card", topic, other.card), other
        if position == "root" and topic is not None:
            return Place(position, topic, topic.root), None
        if position == "staff" and self._written:
            return Place(position, None, self.dice.choice(self._written[-50:])), None
        if position == "note" and self._notes:
            return Place(position, None, self.dice.choice(self._notes[-50:])), None
        if position == "quote":
            quoted = {"origin": {"type": "hidden_user", "sender_user_name": "X", "date": 1}}
            return Place(position, topic, None, {"external_reply": quoted}), None
        return Place("topic" if topic else "main", topic), None

    def _topic_of(self, history: History) -> Topic | None:
        card = history.card
        found = self.shop.desk.topics.get(card.topic) if card is not None else None
        return found if found is not None and not found.deleted else None

    def _somebody_edits(self) -> None:
        """With new words for the same eyes as the old ones."""
        if not self._written:
            return
        message = self.dice.choice(self._written[-50:])
        old = MARK.search(message.text)
        author = self.shop.telegram.users.get(message.raw["from"]["id"])
        if old is None or author is None or "forward_origin" in message.raw:
            return
        owner = self._meant.get(old[0])
        mark = f"{'O' if owner else 'I'}{next(self._numbers):06d}"
        if owner is not None:
            self._meant[mark] = owner
        self._texts.pop(old[0], None)
        author.edits(message, f"I meant {mark}")
        self.found.figures["edits"] += 1

    def _somebody_taps(self, history: History) -> None:
        some = [one for one in (*self._notes[-30:], history.card) if one is not None]
        coded = [(one, button) for one in some for button in one.buttons if button.code]
        if not coded:
            return
        message, button = self.dice.choice(coded)
        who = self.dice.choice((self.shop.staff, self.shop.colleague, self.pen._cast.gone))
        for _ in range(self.dice.choice((1, 1, 2))):
            self.shop.telegram.press(who, message, button.code)
        self.found.figures["taps"] += 1

    def _something_happens_to_a_topic(self, history: History) -> None:
        topic = self._topic_of(history)
        if topic is None:
            return
        desk = self.shop.desk
        if self.dice.random() < 0.3:
            history.card, history.copies = None, []
            desk.delete_topic(topic)
        else:
            desk.close_topic(topic, self.shop.staff)

    # What must hold

    def _judge(self) -> None:
        answered = {message.reply_to for message in self.shop.desk.messages.values() if message.from_bot}
        arrived: set[str] = set()
        for history in dict.fromkeys(self._histories.values()):
            for shown in self._read_by(history.customer):
                self.found.figures["messages that customers read"] += 1
                arrived |= self._judge_one(history, shown)
        for mark, message in self._texts.items():
            told = message.id in answered or self.shop.sign_on(message) or self._is_gone(message)
            if mark not in arrived and not told:
                self.found.lost.append(f"{mark}, and nobody was told")

    def _is_gone(self, message: Message) -> bool:
        """With its topic: what the bot says of it cannot be tied to it any more."""
        topic = self.shop.desk.topics.get(message.topic)
        return message.deleted or (topic is not None and topic.deleted)

    def _judge_one(self, history: History, shown: str) -> set[str]:
        marks = set(MARK.findall(shown))
        for mark in marks:
            if mark.startswith("I"):
                self.found.inside.append(f"{history.customer.name} reads {mark}: {shown[:80]}")
            elif self._meant.get(mark) is not history:
                self.found.astray.append(f"{history.customer.name} reads {mark}")
        if shown.endswith(f" {INSIDE_DICE}") and not marks:
            self.found.inside.append(f"{history.customer.name} reads {shown}")
        elif not marks and not any(words in shown for words in OURS) and not DICE.fullmatch(shown):
            self.found.unexplained.append(f"{history.customer.name} reads {shown[:120]!r}")
        return marks

    def _read_by(self, customer: Customer) -> Iterator[str]:
        """Each message as words: of a file its bytes, of a place or a card its numbers as marks."""
        for message in received(customer):
            raw = message.raw if isinstance(message, Message) else {message.type: message.part}
            parts = [
                message.text,
                self._file_of(message),
                str(raw.get("contact") or raw.get("contacts") or ""),
            ]
            spot = raw.get("location") or (raw.get("venue") or {}).get("location")
            parts.append(self._mark_of(spot["latitude"]) if spot else "")
            yield "\n".join(part for part in parts if part)

    def _file_of(self, message: Read) -> str:
        has_one = message.file_id if isinstance(message, Message) else message.media_id
        return self.shop.file(message).decode("utf-8", "replace") if has_one else ""

    def _mark_of(self, latitude: float) -> str:
        number = f"{round(float(latitude) * 1e5):06d}"
        return f"O{number}" if f"O{number}" in self._meant else f"I{number}"


async def run(plan: Plan, folder: Path) -> tuple[Verdict, float]:
    found, began = Found(), time.monotonic()
    left, number = plan.histories, 0
    while left > 0:
        here = folder / f"block{number}"
        here.mkdir()
        async with Block(plan, here, number, found) as block:
            await block.run(min(BLOCK, left))
            errors = block.bot.errors()
        found.lost += [f"the log says: {line[:200]}" for line in errors if "stumbled" in line]
        left, number = left - BLOCK, number + 1
    verdict = Verdict()
    verdict.figures |= {"histories": plan.histories, **dict(sorted(found.figures.items()))}
    verdict.check("words that stay inside, read by a customer", found.inside)
    verdict.check("replies that reached another one", found.astray)
    verdict.check("messages to customers that nobody can explain", found.unexplained)
    verdict.check("replies in words of which nothing came", found.lost)
    return verdict, time.monotonic() - began


def main() -> int:
    options = _parser().parse_args()
    plan = Plan(options.histories, options.seed, options.steps, options.crashes, options.sabotage)
    folder = Path(tempfile.mkdtemp(prefix="svar-desk-fuzz-"))
    verdict, seconds = asyncio.run(run(plan, folder))
    told = [f"{plan.histories:,} histories in {seconds:.0f} s", "", *verdict.lines()]
    sys.stdout.write("\n".join(told) + "\n")
    if verdict.kept:
        shutil.rmtree(folder)
        return 0
    sys.stdout.write(f"\nBroken promises. The logs and the databases lie in {folder}\n")
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m tests.proofs.desk_fuzz", description=__doc__)
    parser.add_argument("--histories", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=8, help="of each history")
    parser.add_argument("--crashes", type=int, default=4, help="of each block of 500 histories")
    parser.add_argument(
        "--sabotage", default="", help="a way of tests.proofs.sabotage: the verdict must be red"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
