"""Replies that wait for a second tap: right after a colleague's, or with what is another customer's."""

from pathlib import Path

import pytest

from tests.clock import EverybodysClock, FastClock
from tests.people import Customer, received, texts_of
from tests.shop import UNKNOWN, Shop


async def test_a_second_persons_reply_waits_and_goes_when_somebody_says_so(
    any_shop: Shop, channel: str
) -> None:
    shop = any_shop
    anna = shop.customer(channel)
    card = await shop.hands_over(anna)
    shop.staff.says("It is blue", to=shop.desk, reply_to=card)
    await anna.reads("It is blue")
    mine = shop.colleague.says("It is green", to=shop.desk, reply_to=card)
    asked = await shop.copy("Stina answered")
    assert asked.reply_to == mine.id
    await shop.rests()
    assert "It is green" not in texts_of(received(anna))
    press = shop.colleague.presses(asked, "Send anyway")
    await anna.reads("It is green")
    await shop.reacted(mine, "👍")
    await shop.copy("Sent: Kalle said that it is meant.")
    assert press.answered
    assert not asked.buttons
    assert texts_of(received(anna)[1:]) == ["It is blue", "It is green"]


async def test_of_two_who_tap_one_decides_and_the_other_is_told(shop: Shop, anna: Customer) -> None:
    card = await shop.hands_over(anna)
    shop.staff.says("It is blue", to=shop.desk, reply_to=card)
    await anna.reads("It is blue")
    shop.colleague.says("It is green", to=shop.desk, reply_to=card)
    asked = await shop.copy("Send it anyway?")
    send, drop = (button.code for button in asked.buttons)
    await shop.rests()
    first = shop.colleague.presses(asked, "Do not send")
    await shop.copy("Not sent: Kalle said so.")
    late = [shop.telegram.press(shop.staff, asked, code) for code in (send, drop, send)]
    await shop.telegram.until(lambda: first.answered and all(press.answered for press in late))
    assert {press.text for press in late} == {"Kalle has dropped it already."}
    await shop.rests()
    assert texts_of(received(anna)[1:]) == ["It is blue"]
    assert await shop.rows("SELECT staff_name, content FROM notes") == [
        {"staff_name": "Kalle", "content": '{"text":"It is green"}'}
    ]


async def test_two_who_tap_at_once_send_it_once(shop: Shop, anna: Customer) -> None:
    card = await shop.hands_over(anna)
    shop.staff.says("It is blue", to=shop.desk, reply_to=card)
    await anna.reads("It is blue")
    shop.colleague.says("It is green", to=shop.desk, reply_to=card)
    asked = await shop.copy("Send it anyway?")
    presses = [
        person.presses(asked, "Send anyway") for person in (shop.staff, shop.colleague) for _ in range(3)
    ]
    await anna.reads("It is green")
    await shop.telegram.until(lambda: all(press.answered for press in presses))
    await shop.rests()
    assert sum(text == "It is green" for text in texts_of(received(anna))) == 1
    assert any("has sent it already" in press.text for press in presses)


async def test_one_who_writes_on_is_not_held_nor_one_who_comes_later(tmp_path: Path) -> None:
    clock = EverybodysClock()
    async with Shop(tmp_path, clock=clock) as shop:
        anna = shop.telegram.add_user("Anna")
        card = await shop.hands_over(anna)
        for words in ("One", "Two", "Three"):
            shop.staff.says(words, to=shop.desk, reply_to=card)
        await anna.reads("Three")
        clock.turn(60)
        shop.colleague.says("Four", to=shop.desk, reply_to=card)
        await anna.reads("Four")


async def test_what_waited_for_the_bot_overnight_is_not_taken_for_haste(tmp_path: Path) -> None:
    """Both come at once when it is back; by Telegram's clock an hour lies between them."""
    clock = EverybodysClock()
    async with Shop(tmp_path, clock=clock) as shop:
        anna = shop.telegram.add_user("Anna")
        card = await shop.hands_over(anna)
        await shop.rests()
        await shop.close()
        shop.staff.says("It is blue", to=shop.desk, reply_to=card)
        clock.turn(3600)
        shop.colleague.says("It is green now", to=shop.desk, reply_to=card)
        await shop.open()
        await anna.reads("It is blue")
        await anna.reads("It is green now")


async def test_it_can_be_switched_off(tmp_path: Path) -> None:
    async with Shop(tmp_path, tables={"desk": "hold_seconds = 0\nhold_others_details = false"}) as shop:
        anna = shop.telegram.add_user("Anna")
        card = await shop.hands_over(anna)
        shop.staff.says("It is blue", to=shop.desk, reply_to=card)
        shop.colleague.says("It is green", to=shop.desk, reply_to=card)
        await anna.reads("It is green")


# Another customer's

OTHERS = {
    "an e-mail": ("Write to me at Berta.Berg@example.org please", "We wrote to berta.berg@example.org."),
    "a phone number": ("Call me: 070-555 66 77", "Your number is +46 70 555 66 77, right?"),
    "an order number": ("My order is NM-204518", "Order NM 204518 left today."),
    "a number alone": ("It says 88120045 on the paper", "88120045 is on its way."),
    "a request": ("Hello", "As I said in NF-000001: no."),
}


@pytest.mark.parametrize("what", OTHERS)
async def test_a_reply_with_what_is_another_customers_waits(shop: Shop, channel: str, what: str) -> None:
    said, reply = OTHERS[what]
    berta, anna = shop.customer(channel, "Berta"), shop.customer(channel, "Anna")
    theirs = await shop.hands_over(berta)
    berta.says(said)
    await shop.copy(said)
    card = await shop.hands_over(anna)
    mine = shop.staff.says(reply, to=shop.desk, reply_to=card)
    asked = await shop.copy("This is another customer's:")
    assert asked.reply_to == mine.id
    shop.staff.says(reply.replace("Your", "The"), to=shop.desk, reply_to=theirs)
    await berta.reads(reply[-8:])
    assert len(received(anna)) == 1
    shop.staff.presses(asked, "Send anyway")
    await anna.reads(reply)


async def test_what_is_the_customers_own_or_everybodys_does_not_wait(shop: Shop, anna: Customer) -> None:
    berta = shop.on_whatsapp("Berta")
    await shop.hands_over(berta)
    berta.says(
        "Shall I write to info@nordmobler.example or call 08-123 45 67? My order is 3003 of 2026-11-20."
    )
    await shop.copy("Shall I write")
    card = await shop.hands_over(anna)
    anna.says("My order is NM-778899 and I am anna@example.org")
    await shop.copy("NM-778899")
    public = next(words for words in shop.running.business.library.texts() if "@" in words)
    address = next(word.strip(".,()<>*") for word in public.split() if "@" in word)
    berta.says(f"I wrote to {address}")
    await shop.copy(address)
    words = f"NM-778899 comes on 2026-11-20 for 3003 kr; ask {address}, anna@example.org and NF-000002."
    shop.staff.says(words, to=shop.desk, reply_to=card)
    await anna.reads("NM-778899 comes")


async def test_a_held_reply_that_is_changed_is_looked_at_again(shop: Shop, anna: Customer) -> None:
    berta = shop.on_whatsapp("Berta")
    await shop.hands_over(berta)
    berta.says("My order is NM-204518")
    await shop.copy("NM-204518")
    card = await shop.hands_over(anna)
    mine = shop.staff.says("NM-204518 left today", to=shop.desk, reply_to=card)
    asked = await shop.copy("another customer's: NM-204518")
    code = asked.buttons[0].code
    shop.staff.edits(mine, "NM-204518 left yesterday")
    again = await shop.desk.sees("another customer's", where=lambda one: one.id > asked.id)
    old = shop.telegram.press(shop.staff, asked, code)
    await shop.telegram.until(lambda: old.answered)
    assert "The reply was changed" in old.text
    shop.staff.edits(mine, "Your order left today")
    await anna.reads("Your order left today")
    late = shop.staff.presses(again, "Send anyway")
    await shop.telegram.until(lambda: late.answered)
    assert late.text == "Stina has sent it already."
    await shop.rests()
    assert "204518" not in "".join(texts_of(received(anna)))


async def test_an_edit_that_brings_in_what_is_another_customers_is_not_made(shop: Shop) -> None:
    anna, berta = shop.telegram.add_user("Anna"), shop.on_whatsapp("Berta")
    await shop.hands_over(berta)
    berta.says("My order is NM-204518")
    await shop.copy("NM-204518")
    card = await shop.hands_over(anna)
    mine = shop.staff.says("Your order left today", to=shop.desk, reply_to=card)
    reply = await anna.reads("Your order left today")
    shop.staff.edits(mine, "Your order NM-204518 left today")
    told = await shop.copy("This is another customer's: NM-204518")
    assert told.reply_to == mine.id
    await shop.rests()
    assert reply.text == "Your order left today"
    shop.staff.edits(mine, "Your order left yesterday")
    await shop.telegram.until(lambda: reply.text == "Your order left yesterday")


async def test_a_held_album_goes_as_one(shop: Shop) -> None:
    anna = shop.telegram.add_user("Anna")
    card = await shop.hands_over(anna)
    shop.staff.says("Here they come", to=shop.desk, reply_to=card)
    await anna.reads("Here they come")
    shop.colleague.sends_album(
        [("photo", b"1"), ("photo", b"2")], caption="Both", to=shop.desk, reply_to=card
    )
    shop.colleague.presses(await shop.copy("Send it anyway?"), "Send anyway")
    await anna.reads("Both")
    await shop.rests()
    albums = [message.raw.get("media_group_id") for message in anna.chat.shown() if message.from_bot]
    assert len([album for album in albums if album]) == 2


# Kept inside


async def test_what_stays_inside_is_on_record_with_its_request(shop: Shop, anna: Customer) -> None:
    card = await shop.hands_over(anna)
    topic = shop.desk.topics[card.topic]
    said = shop.staff.says("Who knows him?", topic=topic)
    shop.colleague.says("/note paid in cash", topic=topic)
    shop.colleague.says("I do", to=shop.desk, reply_to=said)
    shop.staff.says("Lunch?", to=shop.desk)
    shop.staff.sends("photo", caption="The receipt", topic=topic)
    await shop.rests()
    shop.staff.edits(said, "Who knows her?")
    await shop.rests()
    rows = await shop.rows(
        "SELECT staff_name, content, ticket_id, edited_at > 0 AS edited FROM notes ORDER BY length(remote_id), remote_id"
    )
    assert [(row["staff_name"], row["ticket_id"], bool(row["edited"])) for row in rows] == [
        ("Stina", 1, True),
        ("Kalle", 1, False),
        ("Kalle", 1, False),
        ("Stina", None, False),
        ("Stina", 1, False),
    ]
    assert rows[0]["content"] == '{"text":"Who knows her?"}'
    assert rows[1]["content"] == '{"text":"paid in cash"}'
    assert len(received(anna)) == 1


# Who is staff


async def test_what_an_ex_member_wrote_before_it_was_read_does_nothing(shop: Shop, anna: Customer) -> None:
    card = await shop.hands_over(anna)
    await shop.rests()
    await shop.close()
    shop.colleague.says("We hate you", to=shop.desk, reply_to=card)
    shop.colleague.says("/resolve NF-000001", to=shop.desk)
    shop.colleague.presses(card, "Resolve")
    shop.desk.members[shop.colleague.id] = "kicked"
    await shop.open()
    await shop.rests()
    assert len(received(anna)) == 1
    assert card.text.startswith("🔴")
    assert shop.running.business.figures.refused_orders["not_staff"] == 3


async def test_who_is_put_out_is_no_staff_from_then_on(shop: Shop, anna: Customer) -> None:
    card = await shop.hands_over(anna)
    shop.colleague.says("Hello", to=shop.desk, reply_to=card)
    await anna.reads("Hello")
    shop.desk.set_member(shop.colleague, "kicked", shop.staff)
    await shop.rests()
    shop.telegram.press(shop.colleague, card, "resolve")
    await shop.rests()
    assert card.text.startswith("🟡")
    shop.desk.set_member(shop.colleague, "member", shop.staff)
    await shop.rests()
    shop.colleague.presses(card, "Resolve")
    await anna.reads("is closed")


async def test_an_outage_of_telegrams_answers_holds_up_no_reply(shop: Shop) -> None:
    from sandbox.faults import Fault

    anna = shop.on_whatsapp()
    card = await shop.hands_over(anna)
    shop.telegram.faults.always("getChatMember", Fault.status(502))
    shop.staff.says("Hello", to=shop.desk, reply_to=card)
    await anna.reads("Hello")


async def test_membership_is_asked_for_once_in_a_while(shop: Shop, anna: Customer) -> None:
    card = await shop.hands_over(anna)
    before = len(shop.telegram.called("getChatMember"))
    for number in range(6):
        shop.staff.says(f"Word {number}", to=shop.desk, reply_to=card)
    await anna.reads("Word 5")
    assert len(shop.telegram.called("getChatMember")) == before + 1


# What only looks like an order


async def test_what_only_looks_like_an_order_is_counted_by_why(shop: Shop, anna: Customer) -> None:
    card = await shop.hands_over(anna)
    staff, desk = shop.staff, shop.desk
    origin = {"type": "hidden_user", "sender_user_name": "Anna", "date": 1}
    said = staff.says("one moment", to=desk)
    staff.posts({"text": "/ban NF-000001", "forward_origin": origin}, to=desk)
    staff.sends("photo", caption="/ban", to=desk, reply_to=card)
    staff.edits(said, "/ban NF-000001")
    staff.says("/ban@other_bot", to=desk)
    staff.says("/b\u0430n NF-000001", to=desk)
    staff.says("／resolve", to=desk, reply_to=card)
    staff.says("\u200b/resolve", to=desk, reply_to=card)
    staff.says("/bann", to=desk)
    shop.telegram.press(staff, card, "nonsense:1")
    anna.says("/ban NF-000001")
    strangers = shop.telegram.add_group("Strangers", forum=False)
    eve = shop.telegram.add_user("Eve")
    strangers.join([eve])
    eve.says("/ban NF-000001", to=strangers)
    await shop.rests()
    assert dict(shop.running.business.figures.refused_orders) == {
        "forwarded": 1,
        "caption": 1,
        "edited": 1,
        "other_bot": 1,
        "lookalike": 3,
        "unknown": 1,
        "button": 1,
        "customer": 1,
        "stranger": 1,
    }
    assert card.text.startswith("🔴")
    assert len(received(anna)) == 1
    assert await shop.count("SELECT count(*) FROM audits") == 0


async def test_a_resolve_tapped_late_says_who_was_quicker(shop: Shop, anna: Customer) -> None:
    card = await shop.hands_over(anna)
    code = card.buttons[0].code
    first = shop.staff.presses(card, "Resolve")
    await anna.reads("is closed")
    late = shop.telegram.press(shop.colleague, card, code)
    await shop.telegram.until(lambda: first.answered and late.answered)
    assert (first.text, late.text) == ("", "Stina has closed NF-000001 already.")


# Floods


async def test_who_writes_and_writes_leaves_the_groups_minute_to_others(tmp_path: Path) -> None:
    async with Shop(tmp_path, forum=False, default_limits=True, clock=FastClock(20)) as shop:
        eve, anna = shop.telegram.add_user("Eve"), shop.telegram.add_user("Anna")
        await shop.hands_over(eve)
        await shop.hands_over(anna, UNKNOWN)
        for number in range(40):
            eve.says(f"line {number}")
        await shop.copy("line 2")
        anna.says("I am burning")
        await shop.copy("I am burning", timeout=20)
        assert not any("line 39" in text for text in texts_of(shop.desk.shown()))


async def test_what_waits_of_one_customer_does_not_grow_for_ever(tmp_path: Path) -> None:
    async with Shop(tmp_path, forum=False) as shop:
        eve = shop.on_whatsapp("Eve")
        await shop.hands_over(eve)
        await shop.rests()
        shop.desk.mute_bot(shop.staff)
        await shop.rests()
        for number in range(70):
            eve.says(f"line {number}.")
        await shop.rests()
        assert await shop.count("SELECT count(*) FROM deliveries WHERE state = 'queued'") == 60
        shop.desk.promote_bot(shop.staff)
        await shop.copy("line 69.")
        await shop.rests()
        shown = "\n".join(texts_of(shop.desk.shown()))
        assert [line for line in shown.splitlines() if line.startswith("line")] == [
            f"line {number}." for number in range(70)
        ]
