"""What staff write is known as a person's: announced by the bot, or marked on the message itself."""

from bot import content as contents
from bot.business import Business
from bot.content import Content, Entity, Style
from bot.desk.mending import parts_of
from bot.split import units
from bot.wording import joined
from storage.database import Statements
from storage.records import Conversation, Message

SIGN = "👤"


def signed(
    business: Business, conversation: Conversation, content: Content, name: str, language: str
) -> Content:
    """As the customer sees it: word for word where the bot has said that a person answers now, else under a mark.

    A picture or a voice without words stays as it is."""
    is_announced = conversation.holder == "staff"
    if content.wordless or (business.settings.desk.sign_replies == "when_unannounced" and is_announced):
        return content
    return _marked(business, content, name, language)


async def as_before(
    tx: Statements, business: Business, message: Message, newer: Content, language: str
) -> Content:
    """Newer words for a message of staff: under a mark if the older ones stood under one."""
    standing = [contents.from_json(part.content).text for part in await parts_of(tx, message.id)]
    was_marked = any(text.startswith(f"{SIGN} ") for text in standing)
    if newer.wordless or not was_marked:
        return newer
    return _marked(business, newer, message.staff_name, language)


def _marked(business: Business, content: Content, name: str, language: str) -> Content:
    who = " ".join(name.split()) if business.settings.desk.sign_replies == "with_name" else ""
    mark = f"{SIGN} {who or business.say(language, 'a_colleague')}"
    return joined([Content(mark, (Entity(Style.BOLD, 0, units(mark)),)), content], "\n")
