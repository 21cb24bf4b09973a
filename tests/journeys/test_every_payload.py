"""Every payload that the platforms document, posted for real: taken, understood or kept, and never met with silence."""

import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sandbox.telegram.user import TelegramUser
from sandbox.whatsapp.customer import WhatsAppCustomer
from tests.clock import TurnedClock
from tests.people import Customer, is_card, received
from tests.shop import Shop

PAYLOADS = Path(__file__).parent.parent / "payloads"
Json = dict[str, Any]
ELIN, ELINS_PHONE, ELINS_ID = 701001, "46701234567", "SE.1349152065530274"
OLAS_PHONE, OLAS_ID = "4791234567", "NO.22"
DESK = "-1002220001111"

TOLD_BY_TELEGRAM = {
    # written by Telegram itself, about the chat: nobody waits for an answer
    *("new_chat_members", "left_chat_member", "chat_owner_left", "chat_owner_changed", "new_chat_title"),
    *("new_chat_photo", "delete_chat_photo", "group_chat_created", "supergroup_chat_created"),
    *("channel_chat_created", "message_auto_delete_timer_changed", "migrate_to_chat_id"),
    *("migrate_from_chat_id", "pinned_message", "pinned_message_inaccessible", "successful_payment"),
    *("refunded_payment", "users_shared", "chat_shared", "connected_website", "write_access_allowed"),
    *("proximity_alert_triggered", "boost_added", "chat_background_set", "checklist_tasks_done"),
    *("checklist_tasks_added", "community_chat_added", "community_chat_removed", "forum_topic_created"),
    *("direct_message_price_changed", "forum_topic_edited", "forum_topic_closed", "forum_topic_reopened"),
    *("general_forum_topic_hidden", "general_forum_topic_unhidden", "giveaway_created", "giveaway_completed"),
    *("managed_bot_created", "paid_message_price_changed", "poll_option_added", "poll_option_deleted"),
    *("suggested_post_approved", "suggested_post_approval_failed", "suggested_post_declined"),
    *("suggested_post_paid", "suggested_post_refunded", "video_chat_scheduled", "video_chat_started"),
    *("video_chat_ended", "video_chat_participants_invited", "gift_upgrade_sent"),
    "business_bot",  # said in somebody else's chat, by a bot
}
TOLD_BY_META = {
    # about something that stands there already, or about nobody
    *("reaction", "reaction_taken_back", "reaction_taken_back_without_emoji", "edit", "edit_of_a_caption"),
    *("revoke", "request_welcome", "in_a_group"),
}


def payloads(folder: str, *files: str) -> Iterator[tuple[str, Any]]:
    for file in files:
        yield from json.loads((PAYLOADS / folder / f"{file}.json").read_text("utf-8")).items()


class Posting:
    """Posts payloads one after another, each as if it came from somebody new."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.number = shop, 0

    async def telegram(self, payload: Any, by: TelegramUser | None = None) -> TelegramUser:
        anna = by or self.somebody_on_telegram()
        body = json.dumps(payload | {"update_id": 900_000_000 + self.number})
        body = body.replace(str(ELIN), str(anna.id)).replace(DESK, str(self.shop.desk.id))
        body = body.replace("nordmobler_maja_bot", self.shop.telegram.bot["username"])
        assert await self.shop.post_telegram(body.encode()) == 200
        await self.shop.rests()
        return anna

    async def whatsapp(self, payload: Any, by: WhatsAppCustomer | None = None) -> WhatsAppCustomer:
        anna = by or self.somebody_on_whatsapp()
        body = json.dumps(payload).replace("wamid.", f"wamid.{self.number}x")
        body = body.replace(ELINS_PHONE, anna.phone).replace(ELINS_ID, anna.user_id)
        body = body.replace(OLAS_PHONE, f"4791{self.number:06}").replace(OLAS_ID, f"NO.{self.number}")
        assert await self.shop.post_whatsapp(body.encode()) == 200
        await self.shop.rests()
        return anna

    def somebody_on_telegram(self) -> TelegramUser:
        self.number += 1
        world = self.shop.telegram
        anna = TelegramUser(world, 800_000_000 + self.number, "Elin", started=True)
        anna.chat.last_id = 10_000  # above the ids in the payloads
        world.users[anna.id] = anna
        world.chats[anna.id] = anna.chat
        return anna

    def somebody_on_whatsapp(self) -> WhatsAppCustomer:
        self.number += 1
        anna = self.shop.whatsapp.add_customer("Elin", f"4670{self.number:07}", f"SE.55{self.number:07}")
        anna.last_wrote = self.shop.whatsapp.now()
        return anna

    async def shown_to_a_person(self, customer: Customer, post: Callable[[], Awaitable[Any]]) -> bool:
        """Whether staff see something of what is posted while they have the conversation."""
        customer.says("/human")
        await self.shop.rests()
        before = self.shop.desk.last_id
        await post()
        return any(message.id > before and not is_card(message) for message in self.shop.desk.shown())


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    """Years after the payloads were written: none of them is what a platform kept while we were away."""
    clock = TurnedClock()
    clock.turn(5 * 365 * 86_400)
    async with Shop(tmp_path, clock=clock) as shop:
        yield shop


@pytest.fixture
async def posting(shop: Shop, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Posting]:
    """Afterwards: no turn failed, nothing is stuck, and no error was logged."""
    yield Posting(shop)
    assert await shop.count("SELECT count(*) FROM updates WHERE state IN ('waiting', 'taken')") == 0
    assert (
        await shop.rows("SELECT kind, error FROM updates WHERE error <> '' AND state <> 'quarantined'") == []
    )
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []
    assert [one.getMessage() for one in caplog.records if one.levelno >= logging.ERROR] == []


def silent(customers: dict[str, Customer]) -> set[str]:
    return {name for name, customer in customers.items() if not received(customer)}


async def test_no_message_of_a_customer_on_telegram_meets_silence(shop: Shop, posting: Posting) -> None:
    messages = [
        (name, payload)
        for name, payload in payloads("telegram", "messages", "circumstances")
        if payload.get("message", {}).get("from", {}).get("id") == ELIN
        and payload["message"]["chat"]["type"] == "private"
    ]
    customers: dict[str, Customer] = {name: await posting.telegram(payload) for name, payload in messages}
    assert len(customers) > 100
    assert silent(customers) == TOLD_BY_TELEGRAM
    assert await shop.count("SELECT count(*) FROM updates WHERE state = 'quarantined'") == 0


async def test_no_message_of_a_customer_on_whatsapp_meets_silence(shop: Shop, posting: Posting) -> None:
    customers: dict[str, Customer] = {
        name: await posting.whatsapp(payload) for name, payload in payloads("whatsapp", "messages")
    }
    assert silent(customers) == TOLD_BY_META
    assert await shop.count("SELECT count(*) FROM updates WHERE state = 'quarantined'") == 0


async def test_every_message_on_telegram_is_shown_to_the_person_who_has_the_conversation(
    posting: Posting,
) -> None:
    unseen = set()
    for name, payload in payloads("telegram", "messages"):
        anna = posting.somebody_on_telegram()
        if not await posting.shown_to_a_person(anna, partial(posting.telegram, payload, anna)):
            unseen.add(name)
    assert unseen - {"command", "start_with_payload"} == TOLD_BY_TELEGRAM - {"business_bot"}


async def test_every_message_on_whatsapp_is_shown_to_the_person_who_has_the_conversation(
    posting: Posting,
) -> None:
    """But for edits and revokes, which here are of a message that is not this customer's."""
    unseen = set()
    for name, payload in payloads("whatsapp", "messages"):
        anna = posting.somebody_on_whatsapp()
        if not await posting.shown_to_a_person(anna, partial(posting.whatsapp, payload, anna)):
            unseen.add(name)
    assert unseen == TOLD_BY_META - {"reaction", "reaction_taken_back", "reaction_taken_back_without_emoji"}


OTHERS: dict[str, tuple[str, ...]] = {
    "telegram": ("updates", "more_updates", "desk", "circumstances"),
    "whatsapp": ("people", "statuses", "system", "errors", "batches", "account"),
}


@pytest.mark.parametrize("way", OTHERS)
async def test_every_other_payload_is_taken_and_troubles_nobody(
    shop: Shop, posting: Posting, way: str
) -> None:
    post: Callable[[Any], Any] = posting.telegram if way == "telegram" else posting.whatsapp
    for _, payload in payloads(way, *OTHERS[way]):
        await post(payload)
    odd = await shop.rows("SELECT kind, error FROM updates WHERE state = 'quarantined'")
    assert len(odd) <= {"telegram": 1, "whatsapp": 5}[way], odd
    berta = shop.customer(way, "Berta", **({"phone": "46709999999"} if way == "whatsapp" else {}))
    card = await shop.hands_over(berta)
    shop.staff.says("Still here", to=shop.desk, reply_to=card)
    await berta.reads("Still here")


async def test_each_sort_of_person_on_whatsapp_is_answered(shop: Shop, posting: Posting) -> None:
    unanswered = set()
    for name, payload in payloads("whatsapp", "people"):
        anna = await posting.whatsapp(payload)
        if not received(anna):
            unanswered.add(name)
    assert unanswered == {"nobody"}


async def test_authentic_nonsense_is_taken_and_whoever_wrote_is_answered(
    shop: Shop, posting: Posting
) -> None:
    told = {
        "timestamp_in_the_future",
        "timestamp_zero",
        "timestamp_negative",
        "timestamp_huge",
        "timestamp_words",
        "timestamp_number",
        "timestamp_null",
        "timestamp_missing",
        "body_with_nul_and_lone_surrogate",
        "type_missing",
        "text_null",
        "text_is_a_string",
        "body_missing",
        "body_empty",
        "image_without_id",
    }
    answered = set()
    for name, payload in payloads("whatsapp", "odd"):
        if received(await posting.whatsapp(payload)):
            answered.add(name)
    assert answered == told
    assert await shop.count("SELECT count(*) FROM updates WHERE state = 'quarantined'") > 5
