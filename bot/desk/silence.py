"""Customers who are banned or muted: what they send is kept, and nobody is disturbed by it."""

from bot.business import Business
from storage import updates
from storage.database import Statements
from storage.records import Contact, Update


def is_silenced(business: Business, contact: Contact) -> bool:
    return bool(contact.muted_until) and contact.muted_until > business.clock.now()


async def pass_over(business: Business, taken: list[Update]) -> None:
    """Their messages are on record already. They are told nothing: silence is all that they notice."""

    async def work(tx: Statements) -> None:
        await updates.finish(tx, taken)

    business.figures.turns["silenced"] += 1
    await business.db.transaction(work)
