"""Staff see on their own message how far it came: 🕊 on its way, 👍 delivered, 👀 read, 💔 not."""

import itertools

import pytest

from sandbox.telegram.chat import Message
from sandbox.whatsapp.customer import WhatsAppCustomer
from sandbox.whatsapp.phone import PhoneMessage
from tests.people import Customer
from tests.shop import Shop

CODES = {
    131047: "more than 24 hours old",
    131026: "knows nobody there any more",
    131031: "account at the platform is restricted",
}
LATE = (131047, 131026, 131031)


async def test_a_reply_that_telegram_took_is_delivered(any_shop: Shop) -> None:
    anna = any_shop.telegram.add_user("Anna")
    card = await any_shop.hands_over(anna)
    mine = any_shop.staff.says("Here", to=any_shop.desk, reply_to=card)
    await any_shop.reacted(mine, "👍")


async def replied(shop: Shop, anna: WhatsAppCustomer) -> tuple[Message, PhoneMessage]:
    """Staff's reply at the desk, and the same on the phone; Meta has told nothing of it yet."""
    card = await shop.hands_over(anna)
    await shop.rests()
    shop.whatsapp.habits.on = False
    mine = shop.staff.says("Here", to=shop.desk, reply_to=card)
    reply = await anna.reads("Here")
    await shop.reacted(mine, "🕊")
    return mine, reply


async def test_a_reply_on_whatsapp_is_on_its_way_then_delivered_then_read(any_shop: Shop) -> None:
    mine, reply = await replied(any_shop, any_shop.whatsapp.add_customer("Anna"))
    any_shop.whatsapp.progress(reply, "sent")
    await any_shop.rests()
    assert any_shop.sign_on(mine) == "🕊"
    any_shop.whatsapp.progress(reply, "delivered")
    await any_shop.reacted(mine, "👍")
    any_shop.whatsapp.progress(reply, "read")
    await any_shop.reacted(mine, "👀")


async def test_statuses_in_any_order_and_doubled_end_at_the_furthest(shop: Shop) -> None:
    shop.whatsapp.habits.doubled = True
    for number, order in enumerate(itertools.permutations(("sent", "delivered", "read"))):
        mine, reply = await replied(shop, shop.on_whatsapp(f"Person{number}"))
        for step in order:
            shop.whatsapp.progress(reply, step)
        await shop.rests()
        assert shop.sign_on(mine) == "👀", order
        shop.whatsapp.habits.on = True


async def test_all_statuses_in_one_post_backwards_end_at_the_furthest(shop: Shop) -> None:
    mine, reply = await replied(shop, shop.whatsapp.add_customer("Anna"))
    shop.whatsapp.progress(reply, "read", "delivered", "sent")
    await shop.reacted(mine, "👀")


async def test_a_status_that_overtakes_our_own_answer_counts(shop: Shop) -> None:
    anna = shop.whatsapp.add_customer("Anna", looking=True)
    card = await shop.hands_over(anna)
    await shop.rests()
    shop.whatsapp.habits.before_answer = True
    mine = shop.staff.says("Here", to=shop.desk, reply_to=card)
    await shop.reacted(mine, "👀")
    await shop.rests()
    assert shop.sign_on(mine) == "👀"


async def test_statuses_without_our_tracker_are_understood_by_the_messages_id(shop: Shop) -> None:
    shop.whatsapp.habits.echo = False
    mine, reply = await replied(shop, shop.whatsapp.add_customer("Anna"))
    shop.whatsapp.progress(reply, "delivered")
    await shop.reacted(mine, "👍")


async def test_a_customer_who_looks_has_read_it(shop: Shop) -> None:
    anna = shop.whatsapp.add_customer("Anna")
    card = await shop.hands_over(anna)
    mine = shop.staff.says("Here", to=shop.desk, reply_to=card)
    await shop.reacted(mine, "👍")
    anna.opens()
    await shop.reacted(mine, "👀")


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("late", [False, True], ids=["at once", "by a late status"])
async def test_a_refused_reply_says_why(any_shop: Shop, code: int, late: bool) -> None:
    anna = any_shop.whatsapp.add_customer("Anna")
    card = await any_shop.hands_over(anna)
    if late:
        any_shop.whatsapp.fail_next(code)
    else:
        any_shop.whatsapp.refuse_next(code)
    mine = any_shop.staff.says("Are you there?", to=any_shop.desk, reply_to=card)
    await any_shop.reacted(mine, "💔")
    note = await any_shop.copy("Not delivered to Anna")
    assert CODES[code] in note.text
    assert note.reply_to == mine.id


async def test_a_closed_window_is_told_and_the_next_word_of_the_customer_opens_it(shop: Shop) -> None:
    anna = shop.whatsapp.add_customer("Anna")
    card = await shop.hands_over(anna)
    await shop.rests()
    shop.whatsapp.advance(25 * 3600)
    late = shop.staff.says("Good morning", to=shop.desk, reply_to=card)
    await shop.reacted(late, "💔")
    await shop.copy("They have to write first")
    anna.says("Any news?")
    copy = await shop.copy("Any news?")
    mine = shop.staff.says("Yes!", to=shop.desk, reply_to=copy)
    await anna.reads("Yes!")
    await shop.reacted(mine, "👍")


async def test_a_failure_after_it_was_read_changes_nothing(shop: Shop) -> None:
    mine, reply = await replied(shop, shop.whatsapp.add_customer("Anna"))
    shop.whatsapp.progress(reply, "read")
    await shop.reacted(mine, "👀")
    shop.whatsapp.progress(reply, "failed", code=131047)
    await shop.rests()
    assert shop.sign_on(mine) == "👀"
    assert "Not delivered" not in "".join(message.text for message in shop.desk.shown())


async def test_a_customer_who_blocked_us_on_whatsapp_leaves_the_reply_on_its_way(shop: Shop) -> None:
    anna = shop.whatsapp.add_customer("Anna")
    card = await shop.hands_over(anna)
    anna.blocks()
    mine = shop.staff.says("Are you there?", to=shop.desk, reply_to=card)
    await shop.reacted(mine, "🕊")
    await shop.rests()
    assert shop.sign_on(mine) == "🕊"


async def test_a_failed_reply_makes_the_ticket_wait_again(shop: Shop) -> None:
    anna = shop.whatsapp.add_customer("Anna")
    card = await shop.hands_over(anna)
    shop.whatsapp.refuse_next(131047)
    shop.staff.says("Hello", to=shop.desk, reply_to=card)
    await shop.copy("Not delivered")
    await shop.rests()
    shop.staff.says("/status", to=shop.desk)
    await shop.copy("Open requests: 1, waiting: 1")


async def test_an_answer_of_the_bot_that_failed_goes_to_a_person(shop: Shop) -> None:
    anna = shop.whatsapp.add_customer("Anna")
    shop.whatsapp.fail_next(131000)
    anna.says("How long does delivery take?")
    card = await shop.card("How long does delivery take?")
    assert "could not be delivered" in card.text


async def test_a_long_reply_is_delivered_only_when_all_its_parts_are(shop: Shop) -> None:
    anna = shop.whatsapp.add_customer("Anna")
    card = await shop.hands_over(anna)
    await shop.rests()
    shop.whatsapp.habits.on = False
    mine = shop.staff.sends("photo", caption="long " * 250, reply_to=card)
    first = await anna.reads(where=lambda message: message.type == "image")
    second = await anna.reads("long long")
    await shop.reacted(mine, "🕊")
    shop.whatsapp.progress(first, "delivered")
    await shop.rests()
    assert shop.sign_on(mine) == "🕊"
    shop.whatsapp.progress(second, "delivered")
    await shop.reacted(mine, "👍")


async def test_no_receipt_stands_on_what_stays_inside(any_shop: Shop, channel: str) -> None:
    anna: Customer = any_shop.customer(channel)
    card = await any_shop.hands_over(anna)
    inside = any_shop.staff.says("Who knows elephants?", to=any_shop.desk)
    mine = any_shop.staff.says("I ask", to=any_shop.desk, reply_to=card)
    await any_shop.reacted(mine, "👍")
    assert not any_shop.sign_on(inside)
