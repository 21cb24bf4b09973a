"""What the platforms may post, as a grammar grown from one example of everything: each kind, with all, some or no fields."""

import itertools
import json
import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from handlers.channels.telegram_fields import SERVICE

Json = dict[str, Any]

PAYLOADS: Final = Path(__file__).parent.parent / "payloads"
CANARY: Final = "Xanadu"
"""Stands in everything that people write or are called; the log must not have it."""
MARK: Final = "F{serial:09}Z"
MESSAGES: Final = (
    *("message", "edited_message", "channel_post", "edited_channel_post"),
    *("business_message", "edited_business_message", "guest_message"),
)
ENVELOPE: Final = ("message_id", "from", "chat", "date")
WORDS: Final = ("text", "caption", "body", "first_name", "last_name", "username", "name", "title", "question")
NEVER_AT_THE_DESK: Final = (*SERVICE, "migrate_to_chat_id", "migrate_from_chat_id")
"""These would move or close the desk itself, and then nobody could say what became of the rest."""


@dataclass(frozen=True, slots=True)
class People:
    """Who may be written about: ids of customers, of staff and of the desk, as the emulators know them."""

    telegram: Sequence[int]
    whatsapp: Sequence[tuple[str, str]]
    """Phone and user id."""
    staff: int
    desk: int


@dataclass(slots=True)
class Grammar:
    """`make(dice, serial)` is a payload that a platform may post; its ids have the serial number in them."""

    people: People
    fields: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """What may stand in a message of Telegram's, each with examples as JSON."""
    kinds: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """The other kinds of update, likewise."""
    metas: list[str] = field(default_factory=list)
    """Meta's posts."""

    def __post_init__(self) -> None:
        for payload in _examples("telegram"):
            for kind, value in payload.items():
                if kind in MESSAGES and isinstance(value, dict):
                    for name, part in value.items():
                        self.fields[name].append(json.dumps(part))
                elif kind != "update_id":
                    self.kinds[kind].append(json.dumps(value))
        self.metas = [
            json.dumps(payload) for payload in _examples("whatsapp") if isinstance(payload.get("entry"), list)
        ]

    def telegram(self, dice: random.Random, serial: int) -> Json:
        if dice.random() < 0.3:
            kind = dice.choice(list(self.kinds))
            value = json.loads(dice.choice(self.kinds[kind]))
            value = _thinned(value, dice, dice.choice((0.0, 0.2, 1.0)))
        else:
            kind = dice.choice(MESSAGES) if dice.random() < 0.3 else "message"
            value = self._message(dice, serial)
        whom = dice.choice(self.people.telegram)
        update = {"update_id": serial, kind: _with_canary(value)}
        found = _replaced(update, "id", lambda old: whom if old in (701001, "701001") else old)
        assert isinstance(found, dict)
        return found

    def _message(self, dice: random.Random, serial: int) -> Json:
        """All fields at once, one, some, or the envelope alone."""
        at_desk = dice.random() < 0.05
        names = [name for name in self.fields if name not in ENVELOPE]
        if at_desk:
            names = [name for name in names if name not in NEVER_AT_THE_DESK]
        count = dice.choice((0, 1, 1, 1, 1, 2, 3, 5, 8, len(names)))
        message: Json = {
            name: json.loads(dice.choice(self.fields[name])) for name in dice.sample(names, count)
        }
        whom = {
            "id": 701001,
            "is_bot": False,
            "first_name": "Elin",
            "language_code": dice.choice(("sv", "en")),
        }
        chat: Json = {"id": 701001, "type": "private", "first_name": "Elin"}
        if at_desk:
            whom["id"] = self.people.staff
            chat = {"id": self.people.desk, "type": "supergroup", "title": "Desk", "is_forum": True}
        elif dice.random() < 0.1:
            chat = json.loads(dice.choice(self.fields["chat"]))
        return {"message_id": 100_000 + serial, "from": whom, "chat": chat, "date": 1_795_030_000} | message

    def whatsapp(self, dice: random.Random, serial: int) -> Json:
        post = json.loads(dice.choice(self.metas))
        if dice.random() < 0.1:
            post["entry"] += json.loads(dice.choice(self.metas))["entry"]
        if dice.random() < 0.3:
            post = _thinned(post, dice, dice.choice((0.05, 0.2)))
        _with_canary(post)
        phone, user_id = dice.choice(self.people.whatsapp)
        text = json.dumps(post).replace("46701234567", phone).replace("SE.1349152065530274", user_id)
        found: Json = json.loads(text)
        _number(found, serial)
        return found


def _examples(folder: str) -> list[Json]:
    files = sorted((PAYLOADS / folder).glob("*.json"))
    found = [payload for file in files for payload in json.loads(file.read_text("utf-8")).values()]
    return [payload for payload in found if isinstance(payload, dict)]


def _thinned(value: Any, dice: random.Random, share: float) -> Any:
    """Without that share of what stands in its objects, at any depth."""
    if isinstance(value, dict):
        kept = {name: part for name, part in value.items() if dice.random() >= share}
        return {name: _thinned(part, dice, share) for name, part in kept.items()}
    return [_thinned(part, dice, share) for part in value] if isinstance(value, list) else value


def _with_canary(value: Any) -> Any:
    if isinstance(value, dict):
        for name, part in value.items():
            value[name] = (
                f"{CANARY} {part}" if name in WORDS and isinstance(part, str) else _with_canary(part)
            )
    elif isinstance(value, list):
        value[:] = map(_with_canary, value)
    return value


def _replaced(value: Any, name: str, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, dict):
        return {key: change(p) if key == name else _replaced(p, name, change) for key, p in value.items()}
    return [_replaced(part, name, change) for part in value] if isinstance(value, list) else value


def _number(post: Json, serial: int) -> None:
    """Every entry and every message gets an id of its own."""
    mark = MARK.format(serial=serial)
    numbers = itertools.count()
    for entry in _objects(post.get("entry")):
        entry["id"] = mark
        values = _objects([change.get("value") for change in _objects(entry.get("changes"))])
        items = [
            item
            for value in values
            for name in ("messages", "statuses")
            for item in _objects(value.get(name))
        ]
        for item in items:
            if "id" in item:
                item["id"] = f"wamid.{mark}n{next(numbers)}"


def _objects(value: Any) -> list[Json]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
