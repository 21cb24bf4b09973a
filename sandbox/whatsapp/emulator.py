"""The emulator itself: what it is set to, who its customers are, and what it posts about them."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from aiohttp import web

from sandbox.faults import Faults
from sandbox.pulse import Pulse
from sandbox.whatsapp.customer import WhatsAppCustomer
from sandbox.whatsapp.errors import Refused
from sandbox.whatsapp.graph import Call, Graph
from sandbox.whatsapp.media import Shelf
from sandbox.whatsapp.payloads import Business, Json, account_change, change, joined, post
from sandbox.whatsapp.phone import PhoneMessage
from sandbox.whatsapp.sends import Sends
from sandbox.whatsapp.statuses import Habits, Statuses
from sandbox.whatsapp.templates import Status, Template
from sandbox.whatsapp.webhook import NotVerified, Post, Webhook

Found = TypeVar("Found")
Kept = TypeVar("Kept")
Known = tuple[WhatsAppCustomer, PhoneMessage] | tuple[None, None]

ACCESS_TOKEN = "EAAsandboxtoken"
APP_SECRET = "sandbox-app-secret-0123456789abcdef"
VERIFY_TOKEN = "sandbox-verify-token"


class WhatsAppEmulator:
    """`faults` scripts what goes wrong on the wire, by the names messages, read, media, object, delete,
    subscribed_apps, download and webhook; `refuse_next` and `fail_next` what Meta says no to.
    `record=False` keeps only the last calls, posts and messages of each phone, for benchmarks."""

    def __init__(
        self,
        *,
        access_token: str = ACCESS_TOKEN,
        phone_number_id: str = "106540352242922",
        account_id: str = "102290129340398",
        app_secret: str = APP_SECRET,
        verify_token: str = VERIFY_TOKEN,
        display_phone_number: str = "46812345600",
        name: str = "Nordmöbler",
        clock: Callable[[], float] = time.time,
        record: bool = True,
    ) -> None:
        self.access_token, self.app_secret, self.verify_token = access_token, app_secret, verify_token
        self.business = Business(account_id, phone_number_id, display_phone_number, name)
        self.faults, self.pulse = Faults(), Pulse()
        self.webhook = Webhook(app_secret, verify_token, self.faults, self.pulse)
        self.shelf = Shelf(self.now)
        self.graph = Graph(self)
        self.keeps = 0 if record else 200
        self.statuses = Statuses(self, self.graph.closing)
        self.sends = Sends(self)
        self.customers: list[WhatsAppCustomer] = []
        self.url = ""
        self.app_subscribed = True
        self._clock, self._ahead = clock, 0.0
        self._reached: dict[str, WhatsAppCustomer] = {}
        self._messages: dict[str, tuple[WhatsAppCustomer, PhoneMessage]] = {}
        self._runner: web.AppRunner | None = None

    # running it

    async def start(self, port: int = 0) -> str:
        """Listen on 127.0.0.1; returns the address, which is also `url`."""
        self.graph.closing.clear()
        self._runner = web.AppRunner(self.graph.application(), access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self.url = self.shelf.base_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        await self.webhook.start()
        return self.url

    async def stop(self) -> None:
        self.graph.closing.set()
        await self.statuses.stop()
        await self.webhook.stop()
        if self._runner:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> "WhatsAppEmulator":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def verify(self, url: str) -> None:
        """Make `url` the webhook, after the handshake. Raises NotVerified."""
        await self.webhook.verify(url)

    async def until(
        self, condition: Callable[[], Found], timeout: float = 10, seen: Callable[[], str] | None = None
    ) -> Found:
        """Wait for `condition()` to be true, looking again at every change; returns what it returned.

        Raises AssertionError with what all phones show."""
        return await self.pulse.until(condition, timeout, seen or self._seen)

    def on_change(self, callback: Callable[[], None]) -> Callable[[], None]:
        return self.pulse.on_change(callback)

    async def delivered(self, timeout: float = 10) -> None:
        """Wait until the webhook took all that was to be posted. Raises TimeoutError."""
        async with asyncio.timeout(timeout):
            await self.statuses.settled()
            await self.webhook.settled()

    # the account

    @property
    def phone_number_id(self) -> str:
        return self.business.phone_number_id

    @property
    def account_id(self) -> str:
        return self.business.account_id

    @property
    def calls(self) -> list[Call]:
        """All calls that came in, oldest first."""
        return self.graph.calls

    @property
    def posts(self) -> list[Post]:
        """All that was posted to the webhook, oldest first."""
        return self.webhook.posts

    @property
    def habits(self) -> Habits:
        """How statuses are told."""
        return self.statuses.habits

    def now(self) -> float:
        """Seconds since 1970 by the emulator's clock."""
        return self._clock() + self._ahead

    def advance(self, seconds: float) -> None:
        """Let time pass: windows close, addresses and ids expire."""
        self._ahead += seconds
        self.pulse.beat()

    def number(self) -> Json:
        return {
            "id": self.phone_number_id,
            "verified_name": self.business.name,
            "display_phone_number": f"+{self.business.display_phone_number}",
            "quality_rating": "GREEN",
            "code_verification_status": "VERIFIED",
            "status": "CONNECTED",
            "platform_type": "CLOUD_API",
            "account_mode": "LIVE",
            "name_status": "APPROVED",
            "throughput": {"level": "STANDARD"},
            "webhook_configuration": {"application": self.webhook.url},
        }

    def subscriptions(self) -> list[Json]:
        app = {"whatsapp_business_api_data": {"id": "670843887433847", "name": "Svar", "link": self.url}}
        override = {"override_callback_uri": self.webhook.url} if self.webhook.url else {}
        return [app | override] if self.app_subscribed else []

    async def subscribe(self, wanted: bool, body: Json) -> Json:  # noqa: FBT001
        self.app_subscribed = wanted
        if url := body.get("override_callback_uri"):
            if body.get("verify_token"):
                self.webhook.verify_token = str(body["verify_token"])
            try:
                await self.verify(str(url))
            except NotVerified as error:
                raise Refused(100, str(error), subcode=None) from error
        return {"success": True}

    def add_template(self, name: str, text: str, language: str = "en", **more: Any) -> Template:
        template = Template(name, language, text, **more)
        self.sends.templates[name, language] = template
        return template

    def judge_template(self, name: str, status: Status, language: str = "en") -> None:
        """Approve, pause or disable a template, as Meta does by itself; it is told to the webhook. Raises KeyError."""
        template = self.sends.templates[name, language]
        self.sends.templates[name, language] = replace(template, status=status)
        told = {"event": status, "message_template_name": name, "message_template_language": language}
        self.post_account_change("message_template_status_update", told)

    # the customers

    def add_customer(
        self, name: str, phone: str = "46701234567", user_id: str = "SE.1234567890", **more: Any
    ) -> WhatsAppCustomer:
        """An empty `phone` is a user whose number we are not told, an empty `user_id` an older payload.

        `more`: `username`, `looking`, `contacts_sent`."""
        customer = WhatsAppCustomer(self, name, phone, user_id, **more)
        if {phone, user_id} & self._reached.keys() or not customer.key:
            raise ValueError(f"a customer needs a phone or a user id of their own, not {phone!r} {user_id!r}")
        self.customers.append(customer)
        self.readdress(customer)
        return customer

    def readdress(self, customer: WhatsAppCustomer, *, phone: str = "", user_id: str = "") -> None:
        """Let the customer be reached under a new number or user id, and not under the old ones."""
        for old in [key for key, whose in self._reached.items() if whose is customer]:
            del self._reached[old]
        customer.phone, customer.user_id = phone or customer.phone, user_id or customer.user_id
        self._reached |= {key: customer for key in (customer.phone, customer.user_id) if key}
        self.pulse.beat()

    def reach(self, address: str) -> WhatsAppCustomer | None:
        return self._reached.get(address)

    def find(self, message_id: str) -> Known:
        return self._messages.get(message_id, (None, None))

    def message(self, message_id: str) -> PhoneMessage:
        """A message of anybody's. Raises KeyError."""
        return self._messages[message_id][1]

    def author_of(self, message_id: str) -> str:
        """The number that wrote a message, as a reply's context names it."""
        customer, message = self.find(message_id)
        by_us = customer is None or message is None or message.by == "business"
        return self.business.display_phone_number if by_us or customer is None else customer.phone

    def remember(self, customer: WhatsAppCustomer, message: PhoneMessage) -> None:
        customer.messages.append(message)
        self._messages[message.id] = (customer, message)
        for old in self.trim(customer.messages):
            self._messages.pop(old.id, None)
        self.pulse.beat()

    def trim(self, record: list[Kept]) -> list[Kept]:
        """Take from a record what is too old to keep; twice as much may stand in it, to do this seldom."""
        if not self.keeps or len(record) < 2 * self.keeps:
            return []
        gone = record[: -self.keeps]
        del record[: -self.keeps]
        return gone

    def view(self, last: int = 200) -> Json:
        """What all phones show, as JSON."""
        return {
            "business": {"name": self.business.name, "phone": self.business.display_phone_number},
            "users": [customer.view(last) for customer in self.customers],
        }

    def called(self, name: str) -> list[Call]:
        """The calls of one name on record, refused ones too."""
        return [call for call in self.calls if call.name == name]

    def _seen(self) -> str:
        written = [customer.transcript() for customer in self.customers if customer.messages]
        calls = ", ".join(f"{call.name} {call.status}" for call in self.calls[-10:])
        return "\n".join([*written, f"Last calls: {calls or 'none'}"])

    # what is posted to the webhook

    def post_values(self, values: Sequence[Json], lane: str = "") -> Post:
        """Post values of the field `messages`, several as one batch."""
        self.trim(self.webhook.posts)
        return self.webhook.post(post([change(self.business, joined(values))]), lane)

    def post_account_change(self, event: str, value: Json) -> Post:
        """Post news of the account: `event` is the field, as message_template_status_update."""
        return self.webhook.post(post([account_change(self.business, event, value, int(self.now()))]))

    def post_raw(self, payload: Json | bytes) -> Post:
        """Post anything, signed."""
        return self.webhook.post(payload)

    def progress(self, message: PhoneMessage, *steps: str, code: int = 0) -> None:
        """Tell how far a message of ours has come: sent, delivered, read, played, or failed with `code`."""
        self.statuses.progress(self._messages[message.id][0], message, *steps, code=code)

    # what Meta says no to

    @property
    def late_refusals(self) -> set[int]:
        """Codes of refusals that are not answered but told by a failed status, as 131047 often is."""
        return self.sends.late_refusals

    def limit(self, *, messages_per_second: float = 80, pair_seconds: float = 6) -> None:
        """Keep Meta's limits: above the first 130429, and 131056 for more than a burst and then one
        message to one customer in so many seconds. 0 is no limit, as at the start."""
        self.sends.messages_per_second, self.sends.pair_seconds = messages_per_second, pair_seconds

    def refuse_next(self, code: int, *, times: int = 1, customer: WhatsAppCustomer | None = None) -> None:
        """Answer the next messages (to `customer`) with Meta's error `code`."""
        self.sends.refusals.add(code, times, customer)

    def fail_next(self, code: int, *, times: int = 1, customer: WhatsAppCustomer | None = None) -> None:
        """Accept the next messages (to `customer`), and tell by a status that they failed with `code`."""
        self.sends.failures.add(code, times, customer)
