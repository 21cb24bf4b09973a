"""A lesson that was saved is written and the question asked again; one that was undone is taken out."""

import asyncio

import orjson

from bot.business import Business
from bot.desk.suggestions import More, more_of, redraw
from bot.desk.teaching import LESSON, SHOWN, head, lesson_of
from bot.knowledge import learning
from bot.knowledge.learning import Lesson
from storage import suggestions, timers
from storage.database import Statements
from storage.desk_records import Suggestion, Timer

ASK_AGAIN_MILLISECONDS = 1_000
MOST_ASKED = 24


async def prove(business: Business, timer: Timer) -> None:
    """Write what was saved or take out what was undone, then ask the original question again."""
    suggestion = await suggestions.find(business.db, int(timer.content))
    if suggestion is None:
        await business.db.transaction(lambda tx: timers.finish(tx, timer.id))
    elif suggestion.state == "undone":
        await _take_out(business, timer, suggestion)
    elif not more_of(suggestion).get("written"):
        await _write(business, timer, suggestion)
    else:
        await _ask_again(business, timer, suggestion)


async def _write(business: Business, timer: Timer, suggestion: Suggestion) -> None:
    folder, lesson = business.settings.knowledge.folder, lesson_of(suggestion)
    try:
        await asyncio.to_thread(learning.write, folder, lesson)
    except learning.NotWritten as error:
        await _not_written(business, timer, suggestion, str(error))
        return
    committed = await _commit(business, lesson, suggestion, "lesson_commit")
    more = more_of(suggestion) | {"written": "1", "committed": "1" if committed else ""}

    async def work(tx: Statements) -> None:
        await suggestions.note(tx, suggestion.id, orjson.dumps(more).decode())
        await timers.put_off(tx, timer.id, business.clock.now() + ASK_AGAIN_MILLISECONDS)

    await business.db.transaction(work)


async def _commit(business: Business, lesson: Lesson, suggestion: Suggestion, key: str) -> bool:
    message = business.tell_desk(key, question=lesson.question)
    files = (lesson.file, learning.CASES)
    folder = business.settings.knowledge.folder
    return await asyncio.to_thread(learning.commit, folder, files, message, suggestion.staff_name)


async def _not_written(business: Business, timer: Timer, suggestion: Suggestion, reason: str) -> None:
    """The file is as it was, and so is the suggestion: it can be saved again when the file system allows."""

    async def work(tx: Statements) -> None:
        if not await timers.finish(tx, timer.id):
            return
        await suggestions.decide(tx, suggestion.id, "open", "", business.clock.now(), was="accepted")
        above = f"{business.tell_desk('lesson_refused', reason=reason)}\n{head(business, suggestion)}"
        await redraw(tx, business, suggestion, above, suggestion.remote_id, open_buttons=LESSON)

    await business.db.transaction(work)


async def _ask_again(business: Business, timer: Timer, suggestion: Suggestion) -> None:
    """The proof: what the bot says now to the question as the customer asked it."""
    more, lesson = more_of(suggestion), lesson_of(suggestion)
    await business.library.until_read()
    found = business.library.find(more["asked"], more["language"])
    best = found.hits[0].passage if found.hits else None
    is_it = best is not None and (best.file, best.heading) == (lesson.file, lesson.question)
    if not (is_it and found.answered) and timer.tries < MOST_ASKED and not _is_read(business, lesson, more):
        await business.db.transaction(
            lambda tx: timers.put_off(tx, timer.id, business.clock.now() + ASK_AGAIN_MILLISECONDS)
        )
        return
    key = "lesson_proved" if is_it and found.answered else "lesson_unproved"
    proof = business.tell_desk(key, asked=" ".join(more["asked"].split())[:SHOWN])
    source = f"{best.heading} ({best.file})" if best else "–"
    saved = business.tell_desk(
        "lesson_saved_git" if more.get("committed") else "lesson_saved",
        name=suggestion.staff_name,
        file=lesson.file,
    )
    above = "\n".join([saved, proof, business.tell_desk("lesson_source", source=source)])
    await _finish(business, timer, suggestion, above, undo=True)


def _is_read(business: Business, lesson: Lesson, more: More) -> bool:
    """The library has met the new section: what it says now is what it will say."""
    hits = business.library.find(lesson.question, more["language"]).hits
    return any((hit.passage.file, hit.passage.heading) == (lesson.file, lesson.question) for hit in hits)


async def _take_out(business: Business, timer: Timer, suggestion: Suggestion) -> None:
    lesson, more = lesson_of(suggestion), more_of(suggestion)
    if not more.pop("written", ""):
        await business.db.transaction(lambda tx: timers.finish(tx, timer.id))
        return
    await business.db.transaction(lambda tx: suggestions.note(tx, suggestion.id, orjson.dumps(more).decode()))
    try:
        await asyncio.to_thread(learning.undo, business.settings.knowledge.folder, lesson)
    except learning.CannotUndo:
        above = business.tell_desk("lesson_changed", file=lesson.file)
    except learning.NotWritten as error:
        above = business.tell_desk("lesson_refused", reason=str(error))
    else:
        await _commit(business, lesson, suggestion, "lesson_commit_undone")
        above = business.tell_desk("lesson_undone", name=suggestion.staff_name, file=lesson.file)
    await _finish(business, timer, suggestion, above, undo=False)


async def _finish(
    business: Business, timer: Timer, suggestion: Suggestion, above: str, *, undo: bool
) -> None:
    async def work(tx: Statements) -> None:
        if await timers.finish(tx, timer.id):
            await redraw(tx, business, suggestion, above, suggestion.remote_id, undo=undo)

    await business.db.transaction(work)
