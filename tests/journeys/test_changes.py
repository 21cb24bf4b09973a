"""What customers do besides writing: they edit, take back, react, block, and change their numbers."""

import pytest

from sandbox.telegram.files import TINY_PNG
from tests.people import Customer, lines_with, received
from tests.shop import UNKNOWN, Shop


async def test_an_edited_question_that_was_answered_is_answered_anew(shop: Shop, anna: Customer) -> None:
    asked = anna.says("How long does delivery take?")
    await anna.reads("working days")
    anna.edits(asked, "What are your opening hours?")
    await anna.reads(where=lambda message: "working days" not in message.text)
    await shop.rests()
    assert len(received(anna)) == 2


async def test_an_edit_that_changes_no_word_is_not_answered_twice(shop: Shop, anna: Customer) -> None:
    asked = anna.says("How long does delivery take?")
    await anna.reads("working days")
    anna.edits(asked, "How long does delivery take?")
    await shop.rests()
    assert len(received(anna)) == 1


async def test_an_edit_of_an_old_question_is_not_answered(shop: Shop, anna: Customer) -> None:
    old = anna.says("How long does delivery take?")
    await anna.reads("working days")
    anna.says("Thanks")
    await anna.reads("You are welcome")
    anna.edits(old, "How long does delivery take? I live in Oslo.")
    await shop.rests()
    assert len(received(anna)) == 2


async def test_a_question_edited_while_it_waits_is_answered_as_edited(shop: Shop) -> None:
    anna = shop.whatsapp.add_customer("Anna")
    with anna.in_one_post():
        asked = anna.says("How long does delivery elephant?")
        anna.edits(asked, UNKNOWN)
    await anna.reads("NF-000001")
    card = await shop.card(UNKNOWN)
    assert "delivery" not in card.text
    await shop.rests()
    assert len(anna.received) == 1


async def test_an_edited_question_changes_on_the_card(any_shop: Shop, channel: str) -> None:
    anna = any_shop.customer(channel)
    asked = anna.says(UNKNOWN)
    await anna.reads("NF-000001")
    card = await any_shop.card(UNKNOWN)
    anna.edits(asked, "Do you sell tricycles for elephants?")
    await any_shop.telegram.until(lambda: "tricycles" in card.text)
    assert "bicycles" not in card.text
    await any_shop.rests()
    assert len(received(anna)) == 1


async def test_an_edited_message_changes_its_copy_at_the_desk(any_shop: Shop, channel: str) -> None:
    anna = any_shop.customer(channel)
    await any_shop.hands_over(anna)
    said = anna.says("I live in Olso")
    copy = await any_shop.copy("Olso")
    anna.edits(said, "I live in Oslo")
    await any_shop.telegram.until(lambda: "I live in Oslo" in copy.text)
    assert "Olso" not in copy.text
    assert "(edited)" in copy.text


async def test_an_edited_caption_changes_under_the_picture(shop: Shop, anna: Customer) -> None:
    await shop.hands_over(anna)
    said = anna.sends("photo", TINY_PNG, caption="The left leg")
    copy = await shop.copy("The left leg")
    anna.edits(said, "The right leg")
    await shop.telegram.until(lambda: "The right leg" in copy.text)
    assert copy.kind == "photo"


async def test_a_message_taken_back_is_marked_at_the_desk(any_shop: Shop) -> None:
    anna = any_shop.whatsapp.add_customer("Anna")
    await any_shop.hands_over(anna)
    said = anna.says("My card number is 4111")
    copy = await any_shop.copy("4111")
    anna.deletes(said)
    note = await any_shop.copy("Anna took this message back")
    assert note.reply_to == copy.id


async def test_a_reaction_to_our_reply_is_shown_under_it(any_shop: Shop, channel: str) -> None:
    anna = any_shop.customer(channel)
    card = await any_shop.hands_over(anna)
    mine = any_shop.staff.says("We found one", to=any_shop.desk, reply_to=card)
    reply = await anna.reads("We found one")
    anna.reacts(reply, "❤")
    note = await any_shop.copy("Anna reacted with ❤")
    assert note.reply_to == mine.id
    anna.reacts(reply, "")
    await any_shop.copy("took a reaction back")


async def test_a_reaction_without_a_ticket_is_nobodys_business(shop: Shop, anna: Customer) -> None:
    anna.says("Hello")
    anna.reacts(await anna.reads("Maja"), "👍")
    await shop.rests()
    assert not shop.desk.shown()
    assert len(received(anna)) == 1


async def test_a_customer_who_blocked_the_bot_is_shown_and_a_reply_says_so(any_shop: Shop) -> None:
    anna = any_shop.telegram.add_user("Anna")
    card = await any_shop.hands_over(anna)
    anna.blocks()
    await any_shop.copy("Anna has blocked the bot")
    await any_shop.telegram.until(lambda: "has blocked the bot" in card.text)
    mine = any_shop.staff.says("Are you there?", to=any_shop.desk, reply_to=card)
    await any_shop.reacted(mine, "💔")
    note = await any_shop.copy("Not delivered to Anna")
    assert note.reply_to == mine.id
    assert "blocked the bot" in note.text


async def test_a_customer_who_comes_back_can_be_answered_again(any_shop: Shop) -> None:
    anna = any_shop.telegram.add_user("Anna")
    card = await any_shop.hands_over(anna)
    anna.blocks()
    await any_shop.copy("has blocked the bot")
    anna.unblocks()
    await any_shop.copy("Anna can be reached again")
    await any_shop.telegram.until(lambda: "blocked" not in card.text)
    mine = any_shop.staff.says("Welcome back", to=any_shop.desk, reply_to=card)
    await anna.reads("Welcome back")
    await any_shop.reacted(mine, "👍")


async def test_a_deleted_account_is_found_out_by_the_reply(shop: Shop) -> None:
    anna = shop.telegram.add_user("Anna")
    card = await shop.hands_over(anna)
    anna.deletes_account()
    mine = shop.staff.says("Are you there?", to=shop.desk, reply_to=card)
    await shop.reacted(mine, "💔")
    await shop.copy("deleted their account")
    await shop.telegram.until(lambda: "blocked the bot" in card.text)


async def test_a_blocked_customers_ticket_is_resolved_without_telling_them(shop: Shop) -> None:
    anna = shop.telegram.add_user("Anna")
    card = await shop.hands_over(anna)
    anna.blocks()
    await shop.copy("has blocked the bot")
    shop.staff.says("/resolve", to=shop.desk, reply_to=card)
    await shop.card("🟢 NF-000001")
    await shop.rests()
    assert not await shop.count("SELECT count(*) FROM deliveries WHERE state = 'failed'")


async def test_a_customer_who_changes_number_is_answered_under_the_new_one(shop: Shop) -> None:
    anna = shop.on_whatsapp(phone="46701111111", user_id="SE.1")
    card = await shop.hands_over(anna)
    anna.changes_number("46702222222")
    await shop.copy("46702222222")
    shop.staff.says("Hello again", to=shop.desk, reply_to=card)
    await anna.reads("Hello again")
    anna.says("Still me")
    copy = await shop.copy("Still me")
    assert copy.topic == card.topic


async def test_a_number_without_a_user_id_that_changes_is_still_the_same_customer(shop: Shop) -> None:
    anna = shop.on_whatsapp(phone="46701111111", user_id="")
    card = await shop.hands_over(anna)
    anna.changes_number("46702222222")
    await shop.copy("46702222222")
    anna.says("Still me")
    copy = await shop.copy("Still me")
    assert copy.topic == card.topic
    assert await shop.count("SELECT count(*) FROM contacts") == 1


async def test_a_customer_without_a_number_is_answered_by_the_user_id(any_shop: Shop) -> None:
    anna = any_shop.on_whatsapp(phone="", user_id="SE.4711", username="anna_k")
    card = await any_shop.hands_over(anna)
    assert "@anna_k" in card.text
    any_shop.staff.says("Hello Anna", to=any_shop.desk, reply_to=card)
    await anna.reads("Hello Anna")


async def test_a_customer_who_hides_the_number_later_stays_the_same_customer(shop: Shop) -> None:
    anna = shop.on_whatsapp(phone="46701111111", user_id="SE.1")
    card = await shop.hands_over(anna)
    anna.phone = ""
    anna.says("Still me")
    copy = await shop.copy("Still me")
    assert copy.topic == card.topic
    shop.staff.says("Of course", to=shop.desk, reply_to=copy)
    await anna.reads("Of course")


async def test_a_new_user_id_is_followed(shop: Shop) -> None:
    anna = shop.on_whatsapp(phone="", user_id="SE.1")
    card = await shop.hands_over(anna)
    anna.changes_user_id("SE.2")
    await shop.copy("SE.2")
    shop.staff.says("Hello again", to=shop.desk, reply_to=card)
    await anna.reads("Hello again")


async def test_a_post_without_contacts_is_answered(shop: Shop) -> None:
    anna = shop.on_whatsapp(contacts_sent=False)
    await shop.hands_over(anna)


@pytest.mark.parametrize("days", [0.01, 6.0])
async def test_a_late_message_is_answered_in_the_order_it_came(shop: Shop, days: float) -> None:
    anna = shop.whatsapp.add_customer("Anna")
    now = shop.whatsapp.now()
    anna.says("Hello", at=now)
    await anna.reads("Maja")
    anna.says("How long does delivery take?", at=now - days * 86_400)
    await anna.reads("working days")


async def test_a_message_six_days_late_that_cannot_be_answered_any_more_reaches_a_person(shop: Shop) -> None:
    anna = shop.whatsapp.add_customer("Anna")
    anna.says("How long does delivery take?", at=shop.whatsapp.now() - 6 * 86_400)
    card = await shop.card("How long does delivery take?")
    assert "could not be delivered" in card.text
    assert not anna.received


async def test_messages_out_of_order_are_all_shown(shop: Shop) -> None:
    anna = shop.whatsapp.add_customer("Anna")
    await shop.hands_over(anna)
    now = shop.whatsapp.now()
    for number in (3, 1, 2):
        anna.says(f"line {number}", at=now - 100 + number)
    await shop.copy("line 2")
    assert lines_with(shop.desk.shown(), "line ") == ["line 3", "line 1", "line 2"]


# What is older than a change of number


async def test_after_a_change_of_number_older_messages_are_edited_quoted_and_answered(any_shop: Shop) -> None:
    anna = any_shop.on_whatsapp()
    card = await any_shop.hands_over(anna)
    said = anna.says("I live in Olso")
    copy = await any_shop.copy("Olso")
    mine = any_shop.staff.says("Small or large?", to=any_shop.desk, reply_to=card)
    ours = await anna.reads("Small or large?")
    anna.changes_number("46709998877")
    await any_shop.copy("goes on under a new number")
    anna.says("Large", reply_to=ours)
    assert (await any_shop.copy("Large")).reply_to == mine.id
    anna.edits(said, "I live in Oslo")
    await any_shop.telegram.until(lambda: "I live in Oslo" in copy.text)
    any_shop.staff.says("Lovely", to=any_shop.desk, reply_to=copy)
    assert (await anna.reads("Lovely")).reply_to == said.id


async def test_a_number_that_passes_to_somebody_else_takes_no_message_with_it(shop: Shop) -> None:
    anna = shop.on_whatsapp("Anna", phone="46701110001", user_id="SE.1")
    await shop.hands_over(anna)
    said = anna.says("We painted it")
    copy = await shop.copy("We painted it")
    await shop.rests()
    shop.whatsapp.readdress(anna, phone="46701110002")
    eve = shop.on_whatsapp("Eve", phone="46701110001", user_id="SE.2")
    eve.says("How long does delivery take?")
    await eve.reads("working days")
    shop.staff.says("How nice", to=shop.desk, reply_to=copy)
    assert (await anna.reads("How nice")).reply_to == said.id
    await shop.rests()
    assert len(received(eve)) == 1


# What is taken back while it waits


async def test_a_question_that_is_taken_back_while_it_waits_is_not_answered(shop: Shop) -> None:
    anna = shop.on_whatsapp()
    with anna.in_one_post():
        anna.deletes(anna.says(UNKNOWN))
        anna.says("How long does delivery take?")
    await anna.reads("working days")
    await shop.rests()
    assert len(received(anna)) == 1
    assert not shop.desk.shown()


async def test_what_was_taken_back_is_not_on_the_card_of_a_later_request(shop: Shop) -> None:
    anna = shop.on_whatsapp()
    kept, said = anna.says("Hello"), anna.says("Thanks")
    await anna.reads("welcome")
    anna.deletes(said)
    await shop.rests()
    card = await shop.hands_over(anna)
    assert kept.text in card.text
    assert "👤 Thanks" not in card.text
