"""Small files that customers and staff of the sandbox can send with one tap."""

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Sample:
    name: str
    mime: str

    @property
    def content(self) -> bytes:
        return (FOLDER / self.name).read_bytes()


SAMPLES = {
    "photo": Sample("armchair.jpg", "image/jpeg"),
    "voice": Sample("voice.ogg", "audio/ogg"),
    "document": Sample("receipt.pdf", "application/pdf"),
    "sticker": Sample("thanks.webp", "image/webp"),
}
"""By the kind of file, as both emulators know it."""
