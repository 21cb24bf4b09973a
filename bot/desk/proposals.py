"""What the bot proposes and a person decides, once: the buttons beneath, other words for it, and what comes of it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import orjson

from bot import content as contents
from bot.business import Business
from bot.content import Button, Content, Entity, Style
from bot.desk import members, record
from bot.desk.place import Desk
from bot.desk.record import Did
from bot.desk.settings import Power
from bot.desk.speaking import under
from bot.outbound import Priority, at_desk, lane_of_ticket, tell, touch
from bot.split import units
from bot.update import Inbound, Pressed, Said
from storage import conversations, proposals, tickets, updates
from storage.database import Statements
from storage.records import Copy, Proposal, ProposalKind, Update

More = dict[str, str]
Accept = Callable[[Statements, Business, Proposal, str], Awaitable[str]]
"""Does it, in the name of who tapped; returns what stands above it from then on, or raises Refused."""


class Refused(Exception):
    """It cannot be done; the message says why, to staff. Everything stays as it was."""


async def _nothing(business: Business) -> None: ...


@dataclass(frozen=True, slots=True)
class Kind:
    """What one kind of proposal says and does. The names are keys of `bot/texts/`."""

    head: Callable[[Business, Proposal], str]
    accept: Accept
    yes: str
    no: str
    discarded: str = "proposal_discarded"
    edit: str = ""
    """The button that asks for other words; empty where there is none."""
    ask_words: str = ""
    """What is asked then."""
    reworded: Callable[[Business, Proposal, Content], tuple[Content, More]] = lambda _, proposal, content: (
        content,
        more_of(proposal),
    )
    """The proposal with those words. Raises Refused."""
    did: Did = Did.REPLY
    """What stands in the record when somebody accepts it."""
    power: Power | None = None
    """Who may; None: everybody at the desk."""
    after: Callable[[Business], Awaitable[None]] = _nothing
    """What follows once it is accepted and on record."""
    undo: Accept | None = None
    """Takes it back."""
    ready: Callable[[Proposal], bool] = lambda proposal: True
    """It can be accepted as it stands; otherwise it needs other words first."""


Kinds = Mapping[ProposalKind, Kind]


def more_of(proposal: Proposal) -> More:
    return dict(orjson.loads(proposal.more)) if proposal.more else {}


async def propose(
    tx: Statements,
    business: Business,
    kinds: Kinds,
    kind: ProposalKind,
    content: Content,
    *,
    more: More | None = None,
    ticket_id: int | None = None,
    message_id: int | None = None,
    room: str = "",
    thread: str = "",
    reply_to: str = "",
    priority: Priority = Priority.WORD,
) -> Proposal:
    proposal = await proposals.add(
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
    await _post(tx, business, kinds[kind], proposal, reply_to=reply_to, priority=priority)
    return proposal


async def _post(
    tx: Statements, business: Business, kind: Kind, proposal: Proposal, *, reply_to: str, priority: Priority
) -> None:
    await at_desk(
        tx,
        business,
        drawn(business, kind.head(business, proposal), proposal, _buttons(business, kind, proposal)),
        lane=lane_of(proposal),
        priority=priority,
        role="note",
        thread=proposal.thread,
        reply_to=reply_to,
        ticket_id=proposal.ticket_id,
        room=proposal.room,
    )


def drawn(business: Business, head: str, proposal: Proposal, buttons: tuple[Button, ...] = ()) -> Content:
    """The proposal as it stands at the desk: whose it is in bold, then its words, its files by name."""
    content = contents.from_json(proposal.content)
    files = "\n".join(f"📎 {media.name}" for media in content.media)
    whole = under(head, content, files)
    title = Entity(Style.BOLD, 0, units(head.partition("\n")[0]))
    return Content(text=whole.text, entities=(title, *whole.entities), buttons=buttons)


def _buttons(business: Business, kind: Kind, proposal: Proposal) -> tuple[Button, ...]:
    yes = kind.yes if kind.ready(proposal) else ""
    verbs = (("yes", yes), ("edit", kind.edit), ("no", kind.no))
    return tuple(
        Button(f"proposal:{proposal.id}:{verb}", business.tell_desk(key)) for verb, key in verbs if key
    )


def lane_of(proposal: Proposal) -> str:
    return lane_of_ticket(proposal.ticket_id) if proposal.ticket_id else "desk"


async def tapped(
    business: Business, kinds: Kinds, taken: list[Update], item: Inbound, pressed: Pressed, copy: Copy
) -> str:
    """Somebody decided; returns what the app shows them. Whoever comes second is told who was first."""
    _, number, verb = (*pressed.button.split(":"), "", "")[:3]
    if verb not in DECISIONS or not number.isdecimal():
        await business.db.transaction(lambda tx: updates.finish(tx, taken))
        return ""
    found = await proposals.find(business.db, int(number))
    power = kinds[found.kind].power if found else None
    if power and verb in ("yes", "undo") and not await members.may(business, item, power):
        await business.db.transaction(lambda tx: updates.finish(tx, taken))
        return business.tell_desk("not_allowed")
    name = item.sender.name if item.sender else ""
    locks = await _conversation(business, found)

    async def work(tx: Statements) -> str:
        await conversations.lock(tx, *locks)
        await updates.finish(tx, taken)
        proposal = await proposals.find(tx, int(number))
        if proposal is None:
            return business.tell_desk("proposal_gone")
        kind = kinds[proposal.kind]
        told = await DECISIONS[verb](tx, business, kind, proposal, name, pressed.remote_id)
        done = {"yes": kind.did, "undo": Did.UNDO}.get(verb)
        if done and not told:
            await record.did(tx, business, item, done, ticket_id=proposal.ticket_id)
        return told

    try:
        notice = await business.db.transaction(work)
    except Refused as refused:
        await business.db.transaction(lambda tx: updates.finish(tx, taken))
        return str(refused)
    if found is not None:
        await kinds[found.kind].after(business)
    return notice


async def _conversation(business: Business, proposal: Proposal | None) -> tuple[int, ...]:
    if proposal is None or proposal.ticket_id is None:
        return ()
    return ((await tickets.get(business.db, proposal.ticket_id)).conversation_id,)


async def _accept(
    tx: Statements, business: Business, kind: Kind, proposal: Proposal, name: str, remote_id: str
) -> str:
    now = business.clock.now()
    if not await proposals.decide(tx, proposal.id, "accepted", name, now, remote_id=remote_id):
        return _decided(business, proposal)
    head = await kind.accept(tx, business, proposal, name)
    await redraw(tx, business, proposal, head, remote_id)
    return ""


async def _discard(
    tx: Statements, business: Business, kind: Kind, proposal: Proposal, name: str, remote_id: str
) -> str:
    if not await proposals.decide(tx, proposal.id, "discarded", name, business.clock.now()):
        return _decided(business, proposal)
    await redraw(tx, business, proposal, business.tell_desk(kind.discarded, name=name), remote_id)
    return ""


async def _undo(
    tx: Statements, business: Business, kind: Kind, proposal: Proposal, name: str, remote_id: str
) -> str:
    now = business.clock.now()
    if kind.undo is None or not await proposals.decide(tx, proposal.id, "undone", name, now, was="accepted"):
        return _decided(business, proposal)
    await redraw(tx, business, proposal, await kind.undo(tx, business, proposal, name), remote_id)
    return ""


async def _edit(
    tx: Statements, business: Business, kind: Kind, proposal: Proposal, name: str, remote_id: str
) -> str:
    if not await proposals.await_words(tx, proposal.id, remote_id):
        return _decided(business, proposal)
    head = f"{kind.head(business, proposal)}\n✏️ {business.tell_desk(kind.ask_words)}"
    await redraw(tx, business, proposal, head, remote_id, _buttons(business, kind, proposal))
    return ""


Decide = Callable[[Statements, Business, Kind, Proposal, str, str], Awaitable[str]]
DECISIONS: dict[str, Decide] = {"yes": _accept, "no": _discard, "edit": _edit, "undo": _undo}


def _decided(business: Business, proposal: Proposal) -> str:
    return business.tell_desk("proposal_decided", name=proposal.staff_name)


async def redraw(
    tx: Statements,
    business: Business,
    proposal: Proposal,
    head: str,
    remote_id: str,
    buttons: tuple[Button, ...] = (),
    *,
    undo: bool = False,
    open_buttons: Kind | None = None,
) -> None:
    """Change it where it stands: another head above its words, other buttons beneath."""
    if open_buttons is not None:
        buttons = _buttons(business, open_buttons, proposal)
    elif undo:
        buttons = (Button(f"proposal:{proposal.id}:undo", business.tell_desk("proposal_undo")),)
    desk: Desk = business.desk
    if desk.channel is None or not remote_id:
        return
    await touch(
        tx,
        business,
        "edit",
        channel=desk.channel.name,
        room=proposal.room,
        lane=lane_of(proposal),
        target=remote_id,
        content=drawn(business, head, proposal, buttons),
        ticket_id=proposal.ticket_id,
    )


async def heard(business: Business, kinds: Kinds, taken: list[Update], item: Inbound, said: Said) -> bool:
    """A reply to a proposal that waits for other words: it is shown anew with them. False: it was no such reply."""
    found = await proposals.find_edited(business.db, item.room, said.reply_to) if said.answers_us else None
    if found is None:
        return False
    locks = await _conversation(business, found)

    try:
        kinds[found.kind].reworded(business, found, said.content)
    except Refused as refused:
        await _answer(business, taken, item, said, str(refused))
        return True

    async def work(tx: Statements) -> None:
        await conversations.lock(tx, *locks)
        await updates.finish(tx, taken)
        proposal = await proposals.find(tx, found.id)
        if proposal is None or proposal.state != "open":
            return
        kind = kinds[proposal.kind]
        content, more = kind.reworded(business, proposal, said.content)
        await proposals.reword(tx, proposal.id, contents.to_json(content), orjson.dumps(more).decode())
        await redraw(tx, business, proposal, business.tell_desk("proposal_reworded"), proposal.remote_id)
        newer = await proposals.find(tx, proposal.id)
        assert newer is not None
        await _post(tx, business, kind, newer, reply_to=said.remote_id, priority=Priority.WORD)

    await business.db.transaction(work)
    return True


async def _answer(business: Business, taken: list[Update], item: Inbound, said: Said, text: str) -> None:
    async def work(tx: Statements) -> None:
        await updates.finish(tx, taken)
        await tell(tx, business, text, thread=item.thread, reply_to=said.remote_id, room=item.room)

    await business.db.transaction(work)


async def withdraw(tx: Statements, business: Business, ticket_id: int, kind: ProposalKind) -> None:
    """A person was quicker: what was proposed for the request is not needed any more."""
    for proposal in await proposals.open_of_ticket(tx, ticket_id):
        if proposal.kind == kind:
            await proposals.decide(tx, proposal.id, "discarded", "", business.clock.now())
