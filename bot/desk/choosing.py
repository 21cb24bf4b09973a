"""Which of several desks a request goes to: by the customer's language, their channel, or words in the question."""

from bot.business import Business
from bot.desk.settings import OtherDesk
from storage.records import Contact


def desk_for(business: Business, contact: Contact, question: str) -> str:
    """The first in bot.toml that fits and can be reached; empty is the main one."""
    if not business.desk.others:
        return ""
    for name, desk in business.settings.desks.items():
        if is_open(business, name) and _fits(desk, contact, question):
            return name
    return ""


def is_open(business: Business, name: str) -> bool:
    return business.desk.channel is not None and business.desk.at(name).open


def _fits(desk: OtherDesk, contact: Contact, question: str) -> bool:
    words = question.casefold()
    named = not desk.words or any(word.casefold() in words for word in desk.words)
    spoken = not desk.languages or contact.language in desk.languages
    return named and spoken and (not desk.channels or contact.channel in desk.channels)
