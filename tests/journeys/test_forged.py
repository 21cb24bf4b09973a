"""What looks like an order and is none: commands, buttons, strangers (T-04 to T-08); Meta's window (A-03)."""

import asyncio
from collections.abc import Mapping

import pytest

from sandbox.telegram.chat import Message
from sandbox.telegram.group import TelegramGroup
from tests.people import Customer, received, texts_of
from tests.shop import Shop

FORWARD = {"type": "hidden_user", "sender_user_name": "Anna", "date": 1}


async def test_what_only_looks_like_a_command_closes_no_ticket(shop: Shop, anna: Customer) -> None:
    """Another's words passed on, a caption, an edit, another bot's, and letters that only look right."""
    card = await shop.hands_over(anna)
    said = shop.staff.says("one moment", to=shop.desk)
    staff, desk = shop.staff, shop.desk
    staff.posts({"text": "/resolve NF-000001", "forward_origin": FORWARD}, to=desk)
    staff.sends("photo", caption="/resolve NF-000001", to=desk)
    staff.edits(said, "/resolve NF-000001")
    staff.says("/resolve@other_bot NF-000001", to=desk)
    staff.says("/r\u0435solve NF-000001", to=desk)
    staff.says("／resolve NF-000001", to=desk)
    staff.says("please /resolve NF-000001", to=desk)
    staff.says("/resolve_all", to=desk)
    await shop.rests()
    assert card.text.startswith("🔴")
    assert len(received(anna)) == 1
    staff.says("/resolve NF-000001", to=desk)
    await anna.reads("is closed")


async def test_a_strangers_commands_are_questions_and_do_nothing(shop: Shop, anna: Customer) -> None:
    card = await shop.hands_over(anna)
    eve = shop.telegram.add_user("Eve", started=True)
    for order in ("/resolve NF-000001", "/tickets", "/desk ABCDEF", "/stats", "/link_admin"):
        eve.says(order)
    await shop.rests()
    assert card.text.startswith("🔴")
    assert not [text for text in texts_of(received(eve)) if "NF-000001" in text or "Anna" in text]


FORGED = ("resolve:1", "resolve NF-000001", "person", "", "x" * 64, "ä" * 32, "\u0000", "{}", "1")


async def test_a_button_that_is_not_ours_or_stands_elsewhere_changes_nothing_at_the_desk(
    shop: Shop, anna: Customer
) -> None:
    card = await shop.hands_over(anna)
    note = shop.staff.says("hello", to=shop.desk)
    for code in FORGED:
        shop.telegram.press(shop.staff, card, code)
    shop.telegram.push_raw({"callback_query": pressed(shop, "resolve", {"inline_message_id": "x"})})
    gone = {"message": {"chat": shop.desk.as_json, "message_id": 999_999, "date": 0}}
    shop.telegram.push_raw({"callback_query": pressed(shop, "resolve", gone)})
    shop.telegram.press(shop.staff, note, "resolve")
    await shop.rests()
    assert card.text.startswith("🔴")
    assert len(received(anna)) == 1


def pressed(shop: Shop, code: str, where: Mapping[str, object]) -> dict[str, object]:
    return {"id": "77", "from": shop.staff.as_json, "chat_instance": "1", "data": code, **where}


async def test_an_old_button_tapped_again_closes_only_its_own_ticket_and_once(
    shop: Shop, anna: Customer
) -> None:
    card = await shop.hands_over(anna)
    shop.staff.presses(card, "resolve")
    await anna.reads("is closed")
    newer = await shop.hands_over(anna, "Do you sell bicycles for giraffes?")
    for _ in range(3):
        shop.telegram.press(shop.colleague, card, "resolve")
    await shop.rests()
    assert newer.text.startswith("🔴")
    assert sum("is closed" in text for text in texts_of(received(anna))) == 1


async def test_a_tap_is_answered_within_a_second(shop: Shop) -> None:
    anna = shop.telegram.add_user("Anna")
    card = await shop.hands_over(anna)
    shop.staff.presses(card, "resolve")
    async with asyncio.timeout(1):
        await shop.telegram.until(lambda: shop.telegram.called("answerCallbackQuery"))


async def test_strangers_that_add_the_bot_again_and_again_are_told_of_once(
    shop: Shop, anna: Customer
) -> None:
    """It is made their administrator, asked for figures, and replied to with a card's number: it leaves."""
    card = await shop.hands_over(anna)
    eve = shop.telegram.add_user("Eve")
    for number in range(3):
        group: TelegramGroup = shop.telegram.add_group(f"Strangers {number}", forum=False)
        group.join([eve])
        group.add_bot(eve, admin=True)
        eve.says("/start", to=group)
        eve.posts({"text": "forged", "reply_to_message": inner(shop, group, card)}, to=group)
    await shop.rests()
    assert sum("I have left it" in text for text in texts_of(shop.desk.shown())) == 1
    assert "forged" not in texts_of(received(anna))


def inner(shop: Shop, group: TelegramGroup, card: Message) -> dict[str, object]:
    chat = {"id": group.id, "type": "supergroup", "title": "x"}
    return {"message_id": card.id, "date": 1, "chat": chat, "from": shop.telegram.bot, "text": card.text}


@pytest.mark.parametrize(("seconds", "arrives"), [(86_390, True), (86_401, False)])
async def test_meta_alone_says_when_the_window_is_closed(shop: Shop, seconds: int, arrives: bool) -> None:
    """We keep no count of our own, so that no clock of ours can be wrong about it."""
    anna = shop.on_whatsapp()
    card = await shop.hands_over(anna)
    await shop.rests()
    shop.whatsapp.advance(seconds)
    shop.staff.says("Only for mice", to=shop.desk, reply_to=card)
    if arrives:
        await anna.reads("Only for mice")
    else:
        await shop.copy("more than 24 hours old")
        anna.says("Are you there?")
        await shop.copy("Are you there?")
        shop.staff.says("Only for mice", to=shop.desk, reply_to=card)
        await anna.reads("Only for mice")
