"""How a group becomes the desk, and what becomes of groups that are not."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.telegram.files import TINY_PNG
from sandbox.telegram.group import TelegramGroup
from tests.people import Customer, is_card, received, texts_of
from tests.shop import Shop


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
    assert "None of my colleagues can be reached" in told.text
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
