"""What the bot does with a turn: a command obeyed, a question answered, a person asked."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from itertools import compress

import orjson

from bot import content as contents
from bot.answer import Answer, Asker, Question
from bot.business import Business
from bot.content import Button, Content
from bot.escalation import PERSON_BUTTON, Why
from bot.knowledge.small_talk import small_talk
from bot.showing import Showing
from bot.status import status_for_customer
from bot.update import Inbound, Pressed, Said
from storage import messages
from storage.records import Contact, Conversation, Message

EARLIER = 6
MOST_WORDLESS = 1
"""So many messages without words are answered by a request for words; the next goes to a person."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What one decision is about."""

    conversation: Conversation
    contact: Contact
    language: str
    items: list[Inbound]
    said: list[Message] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Words:
    content: Content
    sources: str = ""
    """JSON of the answer's sources; empty when it rests on none."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the bot will do: say something, or ask a person, or both, or neither."""

    says: tuple[Words, ...] = ()
    ask_person: Why | None = None
    nearest: str = ""
    """What the knowledge base holds that comes nearest, for the person who is asked."""
    wordless: int = 0
    rest: tuple[Message, ...] = ()
    """What was said beside commands: what a person is asked about, or is shown."""


Answering = Callable[[Business, Turn], Awaitable[Reply]]


async def decide(business: Business, turn: Turn) -> Reply:
    """Commands are obeyed one by one; what is said beside them is one question.

    While a person has the conversation the bot obeys some commands and is silent otherwise."""
    with_staff = turn.conversation.holder == "staff"
    known = COMMANDS_WITH_STAFF if with_staff else COMMANDS
    texts = [text_of(message) for message in turn.said]
    names = [_command(text) for text in texts]
    kept = [name not in known or _has_more(text, name) for text, name in zip(texts, names, strict=True)]
    rest = turn if all(kept) else replace(turn, said=list(compress(turn.said, kept)))
    obeyed = [await known[name](business, turn) for name in dict.fromkeys(names) if name in known]
    if not with_staff and not any(reply.ask_person for reply in obeyed):
        text = "\n".join(text for text in compress(texts, kept) if text.strip())
        obeyed.append(await _without_commands(business, rest, text))
    asks = [reply.ask_person for reply in obeyed if reply.ask_person is not None]
    return Reply(
        says=tuple(words for reply in obeyed for words in reply.says),
        ask_person=asks[0] if asks else None,
        nearest=obeyed[-1].nearest if obeyed else "",
        wordless=obeyed[-1].wordless if obeyed else 0,
        rest=tuple(rest.said),
    )


def text_of(message: Message) -> str:
    return contents.from_json(message.content).text


def _has_more(text: str, name: str) -> bool:
    """Words behind a command are the customer's; behind /start they are a link's."""
    return name != "start" and len(text.split(maxsplit=1)) > 1


def _command(text: str) -> str:
    word = (text.split(maxsplit=1) or [""])[0]
    return word[1:].partition("@")[0].lower() if word.startswith("/") else ""


async def _without_commands(business: Business, turn: Turn, text: str) -> Reply:
    """`text` is what the turn's messages say."""
    if any(isinstance(item.what, Pressed) and item.what.button == PERSON_BUTTON for item in turn.items):
        return Reply(ask_person=Why.ASKED)
    if not turn.said:
        return Reply(wordless=turn.conversation.wordless)
    if not any(map(str.isalnum, text)):
        return _wordless(business, turn)
    talk = small_talk(text)
    return await (SMALL_TALK[talk](business, turn) if talk else _answer(business, turn, text))


def _wordless(business: Business, turn: Turn) -> Reply:
    count = turn.conversation.wordless + 1
    if count > MOST_WORDLESS:
        return Reply(ask_person=Why.WORDLESS)
    text = business.say(turn.language, "wordless")
    return Reply((Words(Content(text, buttons=_person(business, turn))),), wordless=count)


def _person(business: Business, turn: Turn) -> tuple[Button, ...]:
    return (Button(PERSON_BUTTON, business.say(turn.language, "person_button")),)


async def _answer(business: Business, turn: Turn, text: str) -> Reply:
    contact = turn.contact
    asker = Asker(contact.id, turn.conversation.id, (contact.name, contact.username))
    question = Question(text, turn.language, await _earlier(business, turn), asker)
    showing = Showing(business.channels[contact.channel], contact.room, _newest(turn), business.clock)
    verdict = await business.answerer.answer(question, showing)
    if verdict.answer is None:
        return Reply(ask_person=Why.NO_ANSWER, nearest=verdict.nearest)
    return Reply((_worded(business, turn, verdict.answer),))


def _worded(business: Business, turn: Turn, answer: Answer) -> Words:
    content = Content(answer.content.text, answer.content.entities, buttons=_person(business, turn))
    return Words(content, orjson.dumps(answer.sources).decode())


def _newest(turn: Turn) -> str:
    ids = [item.what.remote_id for item in turn.items if isinstance(item.what, Said)]
    return ids[-1] if ids else ""


async def _earlier(business: Business, turn: Turn) -> tuple[str, ...]:
    if business.answerer.model is None:
        return ()
    known = {message.id for message in turn.said}
    last = await messages.last(business.db, turn.conversation.id, EARLIER + len(known))
    return tuple(
        f"{message.author}: {text_of(message)}"
        for message in last
        if not (message.id in known or message.withdrawn_at)
    )


def _says(key: str, *, button: bool = False) -> Answering:
    async def answering(business: Business, turn: Turn) -> Reply:
        settings = business.settings.bot
        text = business.say(turn.language, key, name=settings.name, company=settings.company)
        return Reply((Words(Content(text, buttons=_person(business, turn) if button else ())),))

    return answering


async def _ask_person(business: Business, turn: Turn) -> Reply:
    return Reply(ask_person=Why.ASKED)


async def _status(business: Business, turn: Turn) -> Reply:
    return Reply((Words(Content(await status_for_customer(business, turn.conversation, turn.language))),))


COMMANDS: dict[str, Answering] = {
    "start": _says("greeting", button=True),
    "help": _says("help", button=True),
    "human": _ask_person,
    "status": _status,
}
COMMANDS_WITH_STAFF: dict[str, Answering] = {
    "start": _status,
    "help": _says("help"),
    "human": _status,
    "status": _status,
}
SMALL_TALK: dict[str, Answering] = {
    "greeting": _says("greeting", button=True),
    "thanks": _says("thanks"),
    "identity": _says("identity", button=True),
    "person": _ask_person,
}
