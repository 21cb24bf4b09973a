"""What the bot proposes and a person decides, once: the buttons beneath, other words for it, and what comes of it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import orjson

from bot import content as contents
from bot.business import Business
from bot.content import Button, Content, Entity, Style
from bot.desk import members, record, together
from bot.desk.place import Desk
from bot.desk.record import Did
from bot.desk.settings import Power
from bot.desk.speaking import under
from bot.outbound import Priority, at_desk, lane_of_ticket, touch
from bot.split import units
from bot.update import Inbound, Pressed
from storage import conversations, suggestions, tickets, updates
from storage.database import Statements
from storage.desk_records import Suggestion, SuggestionKind
from storage.records import Copy, Update

SURELY, DOUBTED = "sure", "doubted"
More = dict[str, str]
Accept = Callable[[Statements, Business, Suggestion, str], Awaitable[str]]
"""Does it, in the name of who tapped; returns what stands above it from then on, or raises Refused."""


class Refused(Exception):
    """It cannot be done; the message says why, to staff. Everything stays as it was."""


async def _nothing(*_: object) -> None: ...


@dataclass(frozen=True, slots=True)
class Kind:
    """What one kind of suggestion says and does. The names are keys of `bot/texts/`."""

    head: Callable[[Business, Suggestion], str]
    accept: Accept
    yes: str
    no: str
    discarded: str = "suggestion_discarded"
    edit: str = ""
    """The button that asks for other words; empty where there is none."""
    ask_words: str = ""
    """What is asked then."""
    reworded: Callable[[Business, Suggestion, Content], tuple[Content, More]] = (
        lambda _, suggestion, content: (
            content,
            more_of(suggestion),
        )
    )
    """The suggestion with those words. Raises Refused."""
    did: Did = Did.REPLY
    """What stands in the record when somebody accepts it."""
    power: Power | None = None
    """Who may; None: everybody at the desk."""
    doubt: Callable[[Statements, Business, Suggestion], Awaitable[str]] | None = None
    """Why it should be looked at again before it is accepted, to staff; empty when nothing speaks against it."""
    declined: Callable[[Statements, Business, Suggestion, str], Awaitable[None]] = _nothing
    """What follows when somebody says no."""
    after: Callable[[Business], Awaitable[None]] = _nothing
    """What follows once it is accepted and on record."""
    undo: Accept | None = None
    """Takes it back."""
    ready: Callable[[Suggestion], bool] = lambda suggestion: True
    """It can be accepted as it stands; otherwise it needs other words first."""


Kinds = Mapping[SuggestionKind, Kind]


def more_of(suggestion: Suggestion) -> More:
    return dict(orjson.loads(suggestion.more)) if suggestion.more else {}


async def suggest(
    tx: Statements,
    business: Business,
    kinds: Kinds,
    kind: SuggestionKind,
    content: Content,
    *,
    more: More | None = None,
    ticket_id: int | None = None,
    message_id: int | None = None,
    room: str = "",
    thread: str = "",
    reply_to: str = "",
    priority: Priority = Priority.WORD,
) -> Suggestion:
    suggestion = await suggestions.add(
        tx,
        kind=kind,
        content=contents.to_json(content),
        more=orjson.dumps(more or {}).decode(),
        ticket_id=ticket_id,
        message_id=message_id,
        room=room or business.desk.room,
        thread=thread,
        now=business.clock.now(),
    )
    await post(tx, business, kinds[kind], suggestion, reply_to=reply_to, priority=priority)
    return suggestion


async def post(
    tx: Statements,
    business: Business,
    kind: Kind,
    suggestion: Suggestion,
    *,
    reply_to: str,
    priority: Priority,
) -> None:
    await at_desk(
        tx,
        business,
        drawn(business, kind.head(business, suggestion), suggestion, _buttons(business, kind, suggestion)),
        lane=lane_of(suggestion),
        priority=priority,
        role="note",
        thread=suggestion.thread,
        reply_to=reply_to,
        ticket_id=suggestion.ticket_id,
        room=suggestion.room,
    )


def drawn(business: Business, head: str, suggestion: Suggestion, buttons: tuple[Button, ...] = ()) -> Content:
    """The suggestion as it stands at the desk: whose it is in bold, then its words, its files by name."""
    content = contents.from_json(suggestion.content)
    files = "\n".join(f"📎 {media.name}" for media in content.media)
    whole = under(head, content, files)
    title = Entity(Style.BOLD, 0, units(head.partition("\n")[0]))
    return Content(text=whole.text, entities=(title, *whole.entities), buttons=buttons)


def _buttons(business: Business, kind: Kind, suggestion: Suggestion) -> tuple[Button, ...]:
    yes = kind.yes if kind.ready(suggestion) else ""
    verbs = (("yes", yes), ("edit", kind.edit), ("no", kind.no))
    return tuple(
        Button(f"suggestion:{suggestion.id}:{verb}", business.tell_desk(key)) for verb, key in verbs if key
    )


def lane_of(suggestion: Suggestion) -> str:
    return lane_of_ticket(suggestion.ticket_id) if suggestion.ticket_id else "desk"


async def tapped(
    business: Business, kinds: Kinds, taken: list[Update], item: Inbound, pressed: Pressed, copy: Copy
) -> str:
    """Somebody decided; returns what the app shows them. Whoever comes second is told who was first."""
    _, number, verb = (*pressed.button.split(":"), "", "")[:3]
    if verb not in DECISIONS or not number.isdecimal():
        await business.db.transaction(lambda tx: updates.finish(tx, taken))
        return ""
    found = await suggestions.find(business.db, int(number))
    power = kinds[found.kind].power if found else None
    if power and verb in ("yes", SURELY, "undo") and not await members.may(business, item, power):
        await business.db.transaction(lambda tx: updates.finish(tx, taken))
        return business.tell_desk("not_allowed")
    name = item.sender.name if item.sender else ""
    locks = await conversation_of(business, found)

    async def work(tx: Statements) -> str:
        await conversations.lock(tx, *locks)
        await updates.finish(tx, taken)
        suggestion = await suggestions.find(tx, int(number))
        if suggestion is None:
            return business.tell_desk("suggestion_gone")
        kind = kinds[suggestion.kind]
        told = await DECISIONS[verb](tx, business, kind, suggestion, name, pressed.remote_id)
        done = {"yes": kind.did, SURELY: kind.did, "undo": Did.UNDO}.get(verb)
        if done and not told:
            await record.did(tx, business, item, done, ticket_id=suggestion.ticket_id)
        return told

    try:
        notice = await business.db.transaction(work)
    except Refused as refused:
        await business.db.transaction(lambda tx: updates.finish(tx, taken))
        return str(refused)
    if found is not None:
        await kinds[found.kind].after(business)
    return notice


async def conversation_of(business: Business, suggestion: Suggestion | None) -> tuple[int, ...]:
    if suggestion is None or suggestion.ticket_id is None:
        return ()
    ticket = await tickets.get(business.db, suggestion.ticket_id)
    return tuple(await together.locks_of(business.db, ticket))


async def _accept(
    tx: Statements, business: Business, kind: Kind, suggestion: Suggestion, name: str, remote_id: str
) -> str:
    asks = kind.doubt if suggestion.state == "open" else None
    if asks is not None and (words := await asks(tx, business, suggestion)):
        return await _ask_again(tx, business, kind, suggestion, words, remote_id)
    return await _go_through(tx, business, kind, suggestion, name, remote_id)


async def _ask_again(
    tx: Statements, business: Business, kind: Kind, suggestion: Suggestion, words: str, remote_id: str
) -> str:
    """It needs a second tap, on this very message: other words would stand on another one."""
    more = more_of(suggestion) | {DOUBTED: remote_id}
    await suggestions.note(tx, suggestion.id, orjson.dumps(more).decode())
    head = "\n".join([kind.head(business, suggestion), f"⚠️ {words}", business.tell_desk("hold_question")])
    surely = Button(f"suggestion:{suggestion.id}:{SURELY}", business.tell_desk("hold_send"))
    buttons = (surely, *_buttons(business, kind, suggestion)[1:])
    await redraw(tx, business, suggestion, head, remote_id, buttons)
    return words


async def _accept_surely(
    tx: Statements, business: Business, kind: Kind, suggestion: Suggestion, name: str, remote_id: str
) -> str:
    if more_of(suggestion).get(DOUBTED) != remote_id:
        return await _accept(tx, business, kind, suggestion, name, remote_id)
    return await _go_through(tx, business, kind, suggestion, name, remote_id)


async def _go_through(
    tx: Statements, business: Business, kind: Kind, suggestion: Suggestion, name: str, remote_id: str
) -> str:
    now = business.clock.now()
    if not await suggestions.decide(tx, suggestion.id, "accepted", name, now, remote_id=remote_id):
        return _decided(business, suggestion)
    head = await kind.accept(tx, business, suggestion, name)
    await redraw(tx, business, suggestion, head, remote_id)
    return ""


async def _discard(
    tx: Statements, business: Business, kind: Kind, suggestion: Suggestion, name: str, remote_id: str
) -> str:
    if not await suggestions.decide(tx, suggestion.id, "discarded", name, business.clock.now()):
        return _decided(business, suggestion)
    await kind.declined(tx, business, suggestion, name)
    await redraw(tx, business, suggestion, business.tell_desk(kind.discarded, name=name), remote_id)
    return ""


async def _undo(
    tx: Statements, business: Business, kind: Kind, suggestion: Suggestion, name: str, remote_id: str
) -> str:
    now = business.clock.now()
    if kind.undo is None or not await suggestions.decide(
        tx, suggestion.id, "undone", name, now, was="accepted"
    ):
        return _decided(business, suggestion)
    await redraw(tx, business, suggestion, await kind.undo(tx, business, suggestion, name), remote_id)
    return ""


async def _edit(
    tx: Statements, business: Business, kind: Kind, suggestion: Suggestion, name: str, remote_id: str
) -> str:
    if not await suggestions.await_words(tx, suggestion.id, remote_id):
        return _decided(business, suggestion)
    head = f"{kind.head(business, suggestion)}\n✏️ {business.tell_desk(kind.ask_words)}"
    await redraw(tx, business, suggestion, head, remote_id, _buttons(business, kind, suggestion))
    return ""


Decide = Callable[[Statements, Business, Kind, Suggestion, str, str], Awaitable[str]]
DECISIONS: dict[str, Decide] = {
    "yes": _accept,
    SURELY: _accept_surely,
    "no": _discard,
    "edit": _edit,
    "undo": _undo,
}


def _decided(business: Business, suggestion: Suggestion) -> str:
    return business.tell_desk("suggestion_decided", name=suggestion.staff_name)


async def redraw(
    tx: Statements,
    business: Business,
    suggestion: Suggestion,
    head: str,
    remote_id: str,
    buttons: tuple[Button, ...] = (),
    *,
    undo: bool = False,
    stop: bool = False,
    open_buttons: Kind | None = None,
) -> None:
    """Change it where it stands: another head above its words, other buttons beneath."""
    if open_buttons is not None:
        buttons = _buttons(business, open_buttons, suggestion)
    elif undo:
        buttons = (Button(f"suggestion:{suggestion.id}:undo", business.tell_desk("suggestion_undo")),)
    elif stop:
        buttons = (Button(f"suggestion:{suggestion.id}:undo", business.tell_desk("broadcast_stop")),)
    desk: Desk = business.desk
    if desk.channel is None or not remote_id:
        return
    await touch(
        tx,
        business,
        "edit",
        channel=desk.channel.name,
        room=suggestion.room,
        lane=lane_of(suggestion),
        target=remote_id,
        content=drawn(business, head, suggestion, buttons),
        ticket_id=suggestion.ticket_id,
    )
