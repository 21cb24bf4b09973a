"""The way in from Telegram: webhook and long polling, at the emulator and by hand."""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from typing import Any

import aiohttp
import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.admission import Admission
from bot.channel import Channel, DeskChannel, SendRefused
from bot.clock import SystemClock
from bot.inbound import CannotStore
from bot.update import Inbound, Said, Unreadable
from handlers.channels.telegram import SECRET_HEADER, WEBHOOK_PATH, TelegramChannel
from handlers.server import ADMISSION, REJECTED
from sandbox.telegram import TOKEN, Fault, TelegramEmulator

SECRET = "secret_" + "s" * 40
PUBLIC = "https://bot.example"


class Store:
    """Keeps what it is given, unless it is told to fail."""

    def __init__(self) -> None:
        self.items: list[Inbound | Unreadable] = []
        self.failures = 0
        self.gate: asyncio.Event | None = None
        self.busy = asyncio.Event()

    async def receive(self, channel: Channel, items: Sequence[Inbound | Unreadable]) -> None:
        self.busy.set()
        if self.gate is not None:
            await self.gate.wait()
        if self.failures:
            self.failures -= 1
            raise CannotStore("disk full")
        self.items += items

    @property
    def texts(self) -> list[str]:
        whats = [item.what for item in self.items if isinstance(item, Inbound)]
        return [what.content.text for what in whats if isinstance(what, Said)]


class HurriedClock(SystemClock):
    """Sleeps take no time, or wait for the gate if there is one; their seconds are on record."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.gate: asyncio.Event | None = None

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await (self.gate.wait() if self.gate is not None else asyncio.sleep(0))


class StandingClock(SystemClock):
    """Moves when it is told to."""

    seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramEmulator]:
    emulator = TelegramEmulator()
    await emulator.start()
    yield emulator
    await emulator.stop()


def made(
    telegram: TelegramEmulator, store: Store, clock: SystemClock | None = None, **more: Any
) -> TelegramChannel:
    return TelegramChannel(
        token=TOKEN, api_url=telegram.url, receive=store.receive, clock=clock or SystemClock(), **more
    )


@contextlib.asynccontextmanager
async def running(channel: TelegramChannel) -> AsyncIterator[TelegramChannel]:
    await channel.start()
    try:
        yield channel
    finally:
        await channel.stop()


@contextlib.asynccontextmanager
async def served(channel: TelegramChannel) -> AsyncIterator[TestServer]:
    app = web.Application()
    app[REJECTED] = Counter()
    app[ADMISSION] = Admission()
    app.add_routes(channel.routes())
    server = TestServer(app)
    await server.start_server()
    try:
        yield server
    finally:
        await server.close()


def update(number: int, text: str = "x") -> dict[str, Any]:
    user = {"id": 7, "is_bot": False, "first_name": "Anna"}
    chat = {"id": 7, "type": "private", "first_name": "Anna"}
    return {
        "update_id": number,
        "message": {"message_id": number, "date": 1, "chat": chat, "from": user, "text": text},
    }


# Webhook


def hooked(telegram: TelegramEmulator, store: Store, **more: Any) -> TelegramChannel:
    settings: dict[str, Any] = {"delivery": "webhook", "public_url": PUBLIC, "webhook_secret": SECRET, **more}
    return made(telegram, store, **settings)


async def test_a_webhook_is_set_and_brings_messages(telegram: TelegramEmulator) -> None:
    store = Store()
    channel = hooked(telegram, store)
    async with served(channel) as server:
        telegram.tunnels[PUBLIC] = str(server.make_url("")).rstrip("/")
        async with running(channel):
            desk: DeskChannel = channel
            assert (desk.account, desk.username) == ("5000000001", "svar_bot")
            telegram.add_user("Anna").says("Hej!")
            await telegram.delivered()
            assert store.texts == ["Hej!"]
            asked = telegram.called("setWebhook")[0].params
            assert asked.text("url") == PUBLIC + WEBHOOK_PATH
            assert asked.whole("max_connections") == 40
            assert set(asked.json("allowed_updates")) == {
                "message",
                "edited_message",
                "message_reaction",
                "callback_query",
                "my_chat_member",
                "chat_member",
            }
            assert not asked.flag("drop_pending_updates")


async def test_what_cannot_be_stored_comes_again(telegram: TelegramEmulator) -> None:
    store = Store()
    store.failures = 2
    channel = hooked(telegram, store)
    async with served(channel) as server:
        telegram.tunnels[PUBLIC] = str(server.make_url("")).rstrip("/")
        async with running(channel):
            await post(server, {SECRET_HEADER: SECRET}, orjson.dumps(update(1)), 503)
            await post(server, {SECRET_HEADER: SECRET}, orjson.dumps(update(1)), 503)
            await post(server, {SECRET_HEADER: SECRET}, orjson.dumps(update(1)), 200)
            assert store.texts == ["x"]


async def post(server: TestServer, headers: Any, body: bytes, status: int) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.post(server.make_url(WEBHOOK_PATH), data=body, headers=headers) as answer,
    ):
        assert (answer.status, await answer.read()) == (status, b"")


FORGED: list[list[tuple[str, str]]] = [
    [],
    [(SECRET_HEADER, "")],
    [(SECRET_HEADER, "wrong")],
    [(SECRET_HEADER, SECRET[:-1])],
    [(SECRET_HEADER, SECRET + "x")],
    [(SECRET_HEADER, "x" * 7000)],
    [(SECRET_HEADER, "é")],
    [(SECRET_HEADER, SECRET), (SECRET_HEADER, SECRET)],
    [(SECRET_HEADER, "wrong"), (SECRET_HEADER, SECRET)],
]


@pytest.mark.parametrize("headers", FORGED, ids=range(len(FORGED)))
async def test_a_forged_post_is_refused_and_nothing_is_stored(
    headers: list[tuple[str, str]], telegram: TelegramEmulator
) -> None:
    store = Store()
    async with served(hooked(telegram, store)) as server:
        await post(server, headers, orjson.dumps(update(1)), 403)
        assert server.app[REJECTED]["telegram"] == 1
    assert store.items == []


async def test_a_flood_of_forged_posts_is_one_line_a_second(
    telegram: TelegramEmulator, caplog: pytest.LogCaptureFixture
) -> None:
    clock = StandingClock()
    async with served(made(telegram, Store(), clock, delivery="webhook", webhook_secret=SECRET)) as server:
        for seconds, posts in ((0.0, 20), (0.9, 20), (1.0, 1)):
            clock.seconds = seconds
            for _ in range(posts):
                await post(server, {SECRET_HEADER: "wrong"}, b"{}", 403)
        assert server.app[REJECTED]["telegram"] == 41
    lines = [record.getMessage() for record in caplog.records if record.name == "handlers.webhook"]
    assert [line.partition(": ")[2].split()[0] for line in lines] == ["1", "40"]
    assert "wrong" not in caplog.text


async def test_a_secret_of_raw_bytes_is_refused(telegram: TelegramEmulator) -> None:
    async with served(hooked(telegram, Store())) as server:
        reader, writer = await asyncio.open_connection(server.host, server.port)
        head = f"POST {WEBHOOK_PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n"
        writer.write(head.encode() + SECRET_HEADER.encode() + b": \xff\xfe\xed\xa0\x80\r\n\r\n{}")
        answer = await reader.read()
        writer.close()
        assert answer.split(b" ")[1] in (b"400", b"403")


@pytest.mark.parametrize("given", ["", "x"])
async def test_without_a_secret_nobody_is_believed(given: str, telegram: TelegramEmulator) -> None:
    store = Store()
    async with served(hooked(telegram, store, webhook_secret="")) as server:
        await post(server, {SECRET_HEADER: given}, orjson.dumps(update(1)), 403)
    assert store.items == []


async def test_authentic_nonsense_is_kept_and_taken(telegram: TelegramEmulator) -> None:
    store = Store()
    async with served(hooked(telegram, store)) as server:
        for body in (
            b"",
            b"\xff\0",
            b"[]",
            b'{"update_id":1,"message":{}}',
            b'{"update_id":' + b"1" * 9999 + b"}",
        ):
            await post(server, {SECRET_HEADER: SECRET}, body, 200)
    assert [type(item) for item in store.items] == [Unreadable] * 5
    assert not [item for item in store.items if "\0" in item.raw]


TOO_EASY = ("", "changeme", SECRET[:31], "ChangeMe" * 5, SECRET + " ", "ö" * 40, SECRET * 6)


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        *(({"webhook_secret": secret}, "TELEGRAM_WEBHOOK_SECRET") for secret in TOO_EASY),
        ({"public_url": "http://bot.example"}, "public_url"),
    ],
)
async def test_a_webhook_that_cannot_work_is_refused_at_the_start(
    settings: dict[str, str], word: str, telegram: TelegramEmulator
) -> None:
    channel = hooked(telegram, Store(), **settings)
    with pytest.raises(SendRefused, match=word):
        await channel.start()
    findings = await channel.check()
    assert any(finding.stops and word in finding.sentence for finding in findings)
    await channel.stop()


# Long polling


async def test_polling_brings_messages_in_order_and_ends_a_webhook(telegram: TelegramEmulator) -> None:
    store = Store()
    anna = telegram.add_user("Anna")
    for number in range(250):
        anna.says(str(number))
    async with running(made(telegram, store)) as channel:
        assert channel.routes() == []
        await telegram.delivered()
    assert store.texts == [str(number) for number in range(250)]
    assert not telegram.called("deleteWebhook")[0].params.flag("drop_pending_updates")


async def test_the_offset_moves_only_when_the_updates_are_stored(telegram: TelegramEmulator) -> None:
    store, clock = Store(), HurriedClock()
    store.failures = 3
    telegram.add_user("Anna").says("Hej!")
    async with running(made(telegram, store, clock)):
        await telegram.delivered()
    assert store.texts == ["Hej!"]
    assert len(clock.slept) == 3
    assert [call.params.whole("offset") for call in telegram.called("getUpdates")[:4]] == [0, 0, 0, 0]


async def test_a_poison_update_harms_no_other(telegram: TelegramEmulator) -> None:
    store = Store()
    telegram.push_raw(update(1, "before"))
    telegram.push_raw({"update_id": 2, "message": {"nonsense": True}})
    telegram.push_raw({"update_id": 3, "update_type_2030": {"x": 1}})
    telegram.push_raw(update(4, "after"))
    async with running(made(telegram, store)):
        await telegram.delivered()
    assert store.texts == ["before", "after"]
    assert [item.key for item in store.items] == ["update:1", "update:2", "update:3", "update:4"]


async def test_a_text_that_is_no_unicode_harms_no_other(telegram: TelegramEmulator) -> None:
    store = Store()
    good = orjson.dumps(update(1, "good"))
    bad = good.replace(b'"update_id":1', b'"update_id":2').replace(b"good", b"\\ud800")
    body = b'{"ok":true,"result":[' + bad + b"," + good + b"]}"
    telegram.faults.next("getUpdates", Fault.status(200, body=body))
    async with running(made(telegram, store)):
        await telegram.until(lambda: len(telegram.called("getUpdates")) >= 1 and len(store.items) == 2)
    assert store.texts == ["good"]


async def test_trouble_is_waited_out_longer_and_longer(telegram: TelegramEmulator) -> None:
    store, clock = Store(), HurriedClock()
    for fault in (Fault.status(502), Fault.reset_before(), Fault.cut(), Fault.status(500), Fault.status(502)):
        telegram.faults.next("getUpdates", fault)
    telegram.add_user("Anna").says("Hej!")
    async with running(made(telegram, store, clock)):
        await telegram.delivered()
    assert store.texts == ["Hej!"]
    assert [0.25 * 2**n <= pause <= 0.5 * 2**n for n, pause in enumerate(clock.slept)] == [True] * 5


@pytest.mark.parametrize(
    ("code", "words"), [(409, "another program polls"), (401, "TELEGRAM_BOT_TOKEN")], ids=["409", "401"]
)
async def test_what_only_a_person_can_mend_is_said_once_and_tried_slowly(
    code: int, words: str, telegram: TelegramEmulator, caplog: pytest.LogCaptureFixture
) -> None:
    store, clock = Store(), HurriedClock()
    telegram.faults.next("getUpdates", Fault.status(code), times=5)
    telegram.add_user("Anna").says("Hej!")
    with caplog.at_level(logging.DEBUG):
        async with running(made(telegram, store, clock)) as channel:
            await telegram.delivered()
            assert channel.last_error == ""
    assert clock.slept == [60.0] * 5
    errors = [record.message for record in caplog.records if record.levelno >= logging.ERROR]
    assert len(errors) == 1
    assert words in errors[0]
    assert TOKEN not in caplog.text
    assert "Hej!" not in caplog.text


async def test_a_conflict_shows_as_the_last_error_though_sending_works(telegram: TelegramEmulator) -> None:
    clock = HurriedClock()
    clock.gate = asyncio.Event()
    anna = telegram.add_user("Anna", started=True)
    telegram.faults.always("getUpdates", Fault.status(409))
    async with running(made(telegram, Store(), clock)) as channel:
        await telegram.until(lambda: telegram.called("getUpdates"))
        await channel.show_typing(str(anna.id), "")
        assert "getUpdates" in channel.last_error


async def test_a_stop_cuts_asking_short_but_not_storing(telegram: TelegramEmulator) -> None:
    store = Store()
    channel = made(telegram, store)
    loop = asyncio.get_running_loop()
    await channel.start()
    began = loop.time()
    await channel.stop()
    assert loop.time() - began < 1

    store.gate = asyncio.Event()
    telegram.add_user("Anna").says("Hej!")
    channel = made(telegram, store)
    await channel.start()
    await store.busy.wait()
    stopping = asyncio.create_task(channel.stop())
    await asyncio.sleep(0)
    assert not stopping.done()
    store.gate.set()
    await stopping
    assert store.texts == ["Hej!"]


async def test_after_silence_ids_may_start_anew(telegram: TelegramEmulator) -> None:
    store = Store()
    telegram.push_raw(update(900, "old"))
    async with running(made(telegram, store)):
        await telegram.delivered()
        telegram.updates.release()
        await telegram.until(
            lambda: [call.params.whole("offset") for call in telegram.called("getUpdates")][-1:] == [901]
        )
        telegram.push_raw(update(5, "new"))
        await telegram.delivered()
    assert store.texts == ["old", "new"]


# Check


async def test_check_says_what_is_set_up(telegram: TelegramEmulator) -> None:
    channel = made(telegram, Store())
    findings = await channel.check()
    sentences = " ".join(finding.sentence for finding in findings)
    assert all(finding.ok for finding in findings)
    assert "@svar_bot" in sentences
    assert "Privacy mode is on" in sentences
    assert "Long polling" in sentences
    await channel.stop()


async def test_check_says_what_is_wrong_with_the_webhook(telegram: TelegramEmulator) -> None:
    channel = hooked(telegram, Store())
    assert any("becomes" in finding.sentence for finding in await channel.check())
    telegram.tunnels[PUBLIC] = "http://127.0.0.1:1"
    await channel.start()
    telegram.add_user("Anna").says("Hej!")
    await telegram.until(lambda: telegram.webhook.last_error)
    findings = await channel.check()
    assert [finding.ok for finding in findings] == [True, True, True, False]
    assert "1 updates wait" in findings[-1].sentence
    await channel.stop()


async def test_check_tells_a_wrong_token_from_a_dead_network(telegram: TelegramEmulator) -> None:
    channel = TelegramChannel(
        token="1:wrong", api_url=telegram.url, receive=Store().receive, clock=SystemClock()
    )
    findings = await channel.check()
    assert [(finding.ok, finding.stops) for finding in findings] == [(False, True)]
    assert "@BotFather" in findings[0].sentence
    await channel.stop()
    channel = TelegramChannel(
        token=TOKEN, api_url="http://127.0.0.1:1", receive=Store().receive, clock=SystemClock()
    )
    findings = await channel.check()
    assert [(finding.ok, finding.stops) for finding in findings] == [(False, False)]
    assert "127.0.0.1" in findings[0].sentence
    assert TOKEN not in findings[0].sentence
    await channel.stop()
