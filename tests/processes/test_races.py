"""Two at once on PostgreSQL, statement by statement: each effect comes once, whoever is quicker.

Each story tells what went wrong; with the locks taken out something does."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from bot.business import Business
from bot.content import Content
from bot.desk import commands, finding, linking, receipts, replies, signs, transcript
from bot.desk.commands import Order
from bot.desk.place import CODE_FACT
from bot.inbound import receive
from bot.update import Inbound, Progress, Progressed, Reason, Said, Sender
from sandbox.telegram.chat import Message
from storage import deliveries, facts
from storage.database import Statements
from storage.lockstep import Asking
from storage.postgres import open_postgres
from storage.records import Delivery
from tests.people import Customer
from tests.postgres import database_of
from tests.shop import Shop

PAIRS = 6
MEETING = 3_600_000
"""Milliseconds; a delivery that is due so much later does not leave meanwhile."""
Two = tuple[Business, Business]
"""The same business twice, in one process or as two of them know it."""
Story = Callable[[Shop, Two], Awaitable[list[str]]]
"""Returns what went wrong, a sentence each."""


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with Shop(tmp_path, database=await database_of(tmp_path)) as shop:
        yield shop


@pytest.fixture
async def rival(shop: Shop) -> AsyncIterator[Business]:
    """The shop's business with a database connection of its own, as another process has it."""
    database = await open_postgres(shop.database)
    yield replace(shop.running.business, db=database)
    await database.close()


async def with_requests(shop: Shop) -> list[tuple[Customer, Message]]:
    """Customers who wait for a person, each with the card."""
    people = [shop.on_whatsapp(f"Person{number}") for number in range(PAIRS)]
    cards = [await shop.hands_over(person) for person in people]
    await shop.rests()
    return list(zip(people, cards, strict=True))


def at_desk(shop: Shop, card: Message, words: str = "") -> Inbound:
    sender = Sender(str(shop.staff.id), "Stina")
    said = Said("", Content(words), reply_to=str(card.id))
    return Inbound("telegram", "1", "", "", said, str(shop.desk.id), sender=sender)


async def two_resolve_one_request(shop: Shop, two: Two) -> list[str]:
    orders = [
        Order("resolve", "", at_desk(shop, card), "", str(card.id)) for _, card in await with_requests(shop)
    ]
    await asyncio.gather(*(commands.obey(business, [], order) for business in two for order in orders))
    rows = await shop.rows(
        "SELECT conversation_id, count(*) AS times FROM messages WHERE author = 'bot'"
        " AND content LIKE '%is closed%' GROUP BY conversation_id HAVING count(*) > 1"
    )
    return [f"conversation {row['conversation_id']} was told {row['times']} times" for row in rows]


async def one_replies_and_one_resolves(shop: Shop, two: Two) -> list[str]:
    """Who has the conversation and the state of its request never contradict each other."""
    works = []
    for _, card in await with_requests(shop):
        order = Order("resolve", "", at_desk(shop, card), "", str(card.id))
        works.append(commands.obey(two[0], [], order))
        works.append(replies.pass_on(two[1], [], [at_desk(shop, card, "Hello")]))
    await asyncio.gather(*works)
    rows = await shop.rows(
        "SELECT conversations.id, holder, state FROM conversations JOIN tickets ON conversation_id = conversations.id"
        " WHERE (holder = 'bot' AND state <> 'resolved') OR (holder = 'staff' AND state = 'resolved')"
    )
    return [f"{row['holder']} has conversation {row['id']}, whose request is {row['state']}" for row in rows]


async def a_customer_writes_as_it_is_resolved(shop: Shop, two: Two) -> list[str]:
    """Whatever comes first, the words stand in a request that is open, or the bot answers them."""
    for person, card in await with_requests(shop):
        order = Order("resolve", "", at_desk(shop, card), "", str(card.id))
        person.says("How long does delivery take?")
        await commands.obey(two[1], [], order)
    await shop.rests()
    rows = await shop.rows(
        "SELECT id FROM messages AS asked WHERE author = 'customer' AND ticket_id IS NULL AND NOT EXISTS"
        " (SELECT 1 FROM messages AS later WHERE later.conversation_id = asked.conversation_id"
        " AND later.id > asked.id AND later.author = 'bot')"
    )
    return [f"nobody answered message {row['id']}" for row in rows]


async def both_parts_of_an_answer_fail(shop: Shop, two: Two) -> list[str]:
    """The customer's one request is opened once, and nobody stumbles over the other."""
    for number in range(PAIRS):
        person = shop.on_whatsapp(f"Person{number}")
        person.says("How long does delivery take?")
        await person.reads("working days")
    await shop.rests()

    async def fail(business: Business, part: Delivery) -> None:
        await business.db.transaction(lambda tx: receipts.ended(tx, business, part, Reason.NOT_NOW, ""))

    wrong = []
    for row in await shop.rows("SELECT id FROM deliveries WHERE role = 'reply' ORDER BY id"):
        parts = await two_parts(shop, row["id"])
        ends = await asyncio.gather(*map(fail, two, parts), return_exceptions=True)
        wrong += [f"{type(end).__name__} at delivery {row['id']}" for end in ends if end]
    return wrong


async def both_parts_of_a_reply_are_read(shop: Shop, two: Two) -> list[str]:
    """Each is told by itself; the sign stands on the staff's message when both are."""

    async def read(business: Business, part: Delivery) -> None:
        what = Progressed(f"wamid.{part.id}", Progress.READ, str(part.id))
        await business.db.transaction(lambda tx: receipts.progressed(tx, business, "whatsapp", what))

    wrong = []
    shop.whatsapp.habits.on = False
    for person, card in await with_requests(shop):
        mine = shop.staff.says("Hello there", to=shop.desk, reply_to=card)
        await person.reads("Hello there")
        await shop.rests()
        (row,) = await shop.rows(
            "SELECT max(deliveries.id) AS id FROM deliveries JOIN messages ON messages.id = message_id"
            " WHERE author = 'staff' AND deliveries.channel = 'whatsapp'"
        )
        await asyncio.gather(*map(read, two, await two_parts(shop, row["id"])))
        await shop.rests()
        if shop.sign_on(mine) != signs.READ:
            wrong.append(f"{person.name}'s reply bears {shop.sign_on(mine)!r}")
    return wrong


async def two_parts(shop: Shop, delivery_id: int) -> tuple[Delivery, Delivery]:
    """The delivery, and a second part of the same message, both sent."""
    db = shop.running.business.db

    async def work(tx: Statements) -> tuple[Delivery, Delivery]:
        first = await deliveries.find(tx, delivery_id)
        assert first is not None
        second = await deliveries.add(
            tx,
            channel=first.channel,
            room=first.room,
            lane=f"second of {delivery_id}",
            action="say",
            priority=0,
            content=first.content,
            role="reply",
            message_id=first.message_id,
            now=shop.clock.now() + MEETING,
        )
        await tx.execute(
            "UPDATE deliveries SET state = 'sent' WHERE id IN (:first, :second)",
            first=first.id,
            second=second.id,
        )
        both = [await deliveries.find(tx, one) for one in (first.id, second.id)]
        assert both[0] is not None
        assert both[1] is not None
        return both[0], both[1]

    return await db.transaction(work)


async def a_newcomer_comes_by_number_and_by_name(shop: Shop, two: Two) -> list[str]:
    """WhatsApp tells a phone number, a user id, or both: it is one customer."""
    channel = two[0].channels["whatsapp"]
    for number in range(PAIRS):
        ids = (f"4670999{number:04}", f"SE.99{number}")
        senders = [Sender(ids[0], aliases=ids[1:]), Sender(ids[1], aliases=ids[:1])]
        items = [
            Inbound("whatsapp", "1", f"{number} {at}", "{}", Said("", Content("Hi")), ids[0], sender=sender)
            for at, sender in enumerate(senders)
        ]
        pairs = zip(two, items, strict=True)
        await asyncio.gather(*(receive(business, channel, [item]) for business, item in pairs))
    found = await shop.count("SELECT count(*) FROM contacts")
    return [f"{PAIRS} people are {found} contacts"] if found != PAIRS else []


async def two_groups_tell_the_code(shop: Shop, two: Two) -> list[str]:
    """The first one is the desk; the other one changes nothing."""
    business, wrong = shop.running.business, []
    for _ in range(PAIRS):
        await business.db.transaction(lambda tx: facts.put(tx, CODE_FACT, "CODE"))
        groups = [shop.group("One"), shop.group("Two")]
        told = [replace(at_desk(shop, group.open_topic("Code").root), room=str(group.id)) for group in groups]
        links = [linking.link(one, item) for one, item in zip(two, told, strict=True)]
        linked = sum(await asyncio.gather(*links))
        if linked != 1:
            wrong.append(f"{linked} groups became the desk")
    return wrong


async def two_starts_make_the_code(shop: Shop, two: Two) -> list[str]:
    """What both of them print is the code that counts."""
    business, wrong = shop.running.business, []
    for _ in range(PAIRS):
        await business.db.transaction(lambda tx: facts.forget(tx, CODE_FACT))
        codes = set(await asyncio.gather(*(finding.code_of(one.db) for one in two)))
        if codes != {await facts.find(business.db, CODE_FACT)}:
            wrong.append(f"{len(codes)} codes were told")
    return wrong


async def what_is_missing_at_the_desk_is_shown_by_two(shop: Shop, two: Two) -> list[str]:
    """As when two processes hear that the group has moved."""
    await with_requests(shop)
    old, room = shop.running.business.desk.room, str(shop.group("New").id)
    shop.running.business.desk.room = room
    await asyncio.gather(*(transcript.show_missing(business) for business in two))
    shop.running.business.desk.room = old
    rows = await shop.rows(
        "SELECT ticket_id, count(*) AS cards FROM deliveries WHERE role = 'card' AND action = 'say' AND room = :room"
        " GROUP BY ticket_id HAVING count(*) > 1",
        room=room,
    )
    return [f"request {row['ticket_id']} has {row['cards']} cards" for row in rows]


STORIES: tuple[Story, ...] = (
    two_resolve_one_request,
    one_replies_and_one_resolves,
    a_customer_writes_as_it_is_resolved,
    both_parts_of_an_answer_fail,
    both_parts_of_a_reply_are_read,
    a_newcomer_comes_by_number_and_by_name,
    two_groups_tell_the_code,
    two_starts_make_the_code,
    what_is_missing_at_the_desk_is_shown_by_two,
)
HEALED = (
    a_customer_writes_as_it_is_resolved,
    one_replies_and_one_resolves,
    what_is_missing_at_the_desk_is_shown_by_two,
)
"""Here the locks on rows, or a deadlock that PostgreSQL breaks, happen to do the same."""


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
async def test_two_at_once_are_as_good_as_one_after_the_other(
    shop: Shop, rival: Business, story: Story, processes: int
) -> None:
    business = shop.running.business
    assert await story(shop, (business, business if processes == 1 else rival)) == []


@pytest.mark.parametrize(
    "story", [story for story in STORIES if story not in HEALED], ids=lambda story: story.__name__
)
async def test_without_locks_something_goes_wrong(
    shop: Shop, rival: Business, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def no_lock(self: Asking, *names: str) -> None: ...

    business = shop.running.business
    monkeypatch.setattr(Asking, "lock", no_lock)
    wrong: list[str] = []
    for other in (business, rival, rival, rival):
        with contextlib.suppress(TimeoutError):
            wrong = wrong or await story(shop, (business, other))
    assert wrong


@pytest.mark.parametrize("first", [Progress.DELIVERED, Progress.READ])
async def test_of_two_reports_at_once_the_further_one_stays(
    shop: Shop, rival: Business, first: Progress
) -> None:
    two, person = (shop.running.business, rival), shop.on_whatsapp()
    shop.whatsapp.habits.on = False
    person.says("How long does delivery take?")
    await person.reads("working days")
    await shop.rests()
    (row,) = await shop.rows("SELECT id FROM deliveries")
    second = Progress.READ if first is Progress.DELIVERED else Progress.DELIVERED
    told = [Progressed("", progress, str(row["id"])) for progress in (first, second)]
    works = [
        partial(receipts.progressed, business=one, channel="whatsapp", what=what)
        for one, what in zip(two, told, strict=True)
    ]
    await asyncio.gather(*(one.db.transaction(work) for one, work in zip(two, works, strict=True)))
    assert await shop.rows("SELECT state FROM deliveries") == [{"state": "read"}]
