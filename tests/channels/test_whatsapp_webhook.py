"""WhatsApp's door: who is let in, what they are answered, and when."""

import hashlib
import hmac
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from typing import Any

import aiohttp
import orjson
import pytest
from aiohttp import web

from bot.admission import Admission
from bot.channel import Channel
from bot.clock import SystemClock
from bot.content import Media
from bot.inbound import CannotStore
from bot.update import Inbound, Said, Unreadable
from handlers.channels.whatsapp import WhatsAppChannel, same, signature
from handlers.server import ADMISSION, REJECTED
from sandbox.whatsapp import NotVerified, WhatsAppEmulator

BODY = orjson.dumps({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": []}]})
SECRET = "an-app-secret"


class Door:
    """The channel behind a real server; keeps what comes in, unless the disk is full."""

    def __init__(self, **given: Any) -> None:
        self.items: list[Inbound | Unreadable] = []
        self.disk_full = False
        self.rejected: Counter[str] = Counter()
        self.url = ""
        defaults: dict[str, Any] = {
            "access_token": "EAAx",
            "sender_id": "106540352242922",
            "app_secret": SECRET,
            "verify_token": "verify-å",
        }
        self.channel = WhatsAppChannel(
            **(defaults | given), receive=self._receive, fetch_foreign=self._fetch, clock=SystemClock()
        )

    async def start(self) -> web.AppRunner:
        app = web.Application()
        app[REJECTED] = self.rejected
        app[ADMISSION] = Admission()
        app.add_routes(self.channel.routes())
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/whatsapp/webhook"
        return runner

    async def _receive(self, channel: Channel, items: Sequence[Inbound | Unreadable]) -> None:
        if self.disk_full:
            raise CannotStore("disk full")
        self.items += items

    async def _fetch(self, media: Media, most: int) -> bytes:
        raise AssertionError("nothing is sent here")


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    door = Door()
    runner = await door.start()
    yield door
    await runner.cleanup()
    await door.channel.stop()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def signed(body: bytes, secret: str = SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


async def posted(http: aiohttp.ClientSession, door: Door, body: bytes, *signatures: str) -> int:
    headers = [("X-Hub-Signature-256", each) for each in signatures]
    async with http.post(door.url, data=body, headers=headers) as answer:
        assert await answer.read() == b"" if answer.status == 200 else True
        return answer.status


async def test_what_meta_signed_is_kept_and_answered_200(http: aiohttp.ClientSession, door: Door) -> None:
    assert await posted(http, door, BODY, signed(BODY)) == 200
    (item,) = door.items
    assert isinstance(item, Unreadable)
    assert not door.rejected


FORGED = [
    [],
    [""],
    ["sha256="],
    [signed(BODY).upper()],
    [signed(BODY).replace("sha256=", "SHA256=")],
    [signed(BODY).replace("sha256=", "sha1=")],
    [signed(BODY).removeprefix("sha256=")],
    [signed(BODY)[:-1]],
    [signed(BODY) + "0"],
    [signed(BODY)[:-1] + "z"],
    [signed(BODY, "another secret")],
    [signed(b"")],
    [signed(BODY + b" ")],
    ["sha256=" + "é" * 64],
    ["sha256=" + "\udcff" * 64],
    ["a" * 7000],
    [signed(BODY), signed(BODY)],
    [signed(BODY), "x"],
]


@pytest.mark.parametrize("signatures", FORGED)
async def test_what_meta_did_not_sign_is_refused_and_counted(
    signatures: list[str], http: aiohttp.ClientSession, door: Door
) -> None:
    assert await posted(http, door, BODY, *signatures) == 403
    assert not door.items
    assert door.rejected == {"whatsapp": 1}


@pytest.mark.parametrize("secret", ["", " ", ","])
async def test_with_no_secret_nobody_is_let_in(secret: str, http: aiohttp.ClientSession) -> None:
    door = Door(app_secret=secret)
    runner = await door.start()
    for body in (BODY, b""):
        for key in ("", " ", secret):
            assert await posted(http, door, body, signed(body, key)) == 403
    await runner.cleanup()
    await door.channel.stop()


async def test_both_secrets_are_taken_while_one_replaces_the_other(http: aiohttp.ClientSession) -> None:
    door = Door(app_secret="new, old")
    runner = await door.start()
    assert [await posted(http, door, BODY, signed(BODY, key)) for key in ("new", "old", "new, old")] == [
        200,
        200,
        403,
    ]
    await runner.cleanup()
    await door.channel.stop()


@pytest.mark.parametrize("text", ["é", "\\u00e9", "😀", "\\/", "\\ud83d\\ude00"])
async def test_the_signature_is_over_the_bytes_as_they_came(
    text: str, http: aiohttp.ClientSession, door: Door
) -> None:
    body = b'{"entry":[{"changes":7,"x":"' + text.encode() + b'"}]}'
    assert await posted(http, door, body, signed(body)) == 200
    assert await posted(http, door, body.replace(b"7", b"8"), signed(body)) == 403


@pytest.mark.parametrize("body", [b"", b"nonsense", b"[]", b"{}", b"\xff", b"[" * 100_000, b'{"entry":[]}'])
async def test_signed_nonsense_is_kept_and_answered_200(
    body: bytes, http: aiohttp.ClientSession, door: Door
) -> None:
    assert await posted(http, door, body, signed(body)) == 200
    assert [type(item) for item in door.items] == [Unreadable]


async def test_what_cannot_be_stored_is_answered_503(http: aiohttp.ClientSession, door: Door) -> None:
    door.disk_full = True
    assert await posted(http, door, BODY, signed(BODY)) == 503


GOOD = {"hub.mode": "subscribe", "hub.verify_token": "verify-å", "hub.challenge": "<script>1158201444"}


async def test_who_knows_the_verify_token_gets_the_challenge_as_plain_text(
    http: aiohttp.ClientSession, door: Door
) -> None:
    async with http.get(door.url, params=GOOD) as answer:
        assert (answer.status, await answer.text()) == (200, GOOD["hub.challenge"])
        assert answer.content_type == "text/plain"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "asked",
    [
        {},
        GOOD | {"hub.verify_token": "verify"},
        GOOD | {"hub.verify_token": ""},
        GOOD | {"hub.mode": "unsubscribe"},
        GOOD | {"hub.challenge": ""},
        {key: value for key, value in GOOD.items() if key != "hub.challenge"},
        {key: value for key, value in GOOD.items() if key != "hub.verify_token"},
    ],
)
async def test_any_other_handshake_is_refused(
    asked: dict[str, str], http: aiohttp.ClientSession, door: Door
) -> None:
    async with http.get(door.url, params=asked) as answer:
        assert answer.status == 403
        assert not await answer.text()


async def test_an_unset_verify_token_is_equal_to_nothing(http: aiohttp.ClientSession) -> None:
    door = Door(verify_token="")
    runner = await door.start()
    for token in ("", "None"):
        async with http.get(door.url, params=GOOD | {"hub.verify_token": token}) as answer:
            assert answer.status == 403
    await runner.cleanup()
    await door.channel.stop()


def test_comparing_never_raises() -> None:
    assert same("å", "å")
    for given in ("", "a", "é", "\ud800", "\udcff", "x" * 10_000):
        assert not same(given, "secret")
        assert not same(given, "")
    assert signature("s", b"x") == signed(b"x", "s")


async def test_a_customers_words_come_in_from_the_emulator() -> None:
    async with WhatsAppEmulator() as emulator:
        door = Door(app_secret=emulator.app_secret, verify_token=emulator.verify_token)
        runner = await door.start()
        await emulator.verify(door.url)
        customer = emulator.add_customer("Åsa")
        with customer.in_one_post():
            first = customer.says("Hej")
            second = customer.says("Är ni öppna? 🛋")
        await emulator.delivered()
        said = [item.what for item in door.items if isinstance(item, Inbound)]
        assert [what.remote_id for what in said if isinstance(what, Said)] == [first.id, second.id]
        assert emulator.posts[-1].accepted
        emulator.webhook.verify_token = "wrong"
        with pytest.raises(NotVerified):
            await emulator.verify(door.url)
        await runner.cleanup()
        await door.channel.stop()
