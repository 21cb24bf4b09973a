"""One short story with everything in it: a question, one for a person, the person's reply, and the end of it."""

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.telegram.chat import Message
from sandbox.telegram.user import TelegramUser
from tests.crash.load import KNOWN, REPLY, TICKET, UNKNOWN, Load, StaffReply, is_card, words_on_phone
from tests.shop import Customer, Shop


@dataclass(slots=True)
class Dialogue:
    """Played as often as wanted, with the same two customers. All that is said goes on the load's record."""

    shop: Shop
    load: Load
    _marks: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    async def play(self, seconds: float) -> None:
        """Raises AssertionError when a step does not come within so many seconds."""
        if not self.load.customers:
            self.load.customers.append(self.shop.telegram.add_user("Anna", "en"))
            self.load.customers.append(self.shop.whatsapp.add_customer("Bertilw", "46701230001", "SE.770001"))
        await asyncio.gather(*(self._one(customer, seconds) for customer in self.load.customers))

    async def _one(self, customer: Customer, seconds: float) -> None:
        before = len(words_on_phone(customer))
        self._says(customer, KNOWN[0])
        await self._until(customer, lambda: len(words_on_phone(customer)) > before, seconds)
        mark = f"Q{next(self._marks):05}"
        self.load.marks_said.append(mark)
        self._says(customer, UNKNOWN.format(mark=mark))
        await self._until(customer, lambda: self._new(customer, before, TICKET.search), seconds)
        card = await self.shop.desk.sees(mark, where=is_card, timeout=seconds)
        reply = self._replies(customer, card)
        await self._until(customer, lambda: self._new(customer, before, lambda text: reply in text), seconds)
        self.shop.staff.says("/resolve", to=self.shop.desk, reply_to=card)

    def _says(self, customer: Customer, words: str) -> None:
        self.load.said += 1
        customer.says(words)

    def _replies(self, customer: Customer, card: Message) -> str:
        mark = f"R{next(self._marks):05}"
        written = self.shop.staff.says(REPLY.format(mark=mark), to=self.shop.desk, reply_to=card)
        self.load.replies.append(StaffReply(mark, customer, written, card))
        return mark

    async def _until(self, customer: Customer, condition: Callable[[], object], seconds: float) -> None:
        platform = self.shop.telegram if isinstance(customer, TelegramUser) else self.shop.whatsapp
        await platform.until(condition, seconds)

    def _new(self, customer: Customer, before: int, fits: Callable[[str], object]) -> bool:
        return any(fits(text) for text in words_on_phone(customer)[before:])
