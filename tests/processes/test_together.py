"""Three processes on one PostgreSQL are one bot: to customers, to staff and to the platforms."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from apscheduler.triggers.cron import CronTrigger

from bot.jobs import due_at, once
from tests.people import is_card, lines_with, received, texts_of
from tests.postgres import connected
from tests.processes.company import Company
from tests.shop import Shop

pytestmark = pytest.mark.timeout(180)
KNOWN = "How long does delivery take?"


async def test_each_message_is_answered_once_whoever_it_comes_to(tmp_path: Path, url: str) -> None:
    async with Company(tmp_path, url) as company:
        shop = company.shop
        people = [
            shop.customer(channel, f"Anna{number}")
            for number in range(3)
            for channel in ("telegram", "whatsapp")
        ]

        async def talk(at: int) -> None:
            for _ in range(6):
                people[at].says(KNOWN)
                await people[at].reads("working days")

        await asyncio.gather(*map(talk, range(len(people))))
        await company.rests()
        assert [len(received(person)) for person in people] == [6] * len(people)
        taken = await company.rows("SELECT DISTINCT taken_by FROM updates WHERE taken_by <> 0")
        assert len(taken) == 3, "all three had their share"


async def test_a_conversation_is_in_one_place_at_a_time(tmp_path: Path, url: str) -> None:
    """However many processes get its messages: no two of them ever have a turn of it, and each is answered."""
    async with Company(tmp_path, url) as company:
        people = [company.shop.customer("telegram", f"Anna{number}") for number in range(4)]
        crossed: list[object] = []
        looking = asyncio.create_task(_look_for_two_in_one_lane(company, crossed))
        for number in range(12):
            for person in people:
                person.says(f"{KNOWN} {number}")
        await company.rests()
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
        assert crossed == []
        for person in people:
            rows = await company.rows(
                "SELECT author, content FROM messages JOIN conversations ON conversations.id = conversation_id"
                " JOIN contacts ON contacts.id = contact_id"
                f" WHERE contacts.name = '{person.name}' ORDER BY messages.id"
            )
            said = [row["content"] for row in rows if row["author"] == "customer"]
            assert [f' {number}"' in words for number, words in enumerate(said)] == [True] * 12
            assert rows[-1]["author"] == "bot"


async def test_a_person_reads_and_replies_in_order(tmp_path: Path, url: str) -> None:
    async with Company(tmp_path, url) as company:
        shop = company.shop
        anna = shop.customer("whatsapp", "Anna")
        card = await shop.hands_over(anna)
        for number in range(10):
            anna.says(f"line {number}")
            shop.staff.says(f"reply {number}", to=shop.desk, reply_to=card)
        await company.rests()
        assert texts_of(received(anna)[1:]) == [f"reply {number}" for number in range(10)]
        lines = lines_with(shop.desk.shown(), "line ")
        assert sorted(lines) == sorted(f"line {number}" for number in range(10))
        assert lines == [f"line {number}" for number in range(10)]


async def test_the_code_told_to_one_process_makes_a_desk_for_all(tmp_path: Path, url: str) -> None:
    async with Company(tmp_path, url, knows_desk=False) as company:
        shop = company.shop
        (code,) = await company.rows("SELECT value FROM facts WHERE name = 'desk_code'")
        shop.staff.says(f"/desk {code['value']}", to=shop.desk)
        await shop.desk.sees("This group is the desk now")
        for number in range(6):
            await shop.hands_over(shop.on_whatsapp(f"Anna{number}"))


async def test_the_groups_upgrade_is_known_to_all(tmp_path: Path, url: str) -> None:
    async with Company(tmp_path, url, basic=True, forum=False) as company:
        shop = company.shop
        anna = shop.on_whatsapp("Anna")
        await shop.hands_over(anna)
        await company.rests()
        shop.desk = shop.desk.upgrade(shop.staff)
        await shop.desk.sees("NF-000001", where=is_card)
        await company.rests()
        people = [shop.on_whatsapp(f"Person{number}") for number in range(6)]
        cards = [await shop.hands_over(person) for person in people]
        for person, card in zip(people, cards, strict=True):
            shop.staff.says("Hello", to=shop.desk, reply_to=card)
            await person.reads("Hello")
        assert sum(is_card(message) and "NF-000001" in message.text for message in shop.desk.shown()) == 1


async def test_one_process_polls_and_its_heir_goes_on(tmp_path: Path, url: str) -> None:
    """Telegram answers one long poll at a time; the others would only disturb it."""
    async with Company(tmp_path, url, delivery="polling") as company:
        shop, anna = company.shop, company.shop.customer("telegram", "Anna")
        anna.says(KNOWN)
        await anna.reads("working days")
        for _ in range(2):
            (poller,) = await company.rows("SELECT holder FROM duties WHERE name = 'telegram poll'")
            number = await company.number_of(poller["holder"])
            company.kill(number)
            anna.says(KNOWN)
            await anna.reads("working days", timeout=15)
        refused = [call for call in shop.telegram.called("getUpdates") if call.error is not None]
        assert len(refused) <= 2, "but for the poll of the dead, which Telegram holds for a moment"


async def test_a_job_fires_once(tmp_path: Path, url: str) -> None:
    """Of three processes whose clocks ring at the same minute one does the job."""
    done: list[int] = []

    async def job(business: object) -> None:
        done.append(1)

    async with Shop(tmp_path, database=url) as shop:
        _, fire = once("test", CronTrigger(month=1, day=1, hour=0, timezone=UTC), job)
        await asyncio.gather(*(fire(shop.running.business) for _ in range(3)))
        assert done == [1]


@pytest.mark.parametrize("late", [0, 0.004, 59, 70, 299])
def test_a_late_job_is_that_of_the_minute_it_was_due_in(late: float) -> None:
    due = datetime(2026, 3, 1, 10, 40, tzinfo=UTC).timestamp()
    trigger = CronTrigger(minute=40, timezone=UTC)
    assert due_at(trigger, int((due + late) * 1000)) == due * 1000


async def _look_for_two_in_one_lane(company: Company, crossed: list[object]) -> None:
    async with connected(company.url) as connection:
        while True:
            crossed += await connection.fetch(
                "SELECT lane FROM updates WHERE state = 'taken' GROUP BY lane HAVING count(DISTINCT taken_by) > 1"
            )
            await asyncio.sleep(0.001)
