"""The platforms' limits as token buckets: kept in the long run, with room for a burst."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.budgets import Bucket, Budget, Rate, budgets
from tests.shop import Shop

ANNA, BERTA, GROUP = "700000001", "700000002", "-1000004000001"


def sent_within(budget: Budget, room: str, seconds: float, *, urgent: bool = True) -> int:
    """How many messages for one room may leave, each as soon as it may."""
    now, count = 0.0, 0
    while now <= seconds:
        wait = budget.wait(room, message=True, urgent=urgent, now=now)
        if wait > 0:
            now += wait
            continue
        budget.take(room, message=True, now=now)
        count += 1
    return count


def may_go(budget: Budget, room: str, now: float = 0.0, *, message: bool = True) -> bool:
    return budget.wait(room, message=message, urgent=True, now=now) == 0


@given(st.floats(0.05, 100), st.integers(1, 50), st.integers(1, 60))
def test_a_bucket_lets_through_its_burst_and_then_its_rate(rate: float, burst: int, seconds: int) -> None:
    bucket, now, count = Bucket(rate, burst, burst, 0.0), 0.0, 0
    while now <= seconds and count < 10_000:
        wait = bucket.wait(now)
        if wait > 0:
            now += wait + 1e-9
            continue
        bucket.take()
        count += 1
    assert count <= burst + rate * now + 1
    assert count >= min(burst + int(rate * seconds), 10_000) - 1


def test_a_full_bucket_does_not_fill_further() -> None:
    bucket = Bucket(1, 3, 3, 0.0)
    assert bucket.wait(1_000.0) == 0
    for _ in range(3):
        bucket.take()
    assert bucket.wait(1_000.0) == pytest.approx(1)


def test_rooms_do_not_wait_for_each_other() -> None:
    budget = Budget(100, room=Rate(1, 1))
    budget.take(ANNA, message=True, now=0)
    assert budget.wait(ANNA, message=True, urgent=True, now=0) == pytest.approx(1)
    assert may_go(budget, BERTA)


def test_all_rooms_together_keep_the_channels_limit() -> None:
    budget = Budget(2, room=Rate(100, 100))
    for room in (ANNA, BERTA):
        budget.take(room, message=True, now=0)
    assert 1 <= budget.wait("700000003", message=True, urgent=True, now=0) <= 1.1


@given(st.lists(st.floats(0, 0.2), min_size=1, max_size=200), st.integers(1, 40))
def test_no_second_of_a_channel_ever_has_more_than_its_calls(pauses: list[float], most: int) -> None:
    budget, now, sent = Budget(most, room=Rate(1e6, 1e6)), 0.0, []
    for at, pause in enumerate(pauses):
        now += pause
        now += budget.wait(str(at), message=True, urgent=True, now=now)
        budget.take(str(at), message=True, now=now)
        sent.append(now)
    assert all(sum(start <= at < start + 0.999 for at in sent) <= most for start in sent)


def test_what_is_no_message_costs_the_room_nothing() -> None:
    budget = Budget(100, room=Rate(1, 1), group_per_minute=1)
    for _ in range(50):
        assert may_go(budget, GROUP, message=False)
        budget.take(GROUP, message=False, now=0)
    assert may_go(budget, GROUP)


def test_the_last_of_a_groups_minute_are_for_what_is_urgent() -> None:
    def fresh() -> Budget:
        return Budget(100, room=Rate(100, 100), group_per_minute=20)

    assert sent_within(fresh(), GROUP, 59, urgent=False) == 15
    assert sent_within(fresh(), GROUP, 59, urgent=True) == 20


@given(st.lists(st.floats(0, 5), min_size=1, max_size=200), st.integers(1, 30))
def test_no_minute_of_a_group_ever_has_more_than_its_messages(pauses: list[float], most: int) -> None:
    budget, now, sent = Budget(1e6, room=Rate(1e6, 1e6), group_per_minute=most), 0.0, []
    for pause in pauses:
        now += pause + budget.wait(GROUP, message=True, urgent=True, now=now + pause)
        budget.take(GROUP, message=True, now=now)
        sent.append(now)
    assert all(sum(start <= at < start + 59.999 for at in sent) <= most for start in sent)


def test_telegrams_limits_are_kept(tmp_path_factory: pytest.TempPathFactory) -> None:
    shop = Shop(tmp_path_factory.mktemp("shop"), default_limits=True)
    shop.telegram.url = shop.whatsapp.url = "http://127.0.0.1:1"
    settings = shop.settings()
    chat = sent_within(budgets(settings)["telegram"], ANNA, 60)
    assert 50 <= chat <= 65
    assert sent_within(budgets(settings)["telegram"], GROUP, 599) == 200
    assert sent_within(budgets(settings)["telegram"], GROUP, 59) == 20
    assert sent_within(budgets(settings)["telegram"], GROUP, 0.9) <= 3
    many = budgets(settings)["telegram"]
    assert sum(sent_within(many, str(number), 0) for number in range(100)) == 30


def test_whatsapps_limits_are_kept(tmp_path_factory: pytest.TempPathFactory) -> None:
    shop = Shop(tmp_path_factory.mktemp("shop"), default_limits=True)
    shop.telegram.url = shop.whatsapp.url = "http://127.0.0.1:1"
    settings = shop.settings()
    assert sent_within(budgets(settings)["whatsapp"], "46701234567", 0) == 40
    assert sent_within(budgets(settings)["whatsapp"], "46701234567", 600) <= 141
    many = budgets(settings)["whatsapp"]
    assert sum(sent_within(many, str(number), 0) for number in range(100)) == 80


def test_ten_thousand_rooms_and_one_more_are_no_trouble() -> None:
    budget = Budget(1e6, room=Rate(1, 1))
    for number in range(10_002):
        budget.take(str(number), message=True, now=0)
    assert not may_go(budget, "10001")
    assert may_go(budget, "0")
