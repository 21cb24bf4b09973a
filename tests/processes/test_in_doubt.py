"""A commit is done and its answer is lost: what we took by it is ours, and must not wait until a lease is over."""

import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot import content as contents
from bot.content import Content
from bot.outbound import Priority
from storage import deliveries
from storage.database import Statements
from tests.clock import FastClock
from tests.people import received, texts_of
from tests.postgres import database_of, name_of, shared_server
from tests.postgres_keeper import OWNER
from tests.relay import Relay, nothing
from tests.shop import Shop

RETRY_SECONDS = 0.3
QUESTION = "How long does delivery take?"
DOUBTS = "SELECT coalesce(sum(doubts), 0) FROM deliveries"
SENDING = "SELECT 1 FROM deliveries WHERE state = 'sending'"
TAKEN = "SELECT 1 FROM updates WHERE state = 'taken'"


@pytest.fixture
async def relay(tmp_path: Path) -> AsyncIterator[Relay]:
    await database_of(tmp_path)
    async with Relay(str(shared_server().folder)) as relay:
        yield relay


@pytest.fixture
async def shop(tmp_path: Path, relay: Relay) -> AsyncIterator[Shop]:
    """Ten times as fast as the clock, so that a sweep comes within moments and a lease is not over in time."""
    async with Shop(tmp_path, clock=FastClock(10), database=relay.url(name_of(tmp_path), OWNER)) as shop:
        yield shop


def swallow_once(relay: Relay, folder: Path, found: str) -> None:
    """The answer to the first commit after which the query finds something."""

    async def look() -> bool:
        rows = not relay.swallowed and await shared_server().run(found, database=name_of(folder))
        return bool(rows)

    relay.swallows = look


@pytest.mark.parametrize("taken", [TAKEN, SENDING], ids=["the message is taken", "the answer is claimed"])
async def test_what_was_taken_where_it_was_written_is_not_forgotten(
    shop: Shop, relay: Relay, tmp_path: Path, channel: str, taken: str
) -> None:
    anna = shop.customer(channel)
    swallow_once(relay, tmp_path, taken)
    anna.says(QUESTION)
    await anna.reads("working days")
    await shop.rests()
    assert relay.swallowed == 1
    assert len(received(anna)) == 1
    assert await shop.count(DOUBTS) == 0, "it had certainly not left"


async def test_what_was_claimed_to_be_sent_is_sent_and_what_is_behind_it(
    shop: Shop, relay: Relay, tmp_path: Path
) -> None:
    anna = shop.on_whatsapp("Anna")
    anna.last_wrote = shop.whatsapp.now()
    words = ["first", "second", "third"]
    business = shop.running.business

    async def queue(tx: Statements) -> None:
        for text in words:
            await deliveries.add(
                tx,
                channel="whatsapp",
                room=anna.phone,
                lane=anna.phone,
                action="say",
                priority=Priority.ANSWER,
                content=contents.to_json(Content(text=text)),
                now=business.clock.now(),
            )

    swallow_once(relay, tmp_path, SENDING)
    await business.db.transaction(queue)
    await anna.reads("third")
    await shop.rests()
    assert relay.swallowed == 1
    assert texts_of(received(anna)) == words
    assert await shop.count(DOUBTS) == 0


async def test_whichever_answers_are_lost_everything_is_done_once(shop: Shop, relay: Relay) -> None:
    """Of every third commit, whatever it was: an update, a turn, a claim, what a platform said."""
    people = [
        shop.customer(channel, f"Person{at}") for at in range(2) for channel in ("telegram", "whatsapp")
    ]
    turns = itertools.cycle([False, False, True])

    async def every_third() -> bool:
        return next(turns)

    shop.telegram.webhook.retry_cap = shop.whatsapp.webhook.retry_cap_seconds = RETRY_SECONDS
    shop.telegram.webhook.retry_after_cap = RETRY_SECONDS
    relay.swallows = every_third
    for person in people:
        person.says(QUESTION)
        await person.reads("working days", timeout=30)
        person.says("Do you sell bicycles for elephants?")
        await person.reads("NF-", timeout=30)
    for person in people:
        await shop.card(person.name)
    relay.swallows = nothing
    await shop.rests(30)
    assert relay.swallowed > 5
    assert [len(received(person)) for person in people] == [2] * len(people)
    assert await shop.count(DOUBTS) == 0
