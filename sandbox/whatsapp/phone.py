"""What stands on a customer's phone, and small files to send from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sandbox.whatsapp.payloads import Json

JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffd9")
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c4944415408d763f8cfc000000301010018dd8db00000000049454e44ae426082"
)
WEBP = b"RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00"
OGG = b"OggS" + bytes(60)
MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(40)
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: how Meta calls it, and what is sent where a test brings nothing of its own."""

    type: str
    mime: str
    sample: bytes
    more: Mapping[str, bool] = field(default_factory=dict)


KINDS = {
    "image": Kind("image", "image/jpeg", JPEG),
    "photo": Kind("image", "image/png", PNG),
    "video": Kind("video", "video/mp4", MP4),
    "animation": Kind("video", "video/mp4", MP4),
    "document": Kind("document", "application/pdf", PDF),
    "voice": Kind("audio", "audio/ogg; codecs=opus", OGG, {"voice": True}),
    "audio": Kind("audio", "audio/mpeg", OGG, {"voice": False}),
    "sticker": Kind("sticker", "image/webp", WEBP, {"animated": False}),
}
"""By Meta's names and by those under which Telegram's people send the same."""


@dataclass(slots=True, eq=False)
class PhoneMessage:
    """One message as it stands on the customer's phone."""

    id: str
    by: Literal["customer", "business"]
    type: str
    text: str
    part: Any
    """What the message's type names in the API, unchanged."""
    at: int
    """Seconds since 1970 by the emulator's clock."""
    reply_to: str = ""
    status: str = ""
    """Of the business's messages: accepted, sent, delivered, read, played, failed."""
    tracker: str = ""
    category: str = "service"
    error: int = 0
    arrived: bool = False
    """A message of the business stands on the phone."""
    edited: bool = False
    deleted: bool = False
    marked_read: bool = False
    """A customer's message has two blue ticks."""
    reactions: dict[str, str] = field(default_factory=dict)
    """By "customer" and "business"."""

    @property
    def buttons(self) -> tuple[tuple[str, str], ...]:
        """The ids and titles that can be tapped, of buttons and of a list's rows."""
        if self.type != "interactive":
            return ()
        action = self.part.get("action", {})
        rows = [row for section in action.get("sections", ()) for row in section["rows"]]
        choices = [button["reply"] for button in action.get("buttons", ())] + rows
        return tuple((choice["id"], choice["title"]) for choice in choices)

    @property
    def media_id(self) -> str:
        """Empty where there is no file, or only a link to one."""
        has_file = self.type in ("image", "video", "audio", "document", "sticker")
        return str(self.part.get("id", "")) if has_file and isinstance(self.part, dict) else ""

    def __str__(self) -> str:
        where = f" {self.status}" if self.status else ""
        return f"{self.by:>8} [{self.type}{where}] {self.text}"

    def view(self) -> Json:
        """As JSON, with the keys under which Telegram's messages are seen too; `media` is added outside."""
        return {
            "id": self.id,
            "from_bot": self.by == "business",
            "date": self.at,
            "kind": self.type,
            "text": self.text,
            "place": self.part if self.type == "location" else None,
            "contact": self.part if self.type == "contacts" else None,
            "reply_to": self.reply_to,
            "reactions": [{"by": who, "emoji": emoji} for who, emoji in self.reactions.items() if emoji],
            "buttons": [[{"text": title, "data": token, "url": ""}] for token, title in self.buttons],
            "edited": self.edited,
            "deleted": self.deleted,
            "status": self.status,
            "error": self.error,
            "read": self.marked_read,
        }
