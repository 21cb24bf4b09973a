"""Whose turn is it, the bot's or a person's? And what happens after a contact's messages."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

import orjson

from bot import content as contents
from bot.answer import Answer, Question
from bot.business import Business
from bot.content import Button, Content
from bot.desk import cards, transcript
from bot.escalation import Why, hand_over
from bot.happenings import HAPPENINGS
from bot.knowledge.language import detect
from bot.knowledge.small_talk import small_talk
from bot.outbound import say
from bot.status import status_for_customer
from bot.update import Edited, Inbound, Pressed, Said
from storage import contacts, conversations, copies, messages, tickets, updates
from storage.database import Statements
from storage.records import Contact, Conversation, Message, Update

log = logging.getLogger(__name__)

PERSON_BUTTON = "person"
EARLIER = 6
MOST_WORDLESS = 1
"""So many messages without words are answered by a request for words; the next goes to a person."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the bot will do: say something, or ask a person, or neither."""

    content: Content | None = None
    sources: str = ""
    ask_person: Why | None = None
    wordless: int = 0


@dataclass(frozen=True, slots=True)
class Turn:
    """What one decision is about."""

    conversation: Conversation
    contact: Contact
    language: str
    items: list[Inbound]
    said: list[Message] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(body.text for body in self.bodies if body.text.strip())

    @property
    def bodies(self) -> list[Content]:
        return [contents.from_json(message.content) for message in self.said]


async def take_turn(business: Business, lane: str, taken: list[Update]) -> None:
    """Decide on what a contact sent, and write the decision and the end of the turn in one transaction."""
    turn = await _read(business, lane, taken)
    await _acknowledge(business, turn)
    reply = await _decide(business, turn)
    if await business.db.transaction(lambda tx: _finish(tx, business, lane, taken, turn, reply)):
        business.wake_outbox()
    else:
        business.wake_lane(lane, 0)


async def give_up(business: Business, lane: str, taken: list[Update], error: str) -> None:
    """We could not decide, whatever we tried: a person does."""
    turn = await _read(business, lane, taken)

    async def work(tx: Statements) -> None:
        await updates.quarantine(tx, taken, error)
        if await tickets.find_open(tx, turn.conversation.id) is None:
            await hand_over(tx, business, turn.conversation, turn.contact, Why.FAILED, turn.said)

    await business.db.transaction(work)
    business.wake_outbox()


async def _read(business: Business, lane: str, taken: list[Update]) -> Turn:
    conversation = await conversations.get(business.db, int(lane.partition(":")[2]))
    contact = await contacts.get(business.db, conversation.contact_id)
    found = [await messages.of_update(business.db, update.id) for update in taken]
    items = [item for update in taken for item in _read_again(business, update)]
    said = [message for message in found if message is not None]
    for item in items:
        if isinstance(item.what, Edited):
            said = await _with_edit(business, conversation, said, item, item.what)
    said = _with_albums_joined(said)
    words = " ".join(contents.from_json(message.content).text for message in said)
    spoken = business.settings.bot.languages
    fallback = contact.language if contact.language in spoken else spoken[0]
    return Turn(conversation, contact, detect(words, spoken, fallback), items, said)


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
    if (
        conversation.holder == "bot"
        and is_last
        and contents.from_json(last[0].content).text != edited.content.text
    ):
        return [*said, replace(last[0], content=newer)]
    return said


def _read_again(business: Business, update: Update) -> list[Inbound]:
    items = business.channels[update.channel].read((update.raw or "").encode())
    return [item for item in items if isinstance(item, Inbound)]


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
    for item in turn.items:
        if isinstance(item.what, Pressed) and item.what.token:
            with_staff = turn.conversation.holder == "staff"
            text = business.say(turn.language, "already_with_staff") if with_staff else ""
            await business.channels[item.channel].acknowledge(item.what.token, text)


async def _decide(business: Business, turn: Turn) -> Reply:
    """What the bot says to it; while a person has the conversation, that is commands alone."""
    command = _command(turn.text)
    if turn.conversation.holder == "staff":
        return await (COMMANDS_WITH_STAFF.get(command) or _silent)(business, turn)
    if any(isinstance(item.what, Pressed) and item.what.button == PERSON_BUTTON for item in turn.items):
        return Reply(ask_person=Why.ASKED)
    if not turn.said:
        return await _silent(business, turn)
    if not turn.text:
        return _wordless(business, turn)
    talk = SMALL_TALK.get(small_talk(turn.text) or "")
    return await (COMMANDS.get(command) or talk or _answer)(business, turn)


def _command(text: str) -> str:
    word = (text.split(maxsplit=1) or [""])[0]
    return word[1:].partition("@")[0].lower() if word.startswith("/") else ""


def _wordless(business: Business, turn: Turn) -> Reply:
    count = turn.conversation.wordless + 1
    if count > MOST_WORDLESS:
        return Reply(ask_person=Why.WORDLESS)
    return Reply(
        Content(business.say(turn.language, "wordless"), buttons=_person(business, turn)), wordless=count
    )


def _person(business: Business, turn: Turn) -> tuple[Button, ...]:
    return (Button(PERSON_BUTTON, business.say(turn.language, "person_button")),)


async def _answer(business: Business, turn: Turn) -> Reply:
    async def announce() -> None:
        await business.channels[turn.contact.channel].show_typing(turn.contact.room, _newest(turn))

    question = Question(turn.text, turn.language, await _earlier(business, turn))
    answer = await business.answerer.answer(question, announce)
    if answer is None:
        return Reply(ask_person=Why.NO_ANSWER)
    return Reply(_with_button(business, turn, answer), sources=_sources(answer))


def _with_button(business: Business, turn: Turn, answer: Answer) -> Content:
    return Content(answer.content.text, answer.content.entities, buttons=_person(business, turn))


def _sources(answer: Answer) -> str:
    return orjson.dumps(answer.sources).decode()


def _newest(turn: Turn) -> str:
    ids = [item.what.remote_id for item in turn.items if isinstance(item.what, Said)]
    return ids[-1] if ids else ""


async def _earlier(business: Business, turn: Turn) -> tuple[str, ...]:
    known = {message.id for message in turn.said}
    last = await messages.last(business.db, turn.conversation.id, EARLIER + len(known))
    return tuple(f"{m.author}: {contents.from_json(m.content).text}" for m in last if m.id not in known)


def _says(key: str, *, button: bool = False) -> "Command":
    async def command(business: Business, turn: Turn) -> Reply:
        settings = business.settings.bot
        text = business.say(turn.language, key, name=settings.name, company=settings.company)
        return Reply(Content(text, buttons=_person(business, turn) if button else ()))

    return command


async def _ask_person(business: Business, turn: Turn) -> Reply:
    return Reply(ask_person=Why.ASKED)


async def _silent(business: Business, turn: Turn) -> Reply:
    return Reply(wordless=turn.conversation.wordless)


async def _status(business: Business, turn: Turn) -> Reply:
    return Reply(Content(await status_for_customer(business, turn.conversation, turn.language)))


Command = Callable[[Business, Turn], Awaitable[Reply]]
COMMANDS: dict[str, Command] = {
    "start": _says("greeting", button=True),
    "help": _says("help", button=True),
    "human": _ask_person,
    "status": _status,
}
COMMANDS_WITH_STAFF: dict[str, Command] = {
    "start": _status,
    "help": _says("help"),
    "human": _status,
    "status": _status,
}
SMALL_TALK: dict[str, Command] = {
    "greeting": _says("greeting", button=True),
    "thanks": _says("thanks"),
    "identity": _says("identity", button=True),
    "person": _ask_person,
}


async def _finish(
    tx: Statements, business: Business, lane: str, taken: list[Update], turn: Turn, reply: Reply
) -> bool:
    """False when the decision came too late: something newer came, or who has the conversation changed."""
    conversation = await conversations.get(tx, turn.conversation.id)
    changed_hands = conversation.holder != turn.conversation.holder
    if changed_hands or (conversation.holder == "bot" and await updates.is_newer_waiting(tx, lane)):
        await updates.put_back(tx, taken, due_at=business.clock.now(), counted=False)
        return False
    await updates.finish(tx, taken)
    if turn.language != turn.contact.language:
        await contacts.speak(tx, turn.contact.id, turn.language)
    contact = await contacts.get(tx, turn.contact.id)
    for item in turn.items:
        if happening := HAPPENINGS.get(type(item.what)):
            await happening(tx, business, conversation, contact, item)
    if conversation.holder == "staff" and reply.content is None:
        await _pass_to_desk(tx, business, turn, contact)
    else:
        await _carry_out(tx, business, conversation, contact, turn, reply)
    return True


async def _carry_out(
    tx: Statements, business: Business, conversation: Conversation, contact: Contact, turn: Turn, reply: Reply
) -> None:
    if reply.wordless != conversation.wordless:
        await conversations.count_wordless(tx, conversation.id, reply.wordless)
    if reply.ask_person is not None:
        asked = turn.said or await _last_question(tx, conversation)
        await hand_over(tx, business, conversation, contact, reply.ask_person, asked)
    elif reply.content is not None:
        await say(tx, business, contact, conversation.id, reply.content, sources=reply.sources)


async def _last_question(tx: Statements, conversation: Conversation) -> list[Message]:
    """What a tapped button is about: the customer's newest words."""
    last = await messages.last(tx, conversation.id, EARLIER)
    return [message for message in last if message.author == "customer"][-1:]


async def _pass_to_desk(tx: Statements, business: Business, turn: Turn, contact: Contact) -> None:
    """A person has it: the bot is silent, the desk sees everything."""
    ticket = await tickets.find_open(tx, turn.conversation.id)
    if ticket is None or not turn.said:
        return
    for message in turn.said:
        await transcript.show(tx, business, ticket, contact, message)
    if ticket.waiting_since == 0:
        await tickets.wait(tx, ticket.id, business.clock.now())
        await cards.refresh(tx, business, ticket.id)
