"""Tickets as a table: their numbers, one open a conversation, and who waits the longest."""

import asyncio

import pytest

from storage import contacts, conversations, tickets
from storage.database import Database, Statements
from storage.records import Ticket
from tests.storage.conftest import BROKEN_RULE


async def conversation(db: Database, name: str = "Anna") -> int:
    async def work(tx: Statements) -> int:
        contact = await contacts.add(
            tx,
            channel="telegram",
            account="bot",
            room=name,
            name=name,
            username="",
            phone="",
            language="sv",
            now=1,
        )
        return (await conversations.of_contact(tx, contact.id)).id

    return await db.transaction(work)


async def open_ticket(db: Database, conversation_id: int, now: int = 10) -> Ticket:
    return await db.transaction(
        lambda tx: tickets.open(
            tx, prefix="NF", conversation_id=conversation_id, reason="asked", question="?", now=now
        )
    )


async def resolve(db: Database, ticket: Ticket) -> None:
    await db.transaction(lambda tx: tickets.resolve(tx, ticket.id, "Stina", 20))


async def test_numbers_count_up_and_are_found_again(db: Database) -> None:
    made = [await open_ticket(db, await conversation(db, name)) for name in ("Anna", "Bo", "Cia")]

    assert [ticket.number for ticket in made] == ["NF-000001", "NF-000002", "NF-000003"]
    assert await tickets.find(db, made[1].id) == made[1]
    assert await tickets.find(db, made[2].id + 1) is None


async def test_tickets_opened_at_once_have_a_number_each(db: Database) -> None:
    conversation_ids = [await conversation(db, f"c{at}") for at in range(20)]
    made = await asyncio.gather(*(open_ticket(db, one) for one in conversation_ids))

    assert len({ticket.number for ticket in made}) == 20


async def test_a_conversation_has_one_open_ticket(db: Database) -> None:
    anna = await conversation(db)
    first = await open_ticket(db, anna)
    with pytest.raises(BROKEN_RULE):
        await open_ticket(db, anna)
    assert await tickets.find_open(db, anna) == first

    await resolve(db, first)
    assert await tickets.find_open(db, anna) is None
    second = await open_ticket(db, anna)
    assert await tickets.find_open(db, anna) == second
    assert await tickets.find_last(db, anna) == second


async def test_a_taken_ticket_still_counts_as_open(db: Database) -> None:
    anna = await conversation(db)
    ticket = await open_ticket(db, anna)
    await db.transaction(lambda tx: tickets.take(tx, ticket.id, "Stina"))

    found = await tickets.find_open(db, anna)
    assert found is not None
    assert (found.state, found.taken_by, found.waiting_since) == ("taken", "Stina", 0)


async def test_who_took_it_first_has_taken_it(db: Database) -> None:
    ticket = await open_ticket(db, await conversation(db))
    await db.transaction(lambda tx: tickets.take(tx, ticket.id, "Stina"))
    await db.transaction(lambda tx: tickets.take(tx, ticket.id, "Kalle"))

    assert (await tickets.get(db, ticket.id)).taken_by == "Stina"


async def test_a_customer_waits_since_their_first_unanswered_word(db: Database) -> None:
    ticket = await open_ticket(db, await conversation(db), now=10)
    await db.transaction(lambda tx: tickets.wait(tx, ticket.id, 50))
    assert (await tickets.get(db, ticket.id)).waiting_since == 10

    await db.transaction(lambda tx: tickets.take(tx, ticket.id, "Stina"))
    await db.transaction(lambda tx: tickets.wait(tx, ticket.id, 60))
    await db.transaction(lambda tx: tickets.wait(tx, ticket.id, 70))
    assert (await tickets.get(db, ticket.id)).waiting_since == 60


async def test_the_longest_wait_comes_first_and_those_nobody_waits_in_last(db: Database) -> None:
    made = [await open_ticket(db, await conversation(db, f"c{now}"), now=now) for now in (30, 10, 20, 5)]
    await db.transaction(lambda tx: tickets.take(tx, made[3].id, "Stina"))
    await resolve(db, await open_ticket(db, await conversation(db, "gone"), now=1))

    assert [ticket.opened_at for ticket in await tickets.all_open(db)] == [10, 20, 30, 5]
    figures = await tickets.figures(db)
    assert figures == {"unresolved": 4, "waiting": 3, "waiting_since": 10}


async def test_a_topic_leads_to_its_newest_ticket_and_no_topic_to_none(db: Database) -> None:
    anna, bo = await conversation(db), await conversation(db, "Bo")
    old = await open_ticket(db, anna)
    await db.transaction(lambda tx: tickets.place(tx, old.id, "-100", "7"))
    await resolve(db, old)
    new, elsewhere = await open_ticket(db, anna), await open_ticket(db, bo)
    await db.transaction(lambda tx: tickets.place(tx, new.id, "-100", "7"))
    await db.transaction(lambda tx: tickets.place(tx, elsewhere.id, "-100", ""))

    found = await tickets.find_by_thread(db, "-100", "7")
    assert found is not None
    assert found.id == new.id
    assert await tickets.find_by_thread(db, "-200", "7") is None
    assert await tickets.find_by_thread(db, "-100", "") is None
