"""Takes one of Meta's posts apart: each message, status or other change becomes an item of its own."""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from bot.update import Unreadable

Node = dict[str, Any]
Kind = Literal["message", "status", "change"]

KINDS: tuple[tuple[Kind, str], ...] = (("message", "messages"), ("status", "statuses"))
NAMES_OF_PEOPLE = ("from", "from_user_id", "recipient_id", "recipient_user_id")

ID = re.compile(r"[A-Za-z0-9._:+@/=-]{1,512}")
WORD = re.compile(r"[A-Za-z0-9_]{1,64}")
ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)"
)
DIGITS_OF_AN_INT64 = 18
DEEPEST = 100
"""Levels of nesting that are kept; orjson writes no more than 254, and Meta needs about ten."""


@dataclass(frozen=True, slots=True)
class Item:
    """One message, status or other change; `raw` is a post that carries it alone."""

    kind: Kind
    field: str
    key: str
    raw: str
    account: str
    """The phone number's id; empty where the change has none."""
    node: Node
    contact: Node


def items_of(raw: bytes) -> list[Item | Unreadable]:
    """One malformed item costs none of the others. Raises ValueError when there is nothing to take apart."""
    entries = decoded(raw).get("entry")
    if not isinstance(entries, list):
        raise ValueError("the post has no list of entries")
    found = [item for entry in entries for item in _of_entry(entry)]
    if not found:
        raise ValueError("the post carries nothing")
    return found


def decoded(raw: bytes) -> Node:
    """The post as a dict, also where it has what strict JSON forbids: half a surrogate pair, NaN, a BOM."""
    try:
        post = orjson.loads(raw)
    except orjson.JSONDecodeError:
        post = _leniently(raw)
    if not isinstance(post, dict):
        raise ValueError("the post is not a JSON object")
    return post


def _leniently(raw: bytes) -> object:
    text = ESCAPE.sub(_mended, raw.decode("utf-8", "replace").removeprefix("\ufeff"))
    try:
        return json.loads(text, parse_int=_number, parse_constant=lambda _: None)
    except RecursionError:
        raise ValueError("the post is nested too deeply") from None


def _mended(escape: re.Match[str]) -> str:
    return "\\ufffd" if escape[1] else escape[0]


def _number(digits: str) -> int | float:
    return int(digits) if len(digits) <= DIGITS_OF_AN_INT64 else float(digits)


def text_of(value: object) -> str:
    """The text, or nothing if it is none. NUL is replaced: not every database stores it."""
    return value.replace("\0", "\ufffd") if isinstance(value, str) else ""


def id_of(value: object) -> str:
    """The id, or nothing if it is none that can be stored, compared and put into an address."""
    return value if isinstance(value, str) and ID.fullmatch(value) else ""


def node_of(value: object) -> Node:
    return value if isinstance(value, dict) else {}


def list_of(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _of_entry(entry: object) -> Iterator[Item | Unreadable]:
    changes = node_of(entry).get("changes")
    if not isinstance(changes, list):
        yield _unreadable({"entry": [entry]}, "an entry without a list of changes")
        return
    around = {name: value for name, value in node_of(entry).items() if name != "changes"}
    for change in changes:
        yield from _of_change(around, node_of(change))


def _of_change(around: Node, change: Node) -> Iterator[Item | Unreadable]:
    value, field = change.get("value"), change.get("field")
    if not isinstance(value, dict) or not isinstance(field, str) or not WORD.fullmatch(field):
        yield _unreadable({"entry": [{**around, "changes": [change]}]}, "a change without field and value")
    elif field == "messages" and (value.get("messages") or value.get("statuses")):
        yield from _of_messages(around, value)
    else:
        yield _item("change", around, field, value, value, {})


def _of_messages(around: Node, value: Node) -> Iterator[Item | Unreadable]:
    rest = {name: part for name, part in value.items() if name not in ("messages", "statuses", "contacts")}
    for kind, name in KINDS:
        nodes = value.get(name) or []
        for node in nodes if isinstance(nodes, list) else [nodes]:
            contact = _contact_of(node_of(node), list_of(value.get("contacts")))
            alone = {**rest, "contacts": [contact] if contact else [], name: [node]}
            yield _item(kind, around, "messages", alone, node, contact)


def _contact_of(node: Node, contacts: list[Any]) -> Node:
    """Whose message this is. Only equal ids prove it: a name must not come to a stranger."""
    theirs = {id_of(node.get(name)) for name in NAMES_OF_PEOPLE} - {""}
    known = [contact for contact in contacts if isinstance(contact, dict)]
    for contact in known:
        if theirs & {id_of(contact.get("wa_id")), id_of(contact.get("user_id"))}:
            return contact
    return known[0] if len(known) == 1 and not theirs else {}


def _item(
    kind: Kind, around: Node, field: str, value: Node, node: object, contact: Node
) -> Item | Unreadable:
    raw = _post({"entry": [{**around, "changes": [{"field": field, "value": value}]}]})
    key = _key(kind, node_of(node))
    if not key:
        return _unread(raw, f"a {kind} without id")
    if kind == "change":
        key = _fingerprint(raw)
    account = id_of(node_of(value.get("metadata")).get("phone_number_id"))
    return Item(kind, field, key, raw.decode(), account, node_of(node), contact)


def _key(kind: Kind, node: Node) -> str:
    remote_id, status = id_of(node.get("id")), text_of(node.get("status"))
    if kind == "status":
        return f"status:{remote_id}:{status}" if remote_id and WORD.fullmatch(status) else ""
    return f"{kind}:{remote_id}" if remote_id or kind == "change" else ""


def _unreadable(post: Node, reason: str) -> Unreadable:
    return _unread(_post(post), reason)


def _unread(raw: bytes, reason: str) -> Unreadable:
    return Unreadable(_fingerprint(raw), raw.decode(), reason)


def _fingerprint(raw: bytes) -> str:
    return "sha256:" + hashlib.sha256(raw).hexdigest()


def _post(post: Node) -> bytes:
    """One spelling for one meaning, so that a repetition in other bytes has the same fingerprint."""
    post = {"object": "whatsapp_business_account", **post}
    try:
        return orjson.dumps(post, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        return orjson.dumps(_pruned(post, DEEPEST), option=orjson.OPT_SORT_KEYS)


def _pruned(value: Any, levels: int) -> Any:
    if isinstance(value, dict):
        return {name: _pruned(part, levels - 1) for name, part in value.items()} if levels else None
    if isinstance(value, list):
        return [_pruned(part, levels - 1) for part in value] if levels else None
    return value
