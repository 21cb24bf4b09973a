"""What one decision is about, and what the bot decides to do: say something, ask a person, or both."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from bot import content as contents
from bot.business import Business
from bot.content import Button, Content
from bot.escalation import PERSON_BUTTON, Why
from bot.mind import NOTHING, Mind
from bot.offering import MORE_BUTTON
from bot.recording import Record, to_json
from bot.update import Inbound
from bot.wording import after
from storage.records import Contact, Conversation, Message


@dataclass(frozen=True, slots=True)
class Turn:
    """What one decision is about."""

    conversation: Conversation
    contact: Contact
    language: str
    items: list[Inbound]
    said: list[Message] = field(default_factory=list)
    mind: Mind = NOTHING
    introduces: bool = False
    """Whoever writes has not been told yet who answers."""

    @property
    def asked(self) -> tuple[int, ...]:
        return tuple(message.id for message in self.said)


@dataclass(frozen=True, slots=True)
class Words:
    content: Content
    sources: str = ""
    """JSON of the answer's sources; empty when it rests on none."""
    found: Record | None = None
    """The question that it is about, and what that met."""
    introduces: bool = False
    """It says itself who answers."""

    def record(self, turn: Turn) -> str:
        """What goes on record with it."""
        return _written(self.found, turn)


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
    mind: Mind = NOTHING
    """What is kept in mind from now on."""
    mood: str = ""
    """How the customer sounds: angry, confused, or nothing out of the ordinary."""
    found: Record | None = None
    """The question that a person is asked, and what it met."""
    picked: tuple[int, str] | None = None
    """The message whose choice was picked, and what is to stand on it."""

    def record(self, turn: Turn) -> str:
        """What goes on record with the hand-over."""
        wish = Record("escalated", language=turn.language, why=self.ask_person or "")
        return _written(self.found or wish, turn)


def _written(found: Record | None, turn: Turn) -> str:
    """A record without messages of its own is of the turn's: they get their ids when they are stored."""
    return to_json(found, turn.asked) if found else ""


Answering = Callable[[Business, Turn], Awaitable[Reply]]


def text_of(message: Message) -> str:
    return contents.from_json(message.content).text


def person_button(business: Business, turn: Turn) -> Button:
    return Button(PERSON_BUTTON, business.say(turn.language, "person_button"))


def answer_buttons(business: Business, turn: Turn, *, is_cut: bool = False) -> tuple[Button, ...]:
    """What stands beneath an answer: the rest of it where it was cut, and always a person."""
    more = (Button(MORE_BUTTON, business.say(turn.language, "more_button")),) if is_cut else ()
    return (*more, person_button(business, turn))


def says(
    business: Business, turn: Turn, key: str, *, button: bool = False, introduces: bool = False
) -> Words:
    """One of our own sentences."""
    settings = business.settings.bot
    text = business.say(turn.language, key, name=settings.name, company=settings.company)
    buttons = (person_button(business, turn),) if button else ()
    return Words(Content(text, buttons=buttons), introduces=introduces)


def introduction(business: Business, language: str) -> str:
    """Who answers, and how to reach a person."""
    settings = business.settings.bot
    return business.say(language, "introduction", name=settings.name, company=settings.company)


def introduced(business: Business, turn: Turn, reply: Reply) -> Reply:
    """The first thing a customer reads tells that no person answers, and how to reach one."""
    if not turn.introduces or not reply.says or any(words.introduces for words in reply.says):
        return reply
    lead = introduction(business, turn.language)
    first, *others = reply.says
    return replace(reply, says=(replace(first, content=after(lead, first.content)), *others))
