"""The timetable: one line a job. APScheduler is its clock; what a job does is said elsewhere."""

import logging
from collections.abc import Awaitable, Callable

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MISSED, JobExecutionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from bot.business import Business
from bot.desk import standing
from storage import updates

log = logging.getLogger(__name__)

DAY_MILLISECONDS = 86_400_000
BATCH = 1000
"""So many rows a transaction: webhooks come in between."""
Job = Callable[[Business], Awaitable[None]]


async def forget_old_bodies(business: Business) -> None:
    """Drops what the platforms sent long ago; what we made of it stays."""
    before = business.clock.now() - business.settings.storage.keep_raw_days * DAY_MILLISECONDS
    forgotten = BATCH
    while forgotten == BATCH:
        forgotten = await business.db.transaction(lambda tx: updates.forget_raw(tx, before, BATCH))


async def look_at_desk(business: Business) -> None:
    """Notices rights given or taken while nobody told us."""
    was_open = business.desk.open
    await standing.look(business)
    if business.desk.open and not was_open:
        await standing.come_back(business)


TIMETABLE: dict[str, tuple[BaseTrigger, Job]] = {
    "forget_old_bodies": (CronTrigger(hour=3, minute=20), forget_old_bodies),
    "look_at_desk": (IntervalTrigger(minutes=10), look_at_desk),
}


def schedule(business: Business) -> AsyncIOScheduler:
    """The clock with every job in it, not started yet."""
    clock = AsyncIOScheduler(
        timezone=business.settings.bot.timezone,
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": 300},
    )
    for name, (trigger, job) in TIMETABLE.items():
        clock.add_job(job, trigger, args=(business,), id=name, replace_existing=True)
    clock.add_listener(_complain, EVENT_JOB_ERROR | EVENT_JOB_MISSED)
    return clock


def _complain(event: JobExecutionEvent) -> None:
    log.error("job %s did not run to its end: %s", event.job_id, type(event.exception).__name__)
