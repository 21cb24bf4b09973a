"""Servers of models on this machine, and chains of them with their budgets."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.ai.chain import Chain
from bot.ai.purse import Purse
from bot.settings_ai import Ai, Link, Provider
from sandbox.openai import API_KEY, OpenAIEmulator
from storage.database import Database, Statements
from storage.opening import open_database
from tests.ai.asking import DEADLINE, HandClock


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def server() -> AsyncIterator[OpenAIEmulator]:
    async with OpenAIEmulator() as emulator:
        yield emulator


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    database = await open_database(f"sqlite:///{tmp_path / 'bot.db'}")
    yield database
    await database.close()


NO_LIMITS = {"cached_answers": 0, "contact_day_tokens": 0, "day_tokens": 0}
Open = Callable[..., Chain]


@pytest.fixture
async def ask_at(db: Database, clock: HandClock) -> AsyncIterator[Open]:
    """Chains of one server or of several, with their budgets."""
    opened: list[Chain] = []

    async def tell(tx: Statements, budget: str, contact_id: int) -> None:
        clock.told.append(budget)

    def open_chain(
        *urls: str,
        key: str = API_KEY,
        model: str = "gpt-4o-mini",
        seconds: float = DEADLINE,
        deadline: float = 0.0,
        organization: str = "",
        price: float = 0.0,
        database: Database = db,
        **ai: Any,
    ) -> Chain:
        links = [
            Link(
                Provider(
                    name=f"{model}-{number}" if len(urls) > 1 else model,
                    base_url=url,
                    model=model,
                    key="OPENAI_API_KEY",
                    timeout_seconds=seconds,
                    price_in=price,
                    price_out=price,
                ),
                SecretStr(key),
                organization,
            )
            for number, url in enumerate(urls, 1)
        ]
        settings = Ai(timeout_seconds=deadline or seconds, **(NO_LIMITS | ai))
        purse = Purse(database, clock, settings, "Europe/Stockholm", tell)
        opened.append(Chain(links, settings, clock, purse))
        return opened[-1]

    yield open_chain
    for chain in opened:
        await chain.close()


@pytest.fixture
async def model(server: OpenAIEmulator, ask_at: Open) -> Chain:
    chain = ask_at(server.url)
    await chain.start()
    return chain
