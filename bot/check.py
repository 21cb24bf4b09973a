"""`python -m bot check`: reads everything, asks each service who we are, and prints a line a finding."""

from collections.abc import AsyncIterator, Iterator

from bot.app import App, assemble, code_of
from bot.business import Business
from bot.channel import Finding, SendLater, SendRefused, SendUnsure
from bot.desk.place import CODE_FACT, ROOM_FACT
from bot.environment import missing_for_whatsapp
from bot.knowledge.library import FolderMissing
from bot.settings import Settings
from bot.update import Standing
from storage import facts
from storage.database import Database, DatabaseRefused
from storage.sqlite import peek_sqlite

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
    except FolderMissing as error:
        yield Finding("knowledge base", ok=False, sentence=str(error), stops=True)
        return
    except DatabaseRefused as error:
        async for finding in _beside_a_running_bot(settings, error):
            yield finding
        return
    try:
        async for finding in _of_app(app):
            yield finding
    finally:
        await app.close_unstarted()


async def _of_app(app: App) -> AsyncIterator[Finding]:
    business = app.business
    yield Finding("database", ok=True, sentence=f"{business.settings.storage.file} can be written")
    yield _knowledge(business)
    for skipped in business.library.summary().skipped:
        yield Finding("knowledge base", ok=False, sentence=f"{skipped.file} {skipped.reason}")
    for channel in business.channels.values():
        for finding in await channel.check():
            yield finding
    async for finding in _desk(business, business.db):
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
            sentence="off: OPENAI_API_KEY is not set; answers are the knowledge base's own words",
        )


def _knowledge(business: Business) -> Finding:
    summary = business.library.summary()
    languages = ", ".join(summary.languages)
    sentence = (
        f"{summary.passages} passages in {summary.articles} files ({languages}); of questions like those in it"
        f" {summary.expected_answered:.0%} are answered at once, at most {summary.expected_wrong:.1%} wrongly"
    )
    if not summary.passages:
        return Finding(
            "knowledge base", ok=False, sentence="holds no passage: every question goes to a person"
        )
    return Finding("knowledge base", ok=True, sentence=sentence)


async def _desk(business: Business, db: Database) -> AsyncIterator[Finding]:
    channel = business.desk.channel
    fixed = business.settings.secrets.telegram_chat_id
    room = str(fixed) if fixed is not None else await facts.find(db, ROOM_FACT)
    if channel is None:
        return
    if not room:
        code = await code_of(db)
        yield Finding("desk", ok=False, sentence=_how_to_link(code))
        return
    try:
        state = await channel.look_at(room)
    except (SendLater, SendRefused, SendUnsure) as error:
        yield Finding(
            "desk",
            ok=False,
            sentence=f"the group {room} cannot be reached ({error}): add the bot to it, or mend TELEGRAM_CHAT_ID",
        )
        return
    admin = state.standing is Standing.ADMIN
    yield Finding(
        "desk",
        ok=admin,
        sentence=f'"{state.title}", and the bot is an administrator there'
        if admin
        else f'make the bot an administrator of "{state.title}": otherwise it may not see replies',
    )
    if state.is_forum:
        yield Finding(
            "desk",
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


async def _beside_a_running_bot(settings: Settings, error: DatabaseRefused) -> AsyncIterator[Finding]:
    """The bot runs and has the database; what it remembers can still be read."""
    yield Finding("database", ok=False, sentence=str(error), stops=not error.in_use)
    if not error.in_use:
        return
    db = await peek_sqlite(settings.storage.file)
    try:
        room, code = await facts.find(db, ROOM_FACT), await facts.find(db, CODE_FACT)
    finally:
        await db.close()
    if code and not room:
        yield Finding("desk", ok=False, sentence=_how_to_link(code))
