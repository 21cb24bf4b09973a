"""Sending, editing and reacting over HTTP, at an emulator as strict as Telegram."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest

from bot.channel import Channel, RoomMovedAway, SendLater, SendRefused, SendUnsure
from bot.clock import SystemClock
from bot.content import Button, Content, Entity, Media, MediaKind, Place, SharedContact, Style
from bot.update import Inbound, Pressed, Reason, Said, Standing, Unreadable
from handlers.channels.telegram import TelegramChannel
from handlers.channels.telegram_read import read_update
from sandbox.telegram import TOKEN, Fault, Message, TelegramEmulator, TelegramUser
from sandbox.telegram.files import TINY_PNG

FOREIGN = Media(MediaKind.PICTURE, "wa1", "whatsapp", mime="image/png")
FILES = {"wa1": TINY_PNG, "wa2": b"%PDF-1.7", "wa3": b"no picture at all"}


async def fetch_foreign(media: Media, most: int) -> bytes:
    assert len(FILES[media.ref]) <= most
    return FILES[media.ref]


async def drop(channel: Channel, items: Sequence[Inbound | Unreadable]) -> None:
    """These tests look only at what leaves."""


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramEmulator]:
    emulator = TelegramEmulator()
    await emulator.start()
    yield emulator
    await emulator.stop()


@pytest.fixture
async def channel(telegram: TelegramEmulator) -> AsyncIterator[TelegramChannel]:
    channel = TelegramChannel(
        token=TOKEN, api_url=telegram.url, receive=drop, clock=SystemClock(), fetch_foreign=fetch_foreign
    )
    yield channel
    await channel.stop()


@pytest.fixture
def anna(telegram: TelegramEmulator) -> TelegramUser:
    return telegram.add_user("Anna", started=True)


def last(user: TelegramUser) -> Message:
    return user.chat.shown()[-1]


def own(telegram: TelegramEmulator, kind: MediaKind, name: str) -> Media:
    return Media(kind, telegram.files.keep(name, TINY_PNG).id, "telegram")


async def refused(sending: object) -> Reason:
    with pytest.raises(SendRefused) as caught:
        await sending  # type: ignore[misc]
    return caught.value.reason


async def test_a_text_arrives_with_its_formatting_and_buttons(
    channel: TelegramChannel, anna: TelegramUser, telegram: TelegramEmulator
) -> None:
    entities = (Entity(Style.BOLD, 0, 2), Entity(Style.LINK, 3, 4, "https://example.org/"))
    buttons = (Button("yes", "Yes"), Button("no", "No"))
    ids = await channel.send(str(anna.id), Content("😀 text", entities, buttons=buttons))
    message = last(anna)
    assert ids == (str(message.id),)
    assert message.text == "😀 text"
    assert [(one["type"], one["offset"], one["length"]) for one in message.entities] == [
        ("bold", 0, 2),
        ("text_link", 3, 4),
    ]
    assert [(button.text, button.code) for button in message.buttons] == [("Yes", "yes"), ("No", "no")]
    call = telegram.called("sendMessage")[0]
    assert "parse_mode" not in call.params
    assert call.params.json("link_preview_options") == {"is_disabled": True}


async def test_a_text_that_was_read_can_be_sent_on_as_it_was(
    channel: TelegramChannel, anna: TelegramUser
) -> None:
    await channel.send(str(anna.id), Content("plain *not bold* <b>not html</b>"))
    assert (last(anna).text, last(anna).entities) == ("plain *not bold* <b>not html</b>", [])


KINDS = [
    (MediaKind.PICTURE, "photo"),
    (MediaKind.VIDEO, "video"),
    (MediaKind.ROUND_VIDEO, "video_note"),
    (MediaKind.ANIMATION, "animation"),
    (MediaKind.VOICE, "voice"),
    (MediaKind.AUDIO, "audio"),
    (MediaKind.DOCUMENT, "document"),
    (MediaKind.STICKER, "sticker"),
]


@pytest.mark.parametrize(("kind", "name"), KINDS)
async def test_a_file_of_telegrams_own_is_sent_by_its_id(
    kind: MediaKind, name: str, channel: TelegramChannel, anna: TelegramUser, telegram: TelegramEmulator
) -> None:
    media = own(telegram, kind, name)
    await channel.send(str(anna.id), Content(media=(media,)))
    assert (last(anna).kind, last(anna).file_id) == (name, media.ref)


@pytest.mark.parametrize(("kind", "name"), KINDS)
async def test_a_text_with_a_file_is_its_caption_or_comes_before_it(
    kind: MediaKind, name: str, channel: TelegramChannel, anna: TelegramUser, telegram: TelegramEmulator
) -> None:
    ids = await channel.send(str(anna.id), Content("words", media=(own(telegram, kind, name),)))
    shown = [(message.kind, message.text) for message in anna.chat.shown()]
    if kind in (MediaKind.ROUND_VIDEO, MediaKind.STICKER):
        assert shown == [("text", "words"), (name, "")]
    else:
        assert shown == [(name, "words")]
    assert len(ids) == len(shown)


async def test_a_file_of_another_channel_is_uploaded_under_its_name_and_type(
    channel: TelegramChannel, anna: TelegramUser, telegram: TelegramEmulator
) -> None:
    media = Media(MediaKind.DOCUMENT, "wa2", "whatsapp", '../faktura\n"å".pdf', "application/pdf; charset=x")
    await channel.send(str(anna.id), Content("Faktura å", media=(media,)))
    file = telegram.files.by_id[last(anna).file_id]
    assert (file.content, file.mime, file.name) == (b"%PDF-1.7", "application/pdf", "..fakturaå.pdf")
    assert last(anna).text == "Faktura å"


async def test_a_picture_that_telegram_cannot_read_goes_as_a_document(
    channel: TelegramChannel, anna: TelegramUser
) -> None:
    await channel.send(str(anna.id), Content("see", media=(replace(FOREIGN, ref="wa3"),)))
    assert (last(anna).kind, last(anna).text) == ("document", "see")


async def test_an_album_is_one_message_with_several_ids(
    channel: TelegramChannel, anna: TelegramUser, telegram: TelegramEmulator
) -> None:
    files = (FOREIGN, own(telegram, MediaKind.VIDEO, "video"), own(telegram, MediaKind.PICTURE, "photo"))
    ids = await channel.send(str(anna.id), Content("three", (Entity(Style.ITALIC, 0, 5),), files))
    shown = anna.chat.shown()
    assert ids == tuple(str(message.id) for message in shown)
    assert [message.kind for message in shown] == ["photo", "video", "photo"]
    assert len({message.album for message in shown}) == 1
    assert (shown[0].text, shown[0].entities[0]["type"], shown[1].text) == ("three", "italic", "")


async def test_what_cannot_share_an_album_comes_apart(
    channel: TelegramChannel, anna: TelegramUser, telegram: TelegramEmulator
) -> None:
    files = (
        own(telegram, MediaKind.DOCUMENT, "document"),
        own(telegram, MediaKind.DOCUMENT, "document"),
        own(telegram, MediaKind.VOICE, "voice"),
        FOREIGN,
    )
    await channel.send(str(anna.id), Content("all", media=files, buttons=(Button("b", "B"),)))
    shown = [(message.kind, message.text, len(message.buttons)) for message in anna.chat.shown()]
    assert shown == [
        ("text", "all", 1),
        ("document", "", 0),
        ("document", "", 0),
        ("voice", "", 0),
        ("photo", "", 0),
    ]


async def test_places_and_visiting_cards_arrive(channel: TelegramChannel, anna: TelegramUser) -> None:
    await channel.send(str(anna.id), Content(place=Place(59.3, 18.1)))
    assert last(anna).kind == "location"
    await channel.send(str(anna.id), Content(place=Place(59.3, 18.1, "Shop")))
    assert last(anna).raw["venue"]["title"] == "Shop"
    cards = (SharedContact("Bo", ("+4670",)), SharedContact("", ("+4671",)), SharedContact("Nobody"))
    await channel.send(str(anna.id), Content(shared=cards))
    shown = anna.chat.shown()[-3:]
    assert [message.raw.get("contact", {}).get("first_name", message.text) for message in shown] == [
        "Bo",
        "+4671",
        "Nobody",
    ]


async def test_a_reply_points_to_its_message_or_goes_without(
    channel: TelegramChannel, anna: TelegramUser
) -> None:
    question = anna.says("Open?")
    await channel.send(str(anna.id), Content("Yes"), reply_to=str(question.id))
    assert last(anna).reply_to == question.id
    anna.deletes(question)
    await channel.send(str(anna.id), Content("Yes!"), reply_to=str(question.id))
    assert (last(anna).text, last(anna).reply_to) == ("Yes!", 0)


async def test_a_message_goes_into_its_topic(channel: TelegramChannel, telegram: TelegramEmulator) -> None:
    desk = telegram.add_group("Desk", forum=True)
    thread = await channel.open_topic(str(desk.id), "NF-000001 " + "x" * 200)
    await channel.send(str(desk.id), Content("card"), thread=thread)
    message = desk.shown()[-1]
    assert (message.text, str(message.topic)) == ("card", thread)
    assert channel.link_to(str(desk.id), thread, str(message.id)) == (
        f"https://t.me/c/{str(desk.id)[4:]}/{thread}/{message.id}"
    )


async def test_a_message_that_strays_into_general_is_taken_back(
    channel: TelegramChannel, telegram: TelegramEmulator
) -> None:
    desk = telegram.add_group("Desk", forum=True)
    desk.lost_topics_go_to_general = True
    thread = await channel.open_topic(str(desk.id), "t")
    desk.delete_topic(desk.topic("t"))
    before = len(desk.shown())
    assert await refused(channel.send(str(desk.id), Content("card"), thread=thread)) == Reason.TOPIC_GONE
    assert len(telegram.called("sendMessage")) == 1
    assert len(desk.shown()) == before


async def test_a_topic_that_is_gone_or_closed_is_said(
    channel: TelegramChannel, telegram: TelegramEmulator
) -> None:
    desk = telegram.add_group("Desk", forum=True)
    room = str(desk.id)
    thread = await channel.open_topic(room, "t")
    await channel.close_topic(room, thread)
    await channel.close_topic(room, thread)
    assert desk.topic("t").closed
    desk.closed_topics_refuse_admins = True
    assert await refused(channel.send(room, Content("x"), thread=thread)) == Reason.TOPIC_GONE
    await channel.reopen_topic(room, thread)
    await channel.reopen_topic(room, thread)
    desk.delete_topic(desk.topic("t"))
    assert await refused(channel.send(room, Content("x"), thread=thread)) == Reason.TOPIC_GONE


async def test_refused_formatting_is_left_out(channel: TelegramChannel, telegram: TelegramEmulator) -> None:
    anna = telegram.add_user("Anna", started=True)
    body = b'{"ok":false,"error_code":400,"description":"Bad Request: can\'t parse entities: x"}'
    telegram.faults.next("sendMessage", Fault.status(400, body=body))
    await channel.send(str(anna.id), Content("bold", (Entity(Style.BOLD, 0, 4),)))
    assert (last(anna).text, last(anna).entities) == ("bold", [])


async def test_an_edit_replaces_words_and_buttons(channel: TelegramChannel, anna: TelegramUser) -> None:
    room = str(anna.id)
    (remote_id,) = await channel.send(room, Content("old", buttons=(Button("b", "B"),)))
    await channel.edit(room, remote_id, Content("new", (Entity(Style.BOLD, 0, 3),)))
    assert (last(anna).text, last(anna).buttons) == ("new", [])
    await channel.edit(room, remote_id, Content("new", (Entity(Style.BOLD, 0, 3),)))
    assert await refused(channel.edit(room, "999", Content("x"))) == Reason.TARGET_GONE


async def test_an_edit_replaces_a_caption(channel: TelegramChannel, anna: TelegramUser) -> None:
    room = str(anna.id)
    (remote_id,) = await channel.send(room, Content("old", media=(FOREIGN,)))
    await channel.edit(room, remote_id, Content("new", media=(FOREIGN,)))
    assert (last(anna).kind, last(anna).text) == ("photo", "new")


async def test_a_reaction_is_put_and_taken_back(
    channel: TelegramChannel, anna: TelegramUser, telegram: TelegramEmulator
) -> None:
    message = anna.says("thanks")
    room, bot_id = str(anna.id), telegram.bot["id"]
    await channel.react(room, str(message.id), "❤️")
    assert message.reactions[bot_id] == ("❤",)
    await channel.react(room, str(message.id), "")
    assert not message.reactions.get(bot_id)
    assert await refused(channel.react(room, str(message.id), "✅")) == Reason.MALFORMED
    assert await refused(channel.react(room, "999", "👍")) == Reason.TARGET_GONE


async def test_typing_and_acknowledging_are_best_effort(
    channel: TelegramChannel, anna: TelegramUser, telegram: TelegramEmulator
) -> None:
    await channel.show_typing(str(anna.id), "1")
    assert anna.chat.actions == ["typing"]
    await channel.send(str(anna.id), Content("?", buttons=(Button("b", "B"),)))
    press = anna.presses(last(anna), "B")
    found = read_update(next(reversed(telegram.updates.pending.values())).body, channel.account)
    assert isinstance(found, Inbound)
    assert isinstance(found.what, Pressed)
    await channel.acknowledge(found.what.token, "x" * 300)
    assert (press.answered, len(press.text)) == (True, 200)
    await channel.acknowledge(found.what.token)
    telegram.faults.go_down()
    await channel.acknowledge("q")
    await channel.show_typing(str(anna.id), "1")


async def test_a_file_is_fetched_up_to_a_size(
    channel: TelegramChannel, anna: TelegramUser, telegram: TelegramEmulator
) -> None:
    anna.sends("document", b"x" * 1000, name="a.txt")
    found = read_update(next(reversed(telegram.updates.pending.values())).body, channel.account)
    assert isinstance(found, Inbound)
    assert isinstance(found.what, Said)
    media = found.what.content.media[0]
    assert await channel.fetch(media, 1000) == b"x" * 1000
    assert await refused(channel.fetch(media, 999)) == Reason.TOO_LARGE
    assert await refused(channel.fetch(replace(media, size=0), 999)) == Reason.TOO_LARGE
    assert await refused(channel.fetch(replace(media, ref="nonsense"), 1000)) == Reason.MEDIA_GONE
    telegram.faults.next("file", Fault.cut())
    with pytest.raises(SendLater):
        await channel.fetch(media, 1000)


async def test_a_file_that_telegram_gives_to_no_bot_is_too_large(
    channel: TelegramChannel, anna: TelegramUser, telegram: TelegramEmulator
) -> None:
    large = telegram.files.keep("video", b"x", size=30_000_000)
    media = Media(MediaKind.VIDEO, large.id, "telegram")
    assert await refused(channel.fetch(media, 50_000_000)) == Reason.TOO_LARGE


@pytest.mark.parametrize(
    ("fault", "arrived"),
    [
        (Fault.status(500), False),
        (Fault.status(502), False),
        (Fault.reset_before(), False),
        (Fault.reset_after(), True),
        (Fault.cut(), True),
    ],
    ids=lambda value: value.kind if isinstance(value, Fault) else "",
)
async def test_a_broken_call_may_or_may_not_have_arrived(
    fault: Fault, arrived: bool, channel: TelegramChannel, anna: TelegramUser, telegram: TelegramEmulator
) -> None:
    telegram.faults.next("sendMessage", fault)
    with pytest.raises(SendUnsure):
        await channel.send(str(anna.id), Content("x"))
    assert bool(anna.chat.shown()) == arrived
    assert channel.last_error.startswith("sendMessage: ")
    await channel.send(str(anna.id), Content("again"))
    assert (channel.last_error, channel.last_ok > 0) == ("", True)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault.status(200, body=b"<html>"), SendUnsure),
        (Fault.status(200, body=b"[]"), SendUnsure),
        (Fault.status(200, body=b'{"ok":true,"result":7}'), SendUnsure),
        (Fault.status(502), SendUnsure),
        (Fault.cut(), SendUnsure),
        (Fault.status(429, retry_after=7), SendLater),
        (Fault.status(413), SendRefused),
        (Fault.status(401), SendLater),
    ],
    ids=range(8),
)
async def test_a_call_with_a_file_fails_as_any_other(
    fault: Fault,
    kind: type[Exception],
    channel: TelegramChannel,
    anna: TelegramUser,
    telegram: TelegramEmulator,
) -> None:
    media = Media(MediaKind.DOCUMENT, "wa2", "whatsapp", "faktura.pdf", "application/pdf")
    for content, method in ((Content("x"), "sendMessage"), (Content(media=(media,)), "sendDocument")):
        telegram.faults.next(method, fault)
        with pytest.raises(kind):
            await channel.send(str(anna.id), content)


@pytest.mark.parametrize(
    ("body", "seconds"),
    [(None, 7), (b'{"ok":false,"parameters":{"retry_after":1.5}}', 1.5), (b"<html>", None)],
)
async def test_too_many_requests_waits_as_long_as_asked(
    body: bytes | None,
    seconds: float | None,
    channel: TelegramChannel,
    anna: TelegramUser,
    telegram: TelegramEmulator,
) -> None:
    telegram.faults.next("sendMessage", Fault.status(429, retry_after=7, body=body))
    with pytest.raises(SendLater) as caught:
        await channel.send(str(anna.id), Content("x"))
    assert caught.value.seconds == seconds


async def test_nobody_at_the_other_end_is_later(telegram: TelegramEmulator) -> None:
    channel = TelegramChannel(token=TOKEN, api_url="http://127.0.0.1:1", receive=drop, clock=SystemClock())
    with pytest.raises(SendLater) as caught:
        await channel.send("7", Content("x"))
    assert caught.value.seconds is None
    with pytest.raises(SendLater):
        await channel.start()
    assert TOKEN not in channel.last_error
    await channel.stop()


async def test_a_wrong_token_stops_the_whole_channel_for_a_while(telegram: TelegramEmulator) -> None:
    channel = TelegramChannel(token="1:wrong", api_url=telegram.url, receive=drop, clock=SystemClock())
    for call in (channel.start(), channel.send("7", Content("x"))):
        with pytest.raises(SendLater) as caught:
            await call
        assert (caught.value.seconds, caught.value.whole_channel) == (60, True)
    assert "wrong" not in channel.last_error
    await channel.stop()


async def test_people_and_groups_that_cannot_be_reached(
    channel: TelegramChannel, anna: TelegramUser, telegram: TelegramEmulator
) -> None:
    anna.blocks()
    assert await refused(channel.send(str(anna.id), Content("x"))) == Reason.BLOCKED
    assert await refused(channel.send("-100999", Content("x"))) == Reason.ROOM_GONE
    assert await refused(channel.send("no id", Content("x"))) == Reason.MALFORMED
    assert await refused(channel.send("7", Content())) == Reason.MALFORMED
    bo = telegram.add_user("Bo", started=True)
    assert await refused(channel.send(str(bo.id), Content("x" * 4097))) == Reason.TOO_LONG
    group = telegram.add_group("Old", basic=True)
    new = group.upgrade(bo)
    with pytest.raises(RoomMovedAway) as caught:
        await channel.send(str(group.id), Content("x"))
    assert caught.value.to == str(new.id)


async def test_a_message_in_parts_is_unsure_once_a_part_is_there(
    channel: TelegramChannel, anna: TelegramUser, telegram: TelegramEmulator
) -> None:
    telegram.faults.next("sendSticker", Fault.status(429, retry_after=1))
    with pytest.raises(SendUnsure):
        await channel.send(str(anna.id), Content("x", media=(own(telegram, MediaKind.STICKER, "sticker"),)))


async def test_the_desk_is_looked_at_and_left(channel: TelegramChannel, telegram: TelegramEmulator) -> None:
    boss = telegram.add_user("Boss")
    desk = telegram.add_group("Desk", forum=True, members=[boss])
    room = str(desk.id)
    state = await channel.look_at(room)
    assert (state.title, state.is_forum, state.standing, state.may_manage_topics) == (
        "Desk",
        True,
        Standing.ADMIN,
        True,
    )
    desk.demote_bot(boss)
    state = await channel.look_at(room)
    assert (state.standing, state.may_manage_topics) == (Standing.MEMBER, False)
    assert await refused(channel.open_topic(room, "t")) == Reason.RIGHTS_MISSING
    desk.mute_bot(boss)
    assert (await channel.look_at(room)).standing == Standing.MUTED
    await channel.leave(room)
    assert not desk.has_bot
    await channel.leave(room)
    assert await refused(channel.look_at(room)) == Reason.ROOM_GONE


def test_only_supergroups_have_links(channel: TelegramChannel) -> None:
    assert channel.link_to("7", "", "1") == channel.link_to("-5", "", "1") == ""
    assert channel.link_to("-100123", "", "9") == "https://t.me/c/123/9"
