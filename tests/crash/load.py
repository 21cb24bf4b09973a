"""What goes on in the shop while the process dies: customers ask, staff reply, and all of it is marked."""

import asyncio
import itertools
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from sandbox.telegram.chat import Message
from sandbox.telegram.user import TelegramUser
from sandbox.whatsapp.customer import WhatsAppCustomer
from tests.shop import Customer, Shop

KNOWN = (
    "How long does delivery take?",
    "Can I pick up my order myself?",
    "Which countries do you deliver to?",
    "Do I have to be at home when the furniture comes?",
    "Can you take my old sofa away?",
)
THANKS = "Thank you!"
UNKNOWN = "Does the dragon {mark} in your warehouse breathe fire on Tuesdays?"
MORE = "And another thing about {mark}, while I am at it"
REPLY = "About {mark}: a colleague of mine is looking at it right now"
NOTE = "Between us: {mark}"
NAMES = ("Anna", "Bertil", "Cecilia", "David", "Elsa", "Fredrik", "Greta", "Hugo", "Iris", "Jonas")
TICKET = re.compile(r"\b[A-Z]{2}-\d{6}\b")
CUSTOMERS_WORDS = re.compile("|".join([r"\bQ\d{5}\b", *map(re.escape, (*KNOWN, THANKS))]))


@dataclass(frozen=True, slots=True)
class StaffReply:
    """`target` is the message of the bot's that it answers."""

    mark: str
    customer: Customer
    message: Message
    target: Message


@dataclass(slots=True)
class Load:
    """Customers on both channels and one colleague at the desk, until `stop`."""

    shop: Shop
    seed: int
    pace: float = 1.0
    """So many times slower than in a hurry."""
    customers: list[Customer] = field(default_factory=list)
    marks_said: list[str] = field(default_factory=list)
    said: int = 0
    replies: list[StaffReply] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _looked_at: int = 0
    _marks: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def start(self, on_each_channel: int) -> None:
        for at in range(on_each_channel):
            name = NAMES[at]
            self.customers.append(self.shop.telegram.add_user(name, "en"))
            phone, user_id = f"4670123{at:04}", f"SE.77{at:04}"
            self.customers.append(self.shop.whatsapp.add_customer(f"{name}w", phone, user_id))
        self._tasks = [asyncio.create_task(self._ask(at, who)) for at, who in enumerate(self.customers)]
        self._tasks.append(asyncio.create_task(self._reply()))

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        ended = await asyncio.gather(*self._tasks, return_exceptions=True)
        for failure in ended:
            if isinstance(failure, Exception):
                raise failure

    def look_from_here(self) -> None:
        """The desk is another group now."""
        self._looked_at = 0

    async def _ask(self, at: int, customer: Customer) -> None:
        dice = random.Random(self.seed * 1000 + at)
        while True:
            await asyncio.sleep(dice.uniform(0.05, 0.6) * self.pace)
            customer.says(self._words(dice))
            self.said += 1

    def _words(self, dice: random.Random) -> str:
        chance = dice.random()
        if chance < 0.4:
            return dice.choice(KNOWN)
        if chance < 0.5:
            return THANKS
        mark = f"Q{next(self._marks):05}"
        self.marks_said.append(mark)
        return (UNKNOWN if chance < 0.75 else MORE).format(mark=mark)

    async def _reply(self) -> None:
        dice = random.Random(self.seed * 1000 + 999)
        while True:
            await asyncio.sleep(0.05 * self.pace)
            for message in self._fresh():
                self._react_to(message, dice)

    def _fresh(self) -> list[Message]:
        shown = self.shop.desk.shown()
        fresh, self._looked_at = shown[self._looked_at :], len(shown)
        return [message for message in fresh if message.from_bot and message.kind == "text"]

    def _react_to(self, message: Message, dice: random.Random) -> None:
        customer, chance = self._customer_of(message), dice.random()
        if customer is None or chance > 0.7 or not self.shop.desk.has_bot:
            return
        if chance < 0.05:
            self._write_note(message)
        elif chance < 0.45:
            self._write_reply(message, customer)
        if dice.random() < (0.6 if is_card(message) else 0.04):
            self.shop.staff.says("/resolve", to=self.shop.desk, reply_to=message)

    def _write_reply(self, message: Message, customer: Customer) -> None:
        mark = f"R{next(self._marks):05}"
        written = self.shop.staff.says(REPLY.format(mark=mark), to=self.shop.desk, reply_to=message)
        self.replies.append(StaffReply(mark, customer, written, message))

    def _write_note(self, message: Message) -> None:
        """A word in the group that answers nothing: it must stay there."""
        mark = f"N{next(self._marks):05}"
        self.notes.append(mark)
        self.shop.staff.says(NOTE.format(mark=mark), to=self.shop.desk)

    def _customer_of(self, message: Message) -> Customer | None:
        """Of a card or a customer's message: the name stands in it, or on its topic. Of the bot's notes: nobody."""
        topic = self.shop.desk.topics.get(message.topic)
        head = topic.name if topic else message.text.partition("\n")[0]
        if not TICKET.search(head) or not CUSTOMERS_WORDS.search(message.text):
            return None
        return next((one for one in self.customers if re.search(rf"\b{one.name}\b", head)), None)


def is_card(message: Message) -> bool:
    return bool(TICKET.search(message.text.partition("\n")[0])) and bool(message.buttons)


def words_on_phone(customer: Customer) -> list[str]:
    """All that the business wrote to this customer, as it stands on the phone."""
    if isinstance(customer, TelegramUser):
        return [message.text for message in customer.chat.shown() if message.from_bot]
    assert isinstance(customer, WhatsAppCustomer)
    return [message.text for message in customer.received]
