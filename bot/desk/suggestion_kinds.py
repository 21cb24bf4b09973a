"""Each kind of suggestion with what it says and does."""

from bot.business import Business
from bot.desk import broadcast, suggestions, teaching, wording
from bot.desk.commands.order import Taps
from bot.desk.suggestions import Kinds
from bot.update import Inbound, Pressed
from storage.records import Copy, Update

KINDS: Kinds = {
    "snippet": wording.SNIPPET,
    "draft": wording.DRAFT,
    "lesson": teaching.LESSON,
    "broadcast": broadcast.BROADCAST,
}


async def _tapped(
    business: Business, taken: list[Update], item: Inbound, pressed: Pressed, copy: Copy
) -> str:
    return await suggestions.tapped(business, KINDS, taken, item, pressed, copy)


TAPS: Taps = {"suggestion": _tapped}
