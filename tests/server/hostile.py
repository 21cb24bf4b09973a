"""Bodies that are nearly JSON, hardly JSON or JSON at its worst, made by rules; each stands where an update should."""

import copy
import json
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

TELEGRAM: Json = {
    "update_id": 7,
    "message": {
        "message_id": 1,
        "date": 1_700_000_000,
        "from": {"id": 4711, "is_bot": False, "first_name": "Eve", "language_code": "en"},
        "chat": {"id": 4711, "type": "private", "first_name": "Eve"},
        "text": "Hello",
    },
}
WHATSAPP: Json = {
    "object": "whatsapp_business_account",
    "entry": [
        {
            "id": "102290129340398",
            "changes": [
                {
                    "field": "messages",
                    "value": {
                        "messaging_product": "whatsapp",
                        "metadata": {
                            "display_phone_number": "46855512300",
                            "phone_number_id": "106540352242922",
                        },
                        "contacts": [
                            {"profile": {"name": "Eve"}, "wa_id": "46701110022", "user_id": "SE.4711"}
                        ],
                        "messages": [
                            {
                                "from": "46701110022",
                                "from_user_id": "SE.4711",
                                "id": "wamid.HBgL",
                                "timestamp": "1700000000",
                                "type": "text",
                                "text": {"body": "Hello"},
                            }
                        ],
                    },
                }
            ],
        }
    ],
}

NUMBERS = (
    *("NaN", "-NaN", "Infinity", "-Infinity", "+1", "-", "--1", "01", "-01", "1.", ".1", "-.1", "1e", "1e+"),
    *("1E-", "0x1F", "0b1", "1_000", "1 000", "1,5", "1e400", "-1e400", "1e-400", "0e", "1.0.0", "1e1e1"),
    *("9" * 5000, "-" + "9" * 5000, "0." + "3" * 5000, "1e" + "9" * 100, "-0", "-0.0", "9223372036854775808"),
    *("-9223372036854775809", "18446744073709551616", "9007199254740993", "１２", "٣"),
)
WORDS = (
    "True",
    "NULL",
    "nul",
    "tru",
    "none",
    "undefined",
    "nullnull",
    "true false",
    "eval(1)",
    "'a'",
    "`a`",
    "a",
)
STRINGS = (
    *(f'"{chr(code)}"' for code in range(32)),
    *('"\\x41"', '"\\u"', '"\\u12"', '"\\uZZZZ"', '"\\u{1F600}"', '"\\', '"\\"', '"', '""""', '"a" "b"'),
    *(
        '"\\ud800"',
        '"\\udfff"',
        '"\\ud800\\ud800"',
        '"\\udc00\\ud800"',
        '"\\ud83d\\ude00"',
        '"\\ud83d\\u0041"',
    ),
    *(
        '"\\u0000"',
        '"\\u0007"',
        '"\\u202e"',
        '"\\u2028"',
        '"\\ufeff"',
        '"\\uffff"',
        '"\\a"',
        '"\\1"',
        '"\\\n"',
    ),
    '"' + "x" * 1_000_000 + '"',
    '"' + "\\u0041" * 100_000 + '"',
)
SHAPES = (
    *("[1,]", "[,1]", "[1,,2]", "[", "]", "[1", "[1}", "{", "}", "{]", '{"a"', '{"a":', '{"a":1,', '{"a":1,}'),
    *("{a:1}", '{1:1}', '{null:1}', '{"a" 1}', '{"a"::1}', '{"a":1 "b":2}', '{"a":1}{"b":2}', '{"a":1};', "{,}"),
    *('{"a":1,"a":2}', '{"":1}', '{"\\u0000":1}', '{"\\ud800":1}', '{"__proto__":1}', "[1]//x", "/*x*/1", "#x\n1"),
    *("[" * 100_000, "[" * 100_000 + "]" * 100_000, '{"a":' * 100_000, '{"a":' * 50_000 + "1" + "}" * 50_000),
    *('[{"a":' * 20_000, "[" + "1," * 200_000 + "1]", "[" + "[]," * 100_000 + "[]]", " " * 100_000, "\f1", "\xa01"),
    "{" + ",".join(f'"k{number}":{number}' for number in range(50_000)) + "}",
)  # fmt: skip
VALUES = (*NUMBERS, *WORDS, *STRINGS, *SHAPES)

RAW_BYTES = (
    *(
        b"\xff",
        b"\xfe\xff",
        b"\x80",
        b"\xc0\x80",
        b"\xc1\xbf",
        b"\xe0\x80\x80",
        b"\xed\xa0\x80",
        b"\xed\xbf\xbf",
    ),
    *(
        b"\xf4\x90\x80\x80",
        b"\xf8\x88\x80\x80\x80",
        b"\xe2\x82",
        b"\xf0\x9f\x98",
        b"\xe9",
        b"\x00",
        b"\x1b[31m",
    ),
)
CHARSETS = ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-7", "cp037")
IDS: tuple[Any, ...] = (
    True,
    False,
    None,
    "7",
    "",
    7.5,
    1e400,
    -1,
    0,
    2**31,
    2**53,
    2**63 - 1,
    2**63,
    2**64,
    [],
    {},
    [7],
    {"id": 7},
)
WORST_STRINGS = ("\ud800", "\udc00x", "\u0000", "\u202e" * 50, "x" * 100_000, "'; DROP TABLE updates; --", "")


def bodies(good: Json, marker: str) -> Iterator[bytes]:
    """All of them for one platform. `marker` is the text in `good` where a value of its own may stand."""
    text = json.dumps(good)
    for value in VALUES:
        part = value.encode("utf-8", "surrogatepass")
        yield part
        yield text.replace(f'"{marker}"', "\0").encode().replace(b"\0", part)
    yield from _cut_and_patched(text.encode())
    yield from (text.encode().replace(marker.encode(), raw) for raw in RAW_BYTES)
    yield from (text.replace(marker, "åäö😀").encode(charset, "replace") for charset in CHARSETS)
    yield from (_encoded(changed) for changed in _with_each_leaf_changed(good))


def _cut_and_patched(body: bytes) -> Iterator[bytes]:
    """The good one, cut off in places, and with one sign gone, doubled or another."""
    yield from (body[:at] for at in range(0, len(body), 11))
    places = [at for at, sign in enumerate(body) if sign in b'{}[]:,"']
    for number, at in enumerate(places[::3]):
        yield body[:at] + body[at + 1 :]
        yield body[: at + 1] + body[at:]
        yield body[:at] + b'{}[]:,"'[number % 7 : number % 7 + 1] + body[at + 1 :]


def _with_each_leaf_changed(good: Json) -> Iterator[Json]:
    for path in _leaves(good):
        for value in (*IDS, *WORST_STRINGS):
            changed = copy.deepcopy(good)
            place: Any = changed
            for step in path[:-1]:
                place = place[step]
            place[path[-1]] = value
            yield changed


def _leaves(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inside = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for step, part in inside:
        yield from _leaves(part, (*path, step))
    if not isinstance(node, dict | list):
        yield path


def _encoded(body: Json) -> bytes:
    return json.dumps(body).encode()
