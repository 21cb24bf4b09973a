"""The desk's group moves, and loses topics and rights; the requests in it are not lost."""

from pathlib import Path

import pytest

from tests.people import Customer, is_card, received, texts_of
from tests.shop import Shop

# Moving


@pytest.mark.parametrize("forum", [True, False], ids=["forum", "plain"])
async def test_a_group_that_becomes_a_supergroup_stays_the_desk(
    tmp_path: Path, channel: str, *, forum: bool
) -> None:
    async with Shop(tmp_path, forum=forum, basic=True) as shop:
        anna = shop.customer(channel)
        await shop.hands_over(anna)
        anna.says("And horses?")
        await shop.copy("horses")
        await shop.rests()
        new = shop.desk.upgrade(shop.staff)
        card = await new.sees("elephants", where=is_card)
        await new.sees("And horses?")
        shop.staff.says("Only for mice", to=new, reply_to=card)
        await anna.reads("Only for mice")
        anna.says("Thanks anyway")
        await new.sees("Thanks anyway")
        await shop.rests()
        assert sum(map(is_card, new.shown())) == 1
        await shop.restart()
        shop.staff.says("Bye", to=new, reply_to=card)
        await anna.reads("Bye")


async def test_a_move_that_only_an_error_tells_of_is_followed(tmp_path: Path, channel: str) -> None:
    async with Shop(tmp_path, forum=False, basic=True) as shop:
        anna = shop.customer(channel)
        await shop.hands_over(anna)
        await shop.rests()
        shop.telegram.updates.allow(["callback_query"])
        new = shop.desk.upgrade(shop.staff)
        shop.telegram.updates.allow(["message", "callback_query"])
        anna.says("And horses?")
        await new.sees("And horses?")
        card = await new.sees("elephants", where=is_card)
        await shop.rests()
        assert sum(map(is_card, new.shown())) == 1
        assert sum("And horses?" in text for text in texts_of(new.shown())) == 1
        shop.staff.says("Only for mice", to=new, reply_to=card)
        await anna.reads("Only for mice")


async def test_a_move_while_the_bot_was_down_is_followed_at_the_start(tmp_path: Path) -> None:
    async with Shop(tmp_path, forum=False, basic=True) as shop:
        anna = shop.on_whatsapp()
        await shop.hands_over(anna)
        await shop.rests()
        await shop.close()
        shop.telegram.updates.allow(["callback_query"])
        new = shop.desk.upgrade(shop.staff)
        await shop.open()
        await new.sees("elephants", where=is_card)


# Topics


@pytest.mark.parametrize("to_general", [False, True], ids=["refused", "put into General"])
async def test_a_deleted_topic_is_made_anew_with_all_that_was_in_it(
    shop: Shop, anna: Customer, *, to_general: bool
) -> None:
    card = await shop.hands_over(anna)
    anna.says("And horses?")
    await shop.copy("And horses?")
    await shop.rests()
    shop.desk.lost_topics_go_to_general = to_general
    shop.desk.delete_topic(shop.desk.topics[card.topic])
    anna.says("Hello?")
    await shop.copy("Hello?")
    await shop.rests()
    topic = shop.desk.topic("NF-000001 Anna")
    assert topic.id != card.topic
    copy = await shop.copy("Hello?", topic=topic)
    shown = texts_of(topic.messages())
    assert sum("elephants" in text for text in shown) == 1
    assert sum(text.endswith("And horses?") for text in shown) == 1
    assert sum(text.endswith("Hello?") for text in shown) == 1
    assert not [message for message in shop.desk.shown() if message.from_bot and message.topic != topic.id]
    shop.staff.says("Here I am", to=shop.desk, reply_to=copy)
    await anna.reads("Here I am")


async def test_a_topic_closed_by_hand_is_opened_when_the_customer_writes(shop: Shop, anna: Customer) -> None:
    card = await shop.hands_over(anna)
    await shop.rests()
    topic = shop.desk.topics[card.topic]
    shop.desk.close_topic(topic, shop.staff)
    anna.says("Hello?")
    copy = await shop.copy("Hello?")
    assert copy.topic == topic.id
    assert not topic.closed


async def test_a_ticket_opened_again_opens_its_topic(shop: Shop, anna: Customer) -> None:
    card = await shop.hands_over(anna)
    topic = shop.desk.topics[card.topic]
    shop.staff.says("/resolve", topic=topic)
    await shop.telegram.until(lambda: topic.closed)
    shop.staff.says("Wait", to=shop.desk, reply_to=card)
    await anna.reads("Wait")
    anna.says("Yes?")
    copy = await shop.copy("Yes?")
    assert copy.topic == topic.id
    assert not topic.closed


async def test_a_deleted_card_is_not_missed_by_anybody(plain_shop: Shop, channel: str) -> None:
    anna = plain_shop.customer(channel)
    card = await plain_shop.hands_over(anna)
    await plain_shop.rests()
    plain_shop.staff.deletes(card)
    anna.says("Hello?")
    copy = await plain_shop.copy("Hello?")
    plain_shop.staff.says("Here", to=plain_shop.desk, reply_to=copy)
    await anna.reads("Here")


async def test_a_group_whose_topics_are_switched_off_gets_plain_cards(shop: Shop, anna: Customer) -> None:
    await shop.hands_over(anna)
    await shop.rests()
    shop.desk.switch_topics(on=False)
    anna.says("Hello?")
    await shop.copy("Hello?")
    berta = shop.on_whatsapp("Berta", phone="46709999999", user_id="SE.99")
    card = await shop.hands_over(berta)
    assert not card.topic
    shop.staff.says("Hello Berta", to=shop.desk, reply_to=card)
    await berta.reads("Hello Berta")


# Rights


async def test_a_demoted_bot_goes_on_with_plain_cards(shop: Shop, anna: Customer) -> None:
    shop.desk.demote_bot(shop.staff)
    await shop.rests()
    card = await shop.hands_over(anna)
    assert not card.topic
    shop.staff.says("Hello", to=shop.desk, reply_to=card)
    await anna.reads("Hello")


async def test_a_bot_without_the_right_to_topics_goes_on_with_plain_cards(shop: Shop, anna: Customer) -> None:
    """It was taken away while the bot did not look: only the error tells."""
    shop.desk.bot_can_manage_topics = False
    card = await shop.hands_over(anna)
    assert not card.topic


@pytest.mark.parametrize("how", ["removed", "muted", "deleted"])
async def test_without_a_desk_customers_are_told_the_truth_and_all_comes_later(
    any_shop: Shop, channel: str, how: str
) -> None:
    desk = any_shop.desk
    if how == "deleted":
        desk.delete()
        any_shop.telegram.tell_membership(desk, any_shop.staff, desk.bot_membership(), desk.bot_membership())
    else:
        (desk.remove_bot if how == "removed" else desk.mute_bot)(any_shop.staff)
    await any_shop.rests()
    anna = any_shop.customer(channel)
    anna.says("Do you sell bicycles for elephants?")
    told = await anna.reads("NF-000001")
    assert "None of my colleagues can be reached" in told.text
    anna.says("It is urgent")
    await any_shop.rests()
    assert not any(map(is_card, desk.shown()))
    if how == "deleted":
        return
    desk.add_bot(any_shop.staff, admin=True)
    card = await any_shop.card("elephants")
    await any_shop.copy("It is urgent")
    await any_shop.rests()
    assert sum(map(is_card, desk.shown())) == 1
    any_shop.staff.says("Here we are", to=desk, reply_to=card)
    await anna.reads("Here we are")


async def test_the_bot_answers_questions_while_it_has_no_desk(shop: Shop, anna: Customer) -> None:
    shop.desk.remove_bot(shop.staff)
    await shop.rests()
    anna.says("How long does delivery take?")
    await anna.reads("working days")


async def test_a_bot_that_is_taken_back_does_not_post_again_what_stands_there(
    any_shop: Shop, channel: str
) -> None:
    anna = any_shop.customer(channel)
    card = await any_shop.hands_over(anna)
    anna.says("And horses?")
    await any_shop.copy("And horses?")
    await any_shop.rests()
    any_shop.desk.remove_bot(any_shop.staff)
    await any_shop.rests()
    any_shop.desk.add_bot(any_shop.staff, admin=True)
    await any_shop.rests()
    anna.says("Hello?")
    await any_shop.copy("Hello?")
    await any_shop.rests()
    shown = texts_of(any_shop.desk.shown())
    assert sum(map(is_card, any_shop.desk.shown())) == 1
    assert sum("And horses?" in text for text in shown) == 1
    any_shop.staff.says("Here", to=any_shop.desk, reply_to=card)
    await anna.reads("Here")


async def test_other_bots_do_nothing_at_the_desk(any_shop: Shop, channel: str) -> None:
    anna = any_shop.customer(channel)
    card = await any_shop.hands_over(anna)
    other = {"id": 4242, "is_bot": True, "first_name": "Other", "username": "other_bot"}
    for words in ("/resolve NF-000001", "/status", "Hello Anna"):
        any_shop.staff.posts({"text": words, "from": other}, to=any_shop.desk, reply_to=card)
    await any_shop.rests()
    assert [
        message.text for message in any_shop.desk.shown() if message.from_bot and not is_card(message)
    ] in ([], [""])
    assert (await any_shop.card()).text.startswith("🔴")
    assert len(received(anna)) == 1
