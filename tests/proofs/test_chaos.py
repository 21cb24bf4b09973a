"""`make chaos` in short, and proof that it would notice."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from bot.channel import SendLater, SendRefused, SendUnsure
from bot.update import Reason
from tests.proofs import virtual
from tests.proofs.chaos import live_through
from tests.proofs.skies import Chaos, Deaf
from tests.proofs.virtual import VirtualClock
from tests.shop import Shop

pytestmark = pytest.mark.timeout(180)

SOME = (
    "Telegram wants a pause of 35 s for the group",
    "Telegram wants a pause of 10,072 s for a customer",
    "Telegram takes messages and does not say so",
    "Telegram's token is revoked",
    "the bot is put out of the group",
    "a topic is deleted",
    "WhatsApp wants a pause",
    "WhatsApp tells of failures late",
    "WhatsApp's statuses are doubled and shuffled",
    "the model is down",
)


def test_bad_weather_loses_nothing_and_nobody(tmp_path: Path) -> None:
    report = live_through(Chaos(hours=0.4, seed=4, only=SOME, last=False, customers=3), tmp_path)

    assert report.verdict.kept, "\n".join(report.verdict.lines())
    assert len(report.happened) == len(SOME)
    assert report.verdict.figures["tickets"] > 3


def test_a_bot_that_does_not_keep_the_platforms_limits_is_found_out(tmp_path: Path) -> None:
    plan = Chaos(
        hours=0.01, only=("the model is down",), last=False, pace=4, customers=2, spoil=forget_the_limits
    )
    report = live_through(plan, tmp_path)

    assert report.verdict.broken["platforms' limits overstepped"]


def test_a_bot_that_gives_up_what_was_put_off_is_found_out(tmp_path: Path) -> None:
    plan = Chaos(
        hours=0.1,
        only=("Telegram answers 502 to everything",),
        last=False,
        pace=60,
        customers=3,
        spoil=give_up_at_once,
    )
    report = live_through(plan, tmp_path)

    assert report.verdict.broken["deliveries that did not arrive"]


def test_a_bot_that_lets_the_desk_wait_is_found_out(tmp_path: Path) -> None:
    plan = Chaos(hours=0.05, only=("the model is down",), last=False, pace=60, customers=3, spoil=take_time)
    report = live_through(plan, tmp_path)

    assert report.verdict.broken["escalations not before a person within a minute"]


def test_virtual_time_jumps_over_hours_and_waits_for_threads() -> None:
    async def story() -> tuple[float, float, int]:
        clock = VirtualClock()
        began, now = clock.monotonic(), clock.now()
        await asyncio.gather(clock.sleep(7200), clock.sleep(60))
        slept = clock.monotonic() - began
        await asyncio.to_thread(sum, range(2_000_000))
        return slept, clock.monotonic() - began, clock.now() - now

    slept, worked, wall = virtual.run(story)

    assert slept == pytest.approx(7200, abs=0.1)
    assert worked == pytest.approx(slept, abs=0.1)
    assert wall == pytest.approx(7_200_000, abs=100)


def test_time_in_which_nobody_could_be_reached_does_not_count() -> None:
    deaf = Deaf([(100, 200), (300, 400)])

    assert deaf.reachable(50, 90) == 40
    assert deaf.reachable(150, 350) == 100


def forget_the_limits(shop: Shop) -> None:
    shop.running._spending._limits.clear()


def give_up_at_once(shop: Shop) -> None:
    """What a platform puts off is taken for refused."""
    send = shop.running.business.channels["telegram"].send

    async def once(*arguments: Any, **more: Any) -> tuple[str, ...]:
        try:
            return await send(*arguments, **more)
        except (SendLater, SendUnsure) as error:
            raise SendRefused(Reason.MALFORMED) from error

    put_before(shop, once)


def take_time(shop: Shop) -> None:
    send = shop.running.business.channels["telegram"].send

    async def late(*arguments: Any, **more: Any) -> tuple[str, ...]:
        await asyncio.sleep(70)
        return await send(*arguments, **more)

    put_before(shop, late)


def put_before(shop: Shop, send: Callable[..., Awaitable[tuple[str, ...]]]) -> None:
    setattr(shop.running.business.channels["telegram"], "send", send)  # noqa: B010 - of this one shop
