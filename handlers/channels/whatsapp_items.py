"""Takes one of Meta's posts apart: each message, status or other change becomes an item of its own."""

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

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


class Item(NamedTuple):
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
    post, text = _read(raw)
    entries = post.get("entry")
    if not isinstance(entries, list):
        raise ValueError("the post has no list of entries")
    whole = text if len(entries) == 1 else ""
    found = [item for entry in entries for item in _of_entry(entry, whole)]
    if not found:
        raise ValueError("the post carries nothing")
    return found


def decoded(raw: bytes) -> Node:
    """The post as a dict, also where it has what strict JSON forbids: half a surrogate pair, NaN, a BOM."""
    return _read(raw)[0]


def _read(raw: bytes) -> tuple[Node, str]:
    """The post and, where it is strict JSON, its text."""
    try:
        post, text = orjson.loads(raw), raw.decode()
    except orjson.JSONDecodeError:
        post, text = _leniently(raw), ""
    if not isinstance(post, dict):
        raise ValueError("the post is not a JSON object")
    return post, text


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


def _of_entry(entry: object, whole: str) -> Iterator[Item | Unreadable]:
    """`whole` is the post as it came, where it carries nothing else."""
    changes = node_of(entry).get("changes")
    if not isinstance(changes, list):
        yield _unreadable({"entry": [entry]}, "an entry without a list of changes")
        return
    for change in changes:
        yield from _of_change(node_of(entry), node_of(change), whole if len(changes) == 1 else "")


def _of_change(entry: Node, change: Node, whole: str) -> Iterator[Item | Unreadable]:
    value, field = change.get("value"), change.get("field")
    if field == "messages" and isinstance(value, dict) and (value.get("messages") or value.get("statuses")):
        yield from _of_messages(entry, value, whole)
    elif isinstance(value, dict) and isinstance(field, str) and WORD.fullmatch(field):
        raw = _alone(entry, field, value)
        yield Item("change", field, _fingerprint(raw), raw.decode(), _account(value), value, {})
    else:
        yield _unreadable({"entry": [{**entry, "changes": [change]}]}, "a change without field and value")


def _of_messages(entry: Node, value: Node, whole: str) -> Iterator[Item | Unreadable]:
    found = [
        (kind, name, node)
        for kind, name in KINDS
        if (nodes := value.get(name))
        for node in (nodes if isinstance(nodes, list) else [nodes])
    ]
    contacts = list_of(value.get("contacts"))
    for kind, name, node in found:
        known = node_of(node)
        contact, key = _contact_of(known, contacts), _key(kind, known)
        if whole and key and len(found) == 1 and contacts in ([], [contact]):
            yield Item(kind, "messages", key, whole, _account(value), known, contact)
            continue
        theirs = {"contacts": [contact] if contact else [], name: [node]}
        rest = {name: part for name, part in value.items() if name not in ("messages", "statuses")}
        raw = _alone(entry, "messages", rest | theirs)
        if key:
            yield Item(kind, "messages", key, raw.decode(), _account(value), known, contact)
        else:
            yield _unread(raw, f"a {kind} without id")


def _contact_of(node: Node, contacts: list[Any]) -> Node:
    """Whose message this is. Only equal ids prove it: a name must not come to a stranger."""
    theirs = [one for name in NAMES_OF_PEOPLE if (one := id_of(node.get(name)))]
    known = [contact for contact in contacts if isinstance(contact, dict)]
    for contact in known:
        if contact.get("wa_id") in theirs or contact.get("user_id") in theirs:
            return contact
    return known[0] if len(known) == 1 and not theirs else {}


def _account(value: Node) -> str:
    return id_of(node_of(value.get("metadata")).get("phone_number_id"))


def _alone(entry: Node, field: str, value: Node) -> bytes:
    return _post({"entry": [{**entry, "changes": [{"field": field, "value": value}]}]})


def _key(kind: Kind, node: Node) -> str:
    remote_id = id_of(node.get("id"))
    if kind == "message" or not remote_id:
        return f"message:{remote_id}" if remote_id else ""
    status = text_of(node.get("status"))
    return f"status:{remote_id}:{status}" if WORD.fullmatch(status) else ""


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
