"""In which language the customer of a request reads, and what staff and they read of each other's words."""

from dataclasses import dataclass, replace

import orjson

from bot import content as contents
from bot.business import Business
from bot.content import Content
from bot.knowledge.language import detect
from bot.knowledge.tongues import foreign
from storage import translations
from storage.database import Reading, Statements
from storage.records import Contact, Message, Ticket


@dataclass(frozen=True, slots=True)
class Speech:
    """How a reply reaches its customer. Without a text: as it was written."""

    language: str = ""
    text: str = ""
    lost: tuple[str, ...] = ()
    """Details that the translation does not hold: then it is not sent."""
    unanswered: bool = False
    """There should be a translation, and nobody made one in time."""


AS_WRITTEN = Speech()


def to_json(speech: Speech) -> str:
    """For what waits; empty where nothing is translated."""
    return orjson.dumps([speech.language, speech.text]).decode() if speech.text else ""


def from_json(kept: str) -> Speech:
    return Speech(*orjson.loads(kept)) if kept else AS_WRITTEN


def crosses(business: Business) -> bool:
    """Anything is translated at all."""
    return business.answerer.model is not None and business.settings.desk.translate != "off"


def language_of(business: Business, contact: Contact, text: str) -> str:
    """What a customer's words are in: also a language that the bot does not speak."""
    spoken = business.settings.bot.languages
    return foreign(text, spoken) or detect(text, spoken, contact.language)


def reads(business: Business, contact: Contact, ticket: Ticket) -> str:
    """The language that the customer of the request reads."""
    return foreign(ticket.question, business.settings.bot.languages) or contact.language


def is_desks(business: Business, text: str) -> bool:
    """Staff wrote it in the desk's language, and not in the customer's by themselves."""
    ours = business.settings.desk.language
    return detect(text, tuple({*business.settings.bot.languages, ours}), ours) == ours


def spelled_out(content: Content) -> str:
    """Its words, with the addresses that its links lead to: a translation is plain text."""
    links = (entity.url for entity in content.entities if entity.url and entity.url not in content.text)
    return "\n".join((content.text, *dict.fromkeys(links)))


def spoken(content: Content, speech: Speech) -> Content:
    """A reply as its customer reads it."""
    return replace(content, text=speech.text, entities=()) if speech.text else content


async def in_desks_words(
    tx: Statements,
    business: Business,
    ticket: Ticket,
    contact: Contact,
    words: str,
    message_id: int | None = None,
) -> str:
    """A customer's words as staff read them, where that is known; else it is asked for, and shown when it comes."""
    if not crosses(business) or not any(map(str.isalpha, words)):
        return ""
    source, ours = language_of(business, contact, words), business.settings.desk.language
    if source == ours:
        return ""
    known = await translations.find(tx, ticket.id, message_id)
    if known is not None and (known.words, known.language) == (words, ours):
        return under(business, known)
    await translations.add(
        tx,
        ticket_id=ticket.id,
        message_id=message_id,
        source=source,
        language=ours,
        words=words,
        now=business.clock.now(),
    )
    return ""


def under(business: Business, translation: translations.Translation) -> str:
    """The line that stands beneath the original."""
    if not translation.text:
        return ""
    doubt = (
        business.tell_desk("translation_doubtful", details=translation.missing) if translation.missing else ""
    )
    return "\n".join(line for line in (f"🌐 {translation.text}", doubt) if line)


async def remember(
    tx: Statements, business: Business, message: Message | None, speech: Speech, words: str
) -> None:
    """What the customer reads of a reply that went out in their language."""
    if message is None or message.ticket_id is None or not speech.text:
        return
    await translations.add(
        tx,
        ticket_id=message.ticket_id,
        message_id=message.id,
        source=business.settings.desk.language,
        language=speech.language,
        words=words,
        text=speech.text,
        now=business.clock.now(),
    )


async def as_read(db: Reading, message: Message) -> Content:
    """A reply in the words that its customer reads."""
    content = contents.from_json(message.content)
    if message.author != "staff" or message.ticket_id is None:
        return content
    found = await translations.find(db, message.ticket_id, message.id)
    if found is None or not found.text or found.words != spelled_out(content):
        return content
    return replace(content, text=found.text, entities=())
