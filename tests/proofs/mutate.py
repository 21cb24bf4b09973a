"""What may go wrong with a payload on its way, or be put into it on purpose: first in its values, then in its bytes."""

import copy
import json
import random
from collections.abc import Callable
from typing import Any, Final

Node = dict[str, Any] | list[Any]
Place = tuple[Node, Any]
"""An object or a list, and a key or an index of it."""

ODD: Final[tuple[Any, ...]] = (
    *(None, True, False, 0, -1, 1, 1.5, -0.0, 2**31, 2**53 + 1, 2**63 - 1, 2**63, 2**64, -(2**63), 10**30),
    *(
        1e308,
        1e-308,
        "",
        " ",
        "0",
        "1",
        "-1",
        "null",
        "true",
        "NaN",
        [],
        {},
        [[]],
        [None],
        [{}],
        {"id": None},
    ),
    *(
        "\0",
        "a\0b",
        "\ud800",
        "a\udfffb",
        "\u202eevil",
        "\u200d\u200b\ufeff",
        "A\u030a" * 50,
        "Z" + "\u0300" * 500,
    ),
    *("👩‍👩‍👧‍👦", "🇸🇪" * 20, "\U000e0041\U000e007f", "\U0010ffff", "\uffff", "ﷺ" * 100, "İıſK", "ｆｕｌｌ"),
    *("/status", "/start", "/forget", "/resolve NF-000001", "<b>&amp;</b>", "'; DROP TABLE updates; --"),
    *("%s%s%n{0}{x}", "${jndi:ldap://x}", "\n2026 ERROR forged", "\x1b[31m", "../../etc/passwd", "=1+1"),
    *(
        "long " * 2000,
        "ö" * 5000,
        "😀" * 4097,
        "9" * 5000,
        {"id": 1, "type": "private"},
        {"a": {"b": {"c": []}}},
    ),
)
DEPTHS: Final = (10, 90, 120, 300, 900)
CUTS: Final[tuple[bytes, ...]] = (
    *(
        b"\xff\xfe",
        b"\xc0\xaf",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\x80",
        b"\0",
        b"\x1f",
        b"\x7f",
        b"\xef\xbb\xbf",
    ),
    *(
        b"\\u0000",
        b"\\ud83d",
        b"\\udc00",
        b"\\u202e",
        b"\\x41",
        b"\\",
        b'"',
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
    ),
    *(
        b"NaN",
        b"Infinity",
        b"1e400",
        b"-0",
        b"01",
        b"0x1",
        b"9" * 5000,
        b"null,",
        b"'",
        b"/**/",
        b"\r\n",
        b"[" * 2000,
    ),
)
KEYS: Final = (
    *(
        "message",
        "edited_message",
        "my_chat_member",
        "callback_query",
        "message_reaction",
        "entry",
        "changes",
    ),
    *(
        "value",
        "messages",
        "statuses",
        "text",
        "from",
        "chat",
        "date",
        "update_type_2031",
        "\0",
        "",
        "a" * 300,
    ),
)


def places_in(value: Any) -> list[Place]:
    """Every place in the tree."""
    found: list[Place] = []
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, dict | list):
            continue
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        found += ((node, key) for key in keys)
        waiting += (node[key] for key in keys)
    return found


# In the values


def odd(dice: random.Random) -> Any:
    """A copy: what is put into one payload may be spoiled further there."""
    return copy.deepcopy(dice.choice(ODD))


def put_odd(node: Any, key: Any, dice: random.Random) -> None:
    node[key] = odd(dice)


def take_out(node: Any, key: Any, dice: random.Random) -> None:
    del node[key]


def wrap(node: Any, key: Any, dice: random.Random) -> None:
    node[key] = dice.choice(
        ([node[key]], {"value": node[key]}, [node[key], copy.deepcopy(node[key])], json.dumps(node[key]))
    )


def nest(node: Any, key: Any, dice: random.Random) -> None:
    for _ in range(dice.choice(DEPTHS)):
        node[key] = [node[key]] if dice.random() < 0.5 else {"a": node[key]}


def rename(node: Any, key: Any, dice: random.Random) -> None:
    if isinstance(node, dict):
        node[dice.choice(KEYS)] = node.pop(key)


def add(node: Any, key: Any, dice: random.Random) -> None:
    if isinstance(node, dict):
        node[dice.choice(KEYS)] = odd(dice)
    else:
        node.insert(0, odd(dice))


def retype(node: Any, key: Any, dice: random.Random) -> None:
    """The same said in another type."""
    old = node[key]
    if isinstance(old, bool | None | dict | list):
        node[key] = str(old)
    elif isinstance(old, int | float):
        node[key] = dice.choice((str(old), float(old), -old, old * 10**12, bool(old)))
    else:
        node[key] = dice.choice(([old], {"text": old}, len(old), old.upper(), old[:1000] * 50))


TREE: Final[tuple[Callable[[Any, Any, random.Random], None], ...]] = (
    *(put_odd, put_odd, put_odd, take_out, wrap, nest, rename, add, retype, retype),
)


# In the bytes


def cut(body: bytes, dice: random.Random) -> bytes:
    return body[: dice.randrange(len(body) + 1)]


def insert(body: bytes, dice: random.Random) -> bytes:
    at = dice.randrange(len(body) + 1)
    return body[:at] + dice.choice(CUTS) + body[at:]


def flip(body: bytes, dice: random.Random) -> bytes:
    if not body:
        return body
    at = dice.randrange(len(body))
    return body[:at] + bytes([body[at] ^ (1 << dice.randrange(8))]) + body[at + 1 :]


def double_key(body: bytes, dice: random.Random) -> bytes:
    """A key that stands there twice, the odd one first or last."""
    name, value = dice.choice(KEYS), json.dumps(odd(dice))
    if dice.random() < 0.5:
        return body.replace(b"{", f"{{{json.dumps(name)}:{value},".encode(), 1)
    head, brace, tail = body.rpartition(b"}")
    return head + f",{json.dumps(name)}:{value}".encode() + brace + tail


def recode(body: bytes, dice: random.Random) -> bytes:
    text = body.decode("utf-8", "replace")
    way = dice.choice(("utf-16", "utf-32", "latin-1", "utf-8-sig", "cp1252", "utf-7"))
    return text.encode(way, "replace")


def twice(body: bytes, dice: random.Random) -> bytes:
    return dice.choice((body + body, body + b"\n", b" \t\r\n" + body, body + b"x", b"[" + body + b"]", b""))


BYTES: Final[tuple[Callable[[bytes, random.Random], bytes], ...]] = (
    cut,
    insert,
    insert,
    flip,
    double_key,
    recode,
    twice,
)


def spoiled(payload: dict[str, Any], dice: random.Random) -> bytes:
    """The payload as bytes: as it is, with some odd values, with odd bytes, or with both."""
    for _ in range(dice.choice((0, 0, 1, 1, 2, 4))):
        places = places_in(payload)
        if not places:
            break
        node, key = dice.choice(places)
        dice.choice(TREE)(node, key, dice)
    text = json.dumps(payload, ensure_ascii=dice.random() < 0.7, separators=(",", ":"))
    body = text.encode("utf-8", "surrogatepass")
    for _ in range(dice.choice((0, 0, 0, 0, 1, 2))):
        body = dice.choice(BYTES)(body, dice)
    return body
