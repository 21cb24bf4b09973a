"""One short story with everything in it: a question, one for a person, the person's reply, and the end of it."""

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.telegram.chat import Message
from tests.crash.load import KNOWN, REPLY, TICKET, UNKNOWN, Load, StaffReply, is_card, words_on_phone
from tests.shop import Customer, Shop


@dataclass(slots=True)
class Dialogue:
    """Played as often as wanted, with the same two customers. All that is said goes on the load's record."""

    shop: Shop
    load: Load
    _marks: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    async def play(self, seconds: float) -> None:
        """Raises AssertionError or TimeoutError when a step does not come within so many seconds."""
        if not self.load.customers:
            self.load.customers.append(self.shop.telegram.add_user("Anna", "en"))
            self.load.customers.append(self.shop.whatsapp.add_customer("Bertilw", "46701230001", "SE.770001"))
        await asyncio.gather(*(self._one(customer, seconds) for customer in self.load.customers))

    async def _one(self, customer: Customer, seconds: float) -> None:
        before = len(words_on_phone(customer))
        self._says(customer, KNOWN[0])
        await self._until(lambda: len(words_on_phone(customer)) > before, seconds)
        mark = f"Q{next(self._marks):05}"
        self.load.marks_said.append(mark)
        self._says(customer, UNKNOWN.format(mark=mark))
        await self._until(lambda: self._new(customer, before, TICKET.search), seconds)
        while not await self._reply_is_read(customer, mark, before, seconds):
            pass  # the newest card may be a newer one now
        card = await self.shop.desk.sees(mark, where=is_card, timeout=seconds)
        self.shop.staff.says("/resolve", to=self.shop.desk, reply_to=card)

    async def _reply_is_read(self, customer: Customer, mark: str, before: int, seconds: float) -> bool:
        """Who replies to a card of which the bot has not heard that it stands there is told to take the newest."""
        card = await self.shop.desk.sees(mark, where=is_card, timeout=seconds)
        reply = self._replies(customer, card)
        await self._until(lambda: self._reads(reply, before) or self._is_told(reply), seconds)
        return self._reads(reply, before)

    def _reads(self, reply: StaffReply, before: int) -> bool:
        return self._new(reply.customer, before, lambda text: reply.mark in text)

    def _is_told(self, reply: StaffReply) -> bool:
        shown = self.shop.desk.shown()
        return any(message.from_bot and message.reply_to == reply.message.id for message in shown)

    def _says(self, customer: Customer, words: str) -> None:
        self.load.said += 1
        customer.says(words)

    def _replies(self, customer: Customer, card: Message) -> StaffReply:
        mark = f"R{next(self._marks):05}"
        written = self.shop.staff.says(REPLY.format(mark=mark), to=self.shop.desk, reply_to=card)
        self.load.replies.append(StaffReply(mark, customer, written, card))
        return self.load.replies[-1]

    async def _until(self, condition: Callable[[], object], seconds: float) -> None:
        """Wakes up at the changes of both platforms: the desk is at Telegram."""
        changed = asyncio.Event()
        ends = [self.shop.telegram.on_change(changed.set), self.shop.whatsapp.on_change(changed.set)]
        try:
            async with asyncio.timeout(seconds):
                while not condition():
                    changed.clear()
                    await changed.wait()
        finally:
            for end in ends:
                end()

    def _new(self, customer: Customer, before: int, fits: Callable[[str], object]) -> bool:
        return any(fits(text) for text in words_on_phone(customer)[before:])
