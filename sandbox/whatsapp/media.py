"""The shelf of files at Meta: put there by customers or by us, named by ids, fetched with the token."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.whatsapp.errors import Refused, no_such_object

URL_SECONDS = 300
FROM_CUSTOMER_SECONDS = 7 * 86_400
FROM_BUSINESS_SECONDS = 30 * 86_400


@dataclass(frozen=True, slots=True)
class Medium:
    id: str
    content: bytes
    mime: str
    name: str
    expires: float


class Shelf:
    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._media: dict[str, Medium] = {}
        self._links: dict[str, tuple[str, float]] = {}
        self.base_url = ""

    def put(self, content: bytes, mime: str, name: str = "", *, by_customer: bool = False) -> Medium:
        lasts = FROM_CUSTOMER_SECONDS if by_customer else FROM_BUSINESS_SECONDS
        media_id = str(10**14 + secrets.randbelow(9 * 10**14))
        self._media[media_id] = Medium(media_id, content, mime, name, self._now() + lasts)
        return self._media[media_id]

    def find(self, media_id: object) -> Medium | None:
        medium = self._media.get(str(media_id))
        return medium if medium and medium.expires > self._now() else None

    def get(self, media_id: str, verb: str = "GET") -> Medium:
        """Raises Refused where the id is unknown or too old."""
        medium = self.find(media_id)
        if medium is None:
            raise no_such_object(verb, media_id)
        return medium

    def remove(self, media_id: str) -> None:
        self.get(media_id, "DELETE")
        del self._media[media_id]

    def link(self, medium: Medium) -> str:
        """An address that gives the bytes to whoever has the token, for five minutes."""
        key = secrets.token_urlsafe(12)
        expires = self._now() + URL_SECONDS
        self._links[key] = (medium.id, expires)
        return f"{self.base_url}/whatsapp_business/attachments/?mid={medium.id}&ext={int(expires)}&hash={key}"

    def described(self, medium: Medium) -> dict[str, Any]:
        return {
            "url": self.link(medium),
            "mime_type": medium.mime,
            "sha256": hashlib.sha256(medium.content).hexdigest(),
            "file_size": len(medium.content),
            "id": medium.id,
            "messaging_product": "whatsapp",
        }

    def view(self, media_id: str) -> dict[str, Any] | None:
        """What a page may want to know of a file; its bytes are `find(id).content`."""
        medium = self.find(media_id) if media_id else None
        if medium is None:
            return None
        size = len(medium.content)
        return {"file_id": medium.id, "name": medium.name, "mime": medium.mime, "size": size}

    def fetch(self, key: str) -> Medium:
        """Raises Refused where the address is unknown or older than five minutes."""
        media_id, expires = self._links.get(key, ("", 0.0))
        if expires <= self._now():
            raise Refused(131052, "The media URL is not valid any more.")
        return self.get(media_id)
