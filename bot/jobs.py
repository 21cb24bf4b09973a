"""The timetable: one line a job. APScheduler is its clock; what a job does is said elsewhere."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial, wraps

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MISSED, JobExecutionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger

from bot import alerts
from bot.business import Business
from bot.desk import closing, digest, nudging, promises, regression, standing
from bot.desk.due import ring_due
from bot.desk.rings import RINGS
from bot.desk.windows import count_down
from bot.spending import forget_spent
from storage import processes, timers, updates

log = logging.getLogger(__name__)

DAY_MILLISECONDS, MINUTE_MILLISECONDS = 86_400_000, 60_000
LOOK_SECONDS = 60.0
LATE_SECONDS = 300
GRACE_SECONDS = 300
KEEP_TIMERS_DAYS = 30
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
    groups = (business.desk, *business.desk.others.values())
    were_open = [group.open for group in groups]
    await standing.look(business)
    if any(group.open and not was_open for group, was_open in zip(groups, were_open, strict=True)):
        await standing.come_back(business)


async def ring_timers(business: Business) -> None:
    """Each process looks; whoever ends a timer has done it."""
    await ring_due(business, RINGS)


async def forget_timers(business: Business) -> None:
    """Drops those that are long over."""
    before = business.clock.now() - KEEP_TIMERS_DAYS * DAY_MILLISECONDS
    await business.db.transaction(lambda tx: timers.forget_old(tx, before, BATCH))


async def watch_channels(business: Business) -> None:
    """A channel that fails, or a desk that cannot be reached, is told elsewhere; once, and again after hours."""
    if not alerts.destinations(business):
        return
    for name, channel in business.channels.items():
        trouble = channel.last_error
        if not trouble and business.desk.channel is channel and not business.desk.open:
            trouble = business.tell_desk("alert_no_desk")
        if trouble:
            await business.db.transaction(
                partial(alerts.channel_fails, business=business, channel=name, error=trouble)
            )
        elif await alerts.is_in_trouble(business.db, name):
            await business.db.transaction(partial(alerts.channel_works, channel=name))


async def forget_firings(business: Business) -> None:
    """Drops the rows of jobs that are long done."""
    before = business.clock.now() - DAY_MILLISECONDS
    await business.db.transaction(lambda tx: processes.forget_firings(tx, before))


async def forget_model_days(business: Business) -> None:
    """Drops what the model cost for a contact on days that are long over."""
    if business.answerer.model is not None:
        await business.answerer.model.forget_days()


async def make_backup(business: Business) -> None:
    """The daily one, when it is due; which of several processes makes it is agreed on there."""
    from bot.backup.schedule import make_scheduled  # it brings the ciphers, which a bot needs once a day

    await make_scheduled(business)


async def propose_articles(business: Business) -> None:
    """What came often and staff answered becomes proposals for the knowledge base."""
    from bot.learning import propose

    await propose(business)


async def show_proposals(business: Business) -> None:
    """In the morning the desk is asked about a few of them."""
    from bot.desk.proposing import show

    await show(business)


def once(name: str, trigger: CronTrigger, job: Job) -> tuple[CronTrigger, Job]:
    """Of several processes on one database, whoever writes the row of this firing does the job.

    A process that slept through it fires late, and finds the row of the minute it was due in."""

    async def fire(business: Business) -> None:
        fire_at = due_at(trigger, business.clock.now())
        if await business.db.transaction(lambda tx: processes.fire(tx, name, fire_at, business.process)):
            await job(business)

    return trigger, fire


def due_at(trigger: CronTrigger, now: int) -> int:
    """When it was due last, as far as a late job may be made up for; milliseconds."""
    moment = datetime.fromtimestamp(now / 1000, trigger.timezone)
    due, after = moment, moment - timedelta(seconds=GRACE_SECONDS)
    while (after := trigger.get_next_fire_time(None, after)) and after <= moment:
        due, after = after, after + timedelta(seconds=1)
    return int(due.timestamp()) // 60 * MINUTE_MILLISECONDS


TIMETABLE: dict[str, tuple[CronTrigger, Job]] = {
    "ring_timers": (CronTrigger(second="*/5"), ring_timers),
    "watch_promises": once("watch_promises", CronTrigger(second=20), promises.watch),
    "close_silent": once("close_silent", CronTrigger(minute="*/5", second=40), closing.watch),
    "ask_known_questions": once("ask_known_questions", CronTrigger(second=50), regression.watch),
    "send_digest": once("send_digest", CronTrigger(minute=1), digest.send_weekly),
    "forget_timers": once("forget_timers", CronTrigger(hour=3, minute=30), forget_timers),
    "forget_old_bodies": once("forget_old_bodies", CronTrigger(hour=3, minute=20), forget_old_bodies),
    "forget_spent": once("forget_spent", CronTrigger(minute=40), forget_spent),
    "forget_firings": once("forget_firings", CronTrigger(hour=3, minute=50), forget_firings),
    "propose_articles": once("propose_articles", CronTrigger(hour=4, minute=5), propose_articles),
    "show_proposals": once("show_proposals", CronTrigger(hour=9, minute=10), show_proposals),
    "forget_model_days": once("forget_model_days", CronTrigger(hour=3, minute=55), forget_model_days),
    "make_backup": (CronTrigger(minute=10), make_backup),
    "count_down_windows": (CronTrigger(minute="*"), count_down),
    "tell_owed_alerts": (CronTrigger(minute="*"), alerts.tell_owed),
    "watch_channels": (CronTrigger(minute="*"), watch_channels),
    "mind_tickets": once("mind_tickets", CronTrigger(minute="*"), nudging.mind),
    "look_at_desk": (CronTrigger(minute="*/10"), look_at_desk),
}
"""Every process has its clock. What is not `once` is about what a process knows by itself."""


def _leaves_in_peace(job: Job) -> Job:
    """A job that is cut off because the bot leaves has not failed: the next start makes up for it."""

    @wraps(job)
    async def leave_off(business: Business) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await job(business)

    return leave_off


def schedule(business: Business) -> AsyncIOScheduler:
    """The clock with every job in it, not started yet."""
    clock = AsyncIOScheduler(
        timezone=business.settings.bot.timezone,
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": GRACE_SECONDS},
    )
    for name, (trigger, job) in TIMETABLE.items():
        clock.add_job(_leaves_in_peace(job), trigger, args=(business,), id=name, replace_existing=True)

    def complain(event: JobExecutionEvent) -> None:
        log.error("job %s did not run to its end: %s", event.job_id, type(event.exception).__name__)
        business.figures.jobs_failed[event.job_id] += 1

    clock.add_listener(complain, EVENT_JOB_ERROR | EVENT_JOB_MISSED)
    return clock


async def run_jobs(business: Business) -> None:
    """The timetable; its end, when its clock stands, which twice in a row cannot be chance."""
    jobs = schedule(business)
    jobs.start()
    late = 0
    try:
        while late < 2:
            await business.clock.sleep(LOOK_SECONDS)
            before = datetime.now(UTC) - timedelta(seconds=LATE_SECONDS)
            late = late + 1 if any(job.next_run_time < before for job in jobs.get_jobs()) else 0
    finally:
        jobs.shutdown(wait=False)
