"""Whatever is cancelled at whatever await: the effect is whole or not there, and nothing stays half open (R-09)."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Generator
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiohttp import ClientError

from sandbox.telegram.user import TelegramUser
from storage.database import Statements
from storage.sqlite import SqliteDatabase
from tests.clock import FastClock
from tests.people import received, texts_of
from tests.shop import ENGINE, Shop

QUESTION = "How long does delivery take?"
HANDLER, TURN, SEND = "Seat._take", "Turns._work_off", "Outbox._send"
MOST_AWAITS = 200


class Cancelling:
    """A task factory that cancels one task of a sort, as it waits for the k-th time."""

    def __init__(self, sort: str, at: int) -> None:
        self._sort, self._at = sort, at
        self.chosen = self.fired = False
        self.over = asyncio.Event()

    def __call__(self, loop: asyncio.AbstractEventLoop, work: Any, **more: Any) -> "asyncio.Task[Any]":
        if self.chosen or not self._is_meant(work):
            return asyncio.Task(work, loop=loop, **more)
        self.chosen = True
        return asyncio.Task(self._counted(work), loop=loop, **more)

    def _is_meant(self, work: Any) -> bool:
        """The emulators' servers have handlers, too."""
        request = work.cr_frame.f_locals.get("request")
        is_ours = request is None or request.path.startswith("/telegram/")
        return bool(is_ours and work.__qualname__.endswith(self._sort))

    async def _counted(self, work: Coroutine[Any, Any, Any]) -> Any:
        try:
            return await _Steps(self, work)
        finally:
            self.over.set()

    def waits(self, times: int) -> None:
        task = asyncio.current_task()
        if times == self._at and task is not None:
            self.fired = True
            asyncio.get_running_loop().call_soon(task.cancel)


class _Steps:
    def __init__(self, cancelling: Cancelling, work: Coroutine[Any, Any, Any]) -> None:
        self._cancelling, self._work = cancelling, work

    def __await__(self) -> Generator[Any, Any, Any]:
        times, thrown = 0, None
        while True:
            try:
                waited = self._work.throw(thrown) if thrown else self._work.send(None)
            except StopIteration as ended:
                return ended.value
            times, thrown = times + 1, None
            self._cancelling.waits(times)
            try:
                yield waited
            except BaseException as error:
                thrown = error


@pytest.fixture(params=["sqlite", "postgresql"])
async def shop(
    tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Shop]:
    monkeypatch.setenv(ENGINE, request.param)
    async with Shop(tmp_path, clock=FastClock(20)) as shop:
        yield shop


def update(shop: Shop, number: int) -> tuple[TelegramUser, bytes]:
    """A new customer, and the post in which they ask."""
    anna = shop.telegram.add_user(f"Anna{number}", started=True)
    anna.chat.last_id = 100
    message = {
        "message_id": 1,
        "date": int(shop.clock.now() / 1000),
        "from": anna.as_json,
        "chat": {"id": anna.id, "type": "private"},
        "text": QUESTION,
    }
    return anna, orjson.dumps({"update_id": 900_000 + number, "message": message})


async def ask(shop: Shop, number: int, sort: str) -> tuple[TelegramUser, bool]:
    """Somebody new asks while a task of that sort is cancelled at its await of this number; whether it had so many."""
    anna, body = update(shop, number)
    cancelling = Cancelling(sort, number)
    asyncio.get_running_loop().set_task_factory(cancelling)
    try:
        await posted(shop, body)
        await shop.until(lambda: cancelling.chosen)
        await cancelling.over.wait()
    finally:
        asyncio.get_running_loop().set_task_factory(None)
    return anna, cancelling.fired


async def posted(shop: Shop, body: bytes) -> None:
    """As Telegram would: again, until it is taken."""
    async with asyncio.timeout(10):
        while True:
            try:
                if await shop.post_telegram(body) == 200:
                    return
            except ClientError:
                continue


async def nothing_is_open(shop: Shop) -> None:
    """Somebody else can write, and no transaction is left."""
    async with asyncio.timeout(5):
        await shop.running.business.db.transaction(_writes)
    db = shop.running.business.db
    assert not isinstance(db, SqliteDatabase) or not db._writer.connection.in_transaction


async def _writes(tx: Statements) -> None:
    await tx.execute("UPDATE facts SET value = value WHERE name = ''")


@pytest.mark.timeout(120)
@pytest.mark.parametrize("sort", [HANDLER, TURN, SEND])
async def test_cancelled_at_any_await_it_is_done_whole_or_not_at_all_and_comes_to_the_same_end(
    shop: Shop, sort: str
) -> None:
    """What was cut off is taken up as after a kill: nobody cancels a turn or a send but to leave."""
    for number in range(1, MOST_AWAITS):
        anna, cut_off = await ask(shop, number, sort)
        await nothing_is_open(shop)
        if sort != HANDLER and cut_off:
            await shop.restart()
        await anna.reads("working days")
        await shop.rests()
        rows = await shop.rows("SELECT doubts FROM deliveries WHERE room = :room", room=str(anna.id))
        assert len(rows) == 1
        assert 1 <= len(received(anna)) <= 1 + rows[0]["doubts"], texts_of(received(anna))
        if not cut_off:
            break
    assert 1 < number < MOST_AWAITS - 1
