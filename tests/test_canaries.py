"""No secret and no customer's word in what the process tells of itself, at its most talkative and on its worst day."""

import asyncio
import io
import json
import logging
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from bot import logs, mishaps
from bot.answer import Order, Translated, Wording
from bot.channel import Finding
from bot.figures import Figures
from sandbox.faults import Fault
from sandbox.openai import OpenAIEmulator
from storage.records import ModelSpending
from tests.crash.stage import Stage
from tests.people import Customer
from tests.shop import Shop

pytestmark = pytest.mark.timeout(150)

TOKEN = "5000000001:AAF-canary-of-the-telegram-token-00"
SECRETS = {
    "TELEGRAM_WEBHOOK_SECRET": "a-webhook-secret-of-forty-characters-0000",
    "OPENAI_API_KEY": "sk-canary-of-the-model-0123456789",
    "INTERNAL_API_SECRET": "canary-of-the-internal-secret-0123",
}
NAME, COLLEAGUE = "Canarina Gulfågel", "Kanarie Staffan"
PHONE, USER_ID = "46709998877", "SE.998877665544"
WORDS = "zebrafinch"
STAFF_WORDS = "goldcrest"
SPOKEN = (
    f"Do you sell {WORDS} bicycles for elephants?",
    f"How long does delivery take? {WORDS}",
    f"{WORDS} 🦜 <b>{WORDS}</b> & {WORDS}@example.com",
)
FORBIDDEN = (
    WORDS,
    STAFF_WORDS,
    *NAME.split(),
    *COLLEAGUE.split(),
    PHONE,
    USER_ID,
    *SECRETS.values(),
)
QUOTES = json.dumps(
    {"ok": False, "error_code": 400, "description": f"Bad Request: can't parse: {WORDS}"}
).encode()
META_QUOTES = json.dumps({"error": {"message": f"cannot send {WORDS} to {PHONE}", "code": 100}}).encode()


def found_in(text: str, *more: str) -> list[str]:
    """What must not be there, with what stands around it."""
    text = text.encode("utf-8", "backslashreplace").decode()
    hits = [(word, text.find(word)) for word in (*FORBIDDEN, *more)]
    escaped = [(word, text.find(json.dumps(word)[1:-1])) for word in (*FORBIDDEN, *more)]
    return [f"{word}: …{text[max(0, at - 200) : at + 80]}…" for word, at in [*hits, *escaped] if at >= 0]


async def speak(stage: Stage) -> None:
    """A customer on either channel who is answered, handed over, answered by staff; and edits, files, taps."""
    shop = stage.shop
    anna = shop.customer("telegram", NAME, username="canarina_gulfagel")
    bo = shop.whatsapp.add_customer(NAME, phone=PHONE, user_id=USER_ID)
    people: tuple[Customer, ...] = (anna, bo)
    for customer in people:
        said = customer.says(SPOKEN[1])
        await customer.reads("working days", timeout=30)
        customer.edits(said, f"Do you have {WORDS} at all?")
        await shop.hands_over(customer, SPOKEN[0])
        customer.sends("photo", caption=f"my {WORDS}")
        customer.reacts(said, "👍")
    card = await shop.card("NF-")
    shop.staff.says(f"We have one {STAFF_WORDS} left", to=shop.desk, reply_to=card)
    shop.staff.says(f"/resolve {STAFF_WORDS}", to=shop.desk, reply_to=card)
    shop.staff.says(f"only among us: {STAFF_WORDS}", to=shop.desk)


async def complain(stage: Stage) -> None:
    """Platforms that quote the message in their refusals, break off, or cannot be understood."""
    shop = stage.shop
    telegram, whatsapp = shop.telegram.faults, shop.whatsapp.faults
    telegram.next("sendMessage", Fault.status(400, body=QUOTES))
    whatsapp.next("messages", Fault.status(400, body=META_QUOTES))
    telegram.next("editMessageText", Fault.status(400, body=QUOTES))
    telegram.next("setMessageReaction", Fault.status(500, body=QUOTES))
    telegram.next("sendChatAction", Fault.status(400, body=QUOTES))
    for channel in ("telegram", "whatsapp"):
        shop.customer(channel, NAME).says(SPOKEN[2])
    for fault in (Fault.reset_after(), Fault.cut(), Fault.status(502, body=WORDS.encode())):
        telegram.next("sendMessage", fault)
        whatsapp.next("messages", fault)
        for channel in ("telegram", "whatsapp"):
            shop.customer(channel, NAME).says(SPOKEN[1])
    await shop.telegram.until(lambda: len(telegram.fired) >= 5 and len(whatsapp.fired) >= 4, 30)


async def post_nonsense(stage: Stage) -> None:
    """Authentic and unreadable, and forged."""
    secret = {"X-Telegram-Bot-Api-Secret-Token": SECRETS["TELEGRAM_WEBHOOK_SECRET"]}
    bodies = [
        json.dumps({"update_id": 1, "message": {"text": WORDS, "from": NAME}}).encode(),
        f'{{"update_id": 2, "message": {{"text": "{WORDS}"'.encode(),
        json.dumps({"update_id": 3, WORDS: {"chat": {"id": WORDS}}}).encode(),
    ]
    async with aiohttp.ClientSession() as session:
        for body in bodies:
            for headers in (secret, {"X-Telegram-Bot-Api-Secret-Token": WORDS}):
                await session.post(f"{stage.bot_url}/telegram/webhook", data=body, headers=headers)
        await session.get(f"{stage.bot_url}/whatsapp/webhook?hub.verify_token={WORDS}")
        await session.get(f"{stage.bot_url}/{WORDS}?{WORDS}={SECRETS['INTERNAL_API_SECRET']}")


async def told(stage: Stage) -> str:
    """Health and figures, as they are and to a stranger."""
    pages = []
    async with aiohttp.ClientSession() as session:
        for path in ("/api/support/health", "/metrics"):
            for headers in ({}, {"X-Forwarded-For": "203.0.113.9"}):
                async with session.get(stage.bot_url + path, headers=headers) as answer:
                    pages.append(await answer.text())
    return "\n".join(pages)


async def test_a_whole_day_leaves_no_secret_and_no_word_in_log_health_and_figures(tmp_path: Path) -> None:
    key = SECRETS["OPENAI_API_KEY"]
    async with OpenAIEmulator(api_key=key) as model:
        tables = {"log": 'level = "debug"\nformat = "json"', "ai": f'base_url = "{model.url}"'}
        async with Stage(tmp_path, tables=tables, environ=SECRETS) as stage:
            shop = stage.shop
            shop.colleague.name, shop.staff.name = COLLEAGUE, COLLEAGUE
            await stage.first_start()
            await speak(stage)
            await post_nonsense(stage)
            await complain(stage)
            pages = await told(stage)
            assert await asyncio.to_thread(stage.bot.leave) == 0
            own = (
                shop.telegram.token,
                shop.whatsapp.access_token,
                shop.whatsapp.app_secret,
                shop.whatsapp.verify_token,
            )
            log = stage.bot.log.read_text("utf-8", "backslashreplace")
            assert "svar_stored_seconds" in pages
            assert log.count('"level": "') > 5, "it had something to say"
            assert found_in(pages, *own) == []
            assert found_in(log, *own) == []


# Errors that quote what they stumbled over


@pytest.fixture(params=["json", "text"])
def stream(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """A log of every level, of every logger."""
    written = io.StringIO()
    loggers = [logging.getLogger(name) for name in (None, *logs.OURS)]
    before, levels = loggers[0].handlers[:], [logger.level for logger in loggers]
    logs.setup("debug", request.param, [TOKEN], written)
    yield written
    loggers[0].handlers[:] = before
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)
    logging.captureWarnings(capture=False)


class Quoting:
    """A model that breaks its word: whatever it is asked, it fails with what was said."""

    name, last_error, left_alone = "quoting", "", False

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.tokens: Counter[str] = Counter()

    async def start(self) -> None: ...

    async def close(self) -> None: ...

    async def check(self) -> list[Finding]:
        return []

    async def forget_days(self) -> None: ...

    async def spent_today(self) -> ModelSpending:
        return ModelSpending("all", 0, "")

    async def word(
        self, question: object, passages: object, show: object = None, *, sure: bool = True
    ) -> Wording | None:
        try:
            int(f"{question} {TOKEN}")
        except ValueError as error:
            error.add_note(f"{question}")
            raise KeyError(f"{question} {passages}") from error
        return None

    async def translate(self, order: Order) -> Translated | None:
        raise KeyError(order.text)


async def test_a_turn_that_fails_with_the_customers_words_is_logged_without_them(
    tmp_path: Path, stream: io.StringIO
) -> None:
    async with Shop(tmp_path) as shop:
        shop.running.business.answerer.model = Quoting()
        shop.customer("telegram", NAME).says(SPOKEN[1])
        await shop.until(lambda: "(try 1 of" in stream.getvalue())
    written = "\n".join(line for line in stream.getvalue().splitlines() if "sandbox" not in line)
    assert "KeyError" in written
    assert found_in(written, TOKEN) == []


async def test_what_nobody_caught_is_one_line_without_its_words(stream: io.StringIO) -> None:
    figures, loop = Figures(), asyncio.get_running_loop()

    async def fail() -> None:
        raise KeyError(SPOKEN[0])

    def fail_in_callback() -> None:
        raise ValueError(f"{SPOKEN[0]} {TOKEN}")

    class Unraisable:
        def __del__(self) -> None:
            raise ValueError(SPOKEN[0])

    with mishaps.heard(figures, loop):
        task = asyncio.create_task(fail())
        await asyncio.wait([task])
        del task
        loop.call_soon(fail_in_callback)
        thread = threading.Thread(target=fail_in_callback, name="trial")
        thread.start()
        await asyncio.to_thread(thread.join)
        Unraisable()
        await asyncio.sleep(0)
    assert figures.mishaps == {"loop": 2, "thread": 1, "garbage": 1}
    written = stream.getvalue()
    assert found_in(written, TOKEN) == []
    assert "fail_in_callback" in written
    assert "the thread trial" in written
    if written.startswith("{"):
        assert len([json.loads(line) for line in written.splitlines()]) == 4


async def test_python_itself_prints_again_afterwards() -> None:
    before = sys.excepthook, sys.unraisablehook, threading.excepthook
    with mishaps.heard(Figures(), asyncio.get_running_loop()):
        assert sys.excepthook is not before[0]
    assert (sys.excepthook, sys.unraisablehook, threading.excepthook) == before
