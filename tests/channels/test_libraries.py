"""Our messages are plain JSON; what the platforms' libraries would have read and written tells when they change."""

import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from pywa_async.client import WhatsApp
from pywa_async.types.callback import Button as LibraryButton
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Message,
    MessageEntity,
    ReactionTypeEmoji,
    ReplyParameters,
    Update,
)
from telegram.request import BaseRequest, RequestData

from bot.clock import SystemClock
from bot.content import Button, Content, Entity, Place, Style
from bot.update import Edited, Inbound, Said
from handlers.channels.telegram import TelegramChannel
from handlers.channels.telegram_read import read_update
from handlers.channels.whatsapp import WhatsAppChannel
from sandbox.telegram import TOKEN, TelegramEmulator
from sandbox.telegram.server import Call
from sandbox.whatsapp import WhatsAppCustomer, WhatsAppEmulator

ROOT = Path(__file__).parent.parent.parent


def test_a_run_pays_for_neither_library_before_it_needs_it() -> None:
    look = (
        "import sys, bot.service; print(*sorted({'telegram', 'pywa', 'httpx', 'openai'} & set(sys.modules)))"
    )
    seen = subprocess.run([sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True, check=True)
    assert seen.stdout.strip() == ""


# Telegram, in

UPDATES = {
    f"{path.stem}/{name}": payload
    for path in sorted((ROOT / "tests/payloads/telegram").glob("*.json"))
    for name, payload in orjson.loads(path.read_bytes()).items()
}
BOT = Bot(TOKEN)
FILES = ("animation", "live_photo", "video", "video_note", "voice", "audio", "document", "sticker")


@pytest.mark.parametrize("name", UPDATES)
def test_a_message_reads_as_the_library_reads_it(name: str) -> None:
    ours = read_update(orjson.dumps(UPDATES[name]), "5000000001")
    assert isinstance(ours, Inbound)
    theirs = Update.de_json(UPDATES[name], BOT).effective_message
    if not isinstance(ours.what, Said | Edited) or theirs is None:
        return
    assert (ours.room, ours.what.remote_id) == (str(theirs.chat.id), str(theirs.message_id))
    assert ours.at == 1000 * int((theirs.edit_date or theirs.date).timestamp())
    assert (ours.what.content.text, file_of(ours.what.content)) == (words_of(theirs), library_file(theirs))
    assert ours.sender is not None
    if theirs.from_user is not None and theirs.sender_chat is None:
        assert (ours.sender.id, ours.sender.name) == (str(theirs.from_user.id), theirs.from_user.full_name)
    if isinstance(ours.what, Said) and ours.what.reply_to:
        assert theirs.reply_to_message is not None
        assert ours.what.reply_to == str(theirs.reply_to_message.message_id)


def words_of(message: Message) -> str:
    if message.dice is not None:
        return f"{message.dice.emoji} {message.dice.value}"
    if message.poll is not None:
        return "\n".join([f"📊 {message.poll.question}", *(f"– {one.text}" for one in message.poll.options)])
    if "rich_message" in message.api_kwargs:
        return read_rich(message.api_kwargs["rich_message"])
    return message.text or message.caption or ""


def read_rich(rich: Any) -> str:
    update = {"update_id": 1, "message": {**BARE, "rich_message": rich}}
    found = read_update(orjson.dumps(update), "1")
    assert isinstance(found, Inbound)
    assert isinstance(found.what, Said)
    return found.what.content.text


BARE = {
    "message_id": 1,
    "date": 1,
    "chat": {"id": 1, "type": "private"},
    "from": {"id": 1, "is_bot": False, "first_name": "A"},
}


def file_of(content: Content) -> tuple[str, int] | None:
    return (content.media[0].ref, content.media[0].size) if content.media else None


def library_file(message: Message) -> tuple[str, int] | None:
    if message.photo:
        largest = max(message.photo, key=lambda size: size.width * size.height)
        return largest.file_id, largest.file_size or 0
    found = next((part for field in FILES if (part := getattr(message, field)) is not None), None)
    return None if found is None else (found.file_id, found.file_size or 0)


# Telegram, out


class Recorder(BaseRequest):
    """Notes what the library would send, and answers what we were answered."""

    def __init__(self, calls: Sequence[Call]) -> None:
        self._calls, self.sent = iter(calls), list[tuple[str, dict[str, Any]]]()

    @property
    def read_timeout(self) -> float:
        return 0

    async def initialize(self) -> None: ...

    async def shutdown(self) -> None: ...

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *given: Any, **more: Any
    ) -> tuple[int, bytes]:
        assert request_data is not None
        self.sent.append((url.rpartition("/")[2], request_data.parameters))
        return 200, orjson.dumps({"ok": True, "result": next(self._calls).result})


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramEmulator]:
    emulator = TelegramEmulator()
    await emulator.start()
    yield emulator
    await emulator.stop()


async def nothing(*given: Any) -> None:
    """Nothing comes in here."""


NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
STYLED = Content(
    "😀 bold link",
    (Entity(Style.BOLD, 3, 4), Entity(Style.LINK, 8, 4, "https://example.org/"), Entity(Style.QUOTE, 0, 2)),
    buttons=(Button("take:1", "Ta"), Button("x", "Nej, tack")),
)
MARKS = [
    MessageEntity("bold", 3, 4),
    MessageEntity("text_link", 8, 4, url="https://example.org/"),
    MessageEntity("blockquote", 0, 2),
]
KEYS = InlineKeyboardMarkup(
    [
        [InlineKeyboardButton("Ta", callback_data="take:1")],
        [InlineKeyboardButton("Nej, tack", callback_data="x")],
    ]
)


async def test_what_leaves_for_telegram_is_what_the_library_would_send(telegram: TelegramEmulator) -> None:
    anna, desk = telegram.add_user("Anna", started=True), telegram.add_group("Desk", forum=True)
    asked = anna.says("?")
    ours = TelegramChannel(token=TOKEN, api_url=telegram.url, receive=nothing, clock=SystemClock())
    topic = await ours.open_topic(str(desk.id), "NF-1")
    (card,) = await ours.send(str(desk.id), STYLED, thread=topic)
    (plain,) = await ours.send(str(anna.id), Content("Ja"), reply_to=str(asked.id))
    await ours.edit(str(desk.id), card, Content("Tagen", buttons=STYLED.buttons))
    await ours.edit(str(anna.id), plain, Content("Nej"))
    await ours.react(str(anna.id), str(asked.id), "👍")
    await ours.react(str(anna.id), str(asked.id), "")
    await ours.send(str(anna.id), Content(place=Place(59.3, 18.0)))
    await ours.show_typing(str(anna.id), "")

    recorder = Recorder(telegram.calls)
    theirs = Bot(TOKEN, request=recorder, get_updates_request=recorder)
    reply = ReplyParameters(asked.id, allow_sending_without_reply=True)
    styled: dict[str, Any] = {"entities": MARKS, "link_preview_options": NO_PREVIEW, "reply_markup": KEYS}
    await theirs.create_forum_topic(desk.id, "NF-1")
    await theirs.send_message(desk.id, STYLED.text, message_thread_id=int(topic), **styled)
    await theirs.send_message(anna.id, "Ja", reply_parameters=reply, link_preview_options=NO_PREVIEW)
    await theirs.edit_message_text(
        "Tagen", desk.id, int(card), link_preview_options=NO_PREVIEW, reply_markup=KEYS
    )
    await theirs.edit_message_text("Nej", anna.id, int(plain), link_preview_options=NO_PREVIEW)
    await theirs.set_message_reaction(anna.id, asked.id, [ReactionTypeEmoji("👍")])
    await theirs.set_message_reaction(anna.id, asked.id, [])
    await theirs.send_location(anna.id, 59.3, 18.0)
    await theirs.send_chat_action(anna.id, "typing")
    assert [(call.method, dict(call.params)) for call in telegram.calls] == recorder.sent
    await ours.stop()


# WhatsApp, out


@pytest.fixture
async def whatsapp() -> AsyncIterator[WhatsAppEmulator]:
    async with WhatsAppEmulator() as running:
        yield running


@pytest.fixture
def customer(whatsapp: WhatsAppEmulator) -> WhatsAppCustomer:
    writing = whatsapp.add_customer("Åsa", user_id="SE.1349123")
    writing.says("Hej")
    return writing


async def test_what_leaves_for_whatsapp_is_what_the_library_would_send(
    whatsapp: WhatsAppEmulator, customer: WhatsAppCustomer
) -> None:
    ours = WhatsAppChannel(
        access_token=whatsapp.access_token,
        sender_id=whatsapp.phone_number_id,
        app_secret=whatsapp.app_secret,
        verify_token=whatsapp.verify_token,
        api_url=whatsapp.url,
        receive=nothing,
        fetch_foreign=nothing,  # type: ignore[arg-type]
        clock=SystemClock(),
    )
    asked, buttons = customer.messages[0].id, (Button("yes:1", "Ja"), Button("no:1", "Nej"))
    await ours.start()
    await ours.send(customer.phone, Content("Ja"))
    await ours.send(customer.user_id, Content("Ja"), reply_to=asked, tracker="7")
    await ours.send(customer.phone, Content("Ja?", buttons=buttons), tracker="8")
    await ours.react(customer.phone, asked, "👍")
    await ours.react(customer.phone, asked, "")
    await ours.show_typing(customer.phone, asked)
    await ours.stop()
    mine, already = list(whatsapp.calls), len(whatsapp.calls)

    async with httpx.AsyncClient() as session:
        theirs = WhatsApp(whatsapp.phone_number_id, whatsapp.access_token, session=session)
        session.base_url = httpx.URL(f"{whatsapp.url}/v26.0")
        keys = [LibraryButton("Ja", "yes:1"), LibraryButton("Nej", "no:1")]
        await theirs.api.get_business_phone_number(
            whatsapp.phone_number_id, ("verified_name", "display_phone_number", "quality_rating")
        )
        await theirs.send_message(customer.phone, "Ja", preview_url=False)
        await theirs.send_message(customer.user_id, "Ja", reply_to_message_id=asked, tracker="7")
        await theirs.send_message(customer.phone, "Ja?", buttons=keys, tracker="8")
        await theirs.send_reaction(customer.phone, "👍", asked)
        await theirs.remove_reaction(customer.phone, asked)
        await theirs.indicate_typing(asked)
    pairs = list(zip(mine, whatsapp.calls[already:], strict=True))
    assert [(one.method, one.path, one.status) for one, _ in pairs] == [
        (other.method, other.path, other.status) for _, other in pairs
    ]
    assert [one.subject for one, _ in pairs] == [other.subject for _, other in pairs]
