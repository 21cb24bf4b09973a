"""Where a post can be found again in the database: by its bytes, by the ids in it, or by its fingerprint."""

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any, Final, Literal

from handlers.channels import whatsapp_read
from tests.crash.evidence import Ledger

TOKEN: Final = re.compile(r"F\d{9}Z")
ITEM: Final = re.compile(r"wamid\.F\d{9}Zn\d+")
QUOTE: Final = "'"
FIRST, STEP = 100_000_000, 1009
"""Updates are numbered with gaps: a digit that is spoiled must not make one update another."""

Channel = Literal["telegram", "whatsapp"]


@dataclass(frozen=True, slots=True)
class Post:
    channel: Channel
    body: bytes
    authentic: bool


class Traces:
    """The rows of a chunk, by all that a post may be known by."""

    def __init__(self, rows: list[dict[str, Any]], ledger: Ledger, accounts: dict[Channel, str]) -> None:
        self._ledger, self._accounts = ledger, accounts
        self._keys = {(row["channel"], row["key"]) for row in rows}
        self._bodies = {_digest(row["raw"] or "") for row in rows}
        self._marks = {mark for row in rows for mark in TOKEN.findall(row["raw"] or "")}
        self._ids = {one for row in rows for one in ITEM.findall(row["raw"] or "")}

    def shows(self, post: Post) -> bool:
        text = post.body.decode("utf-8", "replace")
        if _digest(text) in self._bodies or _digest(text.replace("\0", "\ufffd")) in self._bodies:
            return True
        if self._has_key(post.channel, f"sha256:{hashlib.sha256(post.body).hexdigest()}"):
            return True
        if post.channel == "telegram":
            return self._has_key("telegram", f"update:{_update_id(post.body)}")
        return self._shows_items(post.body)

    def shows_marks(self, post: Post) -> bool:
        """A forged post: nothing that has its number may stand anywhere."""
        if post.channel == "telegram":
            number = _update_id(post.body)
            ours = type(number) is int and number >= FIRST
            return ours and ("telegram", f"update:{number}") in self._keys
        return any(mark in self._marks for mark in TOKEN.findall(post.body.decode("utf-8", "replace")))

    def _shows_items(self, body: bytes) -> bool:
        """Each message and status whose id nothing spoiled has its own row; what has no id, some row."""
        ids = _item_ids(body)
        if ids:
            return all(one in self._ids for one in ids)
        if any(mark in self._marks for mark in TOKEN.findall(body.decode("utf-8", "replace"))):
            return True
        try:
            items = whatsapp_read.read(body, self._accounts["whatsapp"])
        except ValueError:
            return False
        return all(self._has_key("whatsapp", item.key, getattr(item, "account", None)) for item in items)

    def _has_key(self, channel: Channel, key: str, account: str | None = None) -> bool:
        """In this chunk, or long ago: spoiled posts may be equal, and a spoiled id may be an older one's."""
        if (channel, key) in self._keys:
            return True
        wanted = (channel, self._accounts[channel] if account is None else account, key)
        named = zip(("channel", "account", "key"), wanted, strict=True)
        where = " AND ".join(f"{name} = '{value.replace(QUOTE, QUOTE * 2)}'" for name, value in named)
        return bool(self._ledger.count(f"SELECT count(*) FROM updates WHERE {where}"))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:12]


def _update_id(body: bytes) -> object:
    try:
        return json.loads(body)["update_id"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return None


def _item_ids(body: bytes) -> list[str]:
    """The ids with our mark of the messages and statuses in a post, as the standard library reads it."""
    try:
        post = json.loads(body)
    except (ValueError, RecursionError):
        return []
    values = [
        change.get("value")
        for entry in _dicts(post, "entry")
        for change in _dicts(entry, "changes")
        if change.get("field") == "messages"
    ]
    items = [item for value in values for name in ("messages", "statuses") for item in _dicts(value, name)]
    ids = [item.get("id") for item in items]
    return [one for one in ids if isinstance(one, str) and ITEM.fullmatch(one)]


def _dicts(value: object, name: str) -> list[dict[str, Any]]:
    found = value.get(name) if isinstance(value, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
