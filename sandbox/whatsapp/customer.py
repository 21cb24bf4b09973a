"""A customer with WhatsApp on their phone: what they do there, and what they see."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from sandbox.whatsapp.payloads import Json, media_part, order_part, visiting_card, wamid
from sandbox.whatsapp.phone import KINDS, PhoneMessage

if TYPE_CHECKING:
    from sandbox.whatsapp.emulator import WhatsAppEmulator

Quoted = PhoneMessage | str | None


@dataclass(slots=True, eq=False)
class WhatsAppCustomer:
    """Made by `WhatsAppEmulator.add_customer`. What the customer does returns the new message's id."""

    emulator: "WhatsAppEmulator" = field(repr=False)
    name: str
    phone: str
    """Empty: the business is not told the number (a user with a username)."""
    user_id: str
    """The business-scoped user id; empty: the payload of an older version, without it."""
    username: str = ""
    has_blocked: Literal["", "silently", "with_error"] = ""
    looking: bool = False
    """Has the chat open: what arrives is read at once."""
    contacts_sent: bool = True
    """False: posts about this customer come without the contacts array."""
    messages: list[PhoneMessage] = field(default_factory=list)
    last_wrote: float = 0.0
    typing_until: float = 0.0
    _batch: list[Json] | None = None
    _read: set[str] = field(default_factory=set)

    @property
    def key(self) -> str:
        return self.user_id or self.phone

    @property
    def window_open(self) -> bool:
        """Whether the business may write freely: within 24 hours of the customer's last message."""
        return self.emulator.now() - self.last_wrote < 86_400

    @property
    def sees_typing(self) -> bool:
        return self.emulator.now() < self.typing_until

    @property
    def received(self) -> list[PhoneMessage]:
        """What the business sent and the phone shows, oldest first."""
        return [m for m in self.messages if m.by == "business" and m.arrived]

    def contact(self) -> Json:
        told: Json = {"profile": {"name": self.name}} if self.name else {}
        if self.username:
            told["profile"] = told.get("profile", {}) | {"username": self.username}
        told |= {"wa_id": self.phone} if self.phone else {}
        return told | ({"user_id": self.user_id} if self.user_id else {})

    # Writing

    def says(self, text: str, *, reply_to: Quoted = None, **more: Any) -> PhoneMessage:
        """Write a text. `more`, here and below: `at` (seconds since 1970), `id`, `forwarded`, `shown`;
        any other, as `referral`, goes into the message as it is."""
        return self.posts("text", {"body": text}, text, reply_to=reply_to, **more)

    def sends(
        self,
        kind: str,
        content: bytes = b"",
        *,
        caption: str = "",
        name: str = "",
        mime: str = "",
        reply_to: Quoted = None,
        **more: Any,
    ) -> PhoneMessage:
        """Send a file as one of `phone.KINDS`; without `content` a small one of that kind."""
        known = KINDS[kind]
        content, mime = content or known.sample, mime or known.mime
        name = name or ("document.pdf" if kind == "document" else "")
        medium = self.emulator.shelf.put(content, mime, name, by_customer=True)
        url = self.emulator.shelf.link(medium)
        options = {"caption": caption, "filename": name, **known.more}
        part = media_part(medium.id, mime, content, url, **options)
        return self.posts(known.type, part, caption, reply_to=reply_to, **more)

    def sends_album(
        self, items: Sequence[tuple[str, bytes]], *, caption: str = "", **more: Any
    ) -> list[PhoneMessage]:
        """Several files at once: to WhatsApp messages like any others; the first has the caption."""
        return [
            self.sends(kind, content, caption="" if at else caption, **more)
            for at, (kind, content) in enumerate(items)
        ]

    def shares_location(
        self, latitude: float, longitude: float, name: str = "", address: str = "", **more: Any
    ) -> PhoneMessage:
        named = {"name": name, "address": address} if name else {}
        return self.posts("location", {"latitude": latitude, "longitude": longitude, **named}, name, **more)

    def shares_contact(self, phone: str, name: str, **more: Any) -> PhoneMessage:
        return self.posts("contacts", [visiting_card(name, [phone])], name, **more)

    def orders(self, *items: tuple[str, int, float, str], text: str = "", **more: Any) -> PhoneMessage:
        """Send a cart of (article, quantity, price, currency)."""
        return self.posts("order", order_part(items, text), text, **more)

    def sends_unsupported(self, kind: str = "poll_creation", **more: Any) -> PhoneMessage:
        """Send what the API cannot show: `kind` is Meta's name of it."""
        return self.posts("unsupported", {"type": kind}, errors=[UNSUPPORTED], **more)

    def presses(self, message: PhoneMessage, button: str, **more: Any) -> PhoneMessage:
        """Tap the button or the list's row with this title or id. Raises AssertionError for none."""
        fitting = [one for one in message.buttons if button in one]
        assert fitting, f"no button {button!r} on {message}"
        token, title = fitting[0]
        kind = "list_reply" if message.part["type"] == "list" else "button_reply"
        part = {"type": kind, kind: {"id": token, "title": title}}
        return self.posts("interactive", part, title, reply_to=message, **more)

    def presses_template(self, message: Quoted, text: str, payload: str, **more: Any) -> PhoneMessage:
        """Tap a template's quick reply."""
        return self.posts("button", {"payload": payload, "text": text}, text, reply_to=message, **more)

    # Doing something to what stands there

    def reacts(self, message: PhoneMessage, emoji: str, **more: Any) -> PhoneMessage:
        """Put an emoji on a message; empty takes it back."""
        message.reactions["customer"] = emoji
        part = {"message_id": message.id, "emoji": emoji}
        return self.posts("reaction", part, emoji, shown=False, **more)

    def edits(self, message: PhoneMessage, text: str, **more: Any) -> PhoneMessage:
        """Change one's own text or caption."""
        message.text, message.edited = text, True
        key = "body" if message.type == "text" else "caption"
        message.part = dict(message.part) | {key: text}
        inner = {"id": message.id, "type": message.type, message.type: message.part}
        part = {"original_message_id": message.id, "message": inner | self._sender()}
        return self.posts("edit", part, text, shown=False, **more)

    def deletes(self, message: PhoneMessage, **more: Any) -> PhoneMessage:
        """Take one's own message back, for everybody: Meta tells of it."""
        message.deleted = True
        return self.posts("revoke", {"original_message_id": message.id}, shown=False, **more)

    def opens(self) -> None:
        """Look into the chat: what has arrived is read, now and until `closes`."""
        self.looking = True
        for message in self.received:
            if message.status != "read":
                self.emulator.progress(message, "read")

    def closes(self) -> None:
        self.looking = False

    def blocks(self, *, with_error: bool = False) -> None:
        """Block the business: messages stay "sent" for ever, or fail with 131026."""
        self.has_blocked = "with_error" if with_error else "silently"

    def unblocks(self) -> None:
        self.has_blocked = ""

    def changes_number(self, phone: str) -> str:
        """Go on with another number; told as Meta does, from the old one and without contacts."""
        before = self.phone
        self.emulator.readdress(self, phone=phone)
        body = f"User {self.name} changed from {before} to {phone}"
        return self._system({"from": before}, {"body": body, "wa_id": phone, "type": "user_changed_number"})

    def changes_user_id(self, user_id: str) -> str:
        before = self.user_id
        self.emulator.readdress(self, user_id=user_id)
        system = {
            "body": f"User {self.name} changed from {before} to {user_id}",
            "user_id": user_id,
            "previous_user_id": before,
            "type": "user_changed_user_id",
        }
        return self._system({"from": self.phone} if self.phone else {}, system)

    # Reading

    async def reads(
        self,
        containing: str = "",
        *,
        where: Callable[[PhoneMessage], bool] = lambda message: True,
        timeout: float = 10,
    ) -> PhoneMessage:
        """The next message of the business that was not read before and fits; waits for it.

        Raises AssertionError with what the phone shows instead. Blue ticks are for `opens` to give."""

        def unread() -> PhoneMessage | None:
            fresh = (m for m in self.received if m.id not in self._read)
            return next((m for m in fresh if containing in m.text and where(m)), None)

        found = await self._wait(unread, containing, timeout)
        self._read.add(found.id)
        return found

    async def sees(
        self,
        containing: str = "",
        *,
        where: Callable[[PhoneMessage], bool] = lambda message: True,
        timeout: float = 10,
    ) -> PhoneMessage:
        """The latest message of the business that fits, read before or not; waits for it."""

        def shown() -> PhoneMessage | None:
            newest = reversed(self.received)
            return next((m for m in newest if containing in m.text and where(m)), None)

        return await self._wait(shown, containing, timeout)

    async def _wait(
        self, look: Callable[[], PhoneMessage | None], containing: str, timeout: float
    ) -> PhoneMessage:
        def seen() -> str:
            return f'Waited for "{containing}". {self.transcript()}'

        found = await self.emulator.until(look, timeout, seen)
        assert found is not None
        return found

    def transcript(self, last: int = 30) -> str:
        """The phone's newest messages as lines, for a failing test's reader."""
        return f"{self.name} saw:\n  " + ("\n  ".join(map(str, self.messages[-last:])) or "nothing")

    def view(self, last: int = 200) -> Json:
        return {
            "id": self.key,
            "name": self.name,
            "username": self.username,
            "phone": self.phone,
            "user_id": self.user_id,
            "window_open": self.window_open,
            "blocked": bool(self.has_blocked),
            "action": "typing" if self.sees_typing else "",
            "messages": [
                message.view() | {"media": self.emulator.shelf.view(message.media_id)}
                for message in self.messages[-last:]
                if message.by == "customer" or message.arrived
            ],
        }

    # Posting

    @contextmanager
    def in_one_post(self) -> Iterator[None]:
        """What the customer does inside goes out as one batch at the end."""
        self._batch = []
        try:
            yield
        finally:
            batch, self._batch = self._batch, None
            if batch:
                self.emulator.post_values(batch, self.key)

    def posts(
        self,
        kind: str,
        part: Any,
        text: str = "",
        *,
        id: str = "",
        at: float | None = None,
        reply_to: Quoted = None,
        forwarded: bool = False,
        shown: bool = True,
        **more: Any,
    ) -> PhoneMessage:
        """Post a message of any kind, also one that nobody knows."""
        moment = int(self.emulator.now() if at is None else at)
        quoted = reply_to.id if isinstance(reply_to, PhoneMessage) else reply_to or ""
        message = PhoneMessage(id or wamid(self.phone), "customer", kind, text, part, moment, quoted)
        told: Json = self._sender() | {"id": message.id, "timestamp": str(moment), "type": kind}
        context: Json = {"forwarded": True} if forwarded else {}
        if quoted:
            context |= {"from": self.emulator.author_of(quoted), "id": quoted}
        told |= {"context": context} if context else {}
        told |= {kind: part} if part is not None else {}
        self.last_wrote = max(self.last_wrote, moment)
        if shown:
            self.emulator.remember(self, message)
        self._post({"contacts": [self.contact()], "messages": [told | more]})
        return message

    def _sender(self) -> Json:
        told: Json = {"from": self.phone} if self.phone else {}
        return told | ({"from_user_id": self.user_id} if self.user_id else {})

    def _system(self, sender: Json, system: Json) -> str:
        message_id = wamid(self.phone)
        stamp = str(int(self.emulator.now()))
        told = sender | {"id": message_id, "timestamp": stamp, "type": "system", "system": system}
        self._post({"messages": [told]})
        return message_id

    def _post(self, value: Json) -> None:
        if not self.contacts_sent:
            value.pop("contacts", None)
        if self._batch is not None:
            self._batch.append(value)
        else:
            self.emulator.post_values([value], self.key)


UNSUPPORTED = {
    "code": 131051,
    "title": "Message type unknown",
    "message": "Message type unknown",
    "error_data": {"details": "Message type is currently not supported."},
}
