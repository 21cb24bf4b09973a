"""The owner's phone hears of it, too, and answers from there: WHATSAPP_ADMIN_PHONE (T-10, T-13)."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot import alerts
from bot.desk import promises
from bot.jobs import watch_channels
from sandbox.faults import Fault
from sandbox.whatsapp.customer import WhatsAppCustomer
from storage import tickets
from tests.clock import EverybodysClock
from tests.people import Customer, received, texts_of
from tests.shop import UNKNOWN, Shop

PHONE = "46709990001"
MINUTE = 60
TEMPLATE = """
[[whatsapp.templates]]
name = "news_for_you"
language = "en"
purpose = "alert"
body = "News from your shop: {{text}} (from {{name}})"
"""


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    """With the owner's phone in its settings; the clock can be turned."""
    phone = {"WHATSAPP_ADMIN_PHONE": f"+{PHONE}"}
    shop = Shop(tmp_path, clock=EverybodysClock(), environ=phone, templates=TEMPLATE)
    shop.whatsapp.add_template("news_for_you", "News from your shop: {{1}} (from {{2}})")
    async with shop:
        yield shop


@pytest.fixture
async def owner(shop: Shop) -> WhatsAppCustomer:
    """Has written to the shop's number a moment ago, so that it may be written to."""
    owner = shop.on_whatsapp("Olle", phone=PHONE)
    owner.says("Hello")
    await owner.reads("Nothing was sent")
    return owner


def turn(shop: Shop, seconds: float) -> None:
    assert isinstance(shop.clock, EverybodysClock)
    shop.clock.turn(seconds)


async def lasting(shop: Shop) -> None:
    """Two looks at the channels, a minute apart."""
    await watch_channels(shop.running.business)
    turn(shop, MINUTE)
    await watch_channels(shop.running.business)


async def test_a_new_request_reaches_the_phone_with_its_number_and_wait(
    shop: Shop, owner: WhatsAppCustomer, channel: str
) -> None:
    anna = shop.customer(channel)
    await shop.hands_over(anna)
    alert = await owner.reads("NF-000001 · Anna")
    assert "has waited for 0 s" in alert.text
    assert UNKNOWN in alert.text


async def test_a_promise_that_breaks_reaches_the_phone(shop: Shop, owner: WhatsAppCustomer) -> None:
    await shop.hands_over(shop.customer("telegram"))
    await owner.reads("NF-000001 · Anna")
    turn(shop, 11 * MINUTE)
    owner.says("Anybody there?")
    turn(shop, 50 * MINUTE)
    await promises.watch(shop.running.business)
    assert "NF-000001" in (await owner.reads("The promised time passed")).text


async def test_quoting_the_alert_answers_the_customer(
    shop: Shop, owner: WhatsAppCustomer, channel: str
) -> None:
    anna = shop.customer(channel)
    card = await shop.hands_over(anna)
    alert = await owner.reads("NF-000001")
    mine = owner.says("Only for mice, I am afraid", reply_to=alert)
    assert (await anna.reads("mice")).text == "Only for mice, I am afraid"
    await shop.copy("Olle answered by WhatsApp: Only for mice, I am afraid")
    await shop.telegram.until(lambda: "Taken by Olle" in card.text)
    await shop.until(lambda: mine.reactions.get("business") == "👍")


@pytest.mark.parametrize(
    ("words", "arrives"),
    [
        ("NF-000001 only for mice", "only for mice"),
        ("nf-1: only for mice", "only for mice"),
        ("only for mice (NF-000001", "only for mice ("),
        ("only for mice, NF-000001 is right", "only for mice, NF-000001 is right"),
    ],
)
async def test_the_number_in_the_words_answers_the_customer(
    shop: Shop, owner: WhatsAppCustomer, words: str, arrives: str
) -> None:
    anna = shop.telegram.add_user("Anna")
    await shop.hands_over(anna)
    owner.says(words)
    assert (await anna.reads("only for mice")).text == arrives


@pytest.mark.parametrize("words", ["Tell her we have 1 left", "1", "NF-000077 no", "NF-000001 or NF-000002?"])
async def test_what_names_no_request_or_two_goes_to_nobody(
    shop: Shop, owner: WhatsAppCustomer, words: str
) -> None:
    people: list[Customer] = [shop.telegram.add_user("Anna"), shop.telegram.add_user("Bertil")]
    for person in people:
        await shop.hands_over(person)
    mine = owner.says(words)
    told = await owner.reads("Nothing was sent")
    assert told.reply_to == mine.id
    await shop.rests()
    assert [len(received(person)) for person in people] == [1, 1]


async def test_a_quote_and_the_number_of_another_request_go_to_nobody(
    shop: Shop, owner: WhatsAppCustomer
) -> None:
    anna, bertil = shop.telegram.add_user("Anna"), shop.telegram.add_user("Bertil")
    await shop.hands_over(anna)
    await shop.hands_over(bertil)
    alert = await owner.reads("NF-000001")
    owner.says("NF-000002 yes", reply_to=alert)
    await owner.reads("more than one request")
    await shop.rests()
    assert len(received(anna)) == len(received(bertil)) == 1


async def test_a_picture_goes_too_and_its_failure_is_told_there(shop: Shop, owner: WhatsAppCustomer) -> None:
    anna = shop.on_whatsapp("Anna")
    await shop.hands_over(anna)
    alert = await owner.reads("NF-000001")
    owner.sends("image", caption="This one", reply_to=alert)
    assert (await anna.reads("This one")).type == "image"
    await shop.rests()
    shop.whatsapp.refuse_next(131031, customer=anna)
    mine = owner.says("And this", reply_to=alert)
    told = await owner.reads("Not delivered to Anna")
    assert told.reply_to == mine.id
    await shop.until(lambda: mine.reactions.get("business") == "💔")


async def test_a_stranger_with_the_number_of_a_request_is_a_customer(
    shop: Shop, owner: WhatsAppCustomer
) -> None:
    anna, eve = shop.telegram.add_user("Anna"), shop.on_whatsapp("Eve")
    await shop.hands_over(anna)
    eve.says("NF-000001 we send you to our other address")
    await eve.reads()
    await shop.rests()
    assert len(received(anna)) == 1


async def test_outside_the_phones_window_the_alert_is_a_template(shop: Shop) -> None:
    owner = shop.on_whatsapp("Olle", phone=PHONE)
    await shop.hands_over(shop.telegram.add_user("Anna"))
    alert = await owner.reads("NF-000001 · Anna")
    assert alert.type == "template"
    assert alert.text.endswith("(from Maja)")
    owner.says("We have none", reply_to=alert)


async def test_metas_refusal_makes_it_a_template(shop: Shop, owner: WhatsAppCustomer) -> None:
    shop.whatsapp.refuse_next(131047)
    await shop.hands_over(shop.telegram.add_user("Anna"))
    assert (await owner.reads("NF-000001 · Anna")).type == "template"


async def test_an_alert_that_does_not_arrive_is_told_at_the_desk(shop: Shop, owner: WhatsAppCustomer) -> None:
    shop.whatsapp.refuse_next(131026, customer=owner)
    await shop.hands_over(shop.telegram.add_user("Anna"))
    await shop.copy("An alert to WHATSAPP_ADMIN_PHONE did not arrive")


async def test_of_many_requests_one_is_told_in_ten_minutes_and_the_rest_after(
    shop: Shop, owner: WhatsAppCustomer
) -> None:
    people = [shop.telegram.add_user(f"Person{n}") for n in range(4)]
    for person in people:
        await shop.hands_over(person)
    await owner.reads("NF-000001")
    await alerts.tell_owed(shop.running.business)
    await shop.rests()
    assert len(owner.received) == 2
    turn(shop, 11 * MINUTE)
    await shop.restart()
    await alerts.tell_owed(shop.running.business)
    alert = await owner.reads("NF-000004")
    assert "has waited for 11 min" in alert.text
    assert "Others who wait: 3" in alert.text
    turn(shop, 11 * MINUTE)
    await alerts.tell_owed(shop.running.business)
    await shop.rests()
    assert len(owner.received) == 3


async def test_what_was_answered_meanwhile_is_not_told_after(shop: Shop, owner: WhatsAppCustomer) -> None:
    await shop.hands_over(shop.telegram.add_user("Anna"))
    card = await shop.hands_over(shop.telegram.add_user("Bertil"))
    shop.staff.says("Hello", to=shop.desk, reply_to=card)
    await shop.rests()
    turn(shop, 11 * MINUTE)
    await alerts.tell_owed(shop.running.business)
    await shop.rests()
    assert not any("NF-000002" in text for text in texts_of(owner.received))


async def test_a_promise_at_risk_is_told_with_what_is_left(shop: Shop, owner: WhatsAppCustomer) -> None:
    await shop.hands_over(shop.telegram.add_user("Anna"))
    await owner.reads("NF-000001")
    business = shop.running.business
    ticket = await tickets.get(business.db, 1)
    await business.db.transaction(lambda tx: alerts.promise_at_risk(tx, business, ticket, 5 * 60_000))
    alert = await owner.reads("The answer is promised within 5 min.")
    owner.says("In a moment", reply_to=alert)


async def test_while_the_group_is_away_the_phone_is_the_way_to_staff(
    shop: Shop, owner: WhatsAppCustomer
) -> None:
    """T-10: the bot was put out of its group."""
    shop.desk.remove_bot(shop.staff)
    await shop.until(lambda: not shop.running.business.desk.open)
    await lasting(shop)
    await owner.reads("the desk's group cannot be reached")
    anna = shop.on_whatsapp("Anna")
    anna.says(UNKNOWN)
    await anna.reads("NF-000001")
    alert = await owner.reads("NF-000001")
    owner.says("Only for mice", reply_to=alert)
    await anna.reads("Only for mice")
    shop.desk.set_bot("administrator", shop.staff, can_manage_topics=True)
    await shop.copy("Olle answered by WhatsApp: Only for mice")


async def test_a_channel_that_fails_is_told_once_and_again_when_it_failed_anew(
    shop: Shop, owner: WhatsAppCustomer
) -> None:
    """T-13: the desk's platform wants a long pause, or does not answer at all."""
    business = shop.running.business
    shop.telegram.faults.always("sendMessage", Fault.status(502))
    anna = shop.telegram.add_user("Anna")
    anna.says("How long does delivery take?")
    await shop.until(lambda: business.channels["telegram"].last_error)
    await lasting(shop)
    await lasting(shop)
    told = await owner.reads("Telegram does not work")
    shop.telegram.faults.calm()
    business.retry_outbox("telegram")
    await anna.reads("working days", timeout=30)
    await shop.until(lambda: not business.channels["telegram"].last_error)
    await watch_channels(business)
    await shop.rests()
    assert [m.id for m in owner.received if "does not work" in m.text] == [told.id]
    turn(shop, 11 * MINUTE)
    shop.telegram.faults.always("sendMessage", Fault.status(502))
    anna.says("How long does delivery take?")
    await shop.until(lambda: business.channels["telegram"].last_error)
    await lasting(shop)
    await owner.reads("Telegram does not work")


async def test_an_edit_there_is_said_to_go_nowhere(shop: Shop, owner: WhatsAppCustomer) -> None:
    anna = shop.telegram.add_user("Anna")
    await shop.hands_over(anna)
    mine = owner.says("NF-000001 we open at nein")
    await anna.reads("nein")
    owner.edits(mine, "NF-000001 we open at nine")
    await owner.reads("no changes made here")
    await shop.rests()
    assert len(received(anna)) == 2


async def test_a_trouble_that_is_over_at_the_next_look_is_not_told(
    shop: Shop, owner: WhatsAppCustomer
) -> None:
    business = shop.running.business
    shop.telegram.faults.next("sendMessage", Fault.status(502))
    anna = shop.telegram.add_user("Anna")
    anna.says("How long does delivery take?")
    await shop.until(lambda: business.channels["telegram"].last_error)
    await watch_channels(business)
    await anna.reads("working days", timeout=30)
    await shop.until(lambda: not business.channels["telegram"].last_error)
    await lasting(shop)
    await shop.rests()
    assert len(owner.received) == 1
