"""What the platforms post about the people of an emulated shop, made by hand so that we decide when and how often."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import orjson

from sandbox.telegram.user import TelegramUser
from sandbox.whatsapp.customer import WhatsAppCustomer
from sandbox.whatsapp.payloads import Json, change, post, signature, to_bytes
from tests.proofs.line import request
from tests.shop import SECRET, Customer, Shop

JSON = {"Content-Type": "application/json"}
FIRST_UPDATE = 500_000_000
"""Above the numbers that the emulator gives its own updates."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that a customer said, as its platform tells it; `id` is the name that crash tests give it."""

    id: str
    channel: str
    customer: Customer
    text: str
    value: Json
    """Telegram's update, or what stands in `messages` and `contacts` of Meta's."""


@dataclass(slots=True)
class Posts:
    shop: Shop
    customers: list[Customer] = field(default_factory=list)
    _serials: Iterator[int] = field(default_factory=lambda: itertools.count(FIRST_UPDATE))

    def invite(self, on_each_channel: int, prefix: str = "Kund") -> list[Customer]:
        """People who may be written to, half of them on each channel."""
        first = len(self.customers)
        made = [
            one for at in range(on_each_channel) for one in self._two(f"{prefix}{first + at}", first + at)
        ]
        self.customers += made
        return made

    def _two(self, name: str, number: int) -> tuple[Customer, Customer]:
        phone = {"phone": f"46701{number:06}", "user_id": f"SE.88{number:06}"}
        on_whatsapp = self.shop.whatsapp.add_customer(f"{name}w", **phone)
        on_whatsapp.last_wrote = self.shop.whatsapp.now() + 3600
        return self.shop.telegram.add_user(name, "en", started=True), on_whatsapp

    def says(self, customer: Customer, text: str) -> Event:
        """The next thing that this customer says. Numbers rise in the order of the calls."""
        serial = next(self._serials)
        if isinstance(customer, TelegramUser):
            return self._on_telegram(customer, serial, text)
        assert isinstance(customer, WhatsAppCustomer)
        return self._on_whatsapp(customer, serial, text)

    def _on_telegram(self, customer: TelegramUser, serial: int, text: str) -> Event:
        chat = customer.chat
        message = {
            "message_id": chat.next_id(),
            "from": customer.as_json,
            "chat": chat.as_json,
            "date": int(self.shop.telegram.clock()),
            "text": text,
        }
        update = {"update_id": serial, "message": message}
        return Event(f"telegram:{serial}", "telegram", customer, text, update)

    def _on_whatsapp(self, customer: WhatsAppCustomer, serial: int, text: str) -> Event:
        remote_id = f"wamid.P{serial}"
        message = {
            "from": customer.phone,
            "from_user_id": customer.user_id,
            "id": remote_id,
            "timestamp": str(int(self.shop.whatsapp.now())),
            "type": "text",
            "text": {"body": text},
        }
        value = {"contacts": [customer.contact()], "messages": [message]}
        return Event(f"whatsapp:{remote_id}", "whatsapp", customer, text, value)

    def at_the_desk(self, text: str) -> bytes:
        """Staff write to each other in their group."""
        desk, serial = self.shop.desk, next(self._serials)
        message = {
            "message_id": desk.next_id(),
            "from": self.shop.staff.as_json,
            "chat": desk.as_json,
            "date": int(self.shop.telegram.clock()),
            "text": text,
        }
        return self.telegram(orjson.dumps({"update_id": serial, "message": message}))

    def request_of(self, *events: Event) -> bytes:
        """One post: a Telegram update, or a batch of Meta's. All of one channel; of Telegram's only one."""
        if events[0].channel == "telegram":
            return self.telegram(orjson.dumps(events[0].value))
        return self.whatsapp(to_bytes(post([change(self.shop.whatsapp.business, batch(events))])))

    def telegram(self, body: bytes, secret: str = SECRET) -> bytes:
        return request("/telegram/webhook", JSON | {"X-Telegram-Bot-Api-Secret-Token": secret}, body)

    def whatsapp(self, body: bytes, secret: str = "") -> bytes:
        proof = signature(secret or self.shop.whatsapp.app_secret, body)
        return request("/whatsapp/webhook", JSON | {"X-Hub-Signature-256": proof}, body)


def batch(events: Sequence[Event]) -> Json:
    contacts = [contact for event in events for contact in event.value["contacts"]]
    return {
        "contacts": [one for at, one in enumerate(contacts) if one not in contacts[:at]],
        "messages": [message for event in events for message in event.value["messages"]],
    }
