"""What staff write is known as a person's: announced by the bot, or marked on the message itself."""

from bot.business import Business
from bot.content import Content, Entity, Style
from bot.split import units
from bot.wording import joined
from storage.records import Conversation

SIGN = "👤"


def signed(
    business: Business, conversation: Conversation, content: Content, name: str, language: str
) -> Content:
    """As the customer sees it: word for word where the bot has said that a person answers now, else under a mark.

    A picture or a voice without words stays as it is."""
    how = business.settings.desk.sign_replies
    is_announced = conversation.holder == "staff"
    if content.wordless or (how == "when_unannounced" and is_announced):
        return content
    who = " ".join(name.split()) if how == "with_name" else ""
    mark = f"{SIGN} {who or business.say(language, 'a_colleague')}"
    return joined([Content(mark, (Entity(Style.BOLD, 0, units(mark)),)), content], "\n")
