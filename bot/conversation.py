"""Whose turn is it, the bot's or a person's? And what happens after a contact's messages."""

from collections.abc import Sequence
from dataclasses import replace

from bot import content as contents
from bot.business import Berth, Business
from bot.desk import away, cards, silence, transcript
from bot.escalation import Why, hand_over
from bot.happenings import HAPPENINGS, still_said
from bot.knowledge.language import detect
from bot.mind import Mind
from bot.outbound import lane_of_room, say
from bot.reply import Reply, Turn, introduction, text_of
from bot.replying import EARLIER, decide
from bot.settling import introduces, keep, lead_of
from bot.update import Edited, Inbound, Pressed, Withdrawn
from storage import contacts, conversations, copies, messages, tickets, updates
from storage.database import Reading, Statements
from storage.records import Contact, Conversation, Delivery, Message, Update

BECAUSE_OF_EARLIER = (Why.ASKED, Why.FAILED_TWICE, Why.ANGRY)
"""Reasons that lie in what was said before."""
MOST_REWRITES = 3
"""So often a newer message may undo an answer; who writes on and on is answered in between."""


async def take_turn(business: Business, lane: str, taken: list[Update]) -> None:
    """Decide on what a contact sent, and write the decision and the end of the turn in one transaction.

    The first thing that is said may leave at once: it is claimed where it is queued."""
    turn = await _read(business, lane, taken)
    if silence.is_silenced(business, turn.contact):
        await silence.pass_over(business, taken)
        return
    await _acknowledge(business, turn)
    reply = await decide(business, turn)
    berth = business.reserve(turn.contact.channel, turn.contact.room) if reply.says else None
    leaving: Delivery | None = None
    try:
        leaving = await business.db.transaction(
            lambda tx: _finish(tx, business, lane, taken, turn, reply, berth)
        )
    finally:
        if berth is not None:
            business.depart(berth, leaving)


async def give_up(business: Business, lane: str, taken: list[Update], error: str) -> None:
    """We could not decide, whatever we tried: a person does. Looks at no more than it must."""
    conversation, contact, found = await business.db.look(lambda db: _look(db, lane, taken))
    said = [message for message in found if message is not None]

    async def work(tx: Statements) -> None:
        await conversations.lock(tx, conversation.id)
        await updates.quarantine(tx, taken, error)
        ticket = await tickets.find_open(tx, conversation.id)
        if ticket is None and said:
            lead = introduction(business, contact.language) if introduces(conversation, taken) else ""
            await hand_over(tx, business, conversation, contact, Why.FAILED, said, lead=lead)
        elif ticket is not None:
            words = "\n".join(map(text_of, said))
            name = cards.shown_name(contact)
            await transcript.remark(tx, business, ticket, None, "turn_failed", name=name, words=words)

    await business.db.transaction(work)


async def _read(business: Business, lane: str, taken: list[Update]) -> Turn:
    conversation, contact, said = _fresh(business, taken) or await _on_disk(business, lane, taken)
    items = [item for update in taken for item in business.read_again(update)]
    for item in items:
        if isinstance(item.what, Edited):
            said = await _with_edit(business, conversation, said, item, item.what)
        elif isinstance(item.what, Withdrawn):
            copy = await copies.find(business.db, item.channel, item.room, item.what.remote_id)
            said = still_said(said, copy)
    said = _with_albums_joined(said)
    return turn_of(business, conversation, contact, items, said, taken)


def turn_of(
    business: Business,
    conversation: Conversation,
    contact: Contact,
    items: list[Inbound],
    said: list[Message],
    taken: Sequence[Update] = (),
) -> Turn:
    """What a decision needs to know; `taken` are the updates that it is about, where they are stored."""
    mind = Mind.read(conversation.mind, business.clock.now())
    language = language_of(business, contact, said)
    return Turn(conversation, contact, language, items, said, mind, introduces(conversation, taken))


def language_of(business: Business, contact: Contact, said: list[Message]) -> str:
    """What they speak now; too few words say nothing new."""
    spoken = business.settings.bot.languages
    fallback = contact.language if contact.language in spoken else spoken[0]
    return detect(" ".join(map(text_of, said)), spoken, fallback)


def _fresh(business: Business, taken: list[Update]) -> tuple[Conversation, Contact, list[Message]] | None:
    """As the way in knew it a moment ago, when one update began this turn by itself."""
    fresh = business.fresh.get(taken[0].id) if len(taken) == 1 and taken[0].attempts == 1 else None
    if fresh is None or fresh.known is None or fresh.known.conversation is None:
        return None
    return fresh.known.conversation, fresh.known.contact, [fresh.message] if fresh.message else []


async def _on_disk(
    business: Business, lane: str, taken: list[Update]
) -> tuple[Conversation, Contact, list[Message]]:
    conversation, contact, found = await business.db.look(lambda db: _look(db, lane, taken))
    return conversation, contact, [message for message in found if message is not None]


async def _with_edit(
    business: Business, conversation: Conversation, said: list[Message], item: Inbound, edited: Edited
) -> list[Message]:
    """New words for a message that still waits; the newest one, answered already, is asked anew."""
    copy = await copies.find(business.db, item.channel, item.room, edited.remote_id)
    if copy is None or copy.message_id is None:
        return said
    newer = contents.to_json(edited.content)
    if any(message.id == copy.message_id for message in said):
        return [replace(m, content=newer) if m.id == copy.message_id else m for m in said]
    last = [m for m in await messages.last(business.db, conversation.id, EARLIER) if m.author == "customer"][
        -1:
    ]
    is_last = bool(last) and last[0].id == copy.message_id
    if conversation.holder == "bot" and is_last and text_of(last[0]) != edited.content.text:
        return [*said, replace(last[0], content=newer)]
    return said


async def _look(
    db: Reading, lane: str, taken: list[Update]
) -> tuple[Conversation, Contact, list[Message | None]]:
    conversation = await conversations.get(db, int(lane.partition(":")[2]))
    contact = await contacts.get(db, conversation.contact_id)
    return conversation, contact, [await messages.of_update(db, update.id) for update in taken]


def _with_albums_joined(said: list[Message]) -> list[Message]:
    """Messages of one album become one, under the first one's id, in the order in which they came."""
    joined: dict[str, Message] = {}
    for message in said:
        key = message.album or f"#{message.id}"
        joined[key] = _join(joined[key], message) if key in joined else message
    return list(joined.values())


def _join(first: Message, second: Message) -> Message:
    both = contents.join(contents.from_json(first.content), contents.from_json(second.content))
    return replace(first, content=contents.to_json(both))


async def _acknowledge(business: Business, turn: Turn) -> None:
    """Ends the waiting sign on a tapped button; nobody waits for that."""
    for item in turn.items:
        if isinstance(item.what, Pressed) and item.what.token:
            with_staff = turn.conversation.holder == "staff"
            text = business.say(turn.language, "already_with_staff") if with_staff else ""
            await business.channels[item.channel].acknowledge(item.what.token, text)


async def _finish(
    tx: Statements,
    business: Business,
    lane: str,
    taken: list[Update],
    turn: Turn,
    reply: Reply,
    berth: Berth | None,
) -> Delivery | None:
    """Returns what was queued with the berth's claim.

    Nothing is said when the decision came too late: something newer came, or who has the conversation changed."""
    await conversations.lock(tx, turn.conversation.id)
    conversation, contact, newer = await conversations.at_turn(tx, turn.conversation.id, lane)
    changed_hands = conversation.holder != turn.conversation.holder
    is_late = conversation.holder == "bot" and newer
    if changed_hands or (is_late and max(update.attempts for update in taken) <= MOST_REWRITES):
        await updates.put_back(tx, taken, due_at=business.clock.now(), counted=not changed_hands)
        business.figures.turns["again"] += 1
        return None
    await updates.finish(tx, taken)
    return await conclude(tx, business, conversation, contact, turn, reply, berth)


async def conclude(
    tx: Statements,
    business: Business,
    conversation: Conversation,
    contact: Contact,
    turn: Turn,
    reply: Reply,
    berth: Berth | None,
) -> Delivery | None:
    """What was decided takes effect, where nothing speaks against it. Returns what was queued with the berth's claim."""
    for message in turn.said:
        if message.album:
            await messages.rewrite(tx, message.id, message.content)
    if turn.language != turn.contact.language:
        await contacts.speak(tx, turn.contact.id, turn.language)
        contact = replace(contact, language=turn.language)
        if conversation.holder == "staff" and (ticket := await tickets.find_open(tx, conversation.id)):
            await cards.refresh(tx, business, ticket.id)
    for item in turn.items:
        if happening := HAPPENINGS.get(type(item.what)):
            await happening(tx, business, conversation, contact, item)
            contact = await contacts.get(tx, contact.id)
    await keep(tx, business, conversation, turn, reply)
    return await _carry_out(tx, business, conversation, contact, turn, reply, berth)


async def _carry_out(
    tx: Statements,
    business: Business,
    conversation: Conversation,
    contact: Contact,
    turn: Turn,
    reply: Reply,
    berth: Berth | None,
) -> Delivery | None:
    berth = berth if berth and berth.lane == lane_of_room(contact.channel, contact.room) else None
    leaving: Delivery | None = None
    for words in reply.says:
        spoken = await say(
            tx,
            business,
            contact,
            conversation.id,
            words.content,
            sources=words.sources,
            found=words.record(turn),
            berth=None if leaving else berth,
        )
        leaving = leaving or (spoken.first if spoken.first.state == "sending" else None)
    if conversation.holder == "staff":
        await _pass_to_desk(tx, business, conversation, contact, reply)
        return leaving
    if reply.wordless != conversation.wordless:
        await conversations.count_wordless(tx, conversation.id, reply.wordless)
    if reply.ask_person is not None:
        earlier = await _last_question(tx, conversation) if reply.ask_person in BECAUSE_OF_EARLIER else []
        asked = [*(one for one in earlier if one.id not in {m.id for m in reply.rest}), *reply.rest]
        await hand_over(
            tx,
            business,
            conversation,
            contact,
            reply.ask_person,
            asked,
            reply.nearest,
            reply.mood,
            reply.record(turn),
            lead_of(business, turn, reply),
        )
    return leaving


async def _last_question(tx: Statements, conversation: Conversation) -> list[Message]:
    """What it is about when the newest words are not all: what the customer said since the last answer."""
    asked: list[Message] = []
    for message in reversed(await messages.last(tx, conversation.id, EARLIER * 2)):
        if message.ticket_id is not None or (message.sources and asked):
            break
        if message.author == "customer" and not message.withdrawn_at and not text_of(message).startswith("/"):
            asked.append(message)
    return asked[::-1]


async def _pass_to_desk(
    tx: Statements, business: Business, conversation: Conversation, contact: Contact, reply: Reply
) -> None:
    """A person has it: the bot is silent, the desk sees everything."""
    ticket = await tickets.find_open(tx, conversation.id)
    if ticket is None or not reply.rest:
        return
    for message in reply.rest:
        await transcript.show(tx, business, ticket, contact, message)
    if ticket.waiting_since == 0:
        await tickets.wait(tx, ticket.id, business.clock.now())
        await cards.refresh(tx, business, ticket.id)
        await away.tell(tx, business, contact, ticket)
