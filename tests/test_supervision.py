"""Background tasks: what dies is started again and told of, what is stopped stays stopped."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.figures import Figures
from bot.supervision import SILENCE_SECONDS, SOUND_SECONDS, Supervisor
from tests.clock import FastClock
from tests.shop import Shop

SPEED = 200.0
PATIENCE = 10.0
TOLD = {"en": "A part of me", "sv": "En del av mig", "nb": "En del av meg"}


class Story:
    """What a supervisor did, with time at two hundred times its speed."""

    def __init__(self) -> None:
        self.clock, self.figures = FastClock(SPEED), Figures()
        self.told: list[tuple[str, str]] = []
        self.runs = 0
        self.changed = asyncio.Event()
        self.supervisor = Supervisor(self.clock, self.figures, self.tell)

    async def tell(self, name: str, died_of: str) -> None:
        self.told.append((name, died_of))

    async def begin(self) -> None:
        self.runs += 1
        self.changed.set()

    async def until_run(self, number: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while self.runs < number:
                self.changed.clear()
                await self.changed.wait()

    async def fail(self) -> None:
        await self.begin()
        raise KeyError("Anna Andersson, +46701234567")

    async def end(self) -> None:
        await self.begin()

    async def live(self) -> None:
        await self.begin()
        await asyncio.Event().wait()


@pytest.fixture
async def story() -> AsyncIterator[Story]:
    story = Story()
    yield story
    await story.supervisor.stop()


async def test_a_task_that_dies_is_started_again_and_told_of_once(
    story: Story, caplog: pytest.LogCaptureFixture
) -> None:
    kept = story.supervisor.keep("library", story.fail)
    await story.until_run(4)
    assert story.told == [("library", "KeyError")]
    assert story.figures.restarts["library"] >= 3
    assert (kept.running, kept.trouble) == (True, "KeyError")
    assert story.supervisor.troubles() == {"library": "KeyError"}
    errors = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(errors) >= 3
    assert "Anna" not in errors[0].getMessage()


async def test_a_task_that_ends_although_it_must_not_is_as_good_as_dead(story: Story) -> None:
    story.supervisor.keep("jobs", story.end)
    await story.until_run(2)
    assert story.told == [("jobs", "EndedEarly")]


async def test_a_task_that_may_end_ends(story: Story) -> None:
    kept = story.supervisor.keep("model", story.end, may_end=True)
    await story.until_run(1)
    async with asyncio.timeout(PATIENCE):
        while kept.running:  # noqa: ASYNC110
            await asyncio.sleep(0)
    assert (story.runs, story.told, kept.trouble) == (1, [], "")


async def test_what_somebody_else_cancelled_is_dead_and_what_we_stop_is_not(story: Story) -> None:
    async def wait_for_a_cancelled_one() -> None:
        await story.begin()
        future = asyncio.get_running_loop().create_future()
        future.cancel()
        await future

    story.supervisor.keep("poll", wait_for_a_cancelled_one)
    await story.until_run(2)
    assert story.told == [("poll", "CancelledError")]

    living = story.supervisor.keep("sweep", story.live)
    await living.stop()
    assert not living.running
    assert "sweep" not in story.figures.restarts


async def test_cancelled_from_outside_it_ends_and_is_not_started_again(story: Story) -> None:
    kept = story.supervisor.keep("sweep", story.live)
    await story.until_run(1)
    kept._task.cancel()
    await asyncio.wait({kept._task}, timeout=PATIENCE)
    assert (kept.running, story.runs, story.told) == (False, 1, [])


async def test_a_task_is_sound_again_when_it_has_run_for_a_while(story: Story) -> None:
    async def fail_once() -> None:
        await story.begin()
        if story.runs == 1:
            raise OSError
        await asyncio.Event().wait()

    kept = story.supervisor.keep("library", fail_once)
    await story.until_run(2)
    assert kept.trouble == "OSError"
    await story.clock.sleep(SOUND_SECONDS + 1)
    assert kept.trouble == ""


async def test_the_desk_hears_again_after_an_hour(story: Story) -> None:
    supervisor = story.supervisor
    supervisor.mourn("library", "OSError")
    supervisor.mourn("library", "OSError")
    supervisor.mourn("jobs", "OSError")
    story.clock._at -= SILENCE_SECONDS / SPEED
    supervisor.mourn("library", "KeyError")
    await asyncio.gather(*supervisor._telling)
    assert story.told == [("library", "OSError"), ("jobs", "OSError"), ("library", "KeyError")]


async def test_a_desk_that_could_not_be_told_is_told_at_the_next_death() -> None:
    told: list[str] = []

    async def tell(name: str, died_of: str) -> None:
        told.append(died_of)
        if len(told) == 1:
            raise OSError

    supervisor = Supervisor(FastClock(SPEED), tell=tell)
    for kind in ("first", "second", "third"):
        supervisor.mourn("library", kind)
        await asyncio.gather(*supervisor._telling)
    assert told == ["first", "second"]


async def test_tasks_are_ended_in_the_reverse_order_of_their_start(story: Story) -> None:
    ended: list[str] = []

    def task(name: str) -> None:
        async def live() -> None:
            await story.begin()
            try:
                await asyncio.Event().wait()
            finally:
                ended.append(name)

        story.supervisor.keep(name, live)

    for name in ("one", "two", "three"):
        task(name)
    await story.until_run(3)
    await story.supervisor.stop()
    assert ended == ["three", "two", "one"]


async def test_stopping_waits_for_work_that_can_finish_and_never_for_a_pause(story: Story) -> None:
    finished = asyncio.Event()
    go = asyncio.Event()

    async def finish() -> None:
        await story.begin()
        await go.wait()
        finished.set()

    kept = story.supervisor.keep("poll", finish)
    await story.until_run(1)
    stopping = asyncio.create_task(kept.stop(PATIENCE))
    go.set()
    await stopping
    assert finished.is_set()

    slow = Supervisor(FastClock(0.001))
    pausing = slow.keep("poll", story.fail)
    await story.until_run(2)
    async with asyncio.timeout(PATIENCE):
        await pausing.stop(2 * PATIENCE)
    await slow.stop()


# In a whole business


@pytest.mark.parametrize("language", ["en", "sv", "nb"])
async def test_the_desk_reads_in_its_language_that_a_part_died(tmp_path: Path, language: str) -> None:
    async with Shop(tmp_path, tables={"desk": f'language = "{language}"'}) as shop:

        async def die() -> None:
            raise KeyError("Anna Andersson")

        kept = shop.running.supervisor.keep("trial", die)
        word = await shop.desk.sees(TOLD[language])
        await kept.stop()
        assert "trial" in word.text
        assert "KeyError" in word.text
        assert "Anna" not in word.text


async def test_polling_that_dies_goes_on_and_nothing_is_lost(tmp_path: Path) -> None:
    async with Shop(tmp_path, delivery="polling") as shop:
        (poll,) = [one for one in shop.running.supervisor.kept if one.name == "telegram poll"]
        channel = shop.running.business.channels["telegram"]
        channel._poll._waiting.cancel()  # type: ignore[attr-defined]
        anna = shop.customer("telegram")
        anna.says("How long does delivery take?")
        await anna.reads("working days")
        assert poll.deaths == 1
        assert "telegram poll" in {one.name for one in shop.running.supervisor.kept}


async def test_everything_that_runs_behind_a_business_is_kept(shop: Shop) -> None:
    names = {one.name for one in shop.running.supervisor.kept}
    assert {"library", "jobs", "opening telegram", "opening whatsapp"} <= names
