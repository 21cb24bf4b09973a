"""What Telegram posts, read in our words."""

import copy
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import content as contents
from bot.content import Content, Entity, Media, MediaKind, Place, SharedContact, Style
from bot.update import (
    Edited,
    Inbound,
    MemberChanged,
    Pressed,
    Reacted,
    RoomMoved,
    Said,
    Sender,
    Standing,
    StandingChanged,
    TopicChanged,
    Unknown,
    Unreadable,
)
from handlers.channels.telegram_read import read_update

JsonObject = dict[str, Any]

ANNA = {
    "id": 7,
    "is_bot": False,
    "first_name": "Anna",
    "last_name": "Berg",
    "username": "anna",
    "language_code": "sv",
}
PRIVATE = {"id": 7, "type": "private", "first_name": "Anna"}
DESK = {"id": -1001234, "type": "supergroup", "title": "Desk", "is_forum": True}
FILE = {"file_id": "F1", "file_unique_id": "U1"}
PICTURE = {**FILE, "width": 10, "height": 10}
ROOT = {"message_id": 50, "date": 1, "chat": DESK, "forum_topic_created": {"name": "t", "icon_color": 1}}
TOPIC = {"chat": DESK, "is_topic_message": True, "message_thread_id": 50}


def message(**fields: Any) -> JsonObject:
    body = {"message_id": 11, "date": 1_700_000_000, "chat": PRIVATE, "from": ANNA, **fields}
    return {key: value for key, value in body.items() if value is not None}


def read(**update: Any) -> Inbound | Unreadable:
    return read_update(orjson.dumps({"update_id": 5, **update}), "42")


def inbound(**update: Any) -> Inbound:
    found = read(**update)
    assert isinstance(found, Inbound), found
    return found


def said(**fields: Any) -> Said:
    what = inbound(message=message(**fields)).what
    assert isinstance(what, Said), what
    return what


def content(**fields: Any) -> Content:
    return said(**fields).content


def test_a_private_message_tells_who_where_when_and_what() -> None:
    found = inbound(message=message(text="Hej!"))
    assert (found.channel, found.account, found.key, found.room) == ("telegram", "42", "update:5", "7")
    assert (found.at, found.thread, found.is_group) == (1_700_000_000_000, "", False)
    assert found.what == Said("11", Content("Hej!"))
    assert found.sender is not None
    assert (found.sender.id, found.sender.name, found.sender.username) == ("7", "Anna Berg", "anna")
    assert (found.sender.language, found.sender.is_bot, found.sender.is_anonymous) == ("sv", False, False)
    assert read_update(found.raw.encode(), "42") == found


def test_what_stands_in_a_topic_is_not_a_reply_to_the_topics_root() -> None:
    found = inbound(message=message(**TOPIC, text="inside", reply_to_message=ROOT))
    assert (found.room, found.thread, found.is_group) == ("-1001234", "50", True)
    assert found.what == Said("11", Content("inside"))


def test_a_real_reply_in_a_topic_is_one() -> None:
    card = {"message_id": 51, "date": 1, "chat": DESK, "text": "card"}
    assert said(**TOPIC, text="answer", reply_to_message=card).reply_to == "51"


def test_a_reply_outside_topics_is_one_even_to_the_first_message_of_its_thread() -> None:
    first = {"message_id": 50, "date": 1, "chat": DESK, "text": "card"}
    found = inbound(message=message(chat=DESK, message_thread_id=50, text="answer", reply_to_message=first))
    assert isinstance(found.what, Said)
    assert (found.thread, found.what.reply_to) == ("", "50")


def test_a_reply_to_a_message_of_another_chat_is_none() -> None:
    elsewhere = {"message_id": 51, "date": 1, "chat": {"id": -99, "type": "group", "title": "x"}}
    assert said(chat=DESK, text="answer", reply_to_message=elsewhere).reply_to == ""


def test_an_anonymous_administrator_is_the_group_and_no_bot() -> None:
    bot = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
    sender = inbound(message=message(**{"from": bot}, chat=DESK, sender_chat=DESK, text="hello")).sender
    assert sender is not None
    assert (sender.id, sender.name, sender.is_anonymous, sender.is_bot) == ("-1001234", "Desk", True, False)


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("another_chats_voice", {"chat": DESK, "sender_chat": {"id": -1, "type": "channel", "title": "x"}}),
        ("automatic_forward", {"chat": DESK, "is_automatic_forward": True}),
        ("business_message", {"business_connection_id": "b"}),
        ("no_sender", {"from": None}),
        ("channel_post", {"chat": {"id": -1, "type": "channel", "title": "x"}}),
    ],
)
def test_a_message_that_is_nobodys_word_to_us_is_unknown(kind: str, fields: JsonObject) -> None:
    assert inbound(message=message(text="x", **fields)).what == Unknown(kind)


UNNEEDED = """channel_post edited_channel_post business_message edited_business_message
deleted_business_messages guest_message inline_query chosen_inline_result poll poll_answer
chat_join_request chat_boost message_reaction_count business_connection shipping_query update_type_2030"""


@pytest.mark.parametrize("kind", UNNEEDED.split())
def test_updates_that_we_do_not_need_are_unknown_by_their_name(kind: str) -> None:
    assert inbound(**{kind: {"anything": [1, None]}}).what == Unknown(kind)


@pytest.mark.parametrize(
    ("status", "standing"),
    [("administrator", Standing.ADMIN), ("member", Standing.MEMBER), ("left", Standing.GONE)],
)
def test_whoever_comes_and_goes_is_told_with_their_place(status: str, standing: Standing) -> None:
    person = {"id": 8, "is_bot": False, "first_name": "Kalle"}
    change = {"chat": DESK, "from": ANNA, "date": 1, "new_chat_member": {"user": person, "status": status}}
    found = inbound(chat_member=change)
    assert found.what == MemberChanged(Sender("8", "Kalle"), standing)
    assert found.is_group


def test_a_moved_group_is_told_in_both_rooms() -> None:
    group = {"id": -5, "type": "group", "title": "Desk"}
    old = inbound(message=message(chat=group, migrate_to_chat_id=-1001234))
    new = inbound(message=message(chat=DESK, migrate_from_chat_id=-5))
    assert (old.room, old.what) == (new.room, new.what) == ("-5", RoomMoved("-1001234"))


@pytest.mark.parametrize(("field", "closed"), [("forum_topic_closed", True), ("forum_topic_reopened", False)])
def test_a_topic_that_is_closed_or_reopened_by_hand_is_told(field: str, closed: bool) -> None:
    found = inbound(message=message(**TOPIC, **{field: {}}))
    assert (found.thread, found.what) == ("50", TopicChanged(closed))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("new_chat_members", [ANNA]),
        ("left_chat_member", ANNA),
        ("pinned_message", {"message_id": 1, "date": 0, "chat": DESK}),
        ("forum_topic_created", {"name": "t", "icon_color": 1}),
        ("delete_chat_photo", True),
    ],
)
def test_other_service_messages_are_unknown_by_their_name(field: str, value: object) -> None:
    assert inbound(message=message(chat=DESK, **{field: value})).what == Unknown(field)


def test_an_edited_message_keeps_its_id_and_has_the_time_of_the_edit() -> None:
    found = inbound(edited_message=message(text="mended", edit_date=1_700_000_060))
    assert (found.what, found.at) == (Edited("11", Content("mended")), 1_700_000_060_000)


def emoji(sign: str) -> JsonObject:
    return {"type": "emoji", "emoji": sign}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ([], [emoji("👍")], "👍"),
        ([emoji("👍")], [], ""),
        ([emoji("👍")], [emoji("👍"), emoji("🔥")], "🔥"),
        ([emoji("👍"), emoji("🔥")], [emoji("👍")], "👍"),
        ([], [{"type": "custom_emoji", "custom_emoji_id": "9"}], "✨"),
        ([], [{"type": "paid"}], "⭐"),
    ],
)
def test_a_reaction_is_the_one_that_is_new(old: list[object], new: list[object], expected: str) -> None:
    reaction = {
        "chat": DESK,
        "message_id": 3,
        "user": ANNA,
        "date": 1,
        "old_reaction": old,
        "new_reaction": new,
    }
    found = inbound(message_reaction=reaction)
    assert (found.room, found.what, found.is_group) == ("-1001234", Reacted("3", expected), True)


def test_a_reaction_of_the_group_itself_is_anonymous() -> None:
    reaction = {
        "chat": DESK,
        "message_id": 3,
        "actor_chat": DESK,
        "date": 1,
        "old_reaction": [],
        "new_reaction": [],
    }
    sender = inbound(message_reaction=reaction).sender
    assert sender is not None
    assert sender.is_anonymous


@pytest.mark.parametrize("date", [0, 1_700_000_000], ids=["too old to be shown", "shown"])
def test_a_tapped_button_tells_the_room_of_its_message(date: int) -> None:
    shown = {"message_id": 12, "date": date, "chat": DESK} | (TOPIC if date else {})
    found = inbound(
        callback_query={"id": "q", "from": ANNA, "chat_instance": "c", "data": "take:1", "message": shown}
    )
    assert found.what == Pressed("take:1", "12", "q")
    assert (found.room, found.thread, found.is_group) == ("-1001234", "50" if date else "", True)
    assert found.sender is not None
    assert found.sender.id == "7"


def test_a_tap_without_a_message_is_unknown() -> None:
    tap = {"id": "q", "from": ANNA, "chat_instance": "c", "data": "x", "inline_message_id": "i"}
    assert inbound(callback_query=tap).what == Unknown("callback_query")


RESTRICTED = {"status": "restricted", "until_date": 0, "is_member": True}


@pytest.mark.parametrize(
    ("member", "standing"),
    [
        ({"status": "member"}, Standing.MEMBER),
        ({"status": "left"}, Standing.GONE),
        ({"status": "kicked", "until_date": 0}, Standing.GONE),
        ({"status": "administrator", "can_manage_topics": True}, Standing.ADMIN),
        (RESTRICTED, Standing.MUTED),
        ({**RESTRICTED, "is_member": False}, Standing.GONE),
        ({**RESTRICTED, "can_send_messages": True}, Standing.MEMBER),
    ],
)
def test_our_own_place_in_a_room(member: JsonObject, standing: Standing) -> None:
    us = {"id": 42, "is_bot": True, "first_name": "Maja"}
    change = {
        "chat": DESK,
        "from": ANNA,
        "date": 1,
        "old_chat_member": {"status": "left", "user": us},
        "new_chat_member": {**member, "user": us},
    }
    found = inbound(my_chat_member=change)
    assert (found.what, found.room, found.is_group) == (StandingChanged(standing), "-1001234", True)


@pytest.mark.parametrize(
    ("fields", "media"),
    [
        (
            {"photo": [{**PICTURE, "file_id": "small", "width": 5}, {**PICTURE, "file_size": 9}]},
            Media(MediaKind.PICTURE, "F1", "telegram", "", "image/jpeg", 9),
        ),
        (
            {"video": {**PICTURE, "duration": 1, "file_name": "a.mov", "mime_type": "video/quicktime"}},
            Media(MediaKind.VIDEO, "F1", "telegram", "a.mov", "video/quicktime"),
        ),
        (
            {"video_note": {**FILE, "length": 1, "duration": 1}},
            Media(MediaKind.ROUND_VIDEO, "F1", "telegram", "", "video/mp4"),
        ),
        (
            {"animation": {**PICTURE, "duration": 1}, "document": {**FILE, "file_id": "other"}},
            Media(MediaKind.ANIMATION, "F1", "telegram", "", "video/mp4"),
        ),
        ({"voice": {**FILE, "duration": 1}}, Media(MediaKind.VOICE, "F1", "telegram", "", "audio/ogg")),
        ({"audio": {**FILE, "duration": 1}}, Media(MediaKind.AUDIO, "F1", "telegram", "", "audio/mpeg")),
        (
            {"document": {**FILE, "file_name": "r.pdf", "mime_type": "application/pdf", "file_size": 3}},
            Media(MediaKind.DOCUMENT, "F1", "telegram", "r.pdf", "application/pdf", 3),
        ),
        (
            {"sticker": {**PICTURE, "type": "regular", "is_animated": False, "is_video": True}},
            Media(MediaKind.STICKER, "F1", "telegram", "", "video/webm"),
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_files_keep_their_kind_name_and_size(fields: JsonObject, media: Media) -> None:
    assert content(**fields) == Content(media=(media,))


def test_a_caption_and_an_album_stay_with_their_picture() -> None:
    what = said(photo=[PICTURE], caption="broken", media_group_id="g1")
    assert (what.album, what.content.text, len(what.content.media)) == ("g1", "broken", 1)


def test_places_visiting_cards_dice_and_polls_have_words_of_ours() -> None:
    spot = {"latitude": 59.3, "longitude": 18}
    assert content(location=spot).place == Place(59.3, 18.0)
    venue = {"location": spot, "title": "Shop", "address": "Main street"}
    assert content(venue=venue, location=spot).place == Place(59.3, 18.0, "Shop", "Main street")
    card = {"phone_number": "+46700000000", "first_name": "Bo", "last_name": "Ek"}
    assert content(contact=card).shared == (SharedContact("Bo Ek", ("+46700000000",)),)
    assert content(dice={"emoji": "🎲", "value": 4}).text == "🎲 4"
    options = [
        {"text": "yes", "voter_count": 0, "persistent_id": "0"},
        {"text": "no", "voter_count": 0, "persistent_id": "1"},
    ]
    poll = {
        "id": "p",
        "question": "Open?",
        "options": options,
        "total_voter_count": 0,
        "is_closed": False,
        "is_anonymous": True,
        "type": "regular",
        "allows_multiple_answers": False,
        "allows_revoting": False,
        "members_only": False,
    }
    assert content(poll=poll).text == "📊 Open?\n– yes\n– no"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("story", {"chat": DESK, "id": 1}),
        ("hologram_of_2030", {"x": 1}),
        ("rich_message", {"blocks": []}),
        ("rich_message", 5),
    ],
)
def test_what_has_no_words_of_ours_is_unreadable_by_its_name(field: str, value: object) -> None:
    assert content(**{field: value}) == Content(unreadable=field)


def test_a_rich_message_has_its_words_and_says_when_there_is_more_to_it() -> None:
    words = {"type": "paragraph", "text": ["Two ", {"type": "bold", "text": ["Bi", "rk"]}, " chairs"]}
    heading = {"type": "heading", "size": 2, "text": "Order"}
    assert content(rich_message={"blocks": [heading, words]}) == Content("Order\nTwo Birk chairs")
    picture = {"type": "photo", "photo": []}
    assert content(rich_message={"blocks": [words, picture]}) == Content(
        "Two Birk chairs", unreadable="rich_message"
    )


def test_a_message_with_nothing_in_it_is_unsupported() -> None:
    assert content() == Content(unreadable="unsupported")


def test_entities_that_every_channel_can_show_are_kept_and_others_dropped() -> None:
    entities = [
        {"type": "bold", "offset": 0, "length": 2},
        {"type": "expandable_blockquote", "offset": 3, "length": 1},
        {"type": "text_link", "offset": 5, "length": 1, "url": "https://example.org/"},
        {"type": "mention", "offset": 0, "length": 2},
        {"type": "italic", "offset": 5, "length": 99},
        {"type": "italic", "offset": -1, "length": 2},
    ]
    assert content(text="😀 b c", entities=entities).entities == (
        Entity(Style.BOLD, 0, 2),
        Entity(Style.QUOTE, 3, 1),
        Entity(Style.LINK, 5, 1, "https://example.org/"),
    )


def test_nul_becomes_a_lost_letter() -> None:
    assert content(text="a\0b").text == "a\ufffdb"
    assert content(**{"holo\0gram": 1}).unreadable == "holo\ufffdgram"
    assert inbound(**{"news\0": 1}).what == Unknown("news\ufffd")
    sender = inbound(
        message=message(text="x", **{"from": ANNA | {"first_name": "\0", "username": "\0"}})
    ).sender
    assert sender is not None
    assert "\0" not in sender.name + sender.username


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b'{"update_id":true}',
        b'{"update_id":"5"}',
        b'{"update_id":5.0}',
        b'{"update_id":1e400}',
        b'{"update_id":' + b"9" * 5000 + b"}",
        b'\xef\xbb\xbf{"update_id":5}',
        b'{"update_id":5,"message":{"text":"\\ud800"}}',
        '{"update_id":5}'.encode("utf-16"),
        b'{"update_id":5,"message":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"update_id":5,"x":NaN}',
    ],
)
def test_what_is_no_update_is_a_value_error(raw: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the text is orjson's
        read_update(raw, "42")


@pytest.mark.parametrize(
    "fields",
    [
        {"chat": None},
        {"chat": 5},
        {"chat": {"id": True, "type": "private"}},
        {"chat": {"id": "7", "type": "private"}},
        {"chat": {"id": 7}},
        {"message_id": "11"},
        {"message_id": None},
        {"message_id": 1.5},
        {"date": None},
        {"date": "yesterday"},
        {"date": 2**53},
        {"from": "Anna"},
        {"from": {"id": None, "is_bot": False, "first_name": "x"}},
        {"text": 5},
        {"text": ["x"]},
        {"photo": [{}]},
        {"photo": [5]},
        {"document": {"file_unique_id": "U"}},
        {"document": {"file_id": "", "file_unique_id": "U"}},
        {"location": {"latitude": "north", "longitude": 1}},
        {"entities": [{"type": "bold", "offset": "0", "length": 1}], "text": "x"},
    ],
    ids=repr,
)
def test_an_update_that_is_not_as_documented_is_kept_aside_under_its_id(fields: JsonObject) -> None:
    body = {**message(text="x"), **fields}
    body = {key: value for key, value in body.items() if value is not None}
    found = read(message=body)
    assert isinstance(found, Unreadable), found
    assert (found.key, orjson.loads(found.raw)["message"]) == ("update:5", body)
    assert found.reason


def test_a_kind_that_changed_since_the_library_was_made_is_unreadable_by_its_name() -> None:
    assert content(poll={"question": "in a new shape"}) == Content(unreadable="poll")
    assert content(photo=[{"file_id": "no size"}], caption="c") == Content("c", unreadable="photo")


def test_endless_replies_do_no_harm() -> None:
    opening = orjson.dumps(message(text="x"))[:-1] + b',"reply_to_message":'
    found = read_update(b'{"update_id":5,"message":' + opening * 200 + b"{}" + b"}" * 201, "42")
    assert isinstance(found, Inbound)
    assert isinstance(found.what, Said)


PAYLOADS = Path(__file__).parent.parent / "payloads" / "telegram"
FIXTURES = {
    f"{path.stem}/{name}": payload
    for path in sorted(PAYLOADS.glob("*.json"))
    for name, payload in orjson.loads(path.read_bytes()).items()
}


@pytest.mark.parametrize("name", FIXTURES)
def test_every_documented_update_is_understood_or_known_to_be_unneeded(name: str) -> None:
    found = read_update(orjson.dumps(FIXTURES[name]), "42")
    assert isinstance(found, Inbound), found
    if not isinstance(found.what, Unknown):
        assert found.room
    if isinstance(found.what, Said | Edited):
        carried = found.what.content
        assert found.sender is not None
        assert carried.text or carried.media or carried.place or carried.shared or carried.unreadable
        assert contents.from_json(contents.to_json(carried)) == carried


SAMPLES = (
    {
        "message": message(
            **TOPIC, text="x", entities=[{"type": "bold", "offset": 0, "length": 1}], reply_to_message=ROOT
        )
    },
    {"message": message(photo=[PICTURE], caption="c", sender_chat=DESK, chat=DESK)},
    {
        "edited_message": message(
            venue={"location": {"latitude": 1, "longitude": 2}, "title": "t", "address": "a"}
        )
    },
    {"message": message(contact={"phone_number": "1", "first_name": "B"}, forum_topic_closed={})},
    {
        "message_reaction": {
            "chat": DESK,
            "message_id": 3,
            "user": ANNA,
            "date": 1,
            "old_reaction": [],
            "new_reaction": [emoji("👍")],
        }
    },
    {
        "callback_query": {
            "id": "q",
            "from": ANNA,
            "chat_instance": "c",
            "data": "d",
            "message": message(text="x"),
        }
    },
    {
        "my_chat_member": {
            "chat": DESK,
            "from": ANNA,
            "date": 1,
            "old_chat_member": {"status": "left", "user": ANNA},
            "new_chat_member": {"status": "member", "user": ANNA},
        }
    },
)
SCALARS = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(max_size=9)
NONSENSE = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def places(node: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(found for key, value in inner for found in places(value, (*path, key)))]


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_no_nonsense_in_any_place_raises(data: st.DataObject) -> None:
    update: Any = copy.deepcopy(data.draw(st.sampled_from(SAMPLES)))
    for _ in range(data.draw(st.integers(1, 3))):
        *way, last = data.draw(st.sampled_from([path for path in places(update) if path]))
        node = update
        for step in way:
            node = node[step]
        node[last] = data.draw(NONSENSE)
    try:
        found = read(**update)
    except ValueError:
        return
    if isinstance(found, Inbound) and isinstance(found.what, Said | Edited):
        carried = found.what.content
        assert contents.from_json(contents.to_json(carried)) == carried
        assert isinstance(found.what.remote_id, str)
    if isinstance(found, Inbound):
        assert all(isinstance(word, str) for word in (found.room, found.thread, found.key))
