"""Real posts and forged ones at the real application: who is believed, how often, and in which order."""

import ast
import asyncio
import itertools
import logging
from pathlib import Path

import orjson
import pytest

from sandbox.whatsapp.payloads import signature
from tests.server.wire import Answer, Line, post, until
from tests.shop import PUBLIC_URL, REPOSITORY, SECRET, Shop
from tests.test_process import Home

STORED = "SELECT count(*) FROM updates"
TELEGRAM, WHATSAPP = "/telegram/webhook", "/whatsapp/webhook"
HEALTH = b"GET /api/support/health HTTP/1.1\r\nHost: x\r\n\r\n"
KNOWN = "How long does delivery take?"


async def answers(shop: Shop, *requests: bytes) -> list[Answer]:
    """Over one connection, each after the one before."""
    line = await Line.to(shop.running.server.port)
    found = []
    for request in requests:
        line.say(request)
        found.append(await line.hears())
    await line.close()
    return found


def by_telegram(body: bytes, *headers: str) -> bytes:
    return post(TELEGRAM, body, f"X-Telegram-Bot-Api-Secret-Token: {SECRET}", *headers)


def by_meta(shop: Shop, body: bytes, *headers: str) -> bytes:
    signed = signature(shop.whatsapp.app_secret, body)
    return post(WHATSAPP, body, f"X-Hub-Signature-256: {signed}", *headers)


def said_on_telegram(number: int, text: str = "Hello", **more: object) -> bytes:
    person = {"id": 4711, "is_bot": False, "first_name": "Eve"}
    chat = {"id": 4711, "type": "private"}
    message = {"message_id": number, "date": 1, "from": person, "chat": chat, "text": text} | more
    return orjson.dumps({"update_id": number, "message": message})


# Who is believed


async def test_every_forger_hears_the_same(shop: Shop) -> None:
    """Nothing in the answer tells how near a guess was."""
    body = said_on_telegram(1)
    right = signature(shop.whatsapp.app_secret, body)
    secrets = ["", "wrong", SECRET[:-1], SECRET[:1], SECRET + "x", "x" * 8_000, "\xff\xfe", SECRET.upper()]
    forged = [post(TELEGRAM, body)]
    forged += [post(TELEGRAM, body, f"X-Telegram-Bot-Api-Secret-Token: {one}") for one in secrets]
    forged += [post(TELEGRAM, body, *[f"X-Telegram-Bot-Api-Secret-Token: {one}" for one in (SECRET, "x")])]
    signatures = [
        "",
        "sha256=",
        right.upper(),
        right[:-1],
        right[7:],
        "sha1=" + right[7:],
        "sha256=" + "é" * 64,
    ]
    forged += [post(WHATSAPP, body)]
    forged += [post(WHATSAPP, body, f"X-Hub-Signature-256: {one}") for one in signatures]
    forged += [post(WHATSAPP, body + b" ", f"X-Hub-Signature-256: {right}")]
    heard = await answers(shop, *forged)
    assert {answer.status for answer in heard} == {403}
    assert {answer.body for answer in heard} == {b""}
    assert len({frozenset({**answer.headers, "date": ""}.items()) for answer in heard}) == 1
    assert await shop.count(STORED) == 0
    (health,) = await answers(shop, HEALTH)
    assert orjson.loads(health.body)["posts_refused"] == len(forged)


@pytest.mark.parametrize("secret", ["", "changeme", "changeme" * 5, "x" * 31, "with spaces " * 4])
def test_with_a_weak_webhook_secret_it_does_not_start(secret: str, tmp_path: Path) -> None:
    home = Home(tmp_path, secrets={"TELEGRAM_BOT_TOKEN": "5000000001:" + "A" * 35})
    home.secrets |= {"TELEGRAM_WEBHOOK_SECRET": secret}
    path = tmp_path / "webhook.toml"
    path.write_text(f'[server]\npublic_url = "{PUBLIC_URL}"\n[telegram]\ndelivery = "webhook"\n', "utf-8")
    done = home.run("run", config=str(path))
    assert done.returncode == 1
    assert "TELEGRAM_WEBHOOK_SECRET" in done.stderr


def test_secrets_are_compared_in_constant_time_and_as_bytes() -> None:
    """Where two values are compared and one is a secret, it is by compare_digest, with both sides encoded."""
    plain, digests = [], 0
    for path in sorted(
        [
            *REPOSITORY.glob("bot/*.py"),
            *REPOSITORY.glob("bot/desk/*.py"),
            *REPOSITORY.glob("handlers/**/*.py"),
        ]
    ):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Compare) and any(
                _is_secret(part) for part in (node.left, *node.comparators)
            ):
                plain += [f"{path.name}:{node.lineno}"] * any(isinstance(op, COMPARING) for op in node.ops)
            if isinstance(node, ast.Call) and _name_of(node.func) == "compare_digest":
                digests += 1
                assert all(_is_bytes(argument) for argument in node.args), f"{path.name}:{node.lineno}"
    assert plain == []
    assert digests >= 3


COMPARING = (ast.Eq, ast.NotEq, ast.In, ast.NotIn)
SECRETIVE = ("secret", "verify_token", "signature", "app_secret", "password")


def _name_of(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _is_secret(node: ast.AST) -> bool:
    return _name_of(node).strip("_").lower() in SECRETIVE


def _is_bytes(node: ast.AST) -> bool:
    is_encoded = isinstance(node, ast.Call) and _name_of(node.func) in ("encode", "digest")
    return is_encoded or (isinstance(node, ast.Name | ast.Attribute) and _name_of(node).endswith("bytes"))


# How often


async def test_a_thousand_times_one_after_another_and_two_hundred_at_once_is_once(shop: Shop) -> None:
    anna, bo = shop.customer("telegram", "Anna"), shop.on_whatsapp("Bo")
    anna.says(KNOWN)
    bo.says(KNOWN)
    await anna.reads("working days")
    await bo.reads("working days")
    await shop.rests()
    before = await shop.count("SELECT count(*) FROM deliveries")
    (row,) = await shop.rows("SELECT raw FROM updates WHERE channel = 'telegram' AND kind = 'said'")
    telegrams, metas = str(row["raw"]).encode(), shop.whatsapp.posts[0].body
    again = [by_telegram(telegrams, f"X-Try: {number}", "User-Agent: other") for number in range(500)]
    again += [by_meta(shop, metas, f"X-Try: {number}") for number in range(500)]
    assert {answer.status for answer in await answers(shop, *again)} == {200}
    at_once = [by_telegram(telegrams), by_meta(shop, metas)] * 100
    heard = await asyncio.gather(*(answers(shop, one) for one in at_once))
    assert {answer.status for (answer,) in heard} == {200}
    await shop.rests()
    assert await shop.count("SELECT count(*) FROM updates WHERE kind = 'said'") == 2
    assert await shop.count("SELECT count(*) FROM deliveries") == before


async def test_a_message_in_other_bytes_and_other_company_is_the_same_message(shop: Shop) -> None:
    anna, bo = shop.on_whatsapp("Anna"), shop.on_whatsapp("Bo")
    anna.says(KNOWN)
    bo.says("Hello")
    await anna.reads("working days")
    await bo.reads("Maja")
    await shop.rests()
    first, second = (orjson.loads(told.body) for told in shop.whatsapp.posts[:2])
    value, more = (body["entry"][0]["changes"][0]["value"] for body in (first, second))
    turned = dict(reversed(list(first.items())))
    value["messages"] = more["messages"] + [dict(reversed(list(m.items()))) for m in value["messages"]]
    value["contacts"] = more["contacts"] + value["contacts"]
    for body in (orjson.dumps(turned, option=orjson.OPT_INDENT_2), orjson.dumps(first)):
        assert await shop.post_whatsapp(body) == 200
    await shop.rests()
    assert await shop.count("SELECT count(*) FROM updates WHERE kind = 'said'") == 2
    assert (len(anna.received), len(bo.received)) == (1, 1)


# In which order


async def test_what_a_message_says_of_its_time_changes_no_order(shop: Shop) -> None:
    moments = [2**53, 0, -1, 1, "soon", None, 4_000_000_000, 1e300, True]
    for number, moment in enumerate(moments, 1):
        body = said_on_telegram(number, f"message {number}", date=moment)
        assert await shop.post_telegram(body) == 200
    await shop.rests()
    rows = await shop.rows("SELECT received_at, state FROM updates ORDER BY id")
    now = shop.clock.now()
    assert all(now - 60_000 < row["received_at"] <= now for row in rows)
    assert len(rows) == len(moments)
    words = await shop.rows("SELECT content FROM messages WHERE author = 'customer' ORDER BY id")
    numbers = [int(orjson.loads(row["content"])["text"].split()[1]) for row in words]
    assert numbers == sorted(numbers)
    assert {2, 3, 4, 7} <= set(numbers), "a moment that Telegram could name costs no message"


async def test_statuses_in_every_order_never_take_anything_back(shop: Shop) -> None:
    """All 120, each told twice; who has read it has it, whatever else was told."""
    shop.whatsapp.habits.doubled = True
    shop.whatsapp.habits.on = False
    orders = list(itertools.permutations(("sent", "delivered", "read", "played", "failed")))
    people = [shop.on_whatsapp(f"Person{number}") for number in range(len(orders))]
    for anna, order in zip(people, orders, strict=True):
        anna.says("Hello")
        reply = await anna.reads("Maja")
        for step in order:
            shop.whatsapp.progress(reply, step, code=131026 if step == "failed" else 0)
    await shop.rests(60)
    for anna, order in zip(people, orders, strict=True):
        rows = await shop.rows(
            "SELECT state FROM deliveries WHERE room = :room ORDER BY id LIMIT 1", room=anna.phone
        )
        assert rows == [{"state": "read"}], order


# A flood


async def test_a_flood_of_forgeries_is_one_line_in_the_log_and_a_number_in_health(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    forged = [post(TELEGRAM, said_on_telegram(number)) for number in range(500)]
    flood = asyncio.gather(*(answers(shop, *forged) for _ in range(8)))
    real = [by_telegram(said_on_telegram(number, "Thanks")) for number in range(1, 21)]
    assert {answer.status for answer in await answers(shop, *real)} == {200}
    assert {answer.status for heard in await flood for answer in heard} == {403}
    (health,) = await answers(shop, HEALTH)
    told = orjson.loads(health.body)
    assert told["posts_refused"] == told["requests_refused"] == 4_000
    await until(lambda: [line for line in caplog.messages if "strangers" in line])
    await asyncio.sleep(1.2)
    assert sum("strangers" in line for line in caplog.messages) == 1
    assert await shop.count(STORED) == 20
