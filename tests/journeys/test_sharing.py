"""Staff share the work: who has a request, who is reminded of it, and where all of that is seen."""

from pathlib import Path

import pytest

from bot.desk import nudging
from sandbox.faults import Fault
from sandbox.telegram.methods.topics import ICONS
from tests.clock import EverybodysClock, TurnedClock
from tests.people import Customer, is_card, received, texts_of
from tests.shop import Shop

DID = "SELECT staff_name, action, detail FROM audits ORDER BY id"


async def taken_by(shop: Shop, name: str) -> None:
    await shop.desk.sees(f"Taken by {name}", where=is_card)


# Taking, giving, letting go


async def test_a_request_is_taken_given_and_let_go(any_shop: Shop, channel: str) -> None:
    shop = any_shop
    anna = shop.customer(channel)
    card = await shop.hands_over(anna)
    mine = shop.staff.says("/take", to=shop.desk, reply_to=card)
    await taken_by(shop, "Stina")
    await shop.reacted(mine, "👌")
    shop.colleague.says("Lunch?", to=shop.desk)
    await shop.rests()
    shop.staff.says("/give Kalle", to=shop.desk, reply_to=card)
    await taken_by(shop, "Kalle")
    await shop.copy("Kalle, NF-000001 is yours now. Stina gave it to you.")
    shop.colleague.says("/release NF-000001", to=shop.desk)
    await shop.card("🔴 NF-000001")
    assert len(received(anna)) == 1
    assert [tuple(row.values()) for row in await shop.rows(DID)] == [
        ("Stina", "take", ""),
        ("Stina", "give", "→ Kalle"),
        ("Kalle", "release", ""),
    ]
    shop.staff.says("/history NF-000001", to=shop.desk)
    told = await shop.copy("Stina · gave it away · → Kalle")
    assert told.text.splitlines()[0] == "NF-000001"


async def test_a_customer_who_waits_goes_on_waiting_when_somebody_takes_it(
    shop: Shop, anna: Customer
) -> None:
    card = await shop.hands_over(anna)
    shop.staff.says("/take", to=shop.desk, reply_to=card)
    card = await shop.card("Taken by Stina · Waiting since")
    shop.staff.says("One moment", to=shop.desk, reply_to=card)
    await anna.reads("One moment")
    await shop.rests()
    assert "Waiting since" not in card.text


async def test_what_a_colleague_has_is_taken_over_by_a_tap_and_once(shop: Shop, anna: Customer) -> None:
    card = await shop.hands_over(anna)
    third = shop.telegram.add_user("Olle", language="sv")
    shop.desk.join([third])
    shop.staff.says("/take", to=shop.desk, reply_to=card)
    await taken_by(shop, "Stina")
    shop.colleague.says("/take", to=shop.desk, reply_to=card)
    asked = await shop.copy("Take it over?")
    code = asked.buttons[0].code
    first = shop.colleague.presses(asked, "Take it over")
    await taken_by(shop, "Kalle")
    late = shop.telegram.press(third, asked, code)
    await shop.telegram.until(lambda: first.answered and late.answered)
    assert first.text == ""
    assert late.text == "Too late: Kalle has NF-000001."
    await shop.copy("Kalle has taken over NF-000001 from Stina.")
    assert not asked.buttons


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("/give", "Write /give @name"),
        ("/give Nobody", "I know nobody called Nobody in this group. I know: Stina"),
        ("/take NF-000099", "Which request? Write /take in its topic"),
        ("/release", "Which request? Write /release"),
        ("/release NF-000001", "Nobody has NF-000001"),
        ("/mute soon NF-000001", "Write /mute 30m"),
        ("/note", "What should be noted?"),
        ("/move moon NF-000001", "Write /move and one of: main"),
        ("/give Stina", "Which request? Write /give"),
    ],
)
async def test_a_wrong_use_is_answered_with_the_right_one(plain_shop: Shop, words: str, answer: str) -> None:
    await plain_shop.hands_over(plain_shop.on_whatsapp())
    plain_shop.staff.says("Hello", to=plain_shop.desk)
    mine = plain_shop.staff.says(words, to=plain_shop.desk)
    told = await plain_shop.copy(answer)
    assert told.reply_to == mine.id


async def test_a_request_is_given_only_to_who_is_still_there(shop: Shop, anna: Customer) -> None:
    card = await shop.hands_over(anna)
    shop.colleague.says("Bye", to=shop.desk)
    await shop.rests()
    shop.desk.leaves(shop.colleague)
    await shop.rests()
    shop.staff.says("/give Kalle", to=shop.desk, reply_to=card)
    await shop.copy("I know nobody called Kalle")
    assert card.text.startswith("🔴")


# The topic


async def test_the_topics_name_and_icon_show_the_state(shop: Shop, anna: Customer) -> None:
    card = await shop.hands_over(anna)
    topic = shop.desk.topics[card.topic]
    assert (topic.name, ICONS[topic.icon]) == ("NF-000001 Anna", "❗️")
    shop.staff.says("One moment", to=shop.desk, reply_to=card)
    await shop.telegram.until(lambda: topic.name == "NF-000001 Anna · Stina")
    assert ICONS[topic.icon] == "💬"
    shop.staff.says("/resolve", topic=topic)
    await shop.telegram.until(lambda: ICONS[topic.icon] == "✅")
    assert topic.name == "NF-000001 Anna"


async def test_without_icons_the_name_says_the_state(tmp_path: Path) -> None:
    nowhere = Shop(tmp_path)
    nowhere.telegram.faults.always("getForumTopicIconStickers", Fault.status(400))
    async with nowhere as shop:
        card = await shop.hands_over(shop.on_whatsapp())
        topic = shop.desk.topics[card.topic]
        assert topic.name == "🔴 NF-000001 Anna"
        assert not topic.icon
        shop.staff.says("/take", topic=topic)
        await shop.telegram.until(lambda: topic.name == "🟡 NF-000001 Anna · Stina")


async def test_a_topic_changes_only_with_the_state(shop: Shop, anna: Customer) -> None:
    """Telegram tells the group of each change: ten messages are no reason."""
    card = await shop.hands_over(anna)
    for number in range(5):
        shop.staff.says(f"Reply {number}", to=shop.desk, reply_to=card)
        await anna.reads(f"Reply {number}")
        anna.says(f"And {number}?")
        await shop.copy(f"And {number}?")
    await shop.rests()
    assert len(shop.telegram.called("editForumTopic")) == 1


# The card


async def test_the_card_tells_of_earlier_requests_and_of_whatsapps_window(shop: Shop) -> None:
    anna = shop.on_whatsapp()
    shop.staff.says("/resolve", to=shop.desk, reply_to=await shop.hands_over(anna))
    await anna.reads("is closed")
    card = await shop.hands_over(anna, "Do you sell saddles for giraffes?")
    assert "Earlier requests: 1, last NF-000001: Do you sell bicycles for elephants?" in card.text
    assert "Free replies until" in card.text


async def test_the_card_says_which_language_the_customer_speaks_now(shop: Shop, anna: Customer) -> None:
    card = await shop.hands_over(anna)
    assert "English" in card.text
    anna.says("Jag vill gärna ha en cykel till min elefant, tack. Hur lång är leveranstiden?")
    await shop.telegram.until(lambda: "Swedish" in card.text)


async def test_a_summary_stands_on_the_card(shop: Shop, anna: Customer) -> None:
    from bot.desk import cards

    await shop.hands_over(anna)
    business = shop.running.business
    await business.db.transaction(
        lambda tx: cards.sum_up(tx, business, 1, "Wants a bicycle.\nFor an elephant.\n3")
    )
    card = await shop.card("Wants a bicycle.\nFor an elephant.")
    assert "\n3" not in card.text


# The list


async def test_tickets_come_a_page_at_a_time_and_the_list_turns_its_pages(plain_shop: Shop) -> None:
    shop = plain_shop
    for number in range(11):
        await shop.hands_over(shop.on_whatsapp(f"Person{number}"))
    shop.staff.says("/tickets", to=shop.desk)
    listed = await shop.copy("🔴 NF-000001 Person0")
    assert [line.split()[1] for line in listed.text.splitlines()] == [f"NF-{n:06d}" for n in range(1, 9)]
    shop.staff.presses(listed, "More")
    await shop.telegram.until(lambda: listed.text.startswith("🔴 NF-000009"))
    assert len(listed.text.splitlines()) == 3
    shop.colleague.presses(listed, "Back to the first ones")
    await shop.telegram.until(lambda: listed.text.startswith("🔴 NF-000001"))


async def test_tickets_are_filtered(plain_shop: Shop) -> None:
    shop = plain_shop
    cards = [await shop.hands_over(shop.on_whatsapp(name)) for name in ("Anna", "Berta", "Örjan")]
    shop.staff.says("/take", to=shop.desk, reply_to=cards[0])
    await taken_by(shop, "Stina")
    shop.colleague.says("Hello", to=shop.desk, reply_to=cards[1])
    await taken_by(shop, "Kalle")

    async def listed(words: str) -> list[str]:
        mine = shop.staff.says(f"/tickets {words}", to=shop.desk)
        told = await shop.desk.sees(where=lambda message: message.from_bot and message.reply_to == mine.id)
        return [line.split()[2] for line in told.text.splitlines() if " NF-" in line]

    assert await listed("mine") == ["Anna"]
    assert await listed("unassigned") == ["Örjan"]
    assert await listed("waiting") == ["Anna", "Örjan"]
    assert await listed("ÖRJAN") == ["Örjan"]
    assert await listed("kalle") == ["Berta"]
    assert await listed("elephants") == ["Anna", "Örjan", "Berta"]
    assert await listed("zebra") == []


# Silence


async def test_who_lets_a_customer_wait_is_reminded_and_then_anybody_may_take_it(tmp_path: Path) -> None:
    clock = TurnedClock()
    async with Shop(tmp_path, clock=clock) as shop:
        anna = shop.on_whatsapp()
        card = await shop.hands_over(anna)
        shop.staff.says("/take", to=shop.desk, reply_to=card)
        await taken_by(shop, "Stina")
        await shop.rests()
        clock.turn(29 * 60)
        await nudging.mind(shop.running.business)
        clock.turn(2 * 60)
        await shop.restart()
        for _ in range(3):
            await nudging.mind(shop.running.business)
        await shop.copy("Stina, Anna has been waiting for 31 min.")
        clock.turn(30 * 60)
        await shop.restart()
        for _ in range(2):
            await nudging.mind(shop.running.business)
        await shop.copy("NF-000001 is anybody's again: Stina was silent")
        await shop.card("🔴 NF-000001")
        await shop.rests()
        told = [text for text in texts_of(shop.desk.shown()) if "has been waiting for" in text]
        assert len(told) == 2
        assert len(received(anna)) == 1


async def test_nobody_is_reminded_while_nobody_waits(tmp_path: Path) -> None:
    clock = TurnedClock()
    async with Shop(tmp_path, clock=clock) as shop:
        anna = shop.on_whatsapp()
        card = await shop.hands_over(anna)
        shop.staff.says("It comes tomorrow", to=shop.desk, reply_to=card)
        await anna.reads("It comes tomorrow")
        clock.turn(5 * 3600)
        await nudging.mind(shop.running.business)
        await shop.rests()
        assert "Taken by Stina" in card.text
        assert not [text for text in texts_of(shop.desk.shown()) if "has been waiting for" in text]


# Silencing


@pytest.mark.parametrize("order", ["/ban", "/mute 3h"])
async def test_who_is_silenced_is_not_told_and_not_heard(any_shop: Shop, channel: str, order: str) -> None:
    shop = any_shop
    anna = shop.customer(channel)
    card = await shop.hands_over(anna)
    shop.staff.says(order, to=shop.desk, reply_to=card)
    await shop.desk.sees("/unban ends it", where=is_card)
    before = len(received(anna))
    anna.says("You are all thieves")
    anna.says("How long does delivery take?")
    await shop.rests()
    assert len(received(anna)) == before == 1
    assert "thieves" not in "".join(texts_of(shop.desk.shown()))
    assert await shop.count("SELECT count(*) FROM messages WHERE author = 'customer'") == 3
    shop.staff.says("/unban NF-000001", to=shop.desk)
    await shop.telegram.until(lambda: "/unban ends it" not in card.text)
    anna.says("Sorry. How long does delivery take?")
    await (anna.reads("working days") if order == "/ban" else shop.copy("Sorry."))


async def test_a_mute_ends_by_itself(tmp_path: Path) -> None:
    clock = EverybodysClock()
    async with Shop(tmp_path, clock=clock) as shop:
        anna = shop.telegram.add_user("Anna")
        card = await shop.hands_over(anna)
        shop.staff.says("/mute 30m", to=shop.desk, reply_to=card)
        await shop.desk.sees("Muted until", where=is_card)
        anna.says("Shouting")
        await shop.rests()
        clock.turn(31 * 60)
        anna.says("I am calm again")
        await shop.copy("I am calm again")
        assert "Shouting" not in "".join(texts_of(shop.desk.shown()))


async def test_only_who_may_silences(tmp_path: Path) -> None:
    tables = {"desk": 'roles = { ban = ["admins"], figures = ["@boss"] }'}
    async with Shop(tmp_path, tables=tables) as shop:
        boss = shop.telegram.add_user("Boss", username="Boss")
        shop.desk.join([boss])
        shop.desk.join([shop.colleague], status="administrator")
        anna = shop.on_whatsapp()
        card = await shop.hands_over(anna)
        shop.staff.says("/ban", to=shop.desk, reply_to=card)
        await shop.copy("You may not do that here")
        shop.staff.says("/status", to=shop.desk)
        await shop.rests()
        assert "How Nordmöbler is doing" not in "".join(texts_of(shop.desk.shown()))
        boss.says("/status", to=shop.desk)
        await shop.copy("How Nordmöbler is doing")
        shop.colleague.says("/ban", to=shop.desk, reply_to=card)
        await shop.desk.sees("Banned", where=is_card)


# The menu


async def test_the_menu_offers_every_command_in_every_language(shop: Shop) -> None:
    await shop.rests()
    await shop.telegram.until(lambda: len(shop.telegram.menus) == 4)
    menus = {
        language: menu for (room, language), menu in shop.telegram.menus.items() if room == str(shop.desk.id)
    }
    assert set(menus) == {"", "en", "sv", "nb"}
    offered = [one["command"] for one in menus["sv"]]
    assert {"tickets", "take", "give", "release", "resolve", "note", "ban", "mute", "unban", "help"} <= set(
        offered
    )
    assert menus["sv"][1] == {"command": "take", "description": "Ta ärendet"}
    calls = len(shop.telegram.called("setMyCommands"))
    await shop.restart()
    assert len(shop.telegram.called("setMyCommands")) == calls


async def test_help_lists_what_the_menu_offers(shop: Shop) -> None:
    shop.staff.says("/help", to=shop.desk)
    told = await shop.copy("Reply to a card")
    assert "/give – Give it to a colleague" in told.text
