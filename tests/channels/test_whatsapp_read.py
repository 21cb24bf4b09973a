"""What Meta posts, in our words: every kind, batches, and whatever may be wrong with it."""

import json
from contextlib import suppress
from copy import deepcopy
from itertools import permutations
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pywa_async.client import WhatsApp
from pywa_async.types.message import Message

from bot.content import Content, Media, MediaKind, Place, SharedContact
from bot.update import (
    Edited,
    Inbound,
    Pressed,
    Progress,
    Progressed,
    Reacted,
    Reason,
    Renamed,
    Said,
    Unknown,
    Unreadable,
    What,
    Withdrawn,
)
from handlers.channels.whatsapp_read import read

ACCOUNT = "106540352242922"
CONTACT = {"profile": {"name": "Åsa Öberg"}, "wa_id": "46701234567", "user_id": "SE.1234567890abc"}
HEAD = {
    "from": "46701234567",
    "from_user_id": "SE.1234567890abc",
    "id": "wamid.HBgLNDY3MDEyMzQ1NjcVAgASGBQzQTRB=",
    "timestamp": "1795178557",
}
FILE = {"id": "668320650309483", "mime_type": "image/jpeg", "sha256": "aGVq"}

Json = dict[str, Any]


def post(**value: Any) -> bytes:
    metadata = {"display_phone_number": "46812345600", "phone_number_id": ACCOUNT}
    told = {"messaging_product": "whatsapp", "metadata": metadata} | value
    change = {"field": "messages", "value": told}
    return orjson.dumps(
        {"object": "whatsapp_business_account", "entry": [{"id": "1022", "changes": [change]}]}
    )


def message(kind: str, part: Any = None, **more: Any) -> Json:
    return HEAD | {"type": kind} | ({kind: part} if part is not None else {}) | more


def one(raw: bytes) -> Inbound:
    (item,) = read(raw, ACCOUNT)
    assert isinstance(item, Inbound)
    return item


def what_of(told: Json) -> What:
    return one(post(contacts=[CONTACT], messages=[told])).what


def content_of(told: Json) -> Content:
    what = what_of(told)
    assert isinstance(what, Said)
    return what.content


def media(kind: MediaKind, mime: str = "image/jpeg", name: str = "") -> tuple[Media, ...]:
    return (Media(kind, FILE["id"], "whatsapp", name=name, mime=mime),)


READABLE: list[tuple[Json, Content]] = [
    (message("text", {"body": "Hej på dig"}), Content(text="Hej på dig")),
    (message("image", FILE | {"caption": "trasig"}), Content("trasig", media=media(MediaKind.PICTURE))),
    (
        message("video", FILE | {"mime_type": "video/mp4"}),
        Content(media=media(MediaKind.VIDEO, "video/mp4")),
    ),
    (
        message("audio", FILE | {"mime_type": "audio/ogg; codecs=opus", "voice": True}),
        Content(media=media(MediaKind.VOICE, "audio/ogg; codecs=opus")),
    ),
    (
        message("audio", FILE | {"mime_type": "audio/mpeg", "voice": False}),
        Content(media=media(MediaKind.AUDIO, "audio/mpeg")),
    ),
    (
        message(
            "document", FILE | {"mime_type": "application/pdf", "filename": "kvitto.pdf", "caption": "här"}
        ),
        Content("här", media=media(MediaKind.DOCUMENT, "application/pdf", "kvitto.pdf")),
    ),
    (
        message("sticker", FILE | {"mime_type": "image/webp", "animated": True}),
        Content(media=media(MediaKind.STICKER, "image/webp")),
    ),
    (
        message("location", {"latitude": 59.33, "longitude": 18, "name": "Butik", "address": "Gatan 1"}),
        Content(place=Place(59.33, 18.0, "Butik", "Gatan 1")),
    ),
    (
        message("contacts", [{"name": {"formatted_name": "Bo Ek"}, "phones": [{"phone": "+46 70"}, {}]}]),
        Content(shared=(SharedContact("Bo Ek", ("+46 70",)),)),
    ),
    (message("unsupported", {"type": "poll_creation"}), Content(unreadable="poll_creation")),
    (message("unsupported", errors=[{"code": 131051}]), Content(unreadable="unsupported")),
    (message("order", {"catalog_id": "1", "product_items": []}), Content(unreadable="order")),
    (message("hologram", {"x": 1}), Content(unreadable="hologram")),
    (message("text"), Content(unreadable="text")),
    (message("text", {"body": 7}), Content(unreadable="text")),
    (message("text", {"body": ""}), Content(unreadable="text")),
    (
        message("document", FILE | {"filename": "..\\a/../../etc/passwd"}),
        Content(media=media(MediaKind.DOCUMENT, name="passwd")),
    ),
    (message("image", {"id": "../../secret"}), Content(unreadable="image")),
    (message("location", {"latitude": 91, "longitude": 18}), Content(unreadable="location")),
    (message("location", {"latitude": True, "longitude": 18}), Content(unreadable="location")),
    (message("contacts", []), Content(unreadable="contacts")),
    (message("interactive", {"type": "nfm_reply", "nfm_reply": {}}), Content(unreadable="nfm_reply")),
    (HEAD | {"text": {"body": "no type"}}, Content(unreadable="unknown")),
]


@pytest.mark.parametrize(("told", "content"), READABLE)
def test_what_a_customer_sends_is_read_or_named_as_unreadable(told: Json, content: Content) -> None:
    assert content_of(told) == content


EVENTS: list[tuple[Json, What]] = [
    (message("reaction", {"message_id": "wamid.X", "emoji": "👍"}), Reacted("wamid.X", "👍")),
    (message("reaction", {"message_id": "wamid.X", "emoji": ""}), Reacted("wamid.X", "")),
    (message("reaction", {"message_id": "wamid.X"}), Reacted("wamid.X", "")),
    (
        message(
            "interactive",
            {"type": "button_reply", "button_reply": {"id": "b1", "title": "Ja"}},
            context={"id": "wamid.Q"},
        ),
        Pressed("b1", "wamid.Q", said=Said(HEAD["id"], Content("Ja"), reply_to="wamid.Q")),
    ),
    (
        message("interactive", {"type": "list_reply", "list_reply": {"id": "r1", "title": "Rad"}}),
        Pressed("r1", HEAD["id"], said=Said(HEAD["id"], Content("Rad"))),
    ),
    (
        message("button", {"payload": "p1", "text": "Ja"}, context={"id": "wamid.Q"}),
        Pressed("p1", "wamid.Q", said=Said(HEAD["id"], Content("Ja"), reply_to="wamid.Q")),
    ),
    (
        message(
            "edit", {"original_message_id": "wamid.O", "message": {"type": "text", "text": {"body": "nytt"}}}
        ),
        Edited("wamid.O", Content("nytt")),
    ),
    (message("revoke", {"original_message_id": "wamid.O"}), Withdrawn("wamid.O")),
    (message("request_welcome"), Unknown("request_welcome")),
    (message("system", {"type": "customer_identity_changed"}), Unknown("system:customer_identity_changed")),
    (message("text", {"body": "x"}, group_id="G1"), Unknown("group_message")),
]


@pytest.mark.parametrize(("told", "what"), EVENTS)
def test_what_a_customer_does_is_read(told: Json, what: What) -> None:
    assert what_of(told) == what


@pytest.mark.parametrize("kind", ["reaction", "edit", "revoke"])
def test_an_event_without_its_target_is_kept_aside(kind: str) -> None:
    (item,) = read(post(contacts=[CONTACT], messages=[message(kind, {"x": 1})]), ACCOUNT)
    assert isinstance(item, Unreadable)
    assert item.key == f"message:{HEAD['id']}"


def test_a_message_tells_who_wrote_when_and_to_what() -> None:
    told = message("text", {"body": "hej"}, context={"from": "46812345600", "id": "wamid.Q"})
    item = one(post(contacts=[CONTACT], messages=[told]))
    assert item.sender is not None
    assert (item.sender.id, item.sender.aliases) == ("46701234567", ("SE.1234567890abc",))
    assert (item.sender.name, item.sender.phone) == ("Åsa Öberg", "46701234567")
    assert (item.channel, item.account, item.room) == ("whatsapp", ACCOUNT, "46701234567")
    assert item.at == 1795178557000
    assert isinstance(item.what, Said)
    assert (item.what.remote_id, item.what.reply_to) == (HEAD["id"], "wamid.Q")


def test_without_a_phone_number_the_user_id_is_who_and_where() -> None:
    told = {key: value for key, value in message("text", {"body": "hej"}).items() if key != "from"}
    contact = {"profile": {"name": "Åsa", "username": "asa.o"}, "user_id": "SE.1234567890abc"}
    item = one(post(contacts=[contact], messages=[told]))
    assert item.sender is not None
    assert (item.sender.id, item.room, item.sender.phone) == ("SE.1234567890abc", "SE.1234567890abc", "")
    assert (item.sender.username, item.sender.aliases) == ("asa.o", ())


@pytest.mark.parametrize("contacts", [None, [], "x", [7], [{}], [{"profile": None}]])
def test_a_message_without_a_usable_contact_is_a_message(contacts: Any) -> None:
    told = {key: value for key, value in message("text", {"body": "hej"}).items() if key != "from_user_id"}
    item = one(post(messages=[told]) if contacts is None else post(contacts=contacts, messages=[told]))
    assert item.sender is not None
    assert (item.sender.id, item.sender.name) == ("46701234567", "")


def test_a_message_from_nobody_is_kept_aside() -> None:
    told = {"id": "wamid.X", "timestamp": "1", "type": "text", "text": {"body": "hej"}}
    (item,) = read(post(messages=[told]), ACCOUNT)
    assert isinstance(item, Unreadable)


def test_a_name_in_a_batch_never_comes_to_a_stranger() -> None:
    other = message("text", {"body": "b"}, id="wamid.B") | {"from": "4799999999", "from_user_id": "NO.9"}
    item_a, item_b = read(post(contacts=[CONTACT], messages=[message("text", {"body": "a"}), other]), ACCOUNT)
    assert isinstance(item_a, Inbound)
    assert isinstance(item_b, Inbound)
    assert item_a.sender
    assert item_a.sender.name == "Åsa Öberg"
    assert item_b.sender
    assert (item_b.sender.id, item_b.sender.name, item_b.sender.aliases) == ("4799999999", "", ("NO.9",))
    assert "Öberg" not in item_b.raw


# keys and batches


def test_a_batch_of_a_thousand_with_one_malformed_loses_none() -> None:
    messages: list[Any] = [message("text", {"body": str(n)}, id=f"wamid.{n}") for n in range(1000)]
    messages[500] = ["not a message"]
    items = read(post(contacts=[CONTACT], messages=messages), ACCOUNT)
    assert len(items) == 1000
    assert [n for n, item in enumerate(items) if isinstance(item, Unreadable)] == [500]
    assert len({item.key for item in items}) == 1000


def test_all_entries_changes_messages_and_statuses_are_read() -> None:
    status = {"id": "wamid.S", "status": "sent", "timestamp": "1", "recipient_id": "46701234567"}
    first = orjson.loads(
        post(contacts=[CONTACT], messages=[message("text", {"body": "a"})], statuses=[status])
    )
    second = orjson.loads(post(statuses=[status | {"status": "delivered"}, status | {"status": "read"}]))
    first["entry"][0]["changes"] += second["entry"][0]["changes"]
    first["entry"] += orjson.loads(post(messages=[message("text", {"body": "b"}, id="wamid.Z")]))["entry"]
    keys = [item.key for item in read(orjson.dumps(first), ACCOUNT)]
    assert keys == [
        f"message:{HEAD['id']}",
        "status:wamid.S:sent",
        "status:wamid.S:delivered",
        "status:wamid.S:read",
        "message:wamid.Z",
    ]


def test_the_same_message_in_other_bytes_and_company_has_the_same_key() -> None:
    alone = one(post(contacts=[CONTACT], messages=[message("text", {"body": "a"})]))
    reordered = dict(reversed(message("text", {"body": "a"}).items()))
    company = read(post(messages=[message("text", {"body": "b"}, id="wamid.B"), reordered]), ACCOUNT)
    assert company[1].key == alone.key


@pytest.mark.parametrize("told", [told for told, _ in READABLE] + [told for told, _ in EVENTS])
def test_what_is_stored_reads_again_as_the_same(told: Json) -> None:
    (item,) = read(post(contacts=[CONTACT], messages=[told]), ACCOUNT)
    assert read(item.raw.encode(), ACCOUNT) == [item]


def test_another_accounts_number_is_unknown_and_keeps_its_own_account() -> None:
    other = post(contacts=[CONTACT], messages=[message("text", {"body": "a"})]).replace(
        ACCOUNT.encode(), b"999"
    )
    item = one(other)
    assert item.what == Unknown("other_account")
    assert item.account == "999"


def test_a_value_without_its_number_is_kept_aside() -> None:
    (item,) = read(post(metadata={}, messages=[message("text", {"body": "a"})]), ACCOUNT)
    assert isinstance(item, Unreadable)


@pytest.mark.parametrize(
    "field", ["message_template_status_update", "account_update", "calls", "smb_message_echoes"]
)
def test_news_of_the_account_is_unknown(field: str) -> None:
    entry = {"id": "1", "time": 17, "changes": [{"field": field, "value": {"event": "APPROVED"}}]}
    item = one(orjson.dumps({"object": "whatsapp_business_account", "entry": [entry]}))
    assert item.what == Unknown(field)
    assert item.key.startswith("sha256:")
    assert read(item.raw.encode(), ACCOUNT) == [item]


def test_the_same_news_in_another_order_of_keys_has_the_same_key() -> None:
    value = {"event": "APPROVED", "reason": "NONE"}
    changes = [{"field": "account_update", "value": v} for v in (value, dict(reversed(value.items())))]
    keys = {one(orjson.dumps({"entry": [{"id": "1", "changes": [change]}]})).key for change in changes}
    assert len(keys) == 1


def test_errors_of_the_number_are_unknown() -> None:
    assert one(post(errors=[{"code": 130429, "title": "Rate limit hit"}])).what == Unknown("errors")


# numbers and ids that change


@pytest.mark.parametrize(
    ("sender", "system", "renamed"),
    [
        ({"from": "4670"}, {"type": "user_changed_number", "wa_id": "4671"}, Renamed("4670", "4671")),
        ({"from": "4670"}, {"type": "customer_changed_number", "new_wa_id": "4671"}, Renamed("4670", "4671")),
        (
            {"from": "4670"},
            {"type": "user_changed_number", "wa_id": "4671", "user_id": "SE.2", "previous_user_id": "SE.1"},
            Renamed("4670", "4671"),
        ),
        (
            {},
            {"type": "user_changed_user_id", "user_id": "SE.2", "previous_user_id": "SE.1"},
            Renamed("SE.1", "SE.2"),
        ),
        (
            {"from": "4670"},
            {"type": "user_changed_user_id", "user_id": "SE.2", "previous_user_id": "SE.1"},
            Renamed("SE.1", "SE.2"),
        ),
        ({"from": "4670"}, {"type": "user_changed_number"}, Unknown("system:user_changed_number")),
    ],
)
def test_a_new_number_or_user_id_renames_the_contact(sender: Json, system: Json, renamed: What) -> None:
    told = {"id": "wamid.S", "timestamp": "1", "type": "system", "system": system} | sender
    item = one(post(messages=[told]))
    assert item.what == renamed
    if isinstance(renamed, Renamed):
        assert item.sender
        assert renamed.old in (item.sender.id, *item.sender.aliases)


# statuses


STATUS = {"id": "wamid.S", "timestamp": "1795178557", "recipient_id": "46701234567"}


@pytest.mark.parametrize(
    ("word", "progress"),
    [
        ("sent", Progress.SENT),
        ("delivered", Progress.DELIVERED),
        ("read", Progress.READ),
        ("played", Progress.READ),
    ],
)
def test_a_status_tells_how_far_a_message_has_come(word: str, progress: Progress) -> None:
    item = one(post(statuses=[STATUS | {"status": word, "biz_opaque_callback_data": "42"}]))
    assert item.what == Progressed("wamid.S", progress, "42")
    assert (item.key, item.room) == (f"status:wamid.S:{word}", "46701234567")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (131047, Reason.WINDOW_CLOSED),
        (131026, Reason.UNREACHABLE),
        (190, Reason.CREDENTIALS),
        (132001, Reason.TEMPLATE),
        (130429, None),
        (999999, None),
        ("131047", None),
        (True, None),
    ],
)
def test_a_failed_status_tells_why(code: Any, reason: Reason | None) -> None:
    errors = [{"code": code, "title": "Title", "error_data": {"details": "Details"}}]
    what = one(post(statuses=[STATUS | {"status": "failed", "errors": errors}])).what
    assert isinstance(what, Progressed)
    assert (what.progress, what.reason) == (Progress.FAILED, reason)
    assert "Details" in what.detail


@pytest.mark.parametrize("errors", [None, [], [None], {}, [{}], [{"code": {}, "error_data": 7}], "x"])
def test_a_failed_status_without_a_clear_error_is_failed(errors: Any) -> None:
    what = one(post(statuses=[STATUS | {"status": "failed", "errors": errors}])).what
    assert isinstance(what, Progressed)
    assert (what.progress, what.reason) == (Progress.FAILED, None)


def test_statuses_in_any_order_each_doubled_are_as_many_keys_as_steps() -> None:
    words = ("sent", "delivered", "read", "played", "failed")
    for order in permutations(words):
        told = [STATUS | {"status": word} for word in order for _ in range(2)]
        assert len({item.key for item in read(post(statuses=told), ACCOUNT)}) == len(words)


def test_an_unknown_status_and_one_of_a_group_are_unknown() -> None:
    assert one(post(statuses=[STATUS | {"status": "pondered"}])).what == Unknown("status:pondered")
    group = STATUS | {"status": "read", "recipient_type": "group"}
    assert isinstance(one(post(statuses=[group])).what, Unknown)


# what may be wrong


@pytest.mark.parametrize(
    ("timestamp", "at"),
    [
        ("1795178557", 1795178557000),
        (1795178557, 1795178557000),
        ("0", 0),
        ("-5", 0),
        (str(2**53), 0),
        (2**63, 0),
        ("soon", 0),
        (None, 0),
        (True, 0),
        (1.5, 0),
        ("٣٤", 0),
        ("", 0),
    ],
)
def test_a_moment_that_is_none_costs_no_message(timestamp: Any, at: int) -> None:
    item = one(post(contacts=[CONTACT], messages=[message("text", {"body": "a"}, timestamp=timestamp)]))
    assert item.at == at
    assert item.what == Said(HEAD["id"], Content("a"))


@pytest.mark.parametrize("bad", [None, True, 7, 1.5, "", " ", "a b", "x" * 600, "a\0b", [], {}])
def test_an_id_that_is_none_is_kept_aside_with_a_key_of_its_bytes(bad: Any) -> None:
    (item,) = read(post(contacts=[CONTACT], messages=[message("text", {"body": "a"}, id=bad)]), ACCOUNT)
    assert isinstance(item, Unreadable)
    assert item.key.startswith("sha256:")
    assert read(item.raw.encode(), ACCOUNT)[0].key == item.key


@pytest.mark.parametrize(
    ("spoiler", "seen"),
    [
        (rb"\ud800", "�"),
        (rb"\ude00\ud83d", "��"),
        (rb"\ud83d\ude00", "😀"),
        (rb"\\ud800", r"\ud800"),
        (rb"\\\ud800", "\\�"),
        (rb"\u0000", "�"),
        (b"\xed\xa0\x80", "���"),
        (b"\xff", "�"),
    ],
)
def test_broken_characters_are_replaced_and_the_message_is_read(spoiler: bytes, seen: str) -> None:
    raw = post(contacts=[CONTACT], messages=[message("text", {"body": "SPOILER"})]).replace(
        b"SPOILER", spoiler
    )
    assert one(raw).what == Said(HEAD["id"], Content(seen))


@pytest.mark.parametrize(
    "value",
    [
        b"1" * 5000,
        b"-" + b"9" * 5000,
        b"1e400",
        b"NaN",
        b"Infinity",
        b"18446744073709551616",
        b"[" * 300 + b"]" * 300,
    ],
)
def test_numbers_and_nesting_beyond_json_cost_no_message(value: bytes) -> None:
    raw = post(contacts=[CONTACT], messages=[message("text", {"body": "a"}, odd="SPOILER")]).replace(
        b'"SPOILER"', value
    )
    item = one(raw)
    assert item.what == Said(HEAD["id"], Content("a"))
    assert read(item.raw.encode(), ACCOUNT)[0].key == item.key


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"7",
        b"[]",
        b"{}",
        b'{"entry": 7}',
        b'{"entry": []}',
        b"{",
        b"\xff\xfe{\x00}\x00",
        b"[" * 100_000 + b"]" * 100_000,
        b'{"entry":' + b"[" * 100_000,
        b'{"entry":[' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"]}",
    ],
)
def test_what_is_no_object_with_entries_is_a_value_error(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read(raw, ACCOUNT)


@pytest.mark.parametrize("entry", [None, 7, "x", [], {}, {"changes": 7}, {"changes": [7]}, {"changes": [{}]}])
def test_a_malformed_entry_is_kept_aside_and_its_neighbour_read(entry: Any) -> None:
    whole = orjson.loads(post(contacts=[CONTACT], messages=[message("text", {"body": "a"})]))
    whole["entry"].insert(0, entry)
    items = read(orjson.dumps(whole), ACCOUNT)
    assert [type(item) for item in items] == [Unreadable, Inbound]


def test_a_bom_is_no_obstacle() -> None:
    assert one(b"\xef\xbb\xbf" + post(contacts=[CONTACT], messages=[message("text", {"body": "a"})])).at


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
JSON_VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
SEEDS = [json.loads(post(contacts=[CONTACT], messages=[told])) for told, _ in READABLE] + [
    json.loads(post(contacts=[CONTACT], messages=[told])) for told, _ in EVENTS
]
SEEDS.append(json.loads(post(statuses=[STATUS | {"status": "failed", "errors": [{"code": 131047}]}])))


def paths(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [here] * bool(here) + [path for key, part in inner for path in paths(part, (*here, key))]


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_any_one_value_replaced_by_any_other_never_raises_and_reads_again(data: st.DataObject) -> None:
    told = deepcopy(data.draw(st.sampled_from(SEEDS)))
    *way, last = data.draw(st.sampled_from(paths(told)))
    place = told
    for step in way:
        place = place[step]
    place[last] = data.draw(JSON_VALUES)
    raw = json.dumps(told).encode()
    try:
        items = read(raw, ACCOUNT)
    except ValueError:
        return
    for item in items:
        item.raw.encode()
        again = read(item.raw.encode(), ACCOUNT)
        assert [other.key for other in again] == [item.key]
        if isinstance(item, Inbound):
            assert again == [item]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200) | JSON_VALUES.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_read_or_a_value_error(raw: bytes) -> None:
    with suppress(ValueError):
        assert read(raw, ACCOUNT)


# the payload files


FILES = Path(__file__).parent.parent / "payloads" / "whatsapp"
PAYLOADS = {
    f"{file.stem}:{name}": payload
    for file in sorted(FILES.glob("*.json"))
    for name, payload in json.loads(file.read_text("utf-8")).items()
}


@pytest.mark.parametrize("name", PAYLOADS)
def test_every_payload_is_read_or_kept_and_reads_again_as_the_same(name: str) -> None:
    raw = json.dumps(PAYLOADS[name]).encode()
    if name.startswith("odd:"):
        with suppress(ValueError):
            assert read(raw, ACCOUNT)
        return
    items = read(raw, ACCOUNT)
    assert items
    for item in items:
        (again,) = read(item.raw.encode(), ACCOUNT)
        assert again.key == item.key
    aside = [item for item in items if isinstance(item, Unreadable)]
    assert bool(aside) == (name in ("batches:one_not_even_an_object", "people:nobody"))


@pytest.mark.parametrize("name", [name for name in PAYLOADS if name.startswith(("messages:", "people:"))])
def test_no_customers_message_is_lost(name: str) -> None:
    if name in ("messages:in_a_group", "messages:request_welcome", "people:nobody"):
        return
    item = one(json.dumps(PAYLOADS[name]).encode())
    assert not isinstance(item.what, Unknown)
    assert item.sender
    assert item.room
    assert item.at == 1795000000000
    assert not isinstance(item.what, Said) or item.what.content != Content()


# pywa's parser as a second opinion


@pytest.mark.parametrize(("told", "content"), READABLE[:9])
def test_pywa_reads_the_same_where_it_reads_at_all(told: Json, content: Content) -> None:
    raw = json.loads(post(contacts=[CONTACT], messages=[told]))
    theirs = Message.from_update(WhatsApp(server=None, verify_token="x"), raw)
    item = one(orjson.dumps(raw))
    assert isinstance(item.what, Said)
    assert theirs.id == item.what.remote_id
    assert int(theirs.timestamp.timestamp() * 1000) == item.at
    assert (theirs.text or theirs.caption or "") == content.text
    if content.media:
        assert theirs.media is not None
        assert (theirs.media.id, theirs.media.mime_type) == (content.media[0].ref, content.media[0].mime)
        assert bool(theirs.voice) == (content.media[0].kind == MediaKind.VOICE)
    if content.place:
        assert theirs.location is not None
        assert (theirs.location.latitude, theirs.location.name) == (59.33, "Butik")
    assert item.sender
    assert (theirs.from_user.wa_id, theirs.from_user.bsuid) == (item.sender.id, item.sender.aliases[0])
