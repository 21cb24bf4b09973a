"""The desk's group itself: how it becomes the desk, moves, loses topics and rights, and who else has groups."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.telegram.files import TINY_PNG
from sandbox.telegram.group import TelegramGroup
from tests.shop import Customer, Shop, is_card, received, texts_of


@pytest.fixture
async def new_shop(tmp_path: Path) -> AsyncIterator[Shop]:
    """Just set up: nobody has told the bot where the desk is."""
    async with Shop(tmp_path, knows_desk=False) as shop:
        yield shop


def code_of(shop: Shop) -> str:
    code = shop.running.business.desk.code
    assert len(code) == 10
    return code


# Making a group the desk


async def test_the_right_code_makes_the_group_the_desk(new_shop: Shop, channel: str) -> None:
    new_shop.staff.says(f"/desk {code_of(new_shop)}", to=new_shop.desk)
    linked = await new_shop.copy("This group is the desk now")
    assert "I have all the rights I need" in linked.text
    anna = new_shop.customer(channel)
    card = await new_shop.hands_over(anna)
    new_shop.staff.says("Hello", to=new_shop.desk, reply_to=card)
    await anna.reads("Hello")


async def test_the_code_may_be_typed_in_small_letters_and_to_the_bots_name(new_shop: Shop) -> None:
    new_shop.staff.says(f"/desk@svar_bot  {code_of(new_shop).lower()} ", to=new_shop.desk)
    await new_shop.copy("This group is the desk now")


async def test_the_desk_is_remembered_after_a_restart(new_shop: Shop) -> None:
    new_shop.staff.says(f"/desk {code_of(new_shop)}", to=new_shop.desk)
    await new_shop.copy("This group is the desk now")
    await new_shop.rests()
    await new_shop.restart()
    await new_shop.hands_over(new_shop.on_whatsapp())


@pytest.mark.parametrize("code", ["", "AAAAAAAAAA", "NF-000001"])
async def test_a_wrong_code_does_nothing(new_shop: Shop, code: str) -> None:
    new_shop.staff.says(f"/desk {code}", to=new_shop.desk)
    await new_shop.rests()
    assert not [message for message in new_shop.desk.shown() if message.from_bot]
    assert not new_shop.running.business.desk.room
    new_shop.staff.says(f"/desk {code_of(new_shop)}", to=new_shop.desk)
    await new_shop.copy("This group is the desk now")


async def test_a_code_from_a_private_chat_makes_no_desk(new_shop: Shop) -> None:
    new_shop.staff.says(f"/desk {code_of(new_shop)}")
    await new_shop.staff.reads()
    assert not new_shop.running.business.desk.room


async def test_a_code_works_once(new_shop: Shop) -> None:
    code = code_of(new_shop)
    new_shop.staff.says(f"/desk {code}", to=new_shop.desk)
    await new_shop.copy("This group is the desk now")
    other = new_shop.group("Somebody else's")
    new_shop.staff.says(f"/desk {code}", to=other)
    await new_shop.telegram.until(lambda: other.bot_status == "left")
    assert new_shop.running.business.desk.room == str(new_shop.desk.id)
    assert not [message for message in other.shown() if message.from_bot]


async def test_the_bot_says_which_rights_it_needs(new_shop: Shop) -> None:
    new_shop.desk.bot_status, new_shop.desk.bot_can_manage_topics = "member", False
    new_shop.staff.says(f"/desk {code_of(new_shop)}", to=new_shop.desk)
    linked = await new_shop.copy("This group is the desk now")
    assert "make me an administrator" in linked.text
    new_shop.desk.promote_bot(new_shop.staff, can_manage_topics=False)
    await new_shop.rests()
    new_shop.desk.promote_bot(new_shop.staff, can_manage_topics=True)
    await new_shop.rests()
    card = await new_shop.hands_over(new_shop.customer("telegram"))
    assert card.topic


async def test_tickets_from_before_there_was_a_desk_are_posted_when_there_is_one(
    new_shop: Shop, channel: str
) -> None:
    anna = new_shop.customer(channel)
    anna.says("Do you sell bicycles for elephants?")
    told = await anna.reads("NF-000001")
    assert "none of my colleagues can be reached" in told.text
    new_shop.staff.says(f"/desk {code_of(new_shop)}", to=new_shop.desk)
    card = await new_shop.card("elephants")
    new_shop.staff.says("Only for mice", to=new_shop.desk, reply_to=card)
    await anna.reads("Only for mice")


async def test_what_was_written_before_there_was_a_desk_is_shown_too(new_shop: Shop, channel: str) -> None:
    anna = new_shop.customer(channel)
    anna.says("Do you sell bicycles for elephants?")
    await anna.reads("NF-000001")
    anna.says("It is urgent")
    anna.sends("photo", TINY_PNG, caption="This elephant")
    await new_shop.rests()
    new_shop.staff.says(f"/desk {code_of(new_shop)}", to=new_shop.desk)
    await new_shop.card("elephants")
    await new_shop.copy("It is urgent")
    photo = await new_shop.copy("This elephant")
    assert photo.kind == "photo"


async def test_the_group_of_the_environment_wins_over_a_linked_one(new_shop: Shop) -> None:
    linked = new_shop.group("Linked")
    new_shop.staff.says(f"/desk {code_of(new_shop)}", to=linked)
    await linked.sees("This group is the desk now")
    await new_shop.rests()
    new_shop.knows_desk = True
    await new_shop.restart()
    await new_shop.hands_over(new_shop.customer("telegram"))
    assert not any(map(is_card, linked.shown()))


async def test_open_tickets_follow_the_desk_of_the_environment(new_shop: Shop) -> None:
    """They were posted in the group that was linked before; their customers still wait."""
    linked = new_shop.group("Linked")
    new_shop.staff.says(f"/desk {code_of(new_shop)}", to=linked)
    await linked.sees("This group is the desk now")
    anna = new_shop.customer("telegram")
    anna.says("Do you sell bicycles for elephants?")
    await anna.reads("NF-000001")
    await new_shop.rests()
    new_shop.knows_desk = True
    await new_shop.restart()
    await new_shop.card("elephants")


# Strangers


async def stranger(shop: Shop) -> TelegramGroup:
    mallory = shop.telegram.add_user("Mallory")
    group = shop.telegram.add_group("Mallory's friends", bot="left", members=[mallory])
    group.add_bot(mallory)
    return group


async def test_a_strangers_group_is_left_and_said_once_at_the_desk(shop: Shop) -> None:
    group = await stranger(shop)
    await shop.telegram.until(lambda: group.bot_status == "left")
    note = await shop.copy("I have left it")
    assert str(group.id) in note.text
    mallory = shop.telegram.users[next(iter(group.members))]
    for _ in range(3):
        group.add_bot(mallory, admin=True)
        await shop.telegram.until(lambda: group.bot_status == "left")
    await shop.rests()
    assert sum("I have left it" in text for text in texts_of(shop.desk.shown())) == 1
    assert not [message for message in group.shown() if message.from_bot and message.kind != "service"]


@pytest.mark.parametrize(
    "words", ["/status", "/tickets", "/resolve NF-000001", "/desk", "/start", "Do you sell beds?"]
)
async def test_a_strangers_groups_commands_do_nothing(shop: Shop, anna: Customer, words: str) -> None:
    await shop.hands_over(anna)
    group = shop.group("Somebody else's")
    shop.staff.says(words, to=group)
    await shop.telegram.until(lambda: group.bot_status == "left")
    await shop.rests()
    assert not [message for message in group.shown() if message.from_bot]
    assert (await shop.card("NF-000001")).text.startswith("🔴")
    assert len(received(anna)) == 1


async def test_a_reply_in_a_strangers_group_with_a_cards_id_goes_nowhere(shop: Shop, anna: Customer) -> None:
    card = await shop.hands_over(anna)
    group = shop.group("Somebody else's")
    while group.last_id < card.id - 1:
        group.next_id()
    theirs = shop.staff.says("bait", to=group)
    assert theirs.id == card.id
    shop.staff.says("forged", to=group, reply_to=theirs)
    await shop.rests()
    shop.staff.says("real", to=shop.desk, reply_to=card)
    await anna.reads("real")
    assert "forged" not in texts_of(received(anna))


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
    assert shown.count("And horses?") == 1
    assert shown.count("Hello?") == 1
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
    assert "none of my colleagues can be reached" in told.text
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
