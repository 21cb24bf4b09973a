"""Customers who ask the same share a card; each is answered alone, and none ever hears of another."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.content import Content
from bot.desk.suggestion_kinds import KINDS
from bot.desk.suggestions import suggest
from sandbox.telegram.chat import Message
from storage.database import Statements
from tests.clock import EverybodysClock
from tests.people import Customer, is_card, received, texts_of
from tests.shop import UNKNOWN, Shop

SHARED = "tickets"
JOIN = "join_minutes = 60"


@pytest.fixture(params=[True, False], ids=["topics", "flat"])
async def any_group(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Shop]:
    async with Shop(tmp_path, clock=EverybodysClock(), forum=request.param, tables={SHARED: JOIN}) as shop:
        yield shop


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with Shop(tmp_path, clock=EverybodysClock(), tables={SHARED: JOIN}) as shop:
        yield shop


def cards_of(shop: Shop) -> list[Message]:
    return [message for message in shop.desk.shown() if is_card(message)]


async def asks(shop: Shop, customer: Customer, words: str = UNKNOWN) -> None:
    customer.says(words)
    await customer.reads("NF-")
    await shop.rests()


async def together(shop: Shop) -> tuple[Customer, Customer, Message]:
    """Anna on Telegram and Erik on WhatsApp ask the same."""
    anna, erik = shop.customer("telegram", "Anna"), shop.customer("whatsapp", "Erik")
    await asks(shop, anna)
    await asks(shop, erik, "hello, do you sell bicycles for elephants")
    card = await shop.card("+1: Erik (WhatsApp) NF-000002 asks the same")
    return anna, erik, card


def heard_of(customer: Customer, *words: str) -> list[str]:
    said = "\n".join(texts_of(received(customer)))
    return [word for word in words if word in said]


async def test_one_reply_answers_all_each_on_their_own_channel(any_group: Shop) -> None:
    shop = any_group
    anna, erik, card = await together(shop)
    assert len(cards_of(shop)) == 1
    assert "👥 2 customers ask the same." in card.text
    assert heard_of(erik, "NF-000002") == ["NF-000002"]
    mine = shop.staff.says("Only for mice, I am afraid", to=shop.desk, reply_to=card)
    assert "Only for mice" in (await anna.reads("Only for mice")).text
    assert "Only for mice" in (await erik.reads("Only for mice")).text
    await shop.reacted(mine, "👍")
    await shop.card("NF-000002 asks the same 👍")
    await shop.rests()
    rows = await shop.rows("SELECT state, taken_by, waiting_since FROM tickets ORDER BY id")
    assert [tuple(row.values()) for row in rows] == [("taken", "Stina", 0)] * 2
    assert not heard_of(anna, "Erik", "NF-000002", "hello, do you")
    assert not heard_of(erik, "Anna", "NF-000001")
    assert len(cards_of(shop)) == 1


async def test_who_goes_on_gets_a_card_of_their_own_and_is_answered_alone(any_group: Shop) -> None:
    shop = any_group
    anna, erik, card = await together(shop)
    shop.staff.says("Only for mice", to=shop.desk, reply_to=card)
    await erik.reads("Only for mice")
    erik.says("And for whales at Storgatan?")
    copy = await shop.copy("whales")
    own = await shop.card("🟡 NF-000002 · Erik")
    await shop.copy("answered from the card that was shared: Only for mice")
    assert copy.topic == own.topic
    assert own.topic != card.topic or not own.topic
    await shop.rests()
    assert "Erik" not in card.text
    shop.staff.says("No whales", to=shop.desk, reply_to=copy)
    await erik.reads("No whales")
    shop.staff.says("Nor cats", to=shop.desk, reply_to=card)
    await anna.reads("Nor cats")
    shop.staff.says("Nor dogs", to=shop.desk, reply_to=own)
    await erik.reads("Nor dogs")
    await shop.rests()
    assert not heard_of(anna, "whales", "dogs", "Storgatan")
    assert not heard_of(erik, "cats")


async def test_when_the_first_goes_on_the_others_are_together_without_them(shop: Shop) -> None:
    anna, erik, card = await together(shop)
    berta = shop.customer("telegram", "Berta")
    await asks(shop, berta)
    await shop.card("👥 3 customers")
    anna.says("I live at Storgatan 5")
    await shop.copy("Storgatan 5")
    newer = await shop.card("NF-000002 · Erik")
    await shop.card("+1: Berta (Telegram) NF-000003 asks the same")
    await shop.rests()
    assert "👥" not in card.text
    shop.staff.says("Then we come to Storgatan 5", to=shop.desk, reply_to=card)
    await anna.reads("Storgatan 5")
    shop.staff.says("Only for mice", to=shop.desk, reply_to=newer)
    await erik.reads("Only for mice")
    await berta.reads("Only for mice")
    await shop.rests()
    assert not heard_of(anna, "mice")
    assert not heard_of(erik, "Storgatan") + heard_of(berta, "Storgatan")


async def test_a_reply_that_names_one_of_them_waits_for_a_second_tap(shop: Shop) -> None:
    anna, erik, card = await together(shop)
    for words in ("Hi Anna, only for mice", "As in NF-000001: only for mice"):
        shop.staff.says(words, to=shop.desk, reply_to=card)
        asked = await shop.copy("Send it anyway?")
        await shop.rests()
        assert not heard_of(erik, "mice") + heard_of(anna, "mice")
        shop.staff.presses(asked, "Do not send")
        await shop.copy("Not sent")


async def test_resolve_on_the_card_closes_all_and_by_number_one(any_group: Shop) -> None:
    shop = any_group
    anna, erik, card = await together(shop)
    berta = shop.customer("telegram", "Berta")
    await asks(shop, berta)
    shop.staff.says("/resolve NF-000003", to=shop.desk)
    await berta.reads("is closed")
    await shop.card("NF-000003 asks the same ✅")
    shop.staff.says("/resolve", to=shop.desk, reply_to=card)
    await anna.reads("NF-000001 is closed")
    await erik.reads("NF-000002 is closed")
    await shop.card("🟢 NF-000001")
    erik.says("Is there anything for penguins at home?")
    await erik.reads("NF-000004")
    await shop.card("NF-000004 · Erik")


async def test_edits_and_delete_reach_all_of_them(shop: Shop) -> None:
    anna, berta = shop.telegram.add_user("Anna"), shop.telegram.add_user("Berta")
    await asks(shop, anna)
    await asks(shop, berta)
    card = await shop.card("+1: Berta")
    mine = shop.staff.says("Only for mise", to=shop.desk, reply_to=card)
    replies = [await one.reads("Only for mise") for one in (anna, berta)]
    await shop.rests()
    shop.staff.edits(mine, "Only for mice")
    await shop.telegram.until(lambda: all(one.text == "Only for mice" for one in replies))
    shop.staff.says("/delete", to=shop.desk, reply_to=mine)
    await shop.telegram.until(lambda: all(one.deleted for one in replies))


async def test_a_closed_window_is_told_for_the_one_it_is_closed_for(any_group: Shop) -> None:
    shop = any_group
    anna, erik, card = await together(shop)
    shop.whatsapp.refuse_next(131047)
    shop.staff.says("Only for mice", to=shop.desk, reply_to=card)
    await anna.reads("Only for mice")
    told = await shop.copy("Not delivered to Erik")
    assert told.topic == card.topic
    await shop.card("NF-000002 asks the same 💔")
    shop.staff.presses(told, "Send again")
    await erik.reads("Only for mice")
    await shop.card("NF-000002 asks the same 👍")
    await shop.rests()
    assert sum("mice" in text for text in texts_of(received(anna))) == 1


async def test_what_is_not_surely_the_same_is_not_joined(shop: Shop) -> None:
    """Others' words, an own matter, a picture with it, an answered card, another language: each has its own."""
    first = [shop.telegram.add_user(f"First{n}") for n in range(3)]
    second = [shop.on_whatsapp(f"Second{n}") for n in range(4)]
    questions = ("Is order NM-204518 pink?", "Is my elephant's bicycle ready?", "Is the plum tree 12 m high?")
    for words, one, other in zip(questions, first, second, strict=False):
        await asks(shop, one, words)
        await asks(shop, other, words.replace("12", "13"))
    assert len(cards_of(shop)) == 6
    card = await shop.hands_over(shop.telegram.add_user("Anna"))
    shop.staff.says("No", to=shop.desk, reply_to=card)
    await shop.rests()
    await asks(shop, second[3])
    assert len(cards_of(shop)) == 8


async def test_long_after_each_has_a_card(shop: Shop) -> None:
    await asks(shop, shop.customer("telegram", "Anna"))
    assert isinstance(shop.clock, EverybodysClock)
    shop.clock.turn(61 * 60)
    await asks(shop, shop.customer("telegram", "Berta"))
    assert len(cards_of(shop)) == 2


async def test_it_is_so_after_a_restart_and_when_the_topic_is_lost(shop: Shop) -> None:
    anna, erik, card = await together(shop)
    await shop.restart()
    await shop.rests()
    assert len(cards_of(shop)) == 1
    shop.desk.delete_topic(shop.desk.topics[card.topic])
    shop.staff.says("Only for mice", to=shop.desk, reply_to=card)
    await anna.reads("Only for mice")
    await erik.reads("Only for mice")


async def test_an_edited_question_is_the_askers_own(shop: Shop) -> None:
    anna, erik = shop.customer("telegram", "Anna"), shop.telegram.add_user("Erik")
    await asks(shop, anna)
    asked = erik.says(UNKNOWN)
    await erik.reads("NF-000002")
    await shop.card("+1: Erik")
    erik.edits(asked, "Do you sell bicycles for elephants at Storgatan 5?")
    own = await shop.card("NF-000002 · Erik")
    await shop.rests()
    assert "Storgatan 5" in own.text
    shared = await shop.card("NF-000001 · Anna")
    assert "Erik" not in shared.text
    assert "Storgatan" not in shared.text


async def test_a_draft_for_the_question_answers_all_of_them(shop: Shop) -> None:
    anna, erik = shop.customer("telegram", "Anna"), shop.customer("whatsapp", "Erik")
    await asks(shop, anna)
    await asks(shop, erik)
    business = shop.running.business
    more = {"to": "Anna · Telegram", "source": "faq.md"}
    content = Content(text="Only for mice")

    async def draw_up(tx: Statements) -> None:
        await suggest(tx, business, KINDS, "draft", content, more=more, ticket_id=1)

    await business.db.transaction(draw_up)
    shop.staff.presses(await shop.copy("Draft for Anna"), "Send")
    await anna.reads("Only for mice")
    await erik.reads("Only for mice")
    await shop.copy("Sent by Stina to Anna · Telegram +1")
