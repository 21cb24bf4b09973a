"""Updates come twice, at once, out of order and in batches: each has its effect once."""

import asyncio
from collections import Counter
from typing import Any

import orjson

from sandbox.faults import Fault
from sandbox.telegram.files import TINY_PNG
from tests.people import Customer, is_card, lines_with, received
from tests.shop import UNKNOWN, Shop


async def test_every_update_three_times_has_one_effect(any_shop: Shop, channel: str) -> None:
    """The whole of a ticket's life, with each update told three times."""
    told: Counter[object] = Counter()

    def again(update: Any) -> bool:
        key = update.get("update_id")
        told[key] += 1
        return told[key] < 3

    any_shop.telegram.faults.always("webhook", Fault.duplicate(), when=again)
    any_shop.whatsapp.faults.always("webhook", Fault.duplicate())
    anna = any_shop.customer(channel)
    card = await any_shop.hands_over(anna)
    said = anna.says("And horses?")
    copy = await any_shop.copy("And horses?")
    anna.edits(said, "And ponies?")
    await any_shop.telegram.until(lambda: "ponies" in copy.text)
    any_shop.staff.sends("photo", TINY_PNG, caption="Only this one", reply_to=copy)
    reply = await anna.reads("Only this one")
    anna.reacts(reply, "👍")
    await any_shop.copy("Anna reacted")
    any_shop.staff.presses(card, "Resolve")
    await anna.reads("is closed")
    await any_shop.rests()
    assert max(told.values(), default=3) >= 3
    assert len(received(anna)) == 3
    shown = [message for message in any_shop.desk.shown() if message.from_bot and message.kind != "service"]
    assert [bool(is_card(message)) for message in shown] == [True, False, False]
    assert await any_shop.count("SELECT count(*) FROM messages") == 5


async def test_a_post_that_comes_again_after_days_and_a_restart_does_nothing(shop: Shop) -> None:
    anna = shop.whatsapp.add_customer("Anna")
    anna.says("How long does delivery take?")
    await anna.reads("working days")
    await shop.rests()
    first = shop.whatsapp.posts[0]
    await shop.restart()
    await shop.running.business.db.transaction(lambda tx: tx.execute("UPDATE updates SET raw = NULL"))
    again = shop.whatsapp.webhook.repeat(first)
    other_order = orjson.dumps(orjson.loads(first.body), option=orjson.OPT_SORT_KEYS)
    assert await shop.post_whatsapp(other_order) == 200
    await shop.rests()
    assert again.accepted
    assert len(anna.received) == 1


async def test_one_message_posted_a_hundred_times_at_once_is_one(shop: Shop) -> None:
    anna = shop.whatsapp.add_customer("Anna")
    anna.says(UNKNOWN)
    body = shop.whatsapp.posts[0].body
    statuses = await asyncio.gather(*(shop.post_whatsapp(body) for _ in range(100)))
    assert set(statuses) == {200}
    await anna.reads("NF-000001")
    await shop.rests()
    assert len(anna.received) == 1
    assert await shop.count("SELECT count(*) FROM tickets") == 1


async def test_a_malformed_message_in_the_middle_of_a_batch_costs_none_of_the_others(shop: Shop) -> None:
    people = [shop.on_whatsapp(f"Person{number}") for number in range(6)]
    for person in people:
        person.says("How long does delivery take?")
    await shop.rests()
    bodies = [orjson.loads(post.body) for post in shop.whatsapp.posts[:6]]
    whole = bodies[0]
    value = whole["entry"][0]["changes"][0]["value"]
    for body in bodies[1:]:
        more = body["entry"][0]["changes"][0]["value"]
        value["messages"] += more["messages"]
        value["contacts"] += more["contacts"]
    for at, message in enumerate(value["messages"]):
        message["id"] += "again"
        if at == 3:
            del message["from"], message["from_user_id"]
            message["text"] = 42
    assert await shop.post_whatsapp(orjson.dumps(whole)) == 200
    await shop.rests()
    assert [len(received(person)) for person in people] == [2, 2, 2, 1, 2, 2]
    assert await shop.count("SELECT count(*) FROM updates WHERE state = 'quarantined'") == 1


async def test_ten_pictures_of_a_new_customer_in_ten_posts_at_once_are_one_contact(shop: Shop) -> None:
    anna = shop.whatsapp.add_customer("Anna")
    shop.whatsapp.webhook.ordered = False
    anna.sends_album([("photo", TINY_PNG)] * 10)
    await shop.rests()
    assert await shop.count("SELECT count(*) FROM contacts") == 1
    assert await shop.count("SELECT count(*) FROM messages WHERE author = 'customer'") == 10
    assert await shop.count("SELECT count(*) FROM tickets") <= 1


async def test_posts_that_overtake_each_other_are_all_shown(shop: Shop, anna: Customer, channel: str) -> None:
    await shop.hands_over(anna)
    await shop.rests()
    faults = shop.telegram.faults if channel == "telegram" else shop.whatsapp.faults
    faults.next("webhook", Fault.reorder())
    for number in range(3):
        anna.says(f"line {number}")
    await shop.rests()
    assert set(lines_with(shop.desk.shown(), "line ")) == {"line 0", "line 1", "line 2"}


async def test_posts_whose_answer_is_never_heard_have_one_effect(shop: Shop, anna: Customer) -> None:
    for faults in (shop.telegram.faults, shop.whatsapp.faults):
        faults.next("webhook", Fault.unheard(), times=2)
    anna.says("How long does delivery take?")
    await anna.reads("working days")
    await shop.rests()
    assert len(received(anna)) == 1
