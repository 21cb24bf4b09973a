"""The emulated Bot API, driven by the real python-telegram-bot: what it gives, keeps and refuses."""

import re

import pytest
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
    ReplyParameters,
    Update,
)
from telegram.constants import ReactionEmoji
from telegram.error import BadRequest, ChatMigrated, EndPointNotFound, Forbidden, InvalidToken, RetryAfter

from sandbox.telegram import Limits, TelegramEmulator, TelegramGroup, TelegramUser
from sandbox.telegram.files import TINY_PNG
from sandbox.telegram.rules import REACTIONS


def refused(words: str, kind: type[Exception] = BadRequest) -> pytest.RaisesExc[Exception]:
    """The library writes the first letter large."""
    return pytest.raises(kind, match=re.compile(re.escape(words), re.IGNORECASE))


async def test_a_message_is_read_and_edited(anna: TelegramUser, bot: Bot) -> None:
    asked = anna.says("Hej!")
    sent = await bot.send_message(anna.id, "Hello there", reply_to_message_id=asked.id)
    read = await anna.reads(containing="Hello")
    assert (read.id, read.reply_to, read.from_bot) == (sent.message_id, asked.id, True)
    await bot.edit_message_text("Hello again", anna.id, sent.message_id)
    assert (await anna.sees("again")).edits == 1


async def test_updates_are_complete_and_confirmed_by_their_offset(
    telegram: TelegramEmulator, anna: TelegramUser, bot: Bot
) -> None:
    anna.says("/start abc")
    anna.sends("voice", b"ogg")
    first, second = await bot.get_updates()
    assert first.message
    assert first.message.entities[0].type == "bot_command"
    assert first.message.from_user
    assert first.message.from_user.language_code == "sv"
    assert second.message
    assert second.message.voice
    assert (await bot.get_updates(offset=second.update_id))[0].update_id == second.update_id
    assert await bot.get_updates(offset=second.update_id + 1, timeout=0) == ()
    assert not telegram.updates.pending


async def test_every_kind_of_message_reads_as_a_telegram_update(
    telegram: TelegramEmulator, anna: TelegramUser, bot: Bot
) -> None:
    kinds = ("photo", "voice", "audio", "video", "video_note", "animation", "document", "sticker")
    for kind in kinds:
        anna.sends(kind)
    anna.sends_album([("photo", TINY_PNG), ("video", b"x")], caption="two")
    anna.shares_location(59.3, 18.1)
    anna.shares_venue(59.3, 18.1, "Shop", "Main street 1")
    anna.shares_contact("+46701234567", "Bo")
    anna.throws_dice()
    anna.asks_poll("Which?", ["a", "b"])
    anna.posts({"story": {"chat": anna.chat.as_json, "id": 1}})
    updates = await bot.get_updates()
    messages = [update.message for update in updates if update.message]
    for kind, message in zip(kinds, messages, strict=False):
        assert getattr(message, kind), kind
    assert messages[8].media_group_id == messages[9].media_group_id
    assert [bool(getattr(messages[at], name)) for at, name in enumerate(_REST, 10)] == [True] * len(_REST)
    assert [message["kind"] for message in telegram.view()["users"][0]["messages"]][:8] == list(kinds)


_REST = ("location", "venue", "contact", "dice", "poll", "story")


async def test_files_are_sent_fetched_and_sent_again_by_their_id(anna: TelegramUser, bot: Bot) -> None:
    sent = await bot.send_photo(anna.id, TINY_PNG, caption="<b>look</b>", parse_mode="HTML")
    read = await anna.reads("look")
    assert read.entities == [{"type": "bold", "offset": 0, "length": 4}]
    again = await bot.send_photo(anna.id, sent.photo[-1].file_id)
    file = await bot.get_file(again.photo[-1].file_id)
    assert bytes(await file.download_as_bytearray()) == TINY_PNG
    with refused("can't use file of type Photo as Document"):
        await bot.send_document(anna.id, sent.photo[-1].file_id)
    with refused("wrong remote file identifier"):
        await bot.send_voice(anna.id, "AgACAgIAAx")
    with refused("IMAGE_PROCESS_FAILED"):
        await bot.send_photo(anna.id, b"no picture")


async def test_every_media_method_takes_an_upload(anna: TelegramUser, bot: Bot) -> None:
    for kind in ("voice", "audio", "video", "video_note", "animation", "document", "sticker"):
        sent = await getattr(bot, f"send_{kind}")(anna.id, b"bytes of a file")
        assert getattr(sent, kind), kind
    media = [InputMediaDocument(b"one"), InputMediaDocument(b"two", caption="both")]
    album = await bot.send_media_group(anna.id, media)
    assert [message.media_group_id is not None for message in album] == [True, True]
    with refused("document can't be mixed"):
        await bot.send_media_group(anna.id, [*media, InputMediaPhoto(TINY_PNG)])
    with refused("too many messages to send as an album"):
        await bot.send_media_group(anna.id, [InputMediaDocument(b"x")] * 11)
    with refused("too few messages to send as an album"):
        await bot.send_media_group(anna.id, [InputMediaDocument(b"x")])


async def test_large_files_cannot_be_fetched(anna: TelegramUser, bot: Bot) -> None:
    large = anna.sends("document", size=20 * 1024 * 1024 + 1)
    with refused("file is too big"):
        await bot.get_file(large.file_id)
    with refused("wrong file_id"):
        await bot.get_file("unknown")


async def test_places_and_visiting_cards_are_sent(anna: TelegramUser, bot: Bot) -> None:
    assert (await bot.send_location(anna.id, 59.3, 18.1)).location
    assert (await bot.send_venue(anna.id, 59.3, 18.1, "Shop", "Street")).venue
    assert (await bot.send_contact(anna.id, "+4670", "Bo")).contact
    with refused("wrong location"):
        await bot.send_location(anna.id, 91, 0)


async def test_buttons_are_checked_pressed_and_answered_once(anna: TelegramUser, bot: Bot) -> None:
    def keyboard(code: str) -> InlineKeyboardMarkup:
        return InlineKeyboardMarkup([[InlineKeyboardButton("Yes", callback_data=code)]])

    with refused("button_data_invalid"):
        await bot.send_message(anna.id, "?", reply_markup=keyboard("å" * 33))
    await bot.send_message(anna.id, "?", reply_markup=keyboard("å" * 32))
    press = anna.presses(await anna.reads("?"), "Yes")
    query = (await bot.get_updates())[0].callback_query
    assert query
    assert query.data == "å" * 32
    await bot.answer_callback_query(query.id, "Fine")
    assert (press.answered, press.text) == (True, "Fine")
    with refused("query is too old"):
        await bot.answer_callback_query(query.id)


async def test_edits_that_telegram_refuses(anna: TelegramUser, bot: Bot) -> None:
    sent = await bot.send_message(anna.id, "same")
    theirs = anna.says("mine")
    with refused("not modified"):
        await bot.edit_message_text("same", anna.id, sent.message_id)
    with refused("can't be edited"):
        await bot.edit_message_text("x", anna.id, theirs.id)
    with refused("message to edit not found"):
        await bot.edit_message_text("x", anna.id, 999)
    with refused("no caption in the message"):
        await bot.edit_message_caption(anna.id, sent.message_id, caption="x")
    await bot.delete_message(anna.id, sent.message_id)
    with refused("message to delete not found"):
        await bot.delete_message(anna.id, sent.message_id)


async def test_only_the_standard_reactions_are_taken(
    telegram: TelegramEmulator, anna: TelegramUser, bot: Bot
) -> None:
    message = anna.says("Hej")
    await bot.set_message_reaction(anna.id, message.id, "👍")
    assert message.reactions == {telegram.bot["id"]: ("👍",)}
    await bot.set_message_reaction(anna.id, message.id, [])
    assert not message.reactions
    with refused("reaction_invalid"):
        await bot.set_message_reaction(anna.id, message.id, "✅")
    assert {emoji.value.replace("\ufe0f", "") for emoji in ReactionEmoji} == REACTIONS


async def test_people_the_bot_cannot_write_to(telegram: TelegramEmulator, bot: Bot) -> None:
    new = telegram.add_user("New")
    with refused("can't initiate conversation", Forbidden):
        await bot.send_message(new.id, "x")
    new.says("hi")
    new.blocks()
    with refused("bot was blocked by the user", Forbidden):
        await bot.send_message(new.id, "x")
    new.unblocks()
    new.deletes_account()
    with refused("user is deactivated", Forbidden):
        await bot.send_message(new.id, "x")
    with refused("chat not found"):
        await bot.send_message(12345, "x")
    changes = [update.my_chat_member for update in await bot.get_updates() if update.my_chat_member]
    assert [change.new_chat_member.status for change in changes] == ["kicked", "member"]


async def test_topics_are_opened_closed_and_gone(desk: TelegramGroup, bot: Bot) -> None:
    made = await bot.create_forum_topic(desk.id, "NF-1 Anna")
    thread = made.message_thread_id
    sent = await bot.send_message(desk.id, "card", message_thread_id=thread)
    assert (sent.message_thread_id, sent.is_topic_message) == (thread, True)
    assert sent.reply_to_message
    assert sent.reply_to_message.message_id == thread
    topic = await desk.sees_topic("NF-1")
    assert [message.text for message in topic.messages()] == ["", "card"]
    await bot.close_forum_topic(desk.id, thread)
    with refused("topic_closed"):
        await bot.send_message(desk.id, "x", message_thread_id=thread)
    await bot.reopen_forum_topic(desk.id, thread)
    await bot.edit_forum_topic(desk.id, thread, name="NF-1 Anna B")
    await bot.delete_forum_topic(desk.id, thread)
    with refused("thread not found"):
        await bot.send_message(desk.id, "x", message_thread_id=thread)
    desk.lost_topics_go_to_general = True
    assert (await bot.send_message(desk.id, "x", message_thread_id=thread)).message_thread_id is None
    for name, words in ((" ", "title_empty"), ("x" * 129, "title_too_long")):
        with refused(words):
            await bot.create_forum_topic(desk.id, name)


async def test_staff_in_a_topic_answer_its_root_unless_they_reply(
    telegram: TelegramEmulator, desk: TelegramGroup, anna: TelegramUser, bot: Bot
) -> None:
    await bot.create_forum_topic(desk.id, "T")
    topic = desk.topic("T")
    card = await bot.send_message(desk.id, "card", message_thread_id=topic.id)
    plain = anna.says("aside", topic=topic)
    reply = anna.says("to the customer", reply_to=desk.messages[card.message_id])
    general = anna.says("hi", to=desk)
    threaded = anna.says("re", reply_to=general)
    anonymous = anna.says("boss", to=desk, anonymously=True)
    told = [update.message for update in await bot.get_updates() if update.message]
    assert [m.reply_to_message and m.reply_to_message.message_id for m in told] == [
        topic.id,
        card.message_id,
        None,
        general.id,
        None,
    ]
    assert (plain.reply_to, reply.reply_to, reply.topic) == (0, card.message_id, topic.id)
    assert (threaded.raw["message_thread_id"], threaded.topic) == (general.id, 0)
    assert anonymous.author == "Desk"
    assert told[4].from_user
    assert told[4].from_user.id == 1087968824
    with refused("thread not found"):
        await bot.send_message(desk.id, "x", message_thread_id=general.id)


async def test_replies_need_their_message(anna: TelegramUser, bot: Bot) -> None:
    with refused("message to be replied not found"):
        await bot.send_message(anna.id, "x", reply_to_message_id=77)
    wish = ReplyParameters(77, allow_sending_without_reply=True)
    assert (await bot.send_message(anna.id, "x", reply_parameters=wish)).reply_to_message is None


async def test_the_bots_place_in_a_group_decides(
    telegram: TelegramEmulator, desk: TelegramGroup, anna: TelegramUser, bot: Bot
) -> None:
    assert (await bot.get_chat(desk.id)).is_forum
    me = await bot.get_chat_member(desk.id, bot.id)
    assert (me.status, me.can_manage_topics) == ("administrator", True)  # type: ignore[attr-defined]
    desk.demote_bot(anna)
    with refused("not enough rights to create a topic"):
        await bot.create_forum_topic(desk.id, "x")
    desk.mute_bot(anna)
    with refused("not enough rights to send text messages"):
        await bot.send_message(desk.id, "x")
    assert (await bot.get_chat_member(desk.id, bot.id)).status == "restricted"
    desk.remove_bot(anna)
    with refused("bot was kicked from the supergroup chat", Forbidden):
        await bot.send_message(desk.id, "x")
    changes = [update.my_chat_member for update in await bot.get_updates()]
    assert [change.new_chat_member.status for change in changes if change] == [
        "member",
        "restricted",
        "kicked",
    ]


async def test_privacy_mode_hides_small_talk_from_plain_members(
    telegram: TelegramEmulator, anna: TelegramUser, bot: Bot
) -> None:
    group = telegram.add_group("Club", bot="member")
    sent = await bot.send_message(group.id, "Hello")
    anna.says("small talk", to=group)
    anna.says("/help", to=group)
    anna.says("/help@other_bot", to=group)
    anna.says("to you", reply_to=group.messages[sent.message_id])
    group.enters(anna)
    told = [update.message for update in await bot.get_updates() if update.message]
    assert [message.text for message in told] == ["/help", "to you", None]
    group.promote_bot(anna)
    anna.says("small talk", to=group)
    assert len(await bot.get_updates()) == 5


async def test_a_group_moves_to_another_id(telegram: TelegramEmulator, anna: TelegramUser, bot: Bot) -> None:
    old = telegram.add_group("Desk", basic=True)
    new = old.upgrade(anna)
    with pytest.raises(ChatMigrated) as moved:
        await bot.send_message(old.id, "x")
    assert moved.value.new_chat_id == new.id
    told = [update.message for update in await bot.get_updates() if update.message]
    assert [(m.migrate_to_chat_id, m.migrate_from_chat_id) for m in told] == [(new.id, None), (None, old.id)]
    await bot.send_message(new.id, "x")


async def test_a_stranger_adds_the_bot_and_it_leaves(
    telegram: TelegramEmulator, anna: TelegramUser, bot: Bot
) -> None:
    group = telegram.add_group("Elsewhere", bot="left")
    group.add_bot(anna)
    assert {update.my_chat_member is not None for update in await bot.get_updates()} == {True, False}
    await bot.leave_chat(group.id)
    with refused("not a member of the supergroup chat", Forbidden):
        await bot.get_chat(group.id)


async def test_messages_are_copied_and_forwarded(desk: TelegramGroup, anna: TelegramUser, bot: Bot) -> None:
    picture = anna.sends("photo", caption="broken")
    await bot.copy_message(desk.id, anna.id, picture.id)
    await bot.forward_message(desk.id, anna.id, picture.id)
    copied, forwarded = desk.shown()
    assert (copied.file_id, copied.text) == (picture.file_id, "broken")
    assert "forward_origin" in forwarded.raw
    with refused("message to copy not found"):
        await bot.copy_message(desk.id, anna.id, 99)


async def test_reactions_reach_only_who_asks_for_them(
    telegram: TelegramEmulator, anna: TelegramUser, bot: Bot
) -> None:
    sent = await bot.send_message(anna.id, "x")
    anna.reacts(anna.chat.messages[sent.message_id], "🔥")
    assert not await bot.get_updates(allowed_updates=["message", "message_reaction"])
    anna.reacts(anna.chat.messages[sent.message_id], "👍")
    reaction = (await bot.get_updates())[0].message_reaction
    assert reaction
    assert [r.emoji for r in reaction.new_reaction] == ["👍"]  # type: ignore[attr-defined]


async def test_drafts_typing_and_pins_are_seen(
    telegram: TelegramEmulator, anna: TelegramUser, bot: Bot
) -> None:
    await bot.send_chat_action(anna.id, "typing")
    await bot.send_message_draft(anna.id, 1, "Hel")
    assert telegram.view()["users"][0]["draft"] == "Hel"
    sent = await bot.send_message(anna.id, "Hello")
    await bot.pin_chat_message(anna.id, sent.message_id)
    seen = telegram.view()["users"][0]
    assert (seen["draft"], seen["action"], seen["pinned"]) == ("", "typing", sent.message_id)


async def test_a_wrong_token_and_a_wrong_method(telegram: TelegramEmulator, bot: Bot) -> None:
    stranger = Bot("123:wrong", base_url=f"{telegram.url}/bot")
    with pytest.raises(InvalidToken):
        await stranger.initialize()
    await stranger.shutdown()
    with pytest.raises(EndPointNotFound):
        await bot.do_api_request("sendPigeon", {"chat_id": 1})


async def test_paces_are_kept_when_switched_on(
    telegram: TelegramEmulator, desk: TelegramGroup, anna: TelegramUser, bot: Bot
) -> None:
    now = 1_000_000.0
    telegram.clock = lambda: now
    telegram.limits = Limits(chat_burst=25)
    for _ in range(20):
        await bot.send_message(desk.id, "x")
    with pytest.raises(RetryAfter) as put_off:
        await bot.send_message(desk.id, "x")
    assert put_off.value.retry_after == 60
    now += 61
    await bot.send_message(desk.id, "x")
    telegram.limits = Limits(chat_burst=2)
    await bot.send_message(anna.id, "x")
    await bot.send_message(anna.id, "x")
    with pytest.raises(RetryAfter) as put_off:
        await bot.send_message(anna.id, "x")
    assert put_off.value.retry_after == 1


async def test_waiting_in_vain_tells_what_was_seen_instead(anna: TelegramUser, bot: Bot) -> None:
    await bot.send_message(anna.id, "Something else")
    with pytest.raises(AssertionError, match="Something else"):
        await anna.reads("Never said", timeout=0.05)


async def test_an_update_is_pushed_as_it_is(telegram: TelegramEmulator, bot: Bot) -> None:
    telegram.push_raw({"update_id": 7, "update_type_2030": {"a": 1}})
    updates = await bot.get_updates()
    assert isinstance(updates[0], Update)
    assert updates[0].update_id == 7


async def test_people_who_come_and_go_are_told_to_who_asks(
    telegram: TelegramEmulator, desk: TelegramGroup, anna: TelegramUser, bot: Bot
) -> None:
    await bot.get_updates(allowed_updates=["chat_member"])
    desk.enters(anna)
    desk.set_member(anna, "administrator", anna)
    desk.leaves(anna)
    changes = [update.chat_member for update in await bot.get_updates() if update.chat_member]
    assert [change.new_chat_member.status for change in changes] == ["member", "administrator", "left"]
    assert (await bot.get_chat_member(desk.id, anna.id)).status == "left"
    assert [admin.user.id for admin in await bot.get_chat_administrators(desk.id)] == [bot.id]
    assert await bot.get_chat_member_count(desk.id) == 1
