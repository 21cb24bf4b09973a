"""How the emulated Telegram delivers updates, and how it is rude when a test says so."""

import asyncio
from collections.abc import AsyncIterator, Callable

import orjson
import pytest
from aiohttp import ClientSession, web
from telegram import Bot
from telegram.error import BadRequest, Conflict, NetworkError, RetryAfter, TimedOut

from sandbox.faults import WEBHOOK, Fault, Faults, Rude
from sandbox.telegram import TelegramEmulator, TelegramUser

Answer = Callable[[int], web.Response]


class Receiver:
    """A bot's webhook that keeps what it got; `answer(nth)` says what it replies."""

    def __init__(self) -> None:
        self.got: list[tuple[str, int, str]] = []
        self.answer: Answer = lambda nth: web.Response()
        self.gate = asyncio.Event()
        self.gate.set()
        self.open_by_chat: dict[int, int] = {}
        self.most_open = 0
        self.url = ""

    @property
    def texts(self) -> list[str]:
        return [text for _, _, text in self.got]

    async def take(self, request: web.BaseRequest) -> web.StreamResponse:
        update = orjson.loads(await request.read())
        message = update.get("message") or {}
        chat = message.get("chat", {}).get("id", 0)
        secret = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
        self.got.append((secret, update["update_id"], message.get("text", "")))
        nth = len(self.got)
        self.open_by_chat[chat] = self.open_by_chat.get(chat, 0) + 1
        self.most_open = max(self.most_open, self.open_by_chat[chat])
        await self.gate.wait()
        self.open_by_chat[chat] -= 1
        return self.answer(nth)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    runner = web.ServerRunner(web.Server(made.take), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/telegram/webhook"
    yield made
    made.gate.set()
    await runner.cleanup()


async def test_updates_are_posted_with_the_secret_and_once(
    telegram: TelegramEmulator, anna: TelegramUser, bot: Bot, receiver: Receiver
) -> None:
    anna.says("before the webhook")
    await bot.set_webhook(receiver.url, secret_token="s3cret", max_connections=7)
    anna.says("after")
    await telegram.delivered()
    assert [(secret, text) for secret, _, text in receiver.got] == [
        ("s3cret", "before the webhook"),
        ("s3cret", "after"),
    ]
    told = await bot.get_webhook_info()
    assert (told.url, told.pending_update_count, told.max_connections) == (receiver.url, 0, 7)


async def test_one_post_is_in_flight_a_chat_and_chats_do_not_wait_for_each_other(
    telegram: TelegramEmulator, anna: TelegramUser, bot: Bot, receiver: Receiver
) -> None:
    bo = telegram.add_user("Bo")
    await bot.set_webhook(receiver.url)
    receiver.gate.clear()
    for text in ("1", "2", "3"):
        anna.says(text)
        bo.says(text)
    await telegram.until(lambda: telegram.webhook.posts == 2)
    receiver.gate.set()
    await telegram.delivered()
    assert (receiver.most_open, len(receiver.got)) == (1, 6)
    assert receiver.texts[:2] == ["1", "1"]


async def test_what_is_not_taken_comes_again_and_holds_back_its_chat(
    telegram: TelegramEmulator, anna: TelegramUser, bot: Bot, receiver: Receiver
) -> None:
    receiver.answer = lambda nth: web.Response(status=503 if nth <= 3 else 200)
    await bot.set_webhook(receiver.url)
    anna.says("a")
    anna.says("b")
    await telegram.delivered()
    assert receiver.texts == ["a", "a", "a", "a", "b"]
    told = await bot.get_webhook_info()
    assert told.last_error_message
    assert "503" in told.last_error_message


async def test_a_receiver_may_ask_for_time(
    telegram: TelegramEmulator, anna: TelegramUser, bot: Bot, receiver: Receiver
) -> None:
    loop = asyncio.get_running_loop()
    times: list[float] = []

    def answer(nth: int) -> web.Response:
        times.append(loop.time())
        return web.Response(status=429, headers={"Retry-After": "0.3"}) if nth == 1 else web.Response()

    receiver.answer = answer
    await bot.set_webhook(receiver.url)
    anna.says("a")
    await telegram.delivered()
    assert times[1] - times[0] >= 0.3


async def test_a_call_in_the_webhooks_answer_is_carried_out(
    telegram: TelegramEmulator, anna: TelegramUser, bot: Bot, receiver: Receiver
) -> None:
    call = {"method": "sendMessage", "chat_id": anna.id, "text": "by return"}
    receiver.answer = lambda nth: web.json_response(call)
    await bot.set_webhook(receiver.url)
    anna.says("a")
    await anna.reads("by return")


async def test_webhook_and_polling_exclude_each_other(
    telegram: TelegramEmulator, anna: TelegramUser, bot: Bot, receiver: Receiver
) -> None:
    await bot.set_webhook(receiver.url)
    with pytest.raises(Conflict, match="webhook is active"):
        await bot.get_updates()
    await bot.delete_webhook()
    waiting = asyncio.create_task(bot.get_updates(timeout=20))
    await telegram.until(lambda: telegram.updates.polled)
    anna.says("x")
    assert [update.message.text for update in await waiting if update.message] == ["x"]
    last = telegram.updates.last_id
    first = asyncio.create_task(bot.get_updates(offset=last + 1, timeout=20))
    await telegram.until(lambda: telegram.updates.polled)
    async with Bot(telegram.token, base_url=f"{telegram.url}/bot") as other:
        second = asyncio.create_task(other.get_updates(offset=last + 1, timeout=20))
        with pytest.raises(Conflict, match="other getUpdates request"):
            await first
        anna.says("y")
        assert len(await second) == 1


async def test_webhooks_that_telegram_refuses(
    telegram: TelegramEmulator, bot: Bot, receiver: Receiver
) -> None:
    for url, more, words in (
        ("http://shop.example/x", {}, "https url must be provided"),
        ("https://shop.example/x", {}, "failed to resolve host"),
        (receiver.url, {"secret_token": "å"}, "unallowed characters"),
    ):
        with pytest.raises(BadRequest, match=words):
            await bot.set_webhook(url, **more)  # type: ignore[arg-type]
    telegram.tunnels["https://shop.example"] = receiver.url.removesuffix("/telegram/webhook")
    await bot.set_webhook("https://shop.example/telegram/webhook")
    telegram.add_user("Anna").says("through the tunnel")
    await telegram.delivered()
    assert receiver.texts == ["through the tunnel"]


async def test_scripted_refusals_are_counted_and_pass(
    telegram: TelegramEmulator, anna: TelegramUser, bot: Bot
) -> None:
    telegram.faults.next("sendMessage", Fault.status(429, retry_after=3))
    telegram.faults.next("sendMessage", Fault.status(500), when=lambda params: params["text"] == "x")
    with pytest.raises(RetryAfter):
        await bot.send_message(anna.id, "x")
    await bot.send_message(anna.id, "y")
    with pytest.raises(NetworkError):
        await bot.send_message(anna.id, "x")
    await bot.send_message(anna.id, "x")
    assert [call.accepted for call in telegram.called("sendMessage")] == [False, True, False, True]
    assert [fired.fault.code for fired in telegram.faults.fired] == [429, 500]


@pytest.mark.parametrize(
    ("fault", "sent"),
    [
        (Fault.reset_before(), 0),
        (Fault.reset_after(), 1),
        (Fault.cut(), 1),
        (Fault.status(502), 0),
    ],
)
async def test_broken_connections_before_and_after_the_call_was_taken(
    telegram: TelegramEmulator, anna: TelegramUser, bot: Bot, fault: Fault, sent: int
) -> None:
    telegram.faults.next("sendMessage", fault)
    with pytest.raises(NetworkError):
        await bot.send_message(anna.id, "x")
    assert len(anna.chat.messages) == sent
    assert telegram.called("sendMessage")[0].accepted is bool(sent)


async def test_slow_and_hanging_calls(telegram: TelegramEmulator, anna: TelegramUser, bot: Bot) -> None:
    telegram.faults.next("sendMessage", Fault.slow(0.05))
    await bot.send_message(anna.id, "late")
    telegram.faults.next("sendMessage", Fault.hang())
    with pytest.raises(TimedOut):
        await bot.send_message(anna.id, "taken, but who knows", read_timeout=0.1)
    assert (await anna.reads("who knows")).from_bot


async def test_down_and_back(telegram: TelegramEmulator, anna: TelegramUser, bot: Bot) -> None:
    telegram.faults.go_down()
    with pytest.raises(NetworkError, match="Bad Gateway"):
        await bot.get_me()
    telegram.faults.come_back()
    await bot.get_me()


@pytest.mark.parametrize(
    ("fault", "texts"),
    [
        (Fault.duplicate(), ["a", "a", "b"]),
        (Fault.unheard(), ["a", "a", "b"]),
        (Fault.reorder(5), ["b", "a"]),
        (Fault.delay(0.05), ["a", "b"]),
    ],
)
async def test_rude_webhooks(
    telegram: TelegramEmulator,
    anna: TelegramUser,
    bot: Bot,
    receiver: Receiver,
    fault: Fault,
    texts: list[str],
) -> None:
    await bot.set_webhook(receiver.url)
    telegram.faults.next(WEBHOOK, fault)
    anna.says("a")
    anna.says("b")
    await telegram.delivered()
    assert receiver.texts == texts


async def test_random_rudeness_repeats_itself_and_leaves_webhooks_alone() -> None:
    def run(seed: int) -> list[Rude | None]:
        faults = Faults()
        faults.random(seed, 0.3, [Rude.STATUS, Rude.RESET_AFTER], names=("sendMessage",))
        picked = [faults.pick("sendMessage") for _ in range(200)]
        assert faults.pick(WEBHOOK) is None
        assert faults.pick("getMe") is None
        return [fault.kind if fault else None for fault in picked]

    assert run(1) == run(1) != run(2)
    assert 30 < sum(kind is not None for kind in run(1)) < 90


async def test_json_and_query_calls_are_read_too(telegram: TelegramEmulator, anna: TelegramUser) -> None:
    address = f"{telegram.url}/bot{telegram.token}/sendMessage"
    async with ClientSession() as http:
        async with http.post(address, json={"chat_id": anna.id, "text": "json"}) as answer:
            assert (await answer.json())["ok"] is True
        async with http.get(address, params={"chat_id": anna.id, "text": "query"}) as answer:
            assert (await answer.json())["ok"] is True
        async with http.post(address, data=b"{", headers={"Content-Type": "application/json"}) as answer:
            assert answer.status == 400
    assert [message.text for message in anna.chat.shown()] == ["json", "query"]


async def test_listeners_hear_of_changes(telegram: TelegramEmulator, anna: TelegramUser) -> None:
    heard: list[int] = []
    end = telegram.on_change(lambda: heard.append(1))
    anna.says("x")
    assert heard
    end()
    before = len(heard)
    anna.says("y")
    assert len(heard) == before
    assert orjson.dumps(telegram.view())


async def test_after_a_rest_all_is_as_before(
    telegram: TelegramEmulator, anna: TelegramUser, bot: Bot, receiver: Receiver
) -> None:
    await bot.set_webhook(receiver.url)
    await telegram.stop()
    with pytest.raises(NetworkError):
        await bot.send_message(anna.id, "x")
    anna.says("meanwhile")
    await telegram.start(int(telegram.url.rpartition(":")[2]))
    await telegram.delivered()
    await bot.send_message(anna.id, "back")
    assert receiver.texts == ["meanwhile"]
