"""Other words for what was suggested: a reply to it, shown anew before anything comes of it."""

import orjson

from bot import content as contents
from bot.business import Business
from bot.desk.suggestions import DOUBTED, Kinds, Refused, conversation_of, post, redraw
from bot.outbound import Priority, tell
from bot.update import Inbound, Said
from storage import conversations, updates
from storage import suggestions as store
from storage.database import Statements
from storage.records import Update


async def heard(business: Business, kinds: Kinds, taken: list[Update], item: Inbound, said: Said) -> bool:
    """A reply to a suggestion that waits for other words: it is shown anew with them. False: it was no such reply."""
    found = await store.find_edited(business.db, item.room, said.reply_to) if said.answers_us else None
    if found is None:
        return False
    locks = await conversation_of(business, found)

    try:
        kinds[found.kind].reworded(business, found, said.content)
    except Refused as refused:
        await _answer(business, taken, item, said, str(refused))
        return True

    async def work(tx: Statements) -> None:
        await conversations.lock(tx, *locks)
        await updates.finish(tx, taken)
        suggestion = await store.find(tx, found.id)
        if suggestion is None or suggestion.state != "open":
            return
        kind = kinds[suggestion.kind]
        content, more = kind.reworded(business, suggestion, said.content)
        more.pop(DOUBTED, None)
        await store.reword(tx, suggestion.id, contents.to_json(content), orjson.dumps(more).decode())
        await redraw(
            tx, business, suggestion, business.tell_desk("suggestion_reworded"), suggestion.remote_id
        )
        newer = await store.find(tx, suggestion.id)
        assert newer is not None
        await post(tx, business, kind, newer, reply_to=said.remote_id, priority=Priority.WORD)

    await business.db.transaction(work)
    return True


async def _answer(business: Business, taken: list[Update], item: Inbound, said: Said, text: str) -> None:
    async def work(tx: Statements) -> None:
        await updates.finish(tx, taken)
        await tell(tx, business, text, thread=item.thread, reply_to=said.remote_id, room=item.room)

    await business.db.transaction(work)
