"""`/broadcast`: a message to many customers, shown with the number of those who would get it."""

from bot.business import Business
from bot.content import Content
from bot.desk import members
from bot.desk.broadcast import count
from bot.desk.commands.order import Commands, Order, only_answer, show_usage
from bot.desk.speaking import behind
from bot.desk.suggestion_kinds import KINDS
from bot.desk.suggestions import suggest
from bot.update import Said
from storage import updates
from storage.audience import Filter
from storage.database import Statements
from storage.records import Update

DAY = 86_400_000
MOST_DAYS = 3650


async def _broadcast(business: Business, taken: list[Update], order: Order) -> None:
    if not await members.may(business, order.item, "broadcast"):
        await only_answer(business, taken, order, business.tell_desk("not_allowed"))
        return
    chosen, words, shown = _read(business, order)
    if words.wordless:
        await show_usage(business, taken, order)
        return
    reached, missed = await count(business, chosen)
    if not reached:
        await only_answer(business, taken, order, business.tell_desk("broadcast_nobody"))
        return
    more = {
        "count": str(reached),
        "missed": str(missed),
        "filter": shown,
        "channel": chosen.channel,
        "language": chosen.language,
        "seen_after": str(chosen.seen_after),
    }

    async def work(tx: Statements) -> None:
        await updates.finish(tx, taken)
        await suggest(
            tx,
            business,
            KINDS,
            "broadcast",
            words,
            more=more,
            room=order.item.room,
            thread=order.item.thread,
            reply_to=order.remote_id,
        )

    await business.db.transaction(work)


def _read(business: Business, order: Order) -> tuple[Filter, Content, str]:
    """Words like `whatsapp`, `sv` and `30d` at the start choose whom; what follows is said."""
    said = order.item.what
    content = said.content if isinstance(said, Said) else Content()
    text = content.text
    start = len(text) - len(text.lstrip())
    start += len(text[start:].split(maxsplit=1)[0]) if text.strip() else 0
    channel = language = ""
    seen_after = 0
    while word := next(iter(text[start:].split(maxsplit=1)), "").casefold():
        if word in business.channels:
            channel = word
        elif word in business.settings.bot.languages:
            language = word
        elif word.endswith("d") and word[:-1].isdecimal() and 0 < int(word[:5].rstrip("d") or 0) <= MOST_DAYS:
            seen_after = business.clock.now() - int(word[:-1]) * DAY
        else:
            break
        start = text.index(text[start:].split(maxsplit=1)[0], start) + len(word)
    shown = " ".join(text[:start].split()[1:])
    return Filter(channel, language, seen_after), behind(content, start), shown


COMMANDS: Commands = {"broadcast": _broadcast}
