"""What staff can do about a reply that did not arrive, and what they take back: by a tap, once, by one of them."""

import pytest

from sandbox.faults import Fault
from sandbox.telegram.chat import Message
from sandbox.telegram.user import TelegramUser
from tests.people import Customer, received, texts_of
from tests.shop import Shop


async def failed_reply(shop: Shop, anna: Customer, words: str = "We found one") -> tuple[Message, Message]:
    """The staff's message and the note that says why it failed."""
    card = await shop.hands_over(anna)
    await shop.rests()
    shop.whatsapp.refuse_next(131031)
    mine = shop.staff.says(words, to=shop.desk, reply_to=card)
    await shop.reacted(mine, "💔")
    return mine, await shop.copy("Not delivered to Anna")


async def test_a_reply_that_waits_shows_it_and_then_that_it_arrived(shop: Shop, channel: str) -> None:
    anna = shop.customer(channel)
    card = await shop.hands_over(anna)
    await shop.rests()
    faults = {"telegram": shop.telegram.faults, "whatsapp": shop.whatsapp.faults}[channel]
    call = {"telegram": "sendMessage", "whatsapp": "messages"}[channel]
    faults.always(call, Fault.status(429, retry_after=3) if channel == "telegram" else Fault.status(503))
    mine = shop.staff.says("One moment", to=shop.desk, reply_to=card)
    await shop.reacted(mine, "✍")
    faults.calm()
    await shop.telegram.until(lambda: shop.sign_on(mine) == "👍", timeout=30)
    await anna.reads("One moment")


async def test_a_failed_reply_is_sent_again_by_a_tap(any_shop: Shop) -> None:
    anna = any_shop.on_whatsapp()
    mine, note = await failed_reply(any_shop, anna)
    assert note.reply_to == mine.id
    any_shop.colleague.presses(note, "Send again")
    await anna.reads("We found one")
    await any_shop.reacted(mine, "👍")
    await any_shop.telegram.until(lambda: "Kalle sent it again" in note.text)
    assert not note.buttons


async def test_only_the_first_tap_counts_and_the_second_is_told_whose_it_was(shop: Shop) -> None:
    anna = shop.on_whatsapp()
    _, note = await failed_reply(shop, anna)
    shop.whatsapp.faults.next("messages", Fault.slow(0.3))
    shop.staff.presses(note, "Send again")
    second = shop.colleague.presses(note, "Send again")
    await shop.telegram.until(lambda: second.answered)
    assert second.text.startswith("Stina did that")
    await shop.rests()
    assert texts_of(received(anna)).count("We found one") == 1


async def test_a_tap_that_comes_again_after_a_restart_does_nothing(shop: Shop) -> None:
    anna = shop.on_whatsapp()
    _, note = await failed_reply(shop, anna)
    code = note.buttons[0].code
    shop.staff.presses(note, "Send again")
    await anna.reads("We found one")
    await shop.rests()
    await shop.restart()
    press = shop.telegram.press(shop.colleague, note, code)
    await shop.telegram.until(lambda: press.answered)
    await shop.rests()
    assert texts_of(received(anna)).count("We found one") == 1


async def test_of_an_album_only_what_failed_is_sent_again(shop: Shop) -> None:
    anna = shop.on_whatsapp()
    card = await shop.hands_over(anna)
    await shop.rests()
    shop.whatsapp.refuse_next(131031)
    mine = shop.staff.sends_album([("photo", b"\x89PNG one"), ("photo", b"\x89PNG two")], reply_to=card)
    await anna.reads(where=lambda message: message.type == "image")
    note = await shop.copy("Not delivered to Anna")
    shop.staff.presses(note, "Send again")
    await shop.telegram.until(lambda: shop.sign_on(mine[0]) == "👍")
    files = [shop.file(message) for message in anna.received if message.type == "image"]
    assert files == [b"\x89PNG two", b"\x89PNG one"]


async def test_what_fails_for_ever_has_no_button(shop: Shop) -> None:
    anna = shop.on_whatsapp()
    card = await shop.hands_over(anna)
    shop.whatsapp.refuse_next(131009)
    shop.staff.says("Hello", to=shop.desk, reply_to=card)
    note = await shop.copy("Not delivered to Anna")
    assert not note.buttons


async def test_a_reply_to_somebody_who_is_not_there_shows_on_the_card(shop: Shop) -> None:
    anna = shop.on_whatsapp()
    card = await shop.hands_over(anna)
    shop.whatsapp.refuse_next(131026)
    shop.staff.says("Hello", to=shop.desk, reply_to=card)
    await shop.telegram.until(lambda: "a reply will not arrive" in card.text)
    anna.says("I am back")
    await shop.copy("I am back")


# Corrections


async def test_a_mended_reply_on_whatsapp_is_corrected_by_a_tap(shop: Shop) -> None:
    anna = shop.on_whatsapp()
    card = await shop.hands_over(anna)
    mine = shop.staff.says("We open at nein", to=shop.desk, reply_to=card)
    wrong = await anna.reads("nein")
    shop.staff.edits(mine, "We open at nine")
    note = await shop.desk.sees("old words", where=lambda message: message.reply_to == mine.id)
    shop.colleague.presses(note, "Send a correction")
    right = await anna.reads("We open at nine")
    assert right.text == "*Correction:*\nWe open at nine"
    assert right.reply_to == wrong.id
    await shop.telegram.until(lambda: "Kalle sent a correction" in note.text)


async def test_of_two_edits_only_the_newer_can_be_sent(shop: Shop) -> None:
    anna = shop.on_whatsapp()
    card = await shop.hands_over(anna)
    mine = shop.staff.says("At eight", to=shop.desk, reply_to=card)
    await anna.reads("At eight")
    notes = []
    for words in ("At nine", "At ten"):
        shop.staff.edits(mine, words)
        notes.append(await shop.desk.reads("old words", where=lambda message: bool(message.buttons)))
    old = shop.staff.presses(notes[0], "Send a correction")
    await shop.telegram.until(lambda: old.answered)
    shop.staff.presses(notes[1], "Send a correction")
    await anna.reads("At ten")
    await shop.rests()
    assert not any("At nine" in text for text in texts_of(received(anna)))


# Mending what has several parts

LONG = "Long words of ours. " * 300


async def test_a_long_reply_is_mended_in_all_its_parts(shop: Shop) -> None:
    anna = shop.telegram.add_user("Anna")
    card = await shop.hands_over(anna)
    mine = shop.staff.sends("photo", caption="x" * 900, reply_to=card)
    first = await anna.reads("xxx")
    shop.staff.edits(mine, "y" * 1000)
    await shop.telegram.until(lambda: first.text == "y" * 1000)


@pytest.mark.parametrize("newer", [LONG.replace("ours", "yours") + "End.", "Short after all."])
async def test_a_long_message_that_waits_for_the_desk_is_shown_as_it_was_mended(
    any_shop: Shop, newer: str
) -> None:
    """Its parts still wait because the group may not be written to for a while."""
    anna = any_shop.on_whatsapp()
    await any_shop.hands_over(anna)
    await any_shop.rests()
    any_shop.telegram.faults.always("sendMessage", Fault.status(502))
    with anna.in_one_post():
        said = anna.says("Before.")
    await any_shop.telegram.until(lambda: any_shop.telegram.faults.fired)
    said = anna.says(LONG[:4096])
    await any_shop.running.business.db.fetch("SELECT 1")
    await waiting_copies(any_shop, 3)
    anna.edits(said, newer[:4096])
    await any_shop.telegram.delivered()
    await any_shop.whatsapp.delivered()
    await edited(any_shop)
    any_shop.telegram.faults.calm()
    any_shop.running.business.retry_outbox("telegram")
    last = newer[:4096].split()[-1]
    await any_shop.copy(last)
    await any_shop.rests(timeout=30)
    shown = "\n".join(message.text for message in any_shop.desk.shown() if message.from_bot)
    assert shown.count("Before.") == 1
    old = "words of ours"
    assert old not in shown


async def waiting_copies(shop: Shop, count: int) -> None:
    sql = "SELECT count(*) FROM deliveries WHERE role = 'copy' AND state IN ('queued', 'sending')"
    while await shop.count(sql) < count:  # the story has a time limit of its own
        await shop.rows("SELECT 1")


async def edited(shop: Shop) -> None:
    while not await shop.count("SELECT count(*) FROM messages WHERE edited_at > 0"):
        await shop.rows("SELECT 1")


async def test_of_messages_that_wait_together_only_the_edited_one_changes(shop: Shop) -> None:
    anna = shop.on_whatsapp()
    await shop.hands_over(anna)
    await shop.rests()
    shop.telegram.faults.always("sendMessage", Fault.status(502))
    said = [anna.says(f"Number {n}") for n in range(5)]
    while await shop.count("SELECT count(*) FROM messages WHERE author = 'customer'") < 6:
        await shop.rows("SELECT 1")
    await shop.whatsapp.delivered()
    anna.edits(said[2], "Number two")
    await edited(shop)
    shop.telegram.faults.calm()
    shop.running.business.retry_outbox("telegram")
    await shop.copy("Number 4")
    await shop.rests(timeout=30)
    shown = "\n".join(message.text for message in shop.desk.shown() if message.from_bot)
    assert [shown.count(words) for words in ("Number 2", "Number two", "Number 3", "Number 4")] == [
        0,
        1,
        1,
        1,
    ]


# Taking back


async def test_a_reply_is_taken_back_on_telegram(any_shop: Shop) -> None:
    anna = any_shop.telegram.add_user("Anna")
    card = await any_shop.hands_over(anna)
    mine = any_shop.staff.says("The wrong price", to=any_shop.desk, reply_to=card)
    reply = await anna.reads("The wrong price")
    await any_shop.reacted(mine, "👍")
    command = any_shop.staff.says("/delete", to=any_shop.desk, reply_to=mine)
    await any_shop.telegram.until(lambda: reply.deleted)
    await any_shop.reacted(mine, "🙈")
    await any_shop.reacted(command, "👌")
    any_shop.staff.edits(mine, "The right price")
    await any_shop.copy("was taken back")
    await any_shop.rests()
    assert not any("right price" in text for text in texts_of(received(anna)))


async def test_an_album_is_taken_back_whole(shop: Shop) -> None:
    anna = shop.telegram.add_user("Anna")
    card = await shop.hands_over(anna)
    mine = shop.staff.sends_album([("photo", b"\x89PNG one"), ("photo", b"\x89PNG two")], reply_to=card)
    await anna.reads(where=lambda message: bool(message.album))
    await shop.reacted(mine[0], "👍")
    shop.staff.says("/delete", to=shop.desk, reply_to=mine[0])
    await shop.telegram.until(lambda: not [m for m in anna.chat.shown() if m.album])


async def test_whatsapp_takes_nothing_back_and_staff_are_told(shop: Shop) -> None:
    anna = shop.on_whatsapp()
    card = await shop.hands_over(anna)
    mine = shop.staff.says("The wrong price", to=shop.desk, reply_to=card)
    await anna.reads("The wrong price")
    await shop.reacted(mine, "👍")
    command = shop.staff.says("/delete", to=shop.desk, reply_to=mine)
    note = await shop.copy("cannot be taken back there")
    assert note.reply_to == command.id
    assert shop.sign_on(mine) == "👍"


async def test_what_has_not_left_yet_never_leaves(shop: Shop, channel: str) -> None:
    anna = shop.customer(channel)
    card = await shop.hands_over(anna)
    await shop.rests()
    faults = {"telegram": shop.telegram.faults, "whatsapp": shop.whatsapp.faults}[channel]
    call = {"telegram": "sendMessage", "whatsapp": "messages"}[channel]
    pause = Fault.status(429, retry_after=600) if channel == "telegram" else Fault.status(503)
    faults.always(call, pause, when=lambda subject: "The wrong price" in str(subject))
    mine = shop.staff.says("The wrong price", to=shop.desk, reply_to=card)
    await shop.telegram.until(lambda: faults.fired)
    await shop.reacted(mine, "✍")
    shop.staff.says("/delete", to=shop.desk, reply_to=mine)
    await shop.reacted(mine, "🙈")
    faults.calm()
    await shop.copy("Taken back in time")
    await shop.rests()
    assert not any("wrong" in text for text in texts_of(received(anna)))


async def test_what_is_too_old_to_be_taken_back_is_said(shop: Shop) -> None:
    anna = shop.telegram.add_user("Anna")
    card = await shop.hands_over(anna)
    mine = shop.staff.says("Hello", to=shop.desk, reply_to=card)
    reply = await anna.reads("Hello")
    await shop.reacted(mine, "👍")
    reply.raw["date"] -= 49 * 3600
    shop.staff.says("/delete", to=shop.desk, reply_to=mine)
    await shop.copy("The customer still reads it")


async def test_delete_without_a_reply_of_ours_says_how(shop: Shop) -> None:
    anna = shop.on_whatsapp()
    card = await shop.hands_over(anna)
    for target in (None, card):
        shop.staff.says("/delete", to=shop.desk, reply_to=target)
        await shop.desk.reads("Which reply?")


# Reactions of staff


async def test_a_reaction_on_a_customers_message_is_seen_there(any_shop: Shop, channel: str) -> None:
    anna = any_shop.customer(channel)
    await any_shop.hands_over(anna)
    said = anna.says("We painted it blue")
    copy = await any_shop.copy("painted it blue")
    any_shop.staff.reacts(copy, "❤")
    await any_shop.until(lambda: "❤" in str(said.reactions))
    any_shop.staff.reacts(copy, "")
    await any_shop.until(lambda: "❤" not in str(said.reactions))


async def test_a_reaction_among_staff_stays_inside(shop: Shop, channel: str) -> None:
    anna = shop.customer(channel)
    card = await shop.hands_over(anna)
    inside = shop.staff.says("Who knows?", to=shop.desk)
    for message in (card, inside):
        shop.colleague.reacts(message, "❤")
    await shop.rests()
    seen = anna.chat.shown() if isinstance(anna, TelegramUser) else anna.messages  # type: ignore[attr-defined]
    assert not any(message.reactions for message in seen)


async def test_a_reaction_that_does_not_arrive_is_said(shop: Shop) -> None:
    anna = shop.on_whatsapp()
    await shop.hands_over(anna)
    anna.says("We painted it blue")
    copy = await shop.copy("painted it blue")
    await shop.rests()
    shop.whatsapp.advance(25 * 3600)
    shop.staff.reacts(copy, "❤")
    await shop.copy("Your reaction did not reach the customer")


async def test_a_reply_that_is_edited_into_a_command_stays_as_it_was(shop: Shop) -> None:
    anna = shop.telegram.add_user("Anna")
    card = await shop.hands_over(anna)
    mine = shop.staff.says("Hello", to=shop.desk, reply_to=card)
    reply = await anna.reads("Hello")
    shop.staff.edits(mine, "/note she is rude")
    await shop.copy("is no command of mine")
    await shop.rests()
    assert reply.text == "Hello"
