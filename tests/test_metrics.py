"""What is counted, who may read it, and that the page about it names the same."""

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest
from aiohttp import ClientSession
from prometheus_client.parser import text_string_to_metric_families

from bot.figures import MOST_ASKED, Figures, Spread
from storage import deliveries, queues
from tests.shop import REPOSITORY, Shop

SECRET = "an-internal-secret-of-thirty-two-0"
KNOWN = "How long does delivery take?"
PAGE = REPOSITORY / "docs/operations.md"


async def ask(
    shop: Shop, headers: Mapping[str, str] | None = None, path: str = "/metrics"
) -> tuple[int, str]:
    async with ClientSession() as session, session.get(shop.url + path, headers=headers) as answer:
        return answer.status, await answer.text()


async def scrape(shop: Shop) -> dict[tuple[str, ...], float]:
    """Each sample's value by its name and its labels' values, in the order of the labels' names."""
    status, text = await ask(shop)
    assert status == 200, text
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def names(shop: Shop) -> set[str]:
    """As they are queried: a counter ends in _total."""
    found = re.findall(r"^# TYPE (\S+) ", (await ask(shop))[1], re.MULTILINE)
    return {name for name in found if name.startswith("svar_") and not name.endswith("_created")}


async def test_an_answer_is_counted_on_its_way_in(shop: Shop, channel: str) -> None:
    shop.customer(channel).says(KNOWN)
    await shop.rests()
    found = await scrape(shop)
    assert found["svar_stored_seconds_count", channel] >= 1
    assert found["svar_stored_seconds_bucket", channel, "+Inf"] == found["svar_stored_seconds_count", channel]
    assert found["svar_queue_length", "", "updates"] == 0
    assert found["svar_queue_length", "", "tickets"] == 0
    assert found["svar_channel_up", channel] == 1
    assert found["svar_desk_open",] == 1
    assert found["svar_health", "ok"] == 1
    assert found["svar_storage_transactions_total",] >= found["svar_storage_groups_total",] > 0
    assert found["svar_loop_lag_seconds_count",] > 0
    assert found["process_open_fds",] > 0


async def test_a_forged_post_and_a_ticket_are_counted(shop: Shop) -> None:
    assert await shop.post_telegram(b"{}", secret="wrong") == 403
    await shop.hands_over(shop.customer("whatsapp"))
    await shop.rests()
    found = await scrape(shop)
    assert found["svar_posts_refused_total", "telegram"] == 1
    assert found["svar_queue_length", "", "tickets"] == 1


async def test_what_waits_is_counted_by_channel_with_its_age(tmp_path: Path) -> None:
    """Its channel is off, so it stays where it is."""
    async with Shop(tmp_path) as shop:
        business = shop.running.business
        long_ago = business.clock.now() - 90_000
        for _ in range(3):
            await business.db.transaction(
                lambda tx: deliveries.add(
                    tx,
                    channel="pigeon",
                    room="46701234567",
                    lane="pigeon:46701234567",
                    action="say",
                    priority=0,
                    content="{}",
                    now=long_ago,
                )
            )
        await shop.rests()
        waiting = await queues.deliveries(business.db)
        assert waiting["pigeon"] == queues.Waiting(3, long_ago)
        found = await scrape(shop)
        assert found["svar_queue_length", "pigeon", "deliveries"] == 3
        assert 90 <= found["svar_queue_oldest_seconds", "pigeon", "deliveries"] < 150


async def test_log_lines_and_restarts_are_counted(shop: Shop) -> None:
    async def die() -> None:
        raise KeyError("Anna Andersson")

    kept = shop.running.supervisor.keep("trial", die)
    await shop.until(lambda: kept.deaths)
    found = await scrape(shop)
    assert found["svar_task_restarts_total", "trial"] == 1
    assert found["svar_task_sound", "trial"] == 0
    assert found["svar_task_sound", "library"] == 1
    assert found["svar_log_lines_total", "error"] >= 1
    assert found["svar_health", "degraded"] == 1
    await kept.stop()


async def test_two_businesses_in_one_process_count_for_themselves(tmp_path: Path) -> None:
    async with Shop(tmp_path / "one") as one, Shop(tmp_path / "two") as two:
        assert await one.post_telegram(b"{}", secret="wrong") == 403
        assert (await scrape(one))["svar_posts_refused_total", "telegram"] == 1
        assert ("svar_posts_refused_total", "telegram") not in await scrape(two)


# Who may read it


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:8080"}, 200),
        ({"X-Internal-Secret": SECRET, "X-Forwarded-For": "203.0.113.7"}, 200),
        ({"Authorization": f"Bearer {SECRET}", "Host": "bot.example.com"}, 200),
        ({"X-Forwarded-For": "203.0.113.7"}, 401),
        ({"Forwarded": "for=127.0.0.1"}, 401),
        ({"Host": "bot.example.com"}, 401),
        ({"X-Internal-Secret": "wrong"}, 401),
        ({"X-Internal-Secret": "fäl\udcff"}, 401),
        ({"X-Internal-Secret": ""}, 200),
    ],
)
async def test_the_figures_are_for_this_machine_and_for_who_knows_the_secret(
    tmp_path: Path, headers: dict[str, str], status: int
) -> None:
    async with Shop(tmp_path, environ={"INTERNAL_API_SECRET": SECRET}) as shop:
        assert (await ask(shop, headers))[0] == status


async def test_a_secret_that_is_not_set_is_known_to_nobody(shop: Shop) -> None:
    for given in ("", "x"):
        headers = {"X-Internal-Secret": given, "X-Forwarded-For": "203.0.113.7"}
        assert (await ask(shop, headers))[0] == 401


# The page about it


async def test_the_page_lists_each_figure_and_no_other(shop: Shop) -> None:
    written = set(re.findall(r"^\| `(svar_\w+)`", PAGE.read_text("utf-8"), re.MULTILINE))
    assert written == await names(shop)


async def test_each_alert_asks_for_figures_that_there_are(shop: Shop) -> None:
    there = await names(shop)
    used = set(re.findall(r"\b(svar_\w+)", PAGE.read_text("utf-8")))
    assert {re.sub(r"_(bucket|count|sum)$", "", name) for name in used} == there


# The numbers themselves


def test_a_spread_counts_each_value_in_the_first_range_that_holds_it() -> None:
    spread = Spread((1.0, 2.0))
    for value in (0.5, 1.0, 1.5, 2.5):
        spread.note(value)
    assert (spread.counts, spread.total, spread.count) == ([2, 1, 1], 5.5, 4)


def test_an_answer_is_measured_from_the_last_message_and_a_persons_answer_is_not() -> None:
    figures = Figures()
    figures.ask("telegram", ["7"], 10.0)
    figures.ask("telegram", ["7"], 12.0)
    figures.answer("telegram", "7", 12.5, by_bot=True)
    figures.answer("telegram", "7", 99.0, by_bot=True)
    figures.ask("telegram", ["7"], 100.0)
    figures.answer("telegram", "7", 4000.0, by_bot=False)
    assert (figures.answered["telegram"].count, figures.answered["telegram"].total) == (1, 0.5)
    assert figures.asked == {}


def test_what_is_never_answered_does_not_pile_up() -> None:
    figures = Figures()
    for number in range(MOST_ASKED + 10):
        figures.ask("telegram", [str(number)], 0.0)
    assert len(figures.asked) == MOST_ASKED
    assert figures.sends == Counter()
