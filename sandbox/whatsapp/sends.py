"""What the business sends, as Meta takes it: checked, refused or put on the customer's phone."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.whatsapp.customer import WhatsAppCustomer
from sandbox.whatsapp.errors import Refused
from sandbox.whatsapp.payloads import Json, wamid
from sandbox.whatsapp.phone import PhoneMessage
from sandbox.whatsapp.rules import check_envelope, check_part, mime_kind
from sandbox.whatsapp.templates import Template

if TYPE_CHECKING:
    from sandbox.whatsapp.emulator import WhatsAppEmulator

PAIR_BURST = 45
"""How many messages one customer may get at once before one in six seconds is the rule."""


@dataclass(slots=True)
class Wanted:
    """Codes that a test wants, oldest first."""

    queue: deque[tuple[int, str]] = field(default_factory=deque)

    def add(self, code: int, times: int, customer: WhatsAppCustomer | None) -> None:
        self.queue.extend([(code, customer.key if customer else "")] * times)

    def take(self, customer: WhatsAppCustomer | None) -> int:
        for wanted in self.queue:
            if not wanted[1] or (customer and customer.key == wanted[1]):
                self.queue.remove(wanted)
                return wanted[0]
        return 0


class Sends:
    def __init__(self, emulator: "WhatsAppEmulator") -> None:
        self.emulator = emulator
        self.templates: dict[tuple[str, str], Template] = {}
        self.late_refusals: set[int] = set()
        self.refusals, self.failures = Wanted(), Wanted()
        self.messages_per_second: float = 0
        self.pair_seconds: float = 0
        self._allowance: dict[str, tuple[float, float]] = {}

    async def accept(self, body: Json) -> Json:
        """Take a message as `POST /messages` does. Raises Refused."""
        kind = check_envelope(body)
        check_part(kind, body)
        address = str(body.get("to") or body["recipient"])
        customer, error = self.emulator.reach(address), 0
        try:
            self._refuse(kind, body, customer)
        except Refused as refused:
            if refused.code not in self.late_refusals:
                raise
            error = refused.code
        customer = customer or _nobody(self.emulator, body)
        message = self._write(kind, body, error or self.failures.take(customer), customer)
        if kind != "reaction":
            await self.emulator.statuses.begin(customer, message)
        return _accepted(body, message)

    def _refuse(self, kind: str, body: Json, customer: WhatsAppCustomer | None) -> None:
        if code := self.refusals.take(customer):
            raise Refused(code)
        if body.get("to") == self.emulator.business.display_phone_number:
            raise Refused(131021)
        if customer is None:
            raise Refused(131026)
        self._check_references(kind, body, customer)
        self._spend("", self.messages_per_second, self.messages_per_second, 130429)
        self._spend(customer.key, 1 / self.pair_seconds if self.pair_seconds else 0, PAIR_BURST, 131056)
        if kind != "template" and not customer.window_open:
            raise Refused(131047)

    def _check_references(self, kind: str, body: Json, customer: WhatsAppCustomer) -> None:
        quoted = (body.get("context") or {}).get("message_id", "")
        reacted = body["reaction"]["message_id"] if kind == "reaction" else ""
        for name, message_id in (("context['message_id']", quoted), ("reaction['message_id']", reacted)):
            if message_id and self.emulator.find(message_id)[0] is not customer:
                raise Refused(131009, f"Param {name} is not a message of this conversation.")
        part = body[kind]
        if isinstance(part, dict) and kind != "interactive" and part.get("id"):
            self._check_media(kind, str(part["id"]))
        if kind == "template":
            self._filled(part)

    def _check_media(self, kind: str, media_id: str) -> None:
        medium = self.emulator.shelf.find(media_id)
        if medium is None:
            raise Refused(
                100, f"Param {kind}['id'] is not a valid whatsapp business account media attachment ID"
            )
        if kind != "document" and mime_kind(medium.mime) != kind:
            raise Refused(131053, f"Unsupported {kind} mime type {medium.mime}.")

    def _filled(self, part: Mapping[str, Any]) -> str:
        code = part["language"]["code"]
        template = self.templates.get((part["name"], code))
        if template is None or template.status in ("PENDING", "REJECTED"):
            raise Refused(132001, f"template name ({part['name']}) does not exist in {code}")
        if template.status != "APPROVED":
            raise Refused(132015 if template.status == "PAUSED" else 132016)
        return template.filled(part)

    def _spend(self, key: str, a_second: float, burst: float, code: int) -> None:
        if not a_second:
            return
        now = self.emulator.now()
        left, at = self._allowance.get(key, (burst, now))
        left = min(burst, left + (now - at) * a_second)
        if left < 1:
            raise Refused(code)
        self._allowance[key] = (left - 1, now)

    def _write(self, kind: str, body: Json, error: int, customer: WhatsAppCustomer) -> PhoneMessage:
        part = body[kind]
        template = (
            self.templates.get((part["name"], part["language"]["code"])) if kind == "template" else None
        )
        message = PhoneMessage(
            wamid(str(body.get("to") or body.get("recipient"))),
            "business",
            kind,
            self._filled(part) if kind == "template" and not error else _words(kind, part),
            part,
            int(self.emulator.now()),
            reply_to=(body.get("context") or {}).get("message_id", ""),
            status="accepted",
            tracker=body.get("biz_opaque_callback_data", ""),
            error=error,
            category=template.category if template else "service",
        )
        if customer.has_blocked == "with_error":
            message.error = 131026
        message.arrived = not message.error and not customer.has_blocked
        customer.typing_until = 0.0
        if kind == "reaction":
            self.emulator.message(part["message_id"]).reactions["business"] = part["emoji"]
        else:
            self.emulator.remember(customer, message)
        self.emulator.pulse.beat()
        return message

    def mark_read(self, message_id: str, *, typing: bool) -> None:
        """Put the blue ticks on a customer's message and all before it. Raises Refused."""
        customer, message = self.emulator.find(message_id)
        if customer is None or message is None or message.by != "customer":
            raise Refused(131009, "Param message_id is not a message that was received.")
        for earlier in reversed(customer.messages[: customer.messages.index(message) + 1]):
            if earlier.marked_read:
                break
            earlier.marked_read = earlier.by == "customer"
        if typing:
            customer.typing_until = self.emulator.now() + 25
        self.emulator.pulse.beat()


def _nobody(emulator: "WhatsAppEmulator", body: Json) -> WhatsAppCustomer:
    """Somebody without WhatsApp, of whom nothing but the address is known."""
    return WhatsAppCustomer(emulator, "", str(body.get("to", "")), str(body.get("recipient", "")))


def _words(kind: str, part: Any) -> str:
    """What there is to read in a message of the business."""
    if kind == "contacts":
        return ", ".join(card["name"]["formatted_name"] for card in part)
    if kind == "interactive":
        return str(part["body"]["text"])
    return str(part.get("body") or part.get("caption") or part.get("name") or part.get("emoji") or "")


def _accepted(body: Json, message: PhoneMessage) -> Json:
    asked = str(body.get("to") or body["recipient"])
    contact = {"input": asked, "wa_id": asked} if body.get("to") else {"input": asked, "user_id": asked}
    told = {"id": message.id} | ({"message_status": "accepted"} if message.type == "template" else {})
    return {"messaging_product": "whatsapp", "contacts": [contact], "messages": [told]}
