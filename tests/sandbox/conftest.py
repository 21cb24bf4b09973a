"""One emulated Telegram a test, with the real library's bot, a customer and a desk."""

from collections.abc import AsyncIterator

import pytest
from telegram import Bot

from sandbox.telegram import TelegramEmulator, TelegramGroup, TelegramUser


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramEmulator]:
    emulator = TelegramEmulator()
    await emulator.start()
    yield emulator
    await emulator.stop()


@pytest.fixture
async def bot(telegram: TelegramEmulator) -> AsyncIterator[Bot]:
    async with Bot(
        telegram.token, base_url=f"{telegram.url}/bot", base_file_url=f"{telegram.url}/file/bot"
    ) as made:
        yield made


@pytest.fixture
def anna(telegram: TelegramEmulator) -> TelegramUser:
    return telegram.add_user("Anna", "sv", started=True)


@pytest.fixture
def desk(telegram: TelegramEmulator) -> TelegramGroup:
    return telegram.add_group("Desk", forum=True)
