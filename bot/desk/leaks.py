"""Phones, addresses and order numbers: whose they are, so that one customer is not told another's by mistake."""

import re
from collections.abc import Iterator

from bot import content as contents
from bot.business import Business
from bot.content import Content
from storage import contacts, conversations, marks, tickets
from storage.database import Reading, Statements
from storage.records import Contact, Message

MOST_READ = 20_000
"""Characters of a text that are looked through: nobody writes a longer reply."""
MOST_MARKS = 50
PHONE_DIGITS = 8
"""By so many last digits numbers are compared: 070-123 45 67 is +46 70 123 45 67."""
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_PHONE = re.compile(r"(?<![\w@.])\+?\(?\d[\d ()/.-]{6,22}\d(?![\w@])")
_NUMBER = re.compile(r"(?<![\w.,+-])(?:[A-Za-z]{1,5}[-/ ]?)?\d[\d-]{3,17}\d(?![\w]|[.,]\d)")
_DATE = re.compile(r"(?:19|20)\d\d-?[01]\d-?[0-3]\d")


def marks_of(text: str) -> frozenset[str]:
    """What in it may be one customer's alone, each in the form in which it is compared."""
    return frozenset(value for value, _ in _found(text[:MOST_READ]))


def _found(text: str) -> Iterator[tuple[str, str]]:
    """Each with how it stands there."""
    for match in _EMAIL.finditer(text):
        yield f"mail:{match[0].casefold().rstrip('.')}", match[0]
    rest = _EMAIL.sub(" ", text)
    for match in _PHONE.finditer(rest):
        digits = re.sub(r"\D", "", match[0])
        if PHONE_DIGITS <= len(digits) <= 15 and not _DATE.fullmatch(match[0]):
            yield f"phone:{digits[-PHONE_DIGITS:]}", match[0]
    for match in _NUMBER.finditer(rest):
        plain = re.sub(r"[-/ ]", "", match[0]).upper()
        enough = 6 if plain.isdecimal() else 4
        if sum(map(str.isdigit, plain)) >= enough and not _DATE.fullmatch(match[0]):
            yield f"number:{plain}", match[0]


async def remember(tx: Statements, contact: Contact, *messages: Message) -> None:
    """A customer said it, or writes from it: it is theirs. Costs nothing where there is no such thing."""
    found = {mark for message in messages for mark in marks_of(contents.from_json(message.content).text)}
    if contact.phone:
        found |= marks_of(f"+{contact.phone}")
    if found:
        await marks.add(tx, contact.id, sorted(found)[:MOST_MARKS])


def words_of(content: Content) -> str:
    """All that can be read in it, where its links lead and a visiting card's numbers too."""
    shared = (" ".join((one.name, *(f"+{phone}" for phone in one.phones))) for one in content.shared)
    links = (entity.url for entity in content.entities if entity.url)
    return "\n".join([content.text, *links, *shared])


async def others(db: Reading, business: Business, contact: Contact | None, text: str) -> list[str]:
    """What in a text for this customer is another's, as it stands there; for many customers, None, what is anybody's.

    What the knowledge base says is everybody's."""
    strange: dict[str, str] = {}
    for mark, written in _found(text[:MOST_READ]):
        if len(strange) < MOST_MARKS and await _is_anothers(db, business, contact, mark):
            strange[mark] = written
    if strange:
        public = {mark for words in business.library.texts() for mark in marks_of(words)}
        strange = {mark: written for mark, written in strange.items() if mark not in public}
    return list(strange.values())


async def _is_anothers(db: Reading, business: Business, contact: Contact | None, mark: str) -> bool:
    prefix = f"number:{business.settings.tickets.prefix}"
    if mark.startswith(prefix) and mark.removeprefix(prefix).isdecimal():
        return await _is_anothers_ticket(db, contact, int(mark.removeprefix(prefix)[-9:]))
    owners = await marks.owners(db, mark)
    return bool(owners) and (contact is None or contact.id not in owners)


async def _is_anothers_ticket(db: Reading, contact: Contact | None, number: int) -> bool:
    ticket = await tickets.find(db, number)
    if ticket is None or contact is None:
        return ticket is not None
    return (await conversations.get(db, ticket.conversation_id)).contact_id != contact.id


async def customer_of(db: Reading, conversation_id: int) -> Contact:
    conversation = await conversations.get(db, conversation_id)
    return await contacts.get(db, conversation.contact_id)
