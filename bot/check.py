"""`python -m bot check`: reads everything, asks each service who we are, and prints a line a finding."""

import asyncio
from collections.abc import AsyncIterator, Iterator

from bot.app import App, assemble, look_only
from bot.backup import schedule
from bot.business import Business
from bot.channel import DeskChannel, Finding, RoomMovedAway, SendLater, SendRefused, SendUnsure
from bot.desk.finding import find_desk
from bot.environment import missing_for_whatsapp
from bot.knowledge.library import FolderMissing, Summary
from bot.settings import Settings
from bot.update import Standing
from storage.database import DatabaseRefused

SIGNS = {True: "✅", False: "⚠️ "}
STOPS = "❌"


async def check(settings: Settings) -> int:
    """1 if a finding would stop the bot."""
    stopped = False
    async for finding in _findings(settings):
        stopped = stopped or (finding.stops and not finding.ok)
        sign = STOPS if finding.stops and not finding.ok else SIGNS[finding.ok]
        print(f"{sign} {finding.subject}: {finding.sentence}", flush=True)
    return int(stopped)


async def _findings(settings: Settings) -> AsyncIterator[Finding]:
    for warning in settings.warnings:
        yield Finding("settings", ok=False, sentence=warning)
    for finding in _secrets(settings):
        yield finding
    try:
        app = await assemble(settings)
        yield Finding("database", ok=True, sentence=f"{settings.storage.place} can be written")
    except FolderMissing as error:
        yield Finding("knowledge base", ok=False, sentence=str(error), stops=True)
        return
    except DatabaseRefused as error:
        if not error.in_use:
            yield Finding("database", ok=False, sentence=str(error), stops=True)
            return
        yield Finding("database", ok=True, sentence=f"{settings.storage.place} is in use by a running Svar")
        app = await look_only(settings)
    try:
        async for finding in _of_app(app):
            yield finding
    finally:
        await app.close_unstarted()


async def _of_app(app: App) -> AsyncIterator[Finding]:
    business = app.business
    await asyncio.to_thread(business.library.load)
    yield _knowledge(business)
    yield await schedule.look(business)
    for skipped in business.library.summary().skipped:
        yield Finding("knowledge base", ok=False, sentence=f"{skipped.file} {skipped.reason}")
    if business.answerer.model is not None:
        for finding in await business.answerer.model.check():
            yield finding
    reachable = True
    for channel in business.channels.values():
        for finding in await channel.check():
            yield finding
            reachable = reachable and (finding.ok or channel is not business.desk.channel)
    await find_desk(business)
    async for finding in _desk(business, reachable=reachable):
        yield finding


def _secrets(settings: Settings) -> Iterator[Finding]:
    if not settings.telegram_on:
        yield Finding("telegram", ok=False, sentence="off: TELEGRAM_BOT_TOKEN is not set")
    if missing := missing_for_whatsapp(settings.secrets):
        yield Finding("whatsapp", ok=False, sentence=f"off: {', '.join(missing)} not set")
    if not settings.ai_on:
        yield Finding(
            "ai",
            ok=True,
            sentence="off: no key is set (see .env.example); answers are the knowledge base's own words",
        )


def _knowledge(business: Business) -> Finding:
    summary = business.library.summary()
    languages = ", ".join(summary.languages)
    said = f"{summary.passages} passages in {summary.articles} files ({languages}){_others(summary)}"
    expected = (
        f"{summary.expected_answered:.0%} are answered at once, at most {summary.expected_wrong:.1%} wrongly"
    )
    sentence = f"{said}; of questions like those in it {expected}"
    if not summary.passages:
        return Finding(
            "knowledge base", ok=False, sentence="holds no passage: every question goes to a person"
        )
    return Finding("knowledge base", ok=True, sentence=sentence)


def _others(summary: Summary) -> str:
    """What not every customer is told."""
    told = {
        "for customers who have proven who they are or for staff": summary.private,
        "before or after their time": summary.resting,
    }
    return "".join(f", {count} {what}" for what, count in told.items() if count)


async def _desk(business: Business, *, reachable: bool) -> AsyncIterator[Finding]:
    desk = business.desk
    if desk.channel is None:
        return
    if not desk.room:
        yield Finding("desk", ok=False, sentence=_how_to_link(desk.code))
        return
    if not reachable:
        return
    groups = {"desk": (desk.room, "TELEGRAM_CHAT_ID")}
    groups |= {f"desk {name}": (one.room, f"desks.{name}.chat_id") for name, one in desk.others.items()}
    for subject, (room, setting) in groups.items():
        async for finding in _group(desk.channel, subject, room, setting):
            yield finding


async def _group(channel: DeskChannel, subject: str, room: str, setting: str) -> AsyncIterator[Finding]:
    try:
        state = await channel.look_at(room)
    except RoomMovedAway as moved:
        yield Finding(
            subject, ok=True, sentence=f"the group {room} is {moved.to} now; the bot follows it by itself"
        )
        return
    except (SendLater, SendRefused, SendUnsure) as error:
        yield Finding(
            subject,
            ok=False,
            sentence=f"the group {room} cannot be reached ({error}): add the bot to it, or mend {setting}",
        )
        return
    admin = state.standing is Standing.ADMIN
    yield Finding(
        subject,
        ok=admin,
        sentence=f'"{state.title}", and the bot is an administrator there'
        if admin
        else f'make the bot an administrator of "{state.title}": otherwise it may not see replies',
    )
    if state.is_forum:
        yield Finding(
            subject,
            ok=state.may_manage_topics,
            sentence="has topics, and the bot may manage them"
            if state.may_manage_topics
            else 'has topics: allow the bot "Manage topics", or it posts cards instead',
        )


def _how_to_link(code: str) -> str:
    return (
        "not known yet: add the bot to your staff's Telegram group, make it an administrator,"
        f" and write there: /desk {code}"
    )
