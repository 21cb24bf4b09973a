"""What staff are told of the bot itself, once and in a sentence."""

from bot.business import Business
from bot.content import Content
from bot.outbound import Priority, at_desk
from storage import contacts
from storage.database import Statements


async def tell_of_budget(business: Business, tx: Statements, budget: str, contact_id: int) -> None:
    """A budget of the language model (contact_day, day, month) is used up."""
    name = ""
    if budget == "contact_day" and contact_id:
        name = (await contacts.get(tx, contact_id)).name
    words = Content(text=business.tell_desk(f"budget_{budget}", name=name))
    await at_desk(tx, business, words, lane="desk", priority=Priority.WORD, role="note")
