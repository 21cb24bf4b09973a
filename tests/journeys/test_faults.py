"""Bad days: the platforms are slow, rude or gone; nothing is lost, and nothing comes twice unexplained."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from sandbox.faults import Fault, Faults
from sandbox.telegram.emulator import TelegramEmulator
from sandbox.telegram.rules import Limits
from sandbox.whatsapp.customer import WhatsAppCustomer
from sandbox.whatsapp.emulator import WhatsAppEmulator
from tests.clock import FastClock
from tests.people import Customer, is_card, received, texts_of
from tests.shop import UNKNOWN, Shop

SEND = {"telegram": "sendMessage", "whatsapp": "messages"}


STUMBLES = {
    "500": Fault.status(500),
    "502": Fault.status(502),
    "reset": Fault.reset_before(),
    "a page": Fault.status(503, body=b"<html>gateway</html>"),
}


def platform(shop: Shop, channel: str) -> TelegramEmulator | WhatsAppEmulator:
    return shop.telegram if channel == "telegram" else shop.whatsapp


def faults(shop: Shop, channel: str) -> Faults:
    return platform(shop, channel).faults


def to(customer: Customer) -> Any:
    """Whether a call is for this customer."""
    return lambda call: (
        str(call.get("chat_id") or call.get("to"))
        in (
            str(getattr(customer, "id", "")),
            str(getattr(customer, "phone", "")),
        )
    )


@pytest.mark.parametrize("fault", STUMBLES.values(), ids=STUMBLES)
async def test_a_platform_that_stumbles_once_gets_the_answer_all_the_same(
    tmp_path: Path, channel: str, fault: Fault
) -> None:
    async with Shop(tmp_path, clock=FastClock(20)) as shop:
        anna = shop.customer(channel)
        faults(shop, channel).next(SEND[channel], fault)
        anna.says("How long does delivery take?")
        await anna.reads("working days")
        await shop.rests()
        assert len(received(anna)) == 1


@pytest.mark.parametrize("fault", [Fault.reset_after(), Fault.cut()], ids=["reset after", "cut"])
async def test_a_send_that_nobody_can_know_of_comes_at_most_twice_and_is_marked(
    tmp_path: Path, channel: str, fault: Fault
) -> None:
    async with Shop(tmp_path, clock=FastClock(20)) as shop:
        anna = shop.customer(channel)
        shop.whatsapp.habits.on = False
        faults(shop, channel).next(SEND[channel], fault)
        anna.says("How long does delivery take?")
        await anna.reads("working days")
        (row,) = await until_sent(shop, "reply")
        assert row["doubts"] == 1
        assert len(received(anna)) == 2


async def until_sent(shop: Shop, role: str) -> list[dict[str, Any]]:
    """The role's deliveries, once all of them have left."""
    async with asyncio.timeout(10):
        while True:
            rows = await shop.rows("SELECT state, doubts FROM deliveries WHERE role = :role", role=role)
            if rows and all(row["state"] not in ("queued", "sending") for row in rows):
                return rows


async def test_a_send_that_nobody_can_know_of_is_cleared_up_by_its_status(shop: Shop) -> None:
    """WhatsApp echoes our tracker, so the answer is not sent again."""
    anna = shop.whatsapp.add_customer("Anna")
    shop.whatsapp.faults.next("messages", Fault.reset_after())
    anna.says("How long does delivery take?")
    await anna.reads("working days")
    async with asyncio.timeout(5):
        while (await until_sent(shop, "reply")) != [{"state": "delivered", "doubts": 1}]:
            await shop.whatsapp.delivered()
    assert len(anna.received) == 1


async def test_the_next_answer_does_not_wait_for_one_that_was_cleared_up(shop: Shop) -> None:
    anna = shop.whatsapp.add_customer("Anna")
    shop.whatsapp.faults.next("messages", Fault.reset_after())
    anna.says("How long does delivery take?")
    await anna.reads("working days")
    await until_sent(shop, "reply")
    anna.says("Thanks a lot!")
    await anna.reads("You are welcome", timeout=5)


async def test_a_reply_that_nobody_can_know_of_says_so(tmp_path: Path) -> None:
    async with Shop(tmp_path, clock=FastClock(20)) as shop:
        anna = shop.telegram.add_user("Anna")
        card = await shop.hands_over(anna)
        await shop.rests()
        shop.telegram.faults.next("sendMessage", Fault.reset_after(), times=2)
        mine = shop.staff.says("Only for mice", to=shop.desk, reply_to=card)
        note = await shop.copy("Nobody can tell whether this reached Anna")
        assert note.reply_to == mine.id
        assert texts_of(received(anna)).count("Only for mice") == 2


async def test_a_pause_that_one_chat_asks_for_holds_up_nobody_else(tmp_path: Path, channel: str) -> None:
    async with Shop(tmp_path, clock=FastClock(4)) as shop:
        anna, berta = shop.customer(channel, "Anna"), shop.customer(channel, "Berta")
        if isinstance(anna, WhatsAppCustomer):
            shop.whatsapp.refuse_next(131056, customer=anna)
        else:
            shop.telegram.faults.next("sendMessage", Fault.status(429, retry_after=6), when=to(anna))
        anna.says("How long does delivery take?")
        await shop.rests()
        berta.says("How long does delivery take?")
        await berta.reads("working days")
        assert not received(anna)
        await anna.reads("working days")


async def test_an_asked_for_pause_is_kept(shop: Shop) -> None:
    anna = shop.telegram.add_user("Anna")
    shop.telegram.faults.next("sendMessage", Fault.status(429, retry_after=1))
    anna.says("How long does delivery take?")
    await anna.reads("working days")
    first, second = shop.telegram.called("sendMessage")
    assert second.at - first.at >= 1


async def test_telegram_down_at_the_start_costs_whatsapp_nothing(tmp_path: Path) -> None:
    async with Shop(tmp_path, clock=FastClock(20)) as shop:
        await shop.close()
        port = int(shop.telegram.url.rpartition(":")[2])
        await shop.telegram.stop()
        await shop.begin()
        anna = shop.whatsapp.add_customer("Anna")
        anna.says("How long does delivery take?")
        await anna.reads("working days")
        anna.says(UNKNOWN)
        await anna.reads("NF-000001")
        await shop.telegram.start(port)
        card = await shop.card("elephants")
        shop.staff.says("Only for mice", to=shop.desk, reply_to=card)
        await anna.reads("Only for mice")


async def test_whatsapp_down_at_the_start_costs_telegram_nothing(tmp_path: Path) -> None:
    async with Shop(tmp_path, clock=FastClock(20)) as shop:
        await shop.close()
        shop.whatsapp.faults.go_down()
        await shop.open()
        anna = shop.telegram.add_user("Anna")
        await shop.hands_over(anna)
        shop.whatsapp.faults.come_back()
        berta = shop.whatsapp.add_customer("Berta")
        berta.says("How long does delivery take?")
        await berta.reads("working days")


async def test_answers_wait_out_an_outage_in_order(tmp_path: Path, channel: str) -> None:
    async with Shop(tmp_path, clock=FastClock(50)) as shop:
        anna = shop.customer(channel)
        card = await shop.hands_over(anna)
        await shop.rests()
        faults(shop, channel).go_down()
        for number in range(5):
            shop.staff.says(f"reply {number}", to=shop.desk, reply_to=card)
        tried = faults(shop, channel).fired
        await platform(shop, channel).until(lambda: len(tried) >= 3)
        faults(shop, channel).come_back()
        await anna.reads("reply 4", timeout=20)
        order = dict.fromkeys(text for text in texts_of(received(anna)) if text.startswith("reply"))
        assert list(order) == [f"reply {number}" for number in range(5)]


async def test_an_outage_of_minutes_loses_nothing(tmp_path: Path, channel: str) -> None:
    async with Shop(tmp_path, clock=FastClock(200)) as shop:
        anna = shop.customer(channel)
        card = await shop.hands_over(anna)
        await shop.rests()
        faults(shop, channel).always(SEND[channel], Fault.status(502))
        mine = shop.staff.says("Only for mice", to=shop.desk, reply_to=card)
        tried = faults(shop, channel).fired
        await platform(shop, channel).until(lambda: len(tried) >= 5)
        assert shop.sign_on(mine) in ("", "✍")
        faults(shop, channel).calm()
        await anna.reads("Only for mice")


async def test_a_restart_in_the_middle_of_an_outage_loses_nothing(tmp_path: Path, channel: str) -> None:
    async with Shop(tmp_path, clock=FastClock(50)) as shop:
        anna = shop.customer(channel)
        card = await shop.hands_over(anna)
        await shop.rests()
        faults(shop, channel).always(SEND[channel], Fault.reset_before())
        shop.staff.says("Only for mice", to=shop.desk, reply_to=card)
        anna.says("Hello?")
        name = SEND[channel]
        tried = faults(shop, channel).fired
        await platform(shop, channel).until(lambda: any(fired.name == name for fired in tried))
        await shop.close()
        faults(shop, channel).calm()
        await shop.open()
        await anna.reads("Only for mice")
        await shop.copy("Hello?")


async def test_a_revoked_token_stops_the_storm_and_is_told(tmp_path: Path) -> None:
    async with Shop(tmp_path, clock=FastClock(50)) as shop:
        anna = shop.whatsapp.add_customer("Anna")
        await shop.hands_over(anna)
        await shop.rests()
        shop.whatsapp.access_token, token = "another", shop.whatsapp.access_token
        for number in range(5):
            shop.staff.says(f"reply {number}", to=shop.desk, reply_to=await shop.card())
        calls = len(shop.whatsapp.called("messages"))
        await until_called(shop.whatsapp, calls + 1)
        assert len(shop.whatsapp.called("messages")) <= calls + 2
        shop.staff.says("/status", to=shop.desk)
        await shop.copy("⚠️ WhatsApp: ")
        shop.whatsapp.access_token = token
        await anna.reads("reply 4")


async def until_called(whatsapp: WhatsAppEmulator, times: int) -> None:
    await whatsapp.until(lambda: len(whatsapp.called("messages")) >= times)


async def test_what_waited_a_day_is_given_up_and_staff_are_told(tmp_path: Path) -> None:
    tables = {"delivery": "give_up_after_hours = 0.1"}
    async with Shop(tmp_path, clock=FastClock(600), tables=tables) as shop:
        anna = shop.whatsapp.add_customer("Anna")
        card = await shop.hands_over(anna)
        shop.whatsapp.faults.go_down()
        mine = shop.staff.says("Only for mice", to=shop.desk, reply_to=card)
        note = await shop.copy("it waited so long", timeout=20)
        assert note.reply_to == mine.id


@pytest.mark.parametrize("forum", [True, False], ids=["forum", "plain"])
async def test_the_platforms_limits_are_kept_and_not_hit(tmp_path: Path, *, forum: bool) -> None:
    """Six customers at once; the group and each chat get no more than Telegram takes."""
    async with Shop(tmp_path, forum=forum, clock=FastClock(3), default_limits=True) as shop:
        shop.telegram.limits = Limits()
        shop.whatsapp.limit()
        people = [shop.customer(("telegram", "whatsapp")[n % 2], f"Person{n}") for n in range(6)]
        for number, person in enumerate(people):
            person.says(f"{UNKNOWN} I want {number}.")
        for number in range(6):
            await shop.card(f"I want {number}.")
        await shop.rests()
        refused = [call for call in shop.telegram.calls if call.error is not None and call.error.code == 429]
        assert not refused
        assert not [call for call in shop.whatsapp.calls if call.status != 200]


async def test_a_reply_comes_before_older_lines_for_the_desk(tmp_path: Path) -> None:
    """The group takes 20 a minute; a customer's answer does not stand behind a transcript."""
    async with Shop(tmp_path, forum=False, default_limits=True) as shop:
        anna, berta = shop.telegram.add_user("Anna"), shop.telegram.add_user("Berta")
        await shop.hands_over(anna)
        for number in range(25):
            anna.says(f"line {number}")
        berta.says("How long does delivery take?")
        await berta.reads("working days", timeout=2)
        assert not any("line 24" in text for text in texts_of(shop.desk.shown()))


async def test_a_new_card_comes_before_older_lines(tmp_path: Path) -> None:
    async with Shop(tmp_path, forum=False, default_limits=True, clock=FastClock(10)) as shop:
        anna, berta = shop.telegram.add_user("Anna"), shop.telegram.add_user("Berta")
        await shop.hands_over(anna)
        for number in range(25):
            anna.says(f"line {number}")
        await shop.copy("line 5")
        berta.says(UNKNOWN + " Soon?")
        await shop.card("Soon?")
        assert not any("line 24" in text for text in texts_of(shop.desk.shown()))
        assert sum(map(is_card, shop.desk.shown())) == 2


async def test_receipts_cost_no_message_of_the_groups_few(tmp_path: Path) -> None:
    """Twelve receipts in six seconds; of messages the group would have taken seven."""
    async with Shop(tmp_path, forum=False, default_limits=True) as shop:
        anna = shop.on_whatsapp()
        card = await shop.hands_over(anna)
        mine = [shop.staff.says(f"reply {number}", to=shop.desk, reply_to=card) for number in range(12)]
        async with asyncio.timeout(6):
            for message in mine:
                await shop.reacted(message, "👍")


async def test_a_slow_platform_holds_up_nobody_else(shop: Shop) -> None:
    anna, berta = shop.telegram.add_user("Anna"), shop.telegram.add_user("Berta")
    shop.telegram.faults.next("sendMessage", Fault.slow(1.5), when=to(anna))
    anna.says("How long does delivery take?")
    berta.says("How long does delivery take?")
    await berta.reads("working days", timeout=1)
    await anna.reads("working days")


async def test_a_formatting_that_telegram_refuses_is_sent_plain(shop: Shop) -> None:
    anna = shop.telegram.add_user("Anna")
    body = b'{"ok": false, "error_code": 400, "description": "Bad Request: can\'t parse entities: no"}'
    shop.telegram.faults.next("sendMessage", Fault.status(400, body=body))
    anna.says("How long does delivery take?")
    answer = await anna.reads("working days")
    assert not answer.entities
