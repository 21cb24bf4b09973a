"""Three processes keep each platform's limits together, as they stand in bot.toml when nobody sets any."""

import asyncio
from pathlib import Path

import pytest

from sandbox.faults import Fault
from sandbox.telegram.rules import Limits
from tests.people import received
from tests.processes.company import Company
from tests.shop import Shop

pytestmark = pytest.mark.timeout(180)
KNOWN = "How long does delivery take?"
PEOPLE = 60
GROUP_A_MINUTE = 20
MOST_REFUSED = 12
"""Calls that leave in time may arrive too close on a busy machine; without an agreement it is three times as many."""


async def crowd(company: Company) -> int:
    """Everybody writes at once, on both platforms, and many want a person; returns how often we were refused."""
    shop = company.shop
    shop.telegram.limits = Limits()
    shop.whatsapp.limit()
    people = [shop.customer("telegram", f"Anna{number}") for number in range(PEOPLE)]
    people += [shop.customer("whatsapp", f"Bert{number}") for number in range(PEOPLE)]
    for person in people:
        person.says(KNOWN)
    for person in people[: GROUP_A_MINUTE + 10]:
        await person.reads("working days", timeout=60)
        person.says("Do you sell bicycles for elephants?")
    await asyncio.gather(*(person.reads(timeout=60) for person in people[GROUP_A_MINUTE + 10 :]))
    await asyncio.gather(*(person.reads("NF-", timeout=60) for person in people[: GROUP_A_MINUTE + 10]))
    refused = [call for call in shop.telegram.calls if call.error is not None and call.error.code == 429]
    late = [call for call in shop.whatsapp.called("messages") if call.status != 200]
    return len(refused) + len(late)


async def test_a_crowd_is_answered_within_the_limits(tmp_path: Path, url: str) -> None:
    async with Company(tmp_path, url, default_limits=True) as company:
        assert await crowd(company) <= MOST_REFUSED
        group = [
            call
            for call in company.shop.telegram.calls
            if call.method == "sendMessage"
            and call.accepted
            and str(call.params.get("chat_id")) == str(company.shop.desk.id)
        ]
        in_a_minute = [sum(0 <= other.at - call.at < 60 for other in group) for call in group]
        assert max(in_a_minute) <= GROUP_A_MINUTE


async def test_processes_that_do_not_agree_are_refused(tmp_path: Path, url: str) -> None:
    module = ("tests.processes.careless", "spendthrift")
    async with Company(tmp_path, url, default_limits=True, module=module) as company:
        assert await crowd(company) > MOST_REFUSED


async def test_a_long_pause_that_one_was_asked_for_is_kept_by_all(tmp_path: Path, url: str) -> None:
    async with Company(tmp_path, url, default_limits=True) as company:
        shop = company.shop
        anna, bert = shop.telegram.add_user("Anna"), shop.telegram.add_user("Bert")
        shop.telegram.faults.always(
            "sendMessage",
            Fault.status(429, retry_after=300),
            when=lambda call: str(call.get("chat_id")) == str(anna.id),
        )
        anna.says(KNOWN)
        await shop.telegram.until(lambda: calls_to(company, anna.id))
        await company.until(
            lambda row: row["held"], "SELECT count(*) AS held FROM budgets WHERE held_until > 0"
        )
        shop.telegram.faults.calm()
        for number in range(6):
            anna.says(f"Hello? {number}")
            bert.says(f"{KNOWN} {number}")
            await bert.reads("working days")
        assert len(calls_to(company, anna.id)) == 1
        assert not received(anna)


def calls_to(company: Company, chat: int) -> list[object]:
    return [
        call
        for call in company.shop.telegram.called("sendMessage")
        if str(call.params.get("chat_id")) == str(chat)
    ]


async def test_the_groups_minute_goes_on_over_a_restart(tmp_path: Path) -> None:
    """On a SQLite file, where processes come one after the other: what was spent is known to the next one."""
    async with Shop(tmp_path, database=f"sqlite:///{tmp_path}/bot.db", default_limits=True) as shop:
        shop.telegram.limits = Limits()
        shown = 0
        for start in range(3):
            people = [shop.on_whatsapp(f"Bert{start}.{number}") for number in range(8)]
            for person in people:
                person.says("Do you sell bicycles for elephants?")
            await asyncio.gather(*(person.reads("NF-") for person in people))
            shown += len(people)
            await shop.telegram.until(lambda shown=shown: in_the_group(shop) >= min(shown, 18), 30)  # type: ignore[misc]
            await shop.restart()
        assert in_the_group(shop) <= GROUP_A_MINUTE
        assert not [call for call in shop.telegram.calls if call.error is not None and call.error.code == 429]


def in_the_group(shop: Shop) -> int:
    """Messages that Telegram took for the desk."""
    return sum(
        call.accepted and str(call.params.get("chat_id")) == str(shop.desk.id)
        for call in shop.telegram.called("sendMessage")
    )
