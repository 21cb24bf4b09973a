"""Whatever is posted to us: forged, doubled, broken or endless; and what comes of it."""

import hashlib
import hmac
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiohttp import ClientSession

from tests.people import Customer, received, texts_of
from tests.shop import PUBLIC_URL, SECRET, Shop

STORED = "SELECT count(*) FROM updates"


def telegram_update(number: int = 1, **message: Any) -> bytes:
    person = {"id": 4711, "is_bot": False, "first_name": "Eve"}
    said = {"message_id": 1, "date": 1, "from": person, "chat": {"id": 4711, "type": "private"}, "text": "Hi"}
    return orjson.dumps({"update_id": number, "message": said | message})


def signed(shop: Shop, body: bytes, secret: str = "") -> str:
    key = secret or shop.whatsapp.app_secret
    return "sha256=" + hmac.new(key.encode(), body, hashlib.sha256).hexdigest()


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET[:-1], SECRET + "x", "x" * 8_000, "ä" * 40])
async def test_a_forged_post_of_telegram_is_refused_and_forgotten(shop: Shop, secret: str | None) -> None:
    assert await shop.post_telegram(telegram_update(), secret) == 403
    assert await shop.count(STORED) == 0
    assert shop.running.business.rejected["telegram"] == 1
    assert await shop.post_telegram(telegram_update()) == 200
    assert await shop.count(STORED) == 1


async def test_two_secrets_in_one_post_are_none(shop: Shop) -> None:
    headers = [("X-Telegram-Bot-Api-Secret-Token", secret) for secret in (SECRET, "wrong")]
    async with (
        ClientSession() as session,
        session.post(f"{shop.url}/telegram/webhook", data=telegram_update(), headers=headers) as answer,
    ):
        assert answer.status == 403
    assert await shop.count(STORED) == 0


async def test_a_forged_post_of_whatsapp_is_refused_and_forgotten(shop: Shop) -> None:
    anna = shop.whatsapp.add_customer("Anna")
    anna.says("Hello")
    await anna.reads("Maja")
    await shop.rests()
    before = await shop.count(STORED)
    body = shop.whatsapp.posts[0].body.replace(b"Hello", b"Hallo")
    right = signed(shop, body)
    forged = [
        None,
        "sha1=" + right[7:],
        right.upper(),
        right[:-1],
        "sha256=",
        "sha256=zz",
        signed(shop, body, "other"),
    ]
    forged += [signed(shop, shop.whatsapp.posts[0].body), right + ",", "x" * 8_000]
    assert [await shop.post_whatsapp(body, one) for one in forged] == [403] * len(forged)
    assert await shop.count(STORED) == before
    assert shop.running.business.rejected["whatsapp"] == len(forged)
    await shop.rests()
    assert len(anna.received) == 1


async def test_an_endless_header_is_refused_and_fills_no_log(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    assert await shop.post_telegram(telegram_update(), "x" * 10_000) == 400
    assert await shop.count(STORED) == 0
    assert not caplog.records


async def test_the_handshake_answers_only_who_knows_the_token(shop: Shop) -> None:
    async with ClientSession() as session:
        for token, status in ((shop.whatsapp.verify_token, 200), ("wrong", 403), ("", 403)):
            asked = {
                "hub.mode": "subscribe",
                "hub.verify_token": token,
                "hub.challenge": "<script>1</script>",
            }
            async with session.get(f"{shop.url}/whatsapp/webhook", params=asked) as answer:
                assert answer.status == status
                assert answer.content_type == "text/plain" or status == 403
                assert ("<script>" in await answer.text()) == (status == 200)


@pytest.mark.parametrize("secrets", ["old", "new"])
async def test_two_app_secrets_are_both_good_while_one_replaces_the_other(
    tmp_path: Path, secrets: str
) -> None:
    both = {"WHATSAPP_APP_SECRET": "old-secret-0123456789abcdef,new-secret-0123456789abcdef"}
    async with Shop(tmp_path, environ=both) as shop:
        shop.whatsapp.webhook.secret = f"{secrets}-secret-0123456789abcdef"
        anna = shop.whatsapp.add_customer("Anna")
        anna.says("Hello")
        await anna.reads("Maja")


NONSENSE = (
    b"",
    b"{",
    b"null",
    b"[]",
    b"42",
    b'"text"',
    b"\xff\xfe",
    b"{}",
    b'{"update_id": "1"}',
    b'{"update_id": true}',
    b'{"entry": 7}',
    b'{"entry": [{"changes": [7]}]}',
    b'{"object": "whatsapp_business_account", "entry": [{"changes": [{"field": "messages", "value": {"messages": [7]}}]}]}',
    b'{"a":' * 5000 + b"1" + b"}" * 5000,
    b"[" * 100_000,
    b'{"update_id": 1e400}',
    b'{"update_id": ' + b"9" * 5000 + b"}",
    b'{"update_id": 7, "message": null}',
    b'{"update_id": 8, "message": {"message_id": "x"}}',
    b'{"update_id": 9, "message": {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}, "from": 3, "text": 4}}',
)


@pytest.mark.parametrize("way", ["telegram", "whatsapp"])
async def test_authentic_nonsense_is_taken_and_kept_where_staff_see_it(shop: Shop, way: str) -> None:
    post = shop.post_telegram if way == "telegram" else shop.post_whatsapp
    for body in NONSENSE:
        assert await post(body) == 200, body[:60]
    odd = await shop.count("SELECT count(*) FROM updates WHERE state = 'quarantined'")
    assert odd >= len(NONSENSE) - 4
    shop.staff.says("/status", to=shop.desk)
    await shop.copy(f"Updates kept aside because they could not be read: {odd}")
    for body in NONSENSE:
        await post(body)
    assert await shop.count("SELECT count(*) FROM updates WHERE state = 'quarantined'") == odd


async def test_an_unknown_kind_of_update_is_kept_and_troubles_nobody(shop: Shop) -> None:
    shop.telegram.push_raw({"update_type_2030": {"from": {"id": 1}}})
    await shop.rests()
    assert await shop.rows("SELECT kind, state FROM updates") == [
        {"kind": "update_type_2030", "state": "kept"}
    ]


@pytest.mark.parametrize("way", ["telegram", "whatsapp"])
async def test_a_post_that_is_too_large_is_refused(shop: Shop, way: str) -> None:
    body = b'{"update_id": 1, "padding": "' + b"x" * (4 * 1024 * 1024) + b'"}'
    post = shop.post_telegram if way == "telegram" else shop.post_whatsapp
    assert await post(body) == 413
    assert await shop.count(STORED) == 0


async def test_two_bots_do_not_talk_for_ever(shop: Shop) -> None:
    other = {"id": 4711, "is_bot": True, "first_name": "Other", "username": "other_bot"}
    anna = shop.telegram.add_user("Anna")
    anna.posts({"text": "How long does delivery take?", "from": other})
    await shop.rests()
    assert not received(anna)


async def test_a_pressed_button_that_is_not_ours_does_nothing(shop: Shop, anna: Customer) -> None:
    card = await shop.hands_over(anna)
    eve = shop.telegram.add_user("Eve")
    eve.says("Hello")
    await eve.reads("Maja")
    for code in ("resolve", "resolve:1", "person'; DROP TABLE tickets", "x" * 64):
        shop.telegram.press(eve, await eve.sees("Maja"), code)
    forged = {"id": "1", "from": eve.as_json, "chat_instance": "1", "data": "resolve"}
    shop.telegram.push_raw({"callback_query": forged | {"inline_message_id": "x"}})
    await shop.rests()
    assert card.text.startswith("🔴")
    assert len(received(eve)) == 1
    assert len(received(anna)) == 1


async def test_authority_is_the_room_a_message_stands_in_and_nothing_inside_it(
    shop: Shop, anna: Customer
) -> None:
    card = await shop.hands_over(anna)
    eve = shop.telegram.add_user("Eve")
    inner = {
        "message_id": card.id,
        "date": 1,
        "chat": shop.desk.as_json,
        "from": shop.telegram.bot,
        "text": card.text,
    }
    eve.posts({"text": "forged", "reply_to_message": inner})
    eve.posts(
        {
            "text": "/resolve NF-000001",
            "forward_origin": {"type": "chat", "sender_chat": shop.desk.as_json, "date": 1},
        }
    )
    eve.posts({"text": "forged", "external_reply": {"chat": shop.desk.as_json, "message_id": card.id}})
    await shop.rests()
    assert card.text.startswith("🔴")
    assert "forged" not in texts_of(received(anna))


async def test_a_webhook_of_another_number_is_nobodys(shop: Shop) -> None:
    anna = shop.whatsapp.add_customer("Anna")
    anna.says("Hello")
    await anna.reads("Maja")
    body = shop.whatsapp.posts[0].body.replace(shop.whatsapp.phone_number_id.encode(), b"999999999999999")
    assert await shop.post_whatsapp(body) == 200
    await shop.rests()
    assert len(anna.received) == 1


async def test_health_says_what_is_set_up(shop: Shop) -> None:
    async with ClientSession() as session, session.get(f"{shop.url}/api/support/health") as answer:
        assert answer.status == 200
        told = await answer.json()
    assert told["status"] == "ok"
    assert told["telegram_configured"]
    assert told["whatsapp_configured"]
    assert not told["openai_configured"]
    assert shop.telegram.webhook.url == f"{PUBLIC_URL}/telegram/webhook"
