"""Staff reply inline: what goes out, to whom and how, and what stays inside."""

from bot.texts import Texts
from sandbox.telegram.user import TelegramUser
from tests.people import Customer, received, texts_of
from tests.shop import UNKNOWN, Shop

STYLED = "Bold, italic, struck, code and a link"
ENTITIES = [
    {"type": "bold", "offset": 0, "length": 4},
    {"type": "italic", "offset": 6, "length": 6},
    {"type": "strikethrough", "offset": 14, "length": 6},
    {"type": "code", "offset": 22, "length": 4},
    {"type": "text_link", "offset": 33, "length": 4, "url": "https://nordmobler.example/elephants"},
]


async def test_the_card_says_who_where_in_which_language_and_what_was_said_before(
    any_shop: Shop, channel: str
) -> None:
    anna = any_shop.customer(channel, "Anna", username="anna_k")
    anna.says("Hur lång är leveranstiden?")
    await anna.reads("arbetsdagar")
    card = await any_shop.hands_over(anna, "Säljer ni cyklar för elefanter?")
    title, where, why, since, *rest = card.text.splitlines()
    assert title == "🔴 NF-000001 · Anna"
    platform = "Telegram" if channel == "telegram" else "WhatsApp"
    assert where.startswith(f"{platform} · @anna_k")
    assert where.endswith("Swedish")
    assert why == Texts().say("en", "reason_no_answer")
    assert since.startswith("Waiting since 20")
    assert "Säljer ni cyklar för elefanter?" in rest
    assert "👤 Hur lång är leveranstiden?" in rest
    assert any(line.startswith("🤖 ") for line in rest)
    assert [button.text for button in card.buttons] == ["Resolve"]


async def test_in_a_forum_each_ticket_has_a_topic(shop: Shop, anna: Customer) -> None:
    card = await shop.hands_over(anna)
    topic = shop.desk.topic("NF-000001 Anna")
    assert card.topic == topic.id


async def test_a_customer_without_a_username_is_known_by_the_phone_number(shop: Shop) -> None:
    anna = shop.on_whatsapp("Anna", phone="46705550123")
    card = await shop.hands_over(anna)
    assert "WhatsApp · +46705550123 · English" in card.text


async def test_a_reply_to_the_card_reaches_the_customer(any_shop: Shop, channel: str) -> None:
    anna = any_shop.customer(channel)
    card = await any_shop.hands_over(anna)
    any_shop.staff.says("We have none,\n\n\tbut *horses* — <b>yes</b>!", to=any_shop.desk, reply_to=card)
    reply = await anna.reads("horses")
    assert reply.text == "We have none,\n\n\tbut *horses* — <b>yes</b>!"
    assert not reply.reply_to
    await any_shop.card("🟡 NF-000001 · Anna")
    assert "Taken by Stina" in (await any_shop.card()).text


async def test_a_reply_keeps_its_formatting_on_telegram(shop: Shop) -> None:
    anna = shop.telegram.add_user("Anna")
    card = await shop.hands_over(anna)
    shop.staff.says(STYLED, to=shop.desk, reply_to=card, entities=ENTITIES)
    reply = await anna.reads(STYLED)
    assert reply.entities == ENTITIES


async def test_a_reply_gets_whatsapps_marks_on_whatsapp(shop: Shop) -> None:
    anna = shop.whatsapp.add_customer("Anna")
    card = await shop.hands_over(anna)
    shop.staff.says(STYLED, to=shop.desk, reply_to=card, entities=ENTITIES)
    reply = await anna.reads("Bold")
    assert reply.text == (
        "*Bold*, _italic_, ~struck~, ```code``` and a link (https://nordmobler.example/elephants)"
    )


async def test_a_reply_to_a_customers_message_quotes_it(any_shop: Shop, channel: str) -> None:
    anna = any_shop.customer(channel)
    await any_shop.hands_over(anna)
    asked = [anna.says(words) for words in ("And horses?", "And mice?")]
    for words, theirs in zip(("horses", "mice"), asked, strict=True):
        copy = await any_shop.copy(words)
        any_shop.staff.says(f"No {words} either", to=any_shop.desk, reply_to=copy)
        reply = await anna.reads(f"No {words}")
        assert reply.reply_to == theirs.id


async def test_a_customers_quote_of_our_reply_is_a_quote_at_the_desk(shop: Shop, anna: Customer) -> None:
    card = await shop.hands_over(anna)
    ours = shop.staff.says("Small or large ones?", to=shop.desk, reply_to=card)
    reply = await anna.reads("Small or large")
    anna.says("Large", reply_to=reply)
    copy = await shop.copy("Large")
    assert copy.reply_to == ours.id


async def test_the_customer_never_sees_a_name_or_a_number_of_staff(shop: Shop, anna: Customer) -> None:
    card = await shop.hands_over(anna)
    shop.colleague.says("Hello", to=shop.desk, reply_to=card)
    reply = await anna.reads("Hello")
    assert "Kalle" not in str(getattr(reply, "raw", reply.text))


async def test_a_colleague_may_answer_too_and_the_first_keeps_the_ticket(shop: Shop, anna: Customer) -> None:
    card = await shop.hands_over(anna)
    shop.staff.says("One moment", to=shop.desk, reply_to=card)
    await anna.reads("One moment")
    shop.colleague.says("We found one!", to=shop.desk, reply_to=card)
    shop.colleague.presses(await shop.copy("Stina answered"), "Send anyway")
    await anna.reads("We found one!")
    await shop.rests()
    assert "Taken by Stina" in (await shop.card()).text


async def test_an_anonymous_administrators_reply_goes_out(any_shop: Shop, channel: str) -> None:
    anna = any_shop.customer(channel)
    card = await any_shop.hands_over(anna)
    mine = any_shop.staff.says("From the boss", to=any_shop.desk, reply_to=card, anonymously=True)
    await anna.reads("From the boss")
    await any_shop.reacted(mine, "👍")


async def test_replies_go_to_the_right_one_of_many(any_shop: Shop) -> None:
    people = [any_shop.customer(("telegram", "whatsapp")[n % 2], f"Person{n}") for n in range(6)]
    cards = [await any_shop.hands_over(person, f"{UNKNOWN} I want {n}.") for n, person in enumerate(people)]
    for n, card in reversed(list(enumerate(cards))):
        any_shop.staff.says(f"Yours is {n}", to=any_shop.desk, reply_to=card)
    for n, person in enumerate(people):
        await person.reads(f"Yours is {n}")
        assert len(received(person)) == 2


async def test_an_old_card_is_answered_after_the_bot_was_restarted(any_shop: Shop, channel: str) -> None:
    anna = any_shop.customer(channel)
    card = await any_shop.hands_over(anna)
    asked = anna.says("And horses?")
    copy = await any_shop.copy("horses")
    await any_shop.rests()
    await any_shop.restart()
    any_shop.staff.says("No horses", to=any_shop.desk, reply_to=copy)
    assert (await anna.reads("No horses")).reply_to == asked.id
    any_shop.staff.says("And no bicycles", to=any_shop.desk, reply_to=card)
    await anna.reads("And no bicycles")


async def test_what_was_written_while_the_bot_was_away_is_answered_when_it_is_back(
    shop: Shop, anna: Customer
) -> None:
    card = await shop.hands_over(anna)
    await shop.rests()
    await shop.close()
    anna.says("Are you there?")
    shop.staff.says("We are looking", to=shop.desk, reply_to=card)
    await shop.open()
    await anna.reads("We are looking")
    await shop.copy("Are you there?")


async def test_a_reply_to_a_resolved_ticket_opens_it_again(any_shop: Shop, channel: str) -> None:
    anna = any_shop.customer(channel)
    card = await any_shop.hands_over(anna)
    any_shop.staff.says("/resolve", to=any_shop.desk, reply_to=card)
    await anna.reads("NF-000001 is closed")
    any_shop.staff.says("One more thing", to=any_shop.desk, reply_to=card)
    await anna.reads("One more thing")
    await any_shop.card("🟡 NF-000001")
    anna.says("Oh, how long does delivery take?")
    await any_shop.copy("how long does delivery take?")
    await any_shop.rests()
    assert "working days" not in "".join(texts_of(received(anna)))


async def test_a_reply_to_an_old_ticket_goes_on_in_the_open_one(shop: Shop, anna: Customer) -> None:
    old = await shop.hands_over(anna)
    shop.staff.says("/resolve NF-000001", to=shop.desk)
    await anna.reads("is closed")
    await shop.hands_over(anna, "Do you sell saddles for giraffes?")
    shop.staff.says("About the elephants", to=shop.desk, reply_to=old)
    await anna.reads("About the elephants")
    await shop.card("🟡 NF-000002")
    await shop.card("🟢 NF-000001")


async def test_a_mended_reply_is_mended_at_the_customers(shop: Shop) -> None:
    anna = shop.telegram.add_user("Anna")
    card = await shop.hands_over(anna)
    mine = shop.staff.says("We open at nein", to=shop.desk, reply_to=card)
    reply = await anna.reads("nein")
    shop.staff.edits(mine, "We open at nine")
    await shop.telegram.until(lambda: reply.text == "We open at nine")


async def test_staff_are_told_that_whatsapp_cannot_mend_a_reply(shop: Shop) -> None:
    anna = shop.whatsapp.add_customer("Anna")
    card = await shop.hands_over(anna)
    mine = shop.staff.says("We open at nein", to=shop.desk, reply_to=card)
    await anna.reads("nein")
    shop.staff.edits(mine, "We open at nine")
    await shop.desk.sees("cannot be changed", where=lambda message: message.reply_to == mine.id)


async def test_what_cannot_be_passed_on_is_said_to_staff(any_shop: Shop, channel: str) -> None:
    anna = any_shop.customer(channel)
    card = await any_shop.hands_over(anna)
    mine = any_shop.staff.posts({"story": {"chat": {"id": 1, "type": "private"}, "id": 7}}, reply_to=card)
    told = await any_shop.copy("story")
    assert told.reply_to == mine.id
    await any_shop.rests()
    assert len(received(anna)) == 1


async def test_a_customer_in_the_desks_group_of_names_is_still_a_customer(shop: Shop) -> None:
    """Staff who write to the bot in private are customers there: authority is the group's alone."""
    shop.staff.says("/resolve NF-000001")
    shop.staff.says("/tickets")
    await shop.staff.reads("NF-000001")
    assert isinstance(shop.staff, TelegramUser)
    await shop.card("Stina")


async def test_a_mended_caption_is_mended_at_the_customers(shop: Shop) -> None:
    anna = shop.telegram.add_user("Anna")
    card = await shop.hands_over(anna)
    mine = shop.staff.sends("photo", caption="The left won", to=shop.desk, reply_to=card)
    reply = await anna.reads("The left won")
    shop.staff.edits(mine, "The left one")
    await shop.telegram.until(lambda: reply.text == "The left one")


async def test_a_reply_that_is_mended_before_it_left_says_the_newer_words(shop: Shop, anna: Customer) -> None:
    card = await shop.hands_over(anna)
    await shop.rests()
    await shop.close()
    mine = shop.staff.says("We open at nein", to=shop.desk, reply_to=card)
    shop.staff.edits(mine, "We open at nine")
    await shop.open()
    await anna.reads("We open at n")
    await shop.rests()
    assert texts_of(received(anna))[-1] == "We open at nine" or shop.sign_on(mine)
