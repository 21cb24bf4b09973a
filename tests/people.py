"""What people in the stories can do, and what they see, whatever they write with."""

import re
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from sandbox.telegram.chat import Message
from sandbox.telegram.user import TelegramUser
from sandbox.whatsapp.customer import WhatsAppCustomer
from sandbox.whatsapp.phone import PhoneMessage

TITLE = re.compile("[🔴🟡🟢] NF-[0-9]{6} · ")
Read = Message | PhoneMessage


class Customer(Protocol):
    """What a customer can do whatever they write with; messages are those of their own app."""

    name: str

    def says(self, text: str, *, reply_to: Any = None) -> Read: ...

    def sends(
        self, kind: str, content: bytes = ..., *, caption: str = "", name: str = "", mime: str = ""
    ) -> Read: ...

    def shares_location(self, latitude: float, longitude: float) -> Read: ...

    def shares_contact(self, phone: str, name: str) -> Read: ...

    def edits(self, message: Any, text: str) -> Any: ...

    def reacts(self, message: Any, emoji: str) -> Any: ...

    def presses(self, message: Any, button: str) -> Any: ...

    async def reads(
        self, containing: str = "", *, where: Callable[[Any], bool] = ..., timeout: float = 10
    ) -> Read: ...

    async def sees(
        self, containing: str = "", *, where: Callable[[Any], bool] = ..., timeout: float = 10
    ) -> Read: ...


def is_card(message: Message) -> bool:
    return TITLE.match(message.text) is not None


def texts_of(messages: Sequence[Read]) -> list[str]:
    return [message.text for message in messages]


def lines_with(messages: Sequence[Read], containing: str) -> list[str]:
    """The lines that have such words: above each the desk sees whose it is, and what comes in a flood comes together."""
    return [line for text in texts_of(messages) for line in text.splitlines() if containing in line]


def received(customer: Customer) -> list[Read]:
    """All that the customer was sent, oldest first."""
    if isinstance(customer, WhatsAppCustomer):
        return list(customer.received)
    assert isinstance(customer, TelegramUser)
    return [message for message in customer.chat.shown() if message.from_bot]
