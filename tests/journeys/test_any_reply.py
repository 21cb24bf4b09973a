"""Whatever staff do at the desk, in whatever order: their words reach the customer they are for, or nobody (T-17)."""

import asyncio
import itertools
import re
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from sandbox.telegram.chat import Message
from sandbox.telegram.user import TelegramUser
from tests.people import Customer, received, texts_of
from tests.shop import NUMBER, Shop

QUESTION = "Does the dragon {mark} in your warehouse breathe fire?"
ASKED, SAID = re.compile(r"\bQ\d{4}\b"), re.compile(r"\bR\d{4}\b")
NAMES = (("telegram", "Anna"), ("whatsapp", "Bertil"), ("telegram", "Cecilia"))

anything = st.integers(min_value=0, max_value=10_000)
customers = st.integers(min_value=0, max_value=len(NAMES) - 1)
staff = st.booleans()
hurry = st.booleans()
"""Whether the next thing happens before this one has had any effect."""


class AnyReply(RuleBasedStateMachine):
    forum = True

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.shop = Shop(Path(self.folder.name), forum=self.forum)
        self.runner.run(self.shop.__aenter__())
        self.customers = [self.shop.customer(channel, name) for channel, name in NAMES]
        self.numbers = itertools.count(1000)
        self.asked: dict[str, Customer] = {}
        """Who wrote which question."""
        self.said: dict[str, tuple[Customer | None, Message, bool]] = {}
        """For whom each of the staff's words is, the message it stands in, and whether it answers a customer's."""
        self.at_rest = True

    def teardown(self) -> None:
        self.runner.run(self._rest())
        self.nobody_reads_what_is_not_for_them()
        self.nobody_is_left_guessing()
        self.runner.run(self.shop.__aexit__())
        self.runner.close()
        self.folder.cleanup()

    async def _rest(self) -> None:
        await self.shop.rests()
        self.at_rest = True

    def _go_on(self, hurry: bool) -> None:
        self.at_rest = False
        if not hurry:
            self.runner.run(self._rest())

    # What happens

    @initialize()
    def somebody_waits_for_a_person(self) -> None:
        for who in range(len(NAMES)):
            self.customer_asks(who, hurry=True)
        self._go_on(hurry=False)

    @rule(who=customers, hurry=hurry)
    def customer_asks(self, who: int, hurry: bool) -> None:
        mark = f"Q{next(self.numbers)}"
        self.asked[mark] = self.customers[who]
        self._soon(lambda: self.customers[who].says(QUESTION.format(mark=mark)))
        self._go_on(hurry)

    @rule(
        at=anything,
        first=staff,
        kind=st.sampled_from(("text", "photo", "voice", "sticker", "document")),
        hurry=hurry,
    )
    def staff_replies(self, at: int, first: bool, kind: str, hurry: bool) -> None:
        target = self._any_message(at)
        self._says(first, kind, target, self._owner(target))
        self._go_on(hurry)

    @rule(at=anything, hurry=hurry)
    def both_reply_at_once(self, at: int, hurry: bool) -> None:
        target = self._any_message(at)
        for first in (True, False):
            self._says(first, "text", target, self._owner(target))
        self._go_on(hurry)

    @rule(first=staff, at=anything, in_topic=st.booleans(), hurry=hurry)
    def staff_write_without_replying(self, first: bool, at: int, in_topic: bool, hurry: bool) -> None:
        topics = list(self.shop.desk.topics.values())
        topic = topics[at % len(topics)] if topics and in_topic else None
        mark = f"R{next(self.numbers)}"
        message = self._soon(
            lambda: self._person(first).says(f"Between us: {mark}", to=self.shop.desk, topic=topic)
        )
        self.said[mark] = (None, message, False)
        self._go_on(hurry)

    @rule(at=anything, hurry=hurry)
    def staff_correct_themselves(self, at: int, hurry: bool) -> None:
        """With new words, which are for the same customer as the old ones."""
        if self.said:
            owner, message, _ = list(self.said.values())[at % len(self.said)]
            mark = f"R{next(self.numbers)}"
            author = self.shop.telegram.users[message.raw["from"]["id"]]
            self._soon(lambda: author.edits(message, f"I meant to say {mark}"))
            self.said[mark] = (owner, message, False)
            self._go_on(hurry)

    @rule(at=anything)
    def staff_delete_what_they_wrote(self, at: int) -> None:
        if self.said:
            _, message, _ = list(self.said.values())[at % len(self.said)]
            self._soon(lambda: self.shop.staff.deletes(message))

    @rule(at=anything, emoji=st.sampled_from(("👍", "❤", "")), hurry=hurry)
    def staff_react(self, at: int, emoji: str, hurry: bool) -> None:
        message = self._any_message(at)
        self._soon(lambda: self.shop.staff.reacts(message, emoji))
        self._go_on(hurry)

    @rule(
        at=anything,
        word=st.sampled_from(("/resolve", "/take", "/note inside", "/tickets", "/delete")),
        hurry=hurry,
    )
    def staff_command(self, at: int, word: str, hurry: bool) -> None:
        message = self._any_message(at)
        self._soon(lambda: self.shop.staff.says(word, to=self.shop.desk, reply_to=message))
        self._go_on(hurry)

    @rule(at=anything, which=anything, hurry=hurry)
    def staff_press_a_button(self, at: int, which: int, hurry: bool) -> None:
        coded = [(m, b) for m in self.shop.desk.shown() for b in m.buttons if b.code]
        if coded:
            message, button = coded[at % len(coded)]
            self._soon(lambda: self.shop.staff.presses(message, button.code))
            self._go_on(hurry)

    # What must hold

    @invariant()
    def nobody_reads_what_is_not_for_them(self) -> None:
        for customer in self.customers:
            for mark in SAID.findall("\n".join(texts_of(received(customer)))):
                assert self.said[mark][0] is customer, f"{customer.name} reads {mark}"

    @invariant()
    def nobody_is_left_guessing(self) -> None:
        """A reply to a customer's words arrives, or staff are shown something about it."""
        if not self.at_rest:
            return
        answered = {message.reply_to for message in self.shop.desk.shown() if message.from_bot}
        for mark, (owner, message, is_reply) in self.said.items():
            if is_reply and owner is not None and not message.edits and not message.deleted:
                arrived = mark in "\n".join(texts_of(received(owner)))
                assert arrived or self.shop.sign_on(message) or message.id in answered, f"{mark} is lost"

    # Helpers of the story

    def _soon(self, act: Any) -> Any:
        """People's acts belong into the loop in which the platforms run."""

        async def do() -> Any:
            return act()

        return self.runner.run(do())

    def _person(self, first: bool) -> TelegramUser:
        return self.shop.staff if first else self.shop.colleague

    def _any_message(self, at: int) -> Message:
        shown = self.shop.desk.shown()
        return shown[at % len(shown)]

    def _says(self, first: bool, kind: str, target: Message, owner: Customer | None) -> None:
        mark, person = f"R{next(self.numbers)}", self._person(first)
        words = f"About that: {mark}"
        if kind == "text":
            message = self._soon(lambda: person.says(words, to=self.shop.desk, reply_to=target))
        else:
            caption = "" if kind == "sticker" else words
            message = self._soon(
                lambda: person.sends(kind, caption=caption, to=self.shop.desk, reply_to=target)
            )
        meant = target.from_bot and bool(ASKED.search(target.text)) and kind == "text"
        self.said[mark] = (owner, message, meant)

    def _owner(self, message: Message) -> Customer | None:
        """Whose words a message shows, or else whose ticket it names, or in whose topic it stands."""
        topic = self.shop.desk.topics.get(message.topic)
        if found := ASKED.search(message.text):
            return self.asked[found[0]]
        for text in (message.text, topic.name if topic else ""):
            if number := NUMBER.search(text):
                return self._holder_of(number[0])
        own = SAID.search(message.text)
        return self.said[own[0]][0] if own else None

    def _holder_of(self, number: str) -> Customer | None:
        """Who was told this number."""
        return next(
            (one for one in self.customers if any(number in text for text in texts_of(received(one)))), None
        )


class AnyReplyInAPlainGroup(AnyReply):
    forum = False


STORIES = settings(
    max_examples=8,
    stateful_step_count=14,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)
TestAnyReply = pytest.mark.timeout(180)(AnyReply.TestCase)
TestAnyReply.settings = STORIES
TestAnyReplyInAPlainGroup = pytest.mark.timeout(180)(AnyReplyInAPlainGroup.TestCase)
TestAnyReplyInAPlainGroup.settings = STORIES
