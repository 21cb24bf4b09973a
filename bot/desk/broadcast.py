"""One message to many: shown before it leaves, a batch at a time, counted on one edited message, and never to who
said no."""

from dataclasses import replace

import orjson

from bot import content as contents
from bot.business import Business
from bot.content import Button, Content
from bot.desk import holding
from bot.desk.due import begin
from bot.desk.rating_signs import OPT_OUT
from bot.desk.record import Did
from bot.desk.suggestions import Kind, More, more_of, redraw
from bot.desk.window import hours_of
from bot.outbound import Priority, say
from bot.update import Inbound, Pressed
from storage import audience, suggestions, timers
from storage.audience import Filter, Listener
from storage.database import Statements
from storage.desk_records import Suggestion, Timer
from storage.records import Contact, Conversation

BATCH, PAGE = 25, 500
PACE_MILLISECONDS = 5_000
"""Between batches: answers to those who ask go first, and come in between."""
HOUR = 3_600_000


async def count(business: Business, chosen: Filter) -> tuple[int, int]:
    """How many it reaches, and how many fit but cannot be written to now (WhatsApp's 24 hours are over)."""
    reached = missed = after = 0
    while page := await audience.page(business.db, chosen, business.clock.now(), after, PAGE):
        within = sum(_is_within_reach(business, one) for one in page)
        reached, missed, after = reached + within, missed + len(page) - within, page[-1].contact.id
    return reached, missed


def _is_within_reach(business: Business, listener: Listener) -> bool:
    if listener.contact.channel not in business.channels:
        return False
    hours = hours_of(business, listener.contact.channel)
    return not hours or business.clock.now() - listener.wrote_at < hours * HOUR


def _head(business: Business, suggestion: Suggestion) -> str:
    more = more_of(suggestion)
    return business.tell_desk(
        "broadcast_head", count=more["count"], missed=more["missed"], filter=more["filter"]
    )


async def _start(tx: Statements, business: Business, suggestion: Suggestion, name: str) -> str:
    now = business.clock.now()
    await timers.add(tx, kind="broadcast", due_at=now, now=now, content=str(suggestion.id), staff_name=name)
    return business.tell_desk("broadcast_begins", name=name)


async def _doubt(tx: Statements, business: Business, suggestion: Suggestion) -> str:
    strange = await holding.strange_in(tx, business, None, contents.from_json(suggestion.content))
    return business.tell_desk("hold_details_many", details=strange) if strange else ""


async def _stop(tx: Statements, business: Business, suggestion: Suggestion, name: str) -> str:
    sent = more_of(suggestion).get("sent", "0")
    return business.tell_desk("broadcast_stopped", name=name, sent=sent)


def _reworded(business: Business, suggestion: Suggestion, content: Content) -> tuple[Content, More]:
    return replace(content, buttons=(), unreadable=""), more_of(suggestion)


BROADCAST = Kind(
    head=_head,
    accept=_start,
    doubt=_doubt,
    yes="suggestion_send",
    no="suggestion_cancel",
    edit="suggestion_edit",
    ask_words="suggestion_words",
    reworded=_reworded,
    did=Did.BROADCAST,
    power="broadcast",
    undo=_stop,
)


async def go_on(business: Business, timer: Timer) -> None:
    """The next batch, its place in the list and the count are one transaction: nobody gets it twice, or is left out
    because a process died."""
    suggestion = await suggestions.find(business.db, int(timer.content))

    async def work(tx: Statements) -> None:
        current = await suggestions.find(tx, suggestion.id) if suggestion else None
        if current is None or current.state != "accepted":
            await begin(tx, timer)
            return
        more = more_of(current)
        chosen = Filter(more["channel"], more["language"], int(more["seen_after"]))
        page = await audience.page(tx, chosen, business.clock.now(), int(more.get("after", "0")), BATCH)
        sent = int(more.get("sent", "0")) + await _say_to(
            tx, business, page, contents.from_json(current.content)
        )
        if page:
            more |= {"after": str(page[-1].contact.id), "sent": str(sent)}
            await suggestions.note(tx, current.id, orjson.dumps(more).decode())
            await timers.put_off(tx, timer.id, business.clock.now() + PACE_MILLISECONDS)
        else:
            await begin(tx, timer)
        key = "broadcast_progress" if page else "broadcast_done"
        head = business.tell_desk(key, sent=sent, count=more["count"], name=timer.staff_name)
        await redraw(tx, business, current, head, current.remote_id, stop=bool(page))

    await business.db.transaction(work)


async def _say_to(tx: Statements, business: Business, page: list[Listener], content: Content) -> int:
    sent = 0
    for one in page:
        if not _is_within_reach(business, one):
            continue
        language = one.contact.language
        button = Button(OPT_OUT, business.say(language, "opt_out_button"))
        worded = content if content.media else replace(content, buttons=(button,))
        await say(tx, business, one.contact, one.conversation_id, worded, priority=Priority.TOUCH)
        sent += 1
    return sent


async def opted_out(
    tx: Statements, business: Business, conversation: Conversation, contact: Contact, item: Inbound
) -> None:
    """The customer tapped the button beneath one."""
    if isinstance(item.what, Pressed) and item.what.button == OPT_OUT:
        await audience.opt_out(tx, contact.id, business.clock.now())
        text = business.say(contact.language, "opted_out")
        await say(tx, business, contact, conversation.id, Content(text=text))
